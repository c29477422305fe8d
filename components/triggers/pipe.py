"""What the pipes have in common that bring records to a machine: the role, what is taken, and what is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from asl.permissions import roles

from ..naming import PIPE, physical_name
from ..role import Role
from ..state_machine import StateMachine
from ..storage import Queue
from .inputs import InputRefusedError, require_input, require_names, template
from .parts import TriggerRefusedError, require_kind
from .patterns import require_pattern

NAMES = (
    *("aws.pipes.pipe-arn", "aws.pipes.pipe-name", "aws.pipes.source-arn", "aws.pipes.enrichment-arn"),
    *("aws.pipes.target-arn", "aws.pipes.event.ingestion-time", "aws.pipes.event", "aws.pipes.event.json"),
)
"""What a pipe itself knows: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html"""


@dataclass(frozen=True)
class Carried:
    """What a pipe brings where: of the records, in batches, those that match `pattern`, each as `input` says.

    `record` is a record as it is, with `Unknown` for what is not known of it.
    """

    target: StateMachine
    record: Mapping[str, object]
    batch_size: int
    pattern: Mapping[str, Any] | None
    input: Mapping[str, Any] | None
    waits: bool | None


def require_carried(trigger: str, carried: Carried) -> bool:
    """Whether the pipe waits for its executions: unless told, where it can.

    A pipe cannot wait for a Standard machine:
    https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetStateMachineParameters.html

    Raises:
        TriggerRefusedError: for what the machine's type or EventBridge does not allow.
        InputRefusedError: for an input that the machine refuses. A machine gets the batch, a list, also of one record:
            https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    """
    require_kind(trigger, "target", carried.target, StateMachine)
    is_express, given = carried.target.type == "EXPRESS", carried.input
    if carried.waits and not is_express:
        raise TriggerRefusedError(
            f"{trigger}: a pipe cannot wait for {carried.target.purpose}, a Standard machine: leave `waits` out, or "
            "make it an Express machine"
        )
    if carried.pattern is not None:
        require_pattern(trigger, carried.pattern, of_pipe=True)
    if given is not None and not isinstance(given, Mapping):
        # Quotes within a part that is sent alone are lost, and what is left is no JSON:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-implicit
        raise InputRefusedError(
            f"{trigger}: `input` is {given!r}: put what is taken of a record into a field of its own"
        )
    require_names(trigger, given, NAMES)
    require_input(trigger, carried.target, None if given is None else [given], [dict(carried.record)])
    return is_express if carried.waits is None else carried.waits


def make_pipe(
    name: str,
    said: str,
    carried: Carried,
    *,
    source: roles.Source,
    source_arn: pulumi.Output[str],
    source_parameters: aws.pipes.PipeSourceParametersArgs,
    dead_letters: Queue | None,
    waits: bool,
    opts: pulumi.ResourceOptions,
    after: Sequence[pulumi.Resource],
) -> aws.pipes.Pipe:
    """The pipe and its role.

    AWS answers at once and makes the pipe afterwards, which may end as CREATE_FAILED, such as where it cannot use its
    role or the stream yet; both are new in a stack's first deployment. So the role comes early and the pipe late. A
    failed one is never mended by an update: the next deployment deletes it and makes it again, by its state's
    initialization error, which replaces under this name (`initErrorSpecialKey` in Pulumi's step_generator.go).
    https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html
    https://www.pulumi.com/docs/iac/concepts/resources/options/replaceonchanges/
    """
    physical = physical_name(name, PIPE, opts.parent)
    queue = {"dead-letters": dead_letters.arn} if dead_letters else {}
    role = Role(
        f"{name}-pipe",
        service="pipes",
        statements=roles.pipe(
            source, "${source}", "${machine}", "${dead-letters}" if dead_letters else None, waits=waits
        ),
        values=pulumi.Output.all(**{"source": source_arn, "machine": carried.target.arn, **queue}),
        for_arns=[f"pipe/{physical}"],
        opts=opts,
    )
    return aws.pipes.Pipe(
        name,
        name=physical,
        role_arn=role.arn,
        source=source_arn,
        source_parameters=source_parameters,
        # Through its alias: what is deployed, and moves with it.
        target=carried.target.alias_arn,
        target_parameters=aws.pipes.PipeTargetParametersArgs(
            input_template=(
                pulumi.Output.from_input(carried.input).apply(lambda known: template(said, known))
                if carried.input is not None
                else None
            ),
            step_function_state_machine_parameters=aws.pipes.PipeTargetParametersStepFunctionStateMachineParametersArgs(
                invocation_type="REQUEST_RESPONSE" if waits else "FIRE_AND_FORGET"
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                depends_on=[role.policy, carried.target, *([dead_letters] if dead_letters else []), *after],
                replace_on_changes=["#initerror"],
                delete_before_replace=True,
            ),
        ),
    )


def filtered(pattern: Mapping[str, Any] | None) -> aws.pipes.PipeSourceParametersFilterCriteriaArgs | None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html"""
    if pattern is None:
        return None
    only = aws.pipes.PipeSourceParametersFilterCriteriaFilterArgs(pattern=pulumi.Output.json_dumps(pattern))
    return aws.pipes.PipeSourceParametersFilterCriteriaArgs(filters=[only])
