"""Metrics by name and dimension: what alarms watch and the dashboard shows.

Of machines: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
Of functions: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
Of pipes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html
Of tables: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
Of queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
A program's own are those that its functions write, in the namespace `own_namespace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pulumi

from .naming import own_namespace
from .storage import Queue, Table

if TYPE_CHECKING:
    from .function import Function
    from .state_machine import StateMachine
    from .triggers.stream_trigger import StreamTrigger


@dataclass(frozen=True)
class Metric:
    """One metric of one resource; `stat` is `Sum`, `Maximum`, `p99`…"""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    stat: str = "Sum"


@dataclass(frozen=True)
class Formula:
    """What is reckoned from metrics, each of which stands in `expression` as `{name}`. Without data there is no result.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """

    expression: str
    metrics: Mapping[str, Metric]

    def of(self, ids: Mapping[str, str]) -> str:
        """The expression as CloudWatch reads it, with `ids` for the metrics' names."""
        return self.expression.format(**ids)


Figure: TypeAlias = Metric | Formula


def of_executions(machine: StateMachine, name: str, stat: str = "Sum") -> Metric:
    """Of all executions of a machine, whichever of its versions and aliases they were started by."""
    return Metric("AWS/States", name, {"StateMachineArn": machine.arn}, stat)


def of_calls(function: Function, name: str, stat: str = "Sum") -> Metric:
    """Of all calls of a function, whichever of its versions and aliases was called."""
    return Metric("AWS/Lambda", name, {"FunctionName": function.name}, stat)


def of_queue(queue: Queue) -> Metric:
    """How many messages wait in a queue."""
    return Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue.name}, "Maximum")


def of_pipe(pipe: StreamTrigger, name: str) -> Metric:
    """Of all executions of a pipe."""
    return Metric("AWS/EventBridge/Pipes", name, {"PipeName": pipe.name})


def failures(function: Function) -> Figure:
    """Calls of a function that went wrong, whatever stopped them: its code, its import, its time or its memory.

    Lambda counts a refused order among the errors; what a function counts as refused is taken off.
    """
    errors = of_calls(function, "Errors")
    if not function.refuses:
        return errors
    return Formula("{errors} - FILL({refusals}, 0)", {"errors": errors, "refusals": own(function, "Refusals")})


def silence(pipe: StreamTrigger) -> Formula:
    """Whether the pipe's source was written to and the pipe has had no event, 1 or 0: a pipe that is stopped, or that
    AWS could not make, writes no metric."""
    written = (
        Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": pipe.source.name})
        if isinstance(pipe.source, Table)
        else Metric("AWS/Kinesis", "IncomingRecords", {"StreamName": pipe.source.name})
    )
    return Formula(
        "IF({written} > 0 AND FILL({events}, 0) == 0, 1, 0)",
        {"written": written, "events": of_pipe(pipe, "EventCount")},
    )


def conspicuous(counted: Metric, whole: Metric, *, least: int, percent: int) -> Formula:
    """How many were `counted`, where those are at least `least` and more than `percent` of `whole`; else 0."""
    expression = f"IF({{counted}} >= {least} AND 100 * {{counted}} > {percent} * FILL({{whole}}, 0), {{counted}}, 0)"
    return Formula(expression, {"counted": counted, "whole": whole})


def own(function: Function, name: str, stat: str = "Sum", **dimensions: str) -> Metric:
    """What a function counts itself."""
    return Metric(own_namespace(), name, {"service": function.service, **dimensions}, stat)
