"""Metrics by name and dimension: what alarms watch and the dashboard shows.

Of machines: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
Of functions: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
Of queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
The stack's own are written by `handlers/shared/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.function import Function, own_namespace
from components.state_machine import StateMachine
from components.storage import Queue

WATCH_MINUTES = 15
"""How often the stack counts what AWS cannot. Each time every order is read that is under way."""


@dataclass(frozen=True)
class Watched:
    """What alarms watch and the dashboard shows; `watch` is the function that counts what AWS cannot."""

    orders: StateMachine
    machines: Sequence[StateMachine]
    functions: Sequence[Function]
    dead_letters: Queue
    watch: Function


@dataclass(frozen=True)
class Metric:
    """One metric of one resource; `stat` is `Sum`, `Maximum`, `p99`…"""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    stat: str = "Sum"


def of_executions(machine: StateMachine, name: str, stat: str = "Sum") -> Metric:
    """Of all executions of a machine, whichever of its versions and aliases they were started by."""
    return Metric("AWS/States", name, {"StateMachineArn": machine.arn}, stat)


def of_calls(function: Function, name: str, stat: str = "Sum") -> Metric:
    """Of all calls of a function, whichever of its versions and aliases was called."""
    return Metric("AWS/Lambda", name, {"FunctionName": function.name}, stat)


def of_queue(queue: Queue) -> Metric:
    """How many messages wait in a queue."""
    return Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue.name}, "Maximum")


def failures(function: Function) -> Metric:
    """Calls of a function that went wrong. Lambda counts a refused order among the errors; such functions count too."""
    if function.refuses:
        return own(function, "Failures")
    return of_calls(function, "Errors")


def own(function: Function, name: str, stat: str = "Sum", **dimensions: str) -> Metric:
    """What a function counts itself."""
    return Metric(own_namespace(), name, {"service": function.service, **dimensions}, stat)
