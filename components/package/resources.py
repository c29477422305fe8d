"""The components as Pulumi's schema tells them, and as a program hands them over: by reference.

What reads these classes looks at annotations themselves, so that they are not postponed. Each makes the component
itself, under the same type: what one language deploys, another takes over.
"""

from typing import TypeVar

import pulumi

from .. import function, schedule, state_machine
from .arguments import function_args, schedule_args, state_machine_args
from .inputs import FunctionInputs, ScheduleInputs, StateMachineInputs

Component = TypeVar("Component", bound=pulumi.ComponentResource)

made: dict[str, pulumi.Resource] = {}
"""What this process has made in the last run of a program, by URN: a reference to it stands for it itself."""


def _kept(component: Component) -> Component:
    component.urn.apply(lambda urn: made.update({urn: component}))
    return component


class StateMachine(pulumi.ComponentResource):
    """A checked Standard or Express machine with a role for just what it calls, its log group, version and alias."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The machine's ARN."""
    version_arn: pulumi.Output[str]
    """The ARN of the version that was published last."""
    alias_arn: pulumi.Output[str]
    """The ARN of the alias `live`, through which executions are started."""
    log_group_name: pulumi.Output[str]
    """The name of its log group."""

    def __new__(cls, name: str, args: StateMachineInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(state_machine.StateMachine(name, state_machine_args(args), opts))

    def __init__(self, name: str, args: StateMachineInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Function(pulumi.ComponentResource):
    """A Lambda function in Python with its role, log group, version and alias, for which it stands in a definition."""

    name: pulumi.Output[str]
    """Its name in AWS."""
    arn: pulumi.Output[str]
    """The function's ARN."""
    version: pulumi.Output[str]
    """The version that was published last."""
    alias_arn: pulumi.Output[str]
    """The ARN of the alias `live`."""
    log_group_name: pulumi.Output[str]
    """The name of its log group."""

    def __new__(cls, name: str, args: FunctionInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(function.Function(name, function_args(name, args, opts), opts))

    def __init__(self, name: str, args: FunctionInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


class Schedule(pulumi.ComponentResource):
    """An EventBridge schedule that starts a state machine or a function again and again, by a role for just that."""

    arn: pulumi.Output[str]
    """The schedule's ARN."""

    def __new__(cls, name: str, args: ScheduleInputs, opts: pulumi.ResourceOptions | None = None):
        return _kept(schedule.Schedule(name, schedule_args(args), opts))

    def __init__(self, name: str, args: ScheduleInputs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Never run: it tells the schema what is taken."""


RESOURCES: list[type[pulumi.ComponentResource]] = [Function, Schedule, StateMachine]
