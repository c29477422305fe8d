"""A pipe from a table's stream to an Express machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from asl.permissions import roles

from .naming import PIPE, physical_name
from .role import Role
from .state_machine import StateMachine
from .storage import Queue, Table


@dataclass(frozen=True)
class EventPipeArgs:
    """New and changed rows of `source` go to `target` in batches; a batch that keeps failing goes to `dead_letters`.

    The pipe is made after all that is in `after`.
    """

    source: Table
    target: StateMachine
    dead_letters: Queue
    after: Sequence[pulumi.Resource] = ()
    batch_size: int = 10
    retries: int = 5


class EventPipe(pulumi.ComponentResource):
    """An EventBridge Pipe that waits for each execution, so that the events of one order stay in order.

    A failing batch is halved until the one bad record is alone; dead letters say where in the stream it stood:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html

    AWS answers at once and makes the pipe afterwards, which may end as CREATE_FAILED, such as where it cannot use its
    role or the stream yet; both are new in a stack's first deployment. So the role comes early and the pipe late. A
    failed one is never mended by an update: the next deployment deletes it and makes it again, by its state's
    initialization error, which replaces under this name (`initErrorSpecialKey` in Pulumi's step_generator.go). A new
    pipe reads the stream from its start, and the view takes no event twice.
    https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html
    https://www.pulumi.com/docs/iac/concepts/resources/options/replaceonchanges/

    `name` is the pipe's in AWS, known before it is made: what watches it does not wait for it.
    """

    name: str
    source: Table
    dead_letters: Queue
    arn: pulumi.Output[str]
    source_arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EventPipeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:EventPipe", name, None, opts)
        physical = physical_name(name, PIPE)
        role = Role(
            f"{name}-pipe",
            service="pipes",
            statements=roles.pipe("${stream}", "${machine}", "${dead-letters}"),
            values=pulumi.Output.all(
                **{
                    "stream": args.source.stream_arn,
                    "machine": args.target.arn,
                    "dead-letters": args.dead_letters.arn,
                }
            ),
            for_arns=[f"pipe/{physical}"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        changed = json.dumps({"eventName": ["INSERT", "MODIFY"]})
        pipe = aws.pipes.Pipe(
            name,
            name=physical,
            role_arn=role.arn,
            source=args.source.stream_arn,
            source_parameters=aws.pipes.PipeSourceParametersArgs(
                dynamodb_stream_parameters=aws.pipes.PipeSourceParametersDynamodbStreamParametersArgs(
                    starting_position="TRIM_HORIZON",
                    batch_size=args.batch_size,
                    maximum_retry_attempts=args.retries,
                    on_partial_batch_item_failure="AUTOMATIC_BISECT",
                    dead_letter_config=aws.pipes.PipeSourceParametersDynamodbStreamParametersDeadLetterConfigArgs(
                        arn=args.dead_letters.arn
                    ),
                ),
                filter_criteria=aws.pipes.PipeSourceParametersFilterCriteriaArgs(
                    filters=[aws.pipes.PipeSourceParametersFilterCriteriaFilterArgs(pattern=changed)]
                ),
            ),
            target=args.target.arn,
            target_parameters=aws.pipes.PipeTargetParametersArgs(
                step_function_state_machine_parameters=(
                    aws.pipes.PipeTargetParametersStepFunctionStateMachineParametersArgs(
                        invocation_type="REQUEST_RESPONSE"
                    )
                )
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[role.policy, args.source, args.target, args.dead_letters, *args.after],
                replace_on_changes=["#initerror"],
                delete_before_replace=True,
            ),
        )
        self.name, self.source, self.dead_letters, self.arn = physical, args.source, args.dead_letters, pipe.arn
        self.source_arn, self.target_arn = pipe.source, pipe.target
        self.register_outputs({"arn": self.arn})
