"""Alarms: what a person has to look at, each with what to do about it in the message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from .key import Key
from .metrics import Figure, Formula, Metric, failures, of_calls, of_executions, of_pipe, of_queue, silence
from .naming import ALARM, physical_name
from .topic import Topic

if TYPE_CHECKING:
    from .function import Function
    from .state_machine import StateMachine
    from .triggers import EventRule, ObjectTrigger, Schedule, StreamTrigger

MINUTE, HOUR = 60, 3600
LOGGED = "Its executions say why, those of an Express machine in its log group."


@dataclass(frozen=True)
class Alarm:
    """Rings when `figure` is above zero in `points` of the last `periods`, of `seconds` each.

    Together they are a day at most, or seven where a period is an hour or more:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    `missing` is what no data means: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """

    purpose: str
    figure: Figure
    advice: pulumi.Input[str]
    seconds: int = MINUTE
    points: int = 1
    periods: int = 1
    missing: str = "notBreaching"


@dataclass(frozen=True)
class AlarmsArgs:
    """Who is told, and when; `key` encrypts what is told."""

    email: str
    key: Key
    alarms: Sequence[Alarm]


class Alarms(pulumi.ComponentResource):
    """A topic with one subscriber, and an alarm for each thing that a person has to look at."""

    topic_arn: pulumi.Output[str]
    subscription_arn: pulumi.Output[str]
    names: list[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # A person's address: encrypted in the state, whether or not the setting is.
        email = pulumi.Output.secret(args.email)
        topic = Topic(name, args.key, alarms=True, opts=child)
        subscription = aws.sns.TopicSubscription(name, topic=topic.arn, protocol="email", endpoint=email, opts=child)
        self.names = [set_off(alarm, topic.arn, child) for alarm in args.alarms]
        self.topic_arn, self.subscription_arn = topic.arn, subscription.arn
        self.register_outputs({"topic_arn": self.topic_arn})


def set_off(alarm: Alarm, topic: pulumi.Input[str], opts: pulumi.ResourceOptions) -> str:
    """Make an alarm that tells `topic` when it rings and when it is over; its name in AWS."""
    name = physical_name(alarm.purpose, ALARM)
    aws.cloudwatch.MetricAlarm(
        alarm.purpose,
        name=name,
        alarm_description=alarm.advice,
        **_watching(alarm.figure, alarm.seconds),
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.points,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data=alarm.missing,
        alarm_actions=[topic],
        ok_actions=[topic],
        opts=opts,
    )
    return name


def _watching(figure: Figure, seconds: int) -> dict[str, Any]:
    """What an alarm looks at, as its arguments: a metric, or the result of a formula beside all that goes into it."""
    if isinstance(figure, Metric):
        return {
            "namespace": figure.namespace,
            "metric_name": figure.name,
            "dimensions": figure.dimensions,
            "statistic": figure.stat,
            "period": seconds,
        }
    query, part = aws.cloudwatch.MetricAlarmMetricQueryArgs, aws.cloudwatch.MetricAlarmMetricQueryMetricArgs
    parts = [
        query(
            id=name,
            return_data=False,
            metric=part(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                period=seconds,
                stat=metric.stat,
            ),
        )
        for name, metric in figure.metrics.items()
    ]
    result = query(id="result", expression=figure.of({name: name for name in figure.metrics}), return_data=True)
    return {"metric_queries": [result, *parts]}


def machine_alarms(machine: StateMachine, failed: str = LOGGED, timed_out: str = LOGGED) -> Iterator[Alarm]:
    """An execution that failed or ran out of time, with what to do then, and executions that AWS delays."""
    throttled = "Step Functions delays it: raise the account's quota of state transitions."
    for metric, advice in (
        ("ExecutionsFailed", failed),
        ("ExecutionsTimedOut", timed_out),
        ("ExecutionThrottled", throttled),
    ):
        yield Alarm(f"{machine.purpose}-{metric}", of_executions(machine, metric), advice)


def not_started(machine: StateMachine, hours: int, advice: str) -> Alarm:
    """Of a machine that has to start again within so many hours, 168 at most. The scheduler's own metrics say nothing
    of a single schedule: https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html"""
    idle = Formula("IF(FILL({started}, 0) > 0, 0, 1)", {"started": of_executions(machine, "ExecutionsStarted")})
    return Alarm(f"{machine.purpose}-not-started", idle, advice, HOUR, hours, hours, missing="breaching")


def function_alarms(function: Function, concurrency: str = "reserved_concurrency") -> Iterator[Alarm]:
    """Calls that fail or are throttled, in two of three periods: what fails once is tried again.

    `concurrency` is the setting that says how many calls are set aside for it.
    """
    failing = pulumi.Output.concat("'aws logs tail ", function.log_group_name, " --since 1h' says why it fails.")
    throttled = f"Lambda throttles it: raise {concurrency}, or the account's limit of concurrent executions."
    for purpose, figure, advice in (
        ("failures", failures(function), failing),
        ("throttles", of_calls(function, "Throttles"), throttled),
    ):
        yield Alarm(f"{function.purpose}-{purpose}", figure, advice, 5 * MINUTE, points=2, periods=3)


def nothing_started(trigger: EventRule | ObjectTrigger | Schedule) -> Alarm:
    """An event or a time that nothing was started for, after all retries."""
    name = trigger.pulumi_resource_name
    advice = pulumi.Output.concat(
        "Nothing was started: each message of the queue ",
        trigger.dead_letters.name,
        " says by its attributes why, and holds what the start would have been given.",
    )
    return Alarm(f"{name}-dead-letters", of_queue(trigger.dead_letters), advice)


def pipe_alarms(pipe: StreamTrigger, purpose: str) -> Iterator[Alarm]:
    """Events that fail or wait, a pipe that has stopped, and what was set aside; their names begin with `purpose`."""
    state = f"'aws pipes describe-pipe --name {pipe.name}' says how it is and why"
    for what, metric, advice in (
        ("failures", "ExecutionFailed", f"Events are tried again, then set aside: {state}."),
        ("timeouts", "ExecutionTimeout", f"Events are tried again, then set aside: {state}."),
        ("throttles", "ExecutionThrottled", "AWS delays it: raise the account's quota of concurrent pipe executions."),
    ):
        yield Alarm(f"{purpose}-{what}", of_pipe(pipe, metric), advice, 5 * MINUTE, points=2, periods=3)
    # What is written at a period's end comes out in the next one.
    advice = f"Rows change and no event comes through: {state}. 'aws pipes start-pipe --name {pipe.name}' starts it."
    yield Alarm(f"{purpose}-silent", silence(pipe), advice, 15 * MINUTE, points=2, periods=8)
    set_aside = "Events could not be handled: read them in the queue, mend their machine, and send them again."
    yield Alarm(f"{purpose}-dead-letters", of_queue(pipe.dead_letters), set_aside)
