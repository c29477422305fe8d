"""Starting a machine for the records of a stream: a table's changes, or those of Kinesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from asl.permissions import roles

from ..input_schema import Unknown, UnknownText
from ..naming import PIPE, physical_name
from ..state_machine import StateMachine
from ..storage import Queue, Table
from .parts import TriggerRefusedError, dead_letters_of, require_dead_letters, require_kind
from .pipe import Carried, filtered, make_pipe, require_carried

_OF_EACH = ("eventID", "eventName", "eventVersion", "eventSource", "eventSourceARN", "awsRegion")
RECORDS: Mapping[roles.Source, Mapping[str, object]] = {
    "dynamodb": {**{name: UnknownText(name) for name in _OF_EACH}, "dynamodb": Unknown("dynamodb")},
    "kinesis": {
        **{name: UnknownText(name) for name in (*_OF_EACH, "kinesisSchemaVersion", "partitionKey", "sequenceNumber")},
        **{name: UnknownText(name) for name in ("data", "invokeIdentityArn")},
        "approximateArrivalTimestamp": Unknown("approximateArrivalTimestamp"),
    },
}
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html"""


@dataclass(frozen=True)
class StreamTriggerArgs:
    """Records of `source` that match `pattern` start `target` in batches, each record as it is or as `input` says.

    `input` takes values of a record by `<$.path>`: `<$.dynamodb.NewImage.orderId.S>`, `<$.data.orderId>`. With `waits`
    the pipe waits for each execution, which it does unless told where the machine is Express, and cannot do where it is
    Standard. A batch that failed `retries` times, or is older than `max_age_seconds`, where that is given, goes to
    `dead_letters`, a queue of its own unless given. The pipe is made after all that is in `after`.
    """

    source: Table | aws.kinesis.Stream
    target: StateMachine
    dead_letters: Queue | None = None
    after: Sequence[pulumi.Resource] = ()
    pattern: Mapping[str, Any] | None = None
    input: Mapping[str, Any] | None = None
    batch_size: int = 10
    retries: int = 5
    max_age_seconds: int | None = None
    waits: bool | None = None
    starts_at: Literal["TRIM_HORIZON", "LATEST"] = "TRIM_HORIZON"


class StreamTrigger(pulumi.ComponentResource):
    """An EventBridge Pipe from a stream. Where it waits for each execution, the records of one key stay in order.

    A failing batch is halved until the one bad record is alone; dead letters say where in the stream it stood. Records
    come at least once: of a batch that failed those are brought again that went well, and a new pipe reads the stream
    from its start.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html

    `name` is the pipe's in AWS, known before it is made: what watches it does not wait for it.

    Raises:
        TriggerRefusedError: for a table without a stream, numbers or dead letters that AWS would refuse, or a Standard
            machine to be waited for, before anything is registered.
        InputRefusedError: for an input that the machine's `input_schema` refuses, likewise before.
    """

    name: str
    source: Table | aws.kinesis.Stream
    dead_letters: Queue
    arn: pulumi.Output[str]
    source_arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StreamTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        said = f"stream trigger '{name}'"
        if not isinstance(args.source, Table):  # Kinesis's part of the SDK takes a while to load
            require_kind(said, "source", args.source, Table, aws.kinesis.Stream)
        source = _kind(args.source)
        carried = Carried(args.target, RECORDS[source], args.batch_size, args.pattern, args.input, args.waits)
        _require_source(said, args)
        require_dead_letters(said, args.dead_letters)
        waits = require_carried(said, carried)
        # Under its former name it has pipes that are running.
        was = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="orderflow:index:EventPipe")])
        super().__init__("orderflow:index:StreamTrigger", name, None, pulumi.ResourceOptions.merge(opts, was))
        self.dead_letters = dead_letters_of(name, args.dead_letters, self)
        pipe = make_pipe(
            name,
            said,
            carried,
            source=source,
            source_arn=args.source.stream_arn if isinstance(args.source, Table) else args.source.arn,
            source_parameters=_parameters(args, self.dead_letters),
            dead_letters=self.dead_letters,
            waits=waits,
            opts=pulumi.ResourceOptions(parent=self),
            after=[args.source, *args.after],
        )
        self.name, self.source, self.arn = physical_name(name, PIPE), args.source, pipe.arn
        self.source_arn, self.target_arn = pipe.source, pipe.target
        self.register_outputs({"arn": self.arn})


def _kind(source: Table | aws.kinesis.Stream) -> roles.Source:
    return "dynamodb" if isinstance(source, Table) else "kinesis"


def _require_source(said: str, args: StreamTriggerArgs) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceDynamoDBStreamParameters.html"""
    if isinstance(args.source, Table) and not args.source.streams:
        raise TriggerRefusedError(f"{said}: its table has no stream: make it with TableArgs(stream=True)")
    if not (1 <= args.batch_size <= 10_000 and 0 <= args.retries <= 10_000):
        raise TriggerRefusedError(f"{said}: `batch_size` is 1 to 10,000 and `retries` 0 to 10,000")
    if args.max_age_seconds is not None and not 60 <= args.max_age_seconds <= 604_800:
        raise TriggerRefusedError(f"{said}: `max_age_seconds` is 60 to 604,800, a week, or left out")


def _parameters(args: StreamTriggerArgs, dead_letters: Queue) -> aws.pipes.PipeSourceParametersArgs:
    given: dict[str, Any] = {
        "starting_position": args.starts_at,
        "batch_size": args.batch_size,
        "maximum_retry_attempts": args.retries,
        "maximum_record_age_in_seconds": args.max_age_seconds,
        "on_partial_batch_item_failure": "AUTOMATIC_BISECT",
    }
    criteria = filtered(args.pattern)
    if isinstance(args.source, Table):
        queue = aws.pipes.PipeSourceParametersDynamodbStreamParametersDeadLetterConfigArgs(arn=dead_letters.arn)
        table = aws.pipes.PipeSourceParametersDynamodbStreamParametersArgs(**given, dead_letter_config=queue)
        return aws.pipes.PipeSourceParametersArgs(dynamodb_stream_parameters=table, filter_criteria=criteria)
    queue = aws.pipes.PipeSourceParametersKinesisStreamParametersDeadLetterConfigArgs(arn=dead_letters.arn)
    stream = aws.pipes.PipeSourceParametersKinesisStreamParametersArgs(**given, dead_letter_config=queue)
    return aws.pipes.PipeSourceParametersArgs(kinesis_stream_parameters=stream, filter_criteria=criteria)
