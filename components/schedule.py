"""Starting a machine or a function again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from asl import allow

from .function import Function
from .naming import SCHEDULE, physical_name
from .role import Role
from .state_machine import StateMachine
from .storage import Queue


@dataclass(frozen=True)
class ScheduleArgs:
    """`expression` is the scheduler's: `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2027-01-01T09:00:00)`; times of
    day are those of `timezone`, of the IANA's names. The target gets `input`, which may hold Outputs. What could not be
    started after `retries` goes to `dead_letters`.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """

    target: StateMachine | Function
    expression: str
    timezone: str = "UTC"
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retries: int = 3
    dead_letters: Queue | None = None


class Schedule(pulumi.ComponentResource):
    """An EventBridge schedule with a role that may do just this.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    """

    arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Schedule", name, None, opts)
        physical = physical_name(name, SCHEDULE)
        is_machine, dead = isinstance(args.target, StateMachine), args.dead_letters
        role = Role(
            f"{name}-schedule",
            service="scheduler",
            statements=[
                *allow("states:startExecution" if is_machine else "lambda:invoke", "${target}"),
                *(allow("sqs:sendMessage", "${dead-letters}") if dead else ()),
            ],
            values=pulumi.Output.all(target=args.target.arn, **({"dead-letters": dead.arn} if dead else {})),
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
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(maximum_retry_attempts=args.retries),
                dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=dead.arn) if dead else None,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        self.arn, self.target_arn = schedule.arn, args.target.alias_arn
        self.register_outputs({"arn": self.arn})
