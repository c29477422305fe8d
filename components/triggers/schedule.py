"""Starting a machine or a function again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from asl import allow

from ..existing_function import ExistingFunction
from ..function import Function
from ..naming import SCHEDULE, physical_name
from ..role import Role
from ..state_machine import StateMachine
from ..storage import Queue
from .inputs import InputRefusedError, places, require_input, require_names
from .parts import MAX_AGE_SECONDS, dead_letters_of, require_dead_letters, require_kind, require_retries
from .times import require_times

NAMES = tuple(f"aws.scheduler.{name}" for name in ("schedule-arn", "scheduled-time", "execution-id", "attempt-number"))
"""https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"""


@dataclass(frozen=True)
class ScheduleArgs:
    """`expression` is the scheduler's: `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2027-01-01T09:00:00)`; times of
    day are those of `timezone`, of the IANA's names. The target gets `input`, which may hold Outputs, and what the
    scheduler knows: `<aws.scheduler.scheduled-time>`. What could not be started after `retries` or `max_age_seconds`
    goes to `dead_letters`, a queue of its own unless given.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """

    target: StateMachine | Function | ExistingFunction
    expression: str
    timezone: str = "UTC"
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retries: int = 3
    dead_letters: Queue | None = None
    max_age_seconds: int = MAX_AGE_SECONDS


class Schedule(pulumi.ComponentResource):
    """An EventBridge schedule with a role that may do just this.

    The scheduler starts its target at least once: one time of the schedule may start two executions.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html

    Raises:
        TriggerRefusedError: for an expression, a time zone, retries or dead letters that AWS would refuse, before
            anything is registered.
        InputRefusedError: for an input that the machine's `input_schema` refuses, or that takes values of an event,
            which there is none of; likewise before.
    """

    arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]
    dead_letters: Queue

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        said, is_machine = f"schedule '{name}'", isinstance(args.target, StateMachine)
        require_kind(said, "target", args.target, StateMachine, Function, ExistingFunction)
        require_retries(said, args.retries, args.max_age_seconds)
        require_dead_letters(said, args.dead_letters)
        require_times(said, args.expression, args.timezone)
        if wrong := [place for place in places(args.input) if not place.startswith("aws.scheduler.")]:
            raise InputRefusedError(f"{said}: `input` takes <{wrong[0]}>, and there is <aws.scheduler.…> only")
        require_names(said, args.input, NAMES)
        if isinstance(args.target, StateMachine):
            require_input(said, args.target, args.input, None)
        super().__init__("orderflow:index:Schedule", name, None, opts)
        physical = physical_name(name, SCHEDULE, self)
        dead = self.dead_letters = dead_letters_of(name, args.dead_letters, self)
        role = Role(
            f"{name}-schedule",
            service="scheduler",
            statements=[
                *allow("states:startExecution" if is_machine else "lambda:invoke", "${target}"),
                *allow("sqs:sendMessage", "${dead-letters}"),
            ],
            values=pulumi.Output.all(**{"target": args.target.arn, "dead-letters": dead.arn}),
            # Of a schedule the service tells the group, not itself:
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            for_arns=["schedule-group/default"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        schedule = aws.scheduler.Schedule(
            name,
            name=physical,
            schedule_expression=args.expression,
            schedule_expression_timezone=args.timezone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                # Through its alias: what is deployed, and moves with it.
                arn=args.target.alias_arn,
                role_arn=role.arn,
                input=pulumi.Output.json_dumps(args.input),
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_retry_attempts=args.retries, maximum_event_age_in_seconds=args.max_age_seconds
                ),
                dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=dead.arn),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        self.arn, self.target_arn = schedule.arn, args.target.alias_arn
        self.register_outputs({"arn": self.arn})
