"""Starting a machine for the messages of a queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from ..input_schema import Unknown, UnknownText
from ..state_machine import StateMachine
from ..storage import Queue
from .parts import TriggerRefusedError, longest_run, require_kind
from .pipe import Carried, filtered, make_pipe, require_carried

MESSAGE: Mapping[str, object] = {
    **{name: UnknownText(name) for name in ("messageId", "receiptHandle", "body", "md5OfBody")},
    **{name: UnknownText(name) for name in ("eventSource", "eventSourceARN", "awsRegion")},
    "attributes": Unknown("attributes"),
    "messageAttributes": Unknown("messageAttributes"),
}
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html"""
BATCH = 10
"""What a pipe takes at once without waiting for more, and of a FIFO queue at all:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
EXPRESS_SECONDS = 300
"""How long an Express machine runs at most: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


@dataclass(frozen=True)
class QueueTriggerArgs:
    """Messages of `source` that match `pattern` start `target` in batches, each as it is or as `input` says.

    `input` takes values of a message by `<$.path>`: `<$.messageId>`, and of its body, where that is JSON,
    `<$.body.orderId>`; without `input` the body is a text. `waits` is as in `StreamTriggerArgs`. A message that matches
    no `pattern` is deleted.
    """

    source: Queue
    target: StateMachine
    pattern: Mapping[str, Any] | None = None
    input: Mapping[str, Any] | None = None
    batch_size: int = BATCH
    waits: bool | None = None


class QueueTrigger(pulumi.ComponentResource):
    """An EventBridge Pipe from a queue, which deletes the messages of each batch that went well.

    Messages come at least once. Those of a batch that failed are seen again after the queue's visibility timeout, and
    go to the queue's dead letters in the end. A FIFO queue's come in order within their group where the pipe waits for
    each execution.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html

    Raises:
        TriggerRefusedError: for a queue without dead letters, one whose messages come back while their execution runs,
            a number that AWS would refuse, or a Standard machine to be waited for, before anything is registered.
        InputRefusedError: for an input that the machine's `input_schema` refuses, likewise before.
    """

    arn: pulumi.Output[str]
    source_arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]
    dead_letters: Queue

    def __init__(self, name: str, args: QueueTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        said = f"queue trigger '{name}'"
        require_kind(said, "source", args.source, Queue)
        carried = Carried(args.target, MESSAGE, args.batch_size, args.pattern, args.input, args.waits)
        waits = require_carried(said, carried)
        dead_letters = _require_queue(said, args, waits)
        super().__init__("orderflow:index:QueueTrigger", name, None, opts)
        pipe = make_pipe(
            name,
            said,
            carried,
            source="sqs",
            source_arn=args.source.arn,
            source_parameters=aws.pipes.PipeSourceParametersArgs(
                sqs_queue_parameters=aws.pipes.PipeSourceParametersSqsQueueParametersArgs(batch_size=args.batch_size),
                filter_criteria=filtered(args.pattern),
            ),
            dead_letters=None,
            waits=waits,
            opts=pulumi.ResourceOptions(parent=self),
            after=[args.source],
        )
        self.dead_letters = dead_letters
        self.arn, self.source_arn, self.target_arn = pipe.arn, pipe.source, pipe.target
        self.register_outputs({"arn": self.arn})


def _require_queue(said: str, args: QueueTriggerArgs, waits: bool) -> Queue:
    """The queue's dead letters."""
    if not 1 <= args.batch_size <= BATCH:
        raise TriggerRefusedError(f"{said}: `batch_size` is 1 to {BATCH}, not {args.batch_size}")
    if args.source.dead_letters is None:
        raise TriggerRefusedError(
            f"{said}: its queue has no dead letters, and a message that starts nothing would come back for 14 days: "
            "make the queue with QueueArgs(dead_letters=…)"
        )
    longest = min(longest_run(args.target) or EXPRESS_SECONDS, EXPRESS_SECONDS)
    if waits and (seen := args.source.visibility_seconds) < longest:
        raise TriggerRefusedError(
            f"{said}: {args.target.purpose} may run {longest} s, and after {seen} s its message is seen again and "
            f"starts another one: make the queue with QueueArgs(visibility_seconds={6 * longest}), six times that as "
            "AWS advises, or give the machine a smaller TimeoutSeconds"
        )
    return args.source.dead_letters
