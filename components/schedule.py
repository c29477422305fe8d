"""Starting a machine or a function again and again."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from asl import allow

from .function import Function
from .naming import SCHEDULE, physical_name
from .role import Role
from .state_machine import StateMachine


@dataclass(frozen=True)
class ScheduleArgs:
    """`expression` is the scheduler's, `rate(5 minutes)` or `cron(0 3 * * ? *)`, in UTC."""

    target: StateMachine | Function
    expression: str


class Schedule(pulumi.ComponentResource):
    """An EventBridge schedule with a role that may do just this.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    """

    arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Schedule", name, None, opts)
        physical = physical_name(name, SCHEDULE)
        is_machine = isinstance(args.target, StateMachine)
        role = Role(
            f"{name}-schedule",
            service="scheduler",
            statements=allow("states:startExecution" if is_machine else "lambda:invoke", "${target}"),
            values=pulumi.Output.all(target=args.target.arn),
            # Of a schedule the service tells the group, not itself:
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            for_arns=["schedule-group/default"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        schedule = aws.scheduler.Schedule(
            name,
            name=physical,
            schedule_expression=args.expression,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                # Through its alias: what is deployed, and moves with it.
                arn=args.target.alias_arn,
                role_arn=role.arn,
                input="{}",
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(maximum_retry_attempts=3),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        self.arn, self.target_arn = schedule.arn, args.target.alias_arn
        self.register_outputs({"arn": self.arn})
