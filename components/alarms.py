"""Alarms: what a person has to look at, each with what to do about it in the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.key import Key
from components.metrics import (
    WATCH_MINUTES,
    Figure,
    Formula,
    Metric,
    Watched,
    conspicuous,
    failures,
    of_calls,
    of_executions,
    of_pipe,
    of_queue,
    own,
    silence,
)
from components.naming import ALARM, SCHEDULE, physical_name
from components.state_machine import StateMachine
from components.topic import Topic

MINUTE, HOUR = 60, 3600

DAILY_HOURS = 26
"""How long what starts once a day may be away."""


@dataclass(frozen=True)
class Share:
    """How many orders of those started are conspicuous: `percent` of them, and `least` in number."""

    least: int
    percent: int


UNDONE = Share(least=5, percent=20)
"""Charged, and not delivered: ten times what `workflows.order_fulfillment.USUAL_ORDERS` takes as usual."""
TURNED_AWAY = Share(least=10, percent=50)
"""Rejected, or their payment declined: what customers do wrong, as long as it is not most of them."""


@dataclass(frozen=True)
class AlarmsArgs:
    """Who is told, and what is watched; `key` encrypts what is told."""

    email: str
    watched: Watched
    key: Key


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


class Alarms(pulumi.ComponentResource):
    """A topic with one subscriber, and an alarm for each thing that a person has to look at."""

    topic_arn: pulumi.Output[str]
    subscription_arn: pulumi.Output[str]
    names: list[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Alarms", name, None, opts)
        child, watched = pulumi.ResourceOptions(parent=self), args.watched
        # A person's address: encrypted in the state, whether or not the setting is.
        email = pulumi.Output.secret(args.email)
        self._topic = Topic(name, args.key, alarms=True, opts=child)
        subscription = aws.sns.TopicSubscription(
            name, topic=self._topic.arn, protocol="email", endpoint=email, opts=child
        )
        self.names = []
        for alarm in (*_of_machines(watched), *_of_functions(watched), *_of_the_pipe(watched), *_of_orders(watched)):
            self._alarm(alarm)
        self.topic_arn, self.subscription_arn = self._topic.arn, subscription.arn
        self.register_outputs({"topic_arn": self.topic_arn})

    def _alarm(self, alarm: Alarm) -> None:
        name = physical_name(alarm.purpose, ALARM)
        self.names.append(name)
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
            alarm_actions=[self._topic.arn],
            ok_actions=[self._topic.arn],
            opts=pulumi.ResourceOptions(parent=self),
        )


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


def _of_machines(watched: Watched) -> Iterator[Alarm]:
    for machine in watched.machines:
        is_orders = machine is watched.orders
        logged = "Its executions say why, those of an Express machine in its log group."
        failed = f"{_command('list --status failed')} lists them, {_command('why ORDER')} says why."
        timed_out = f"{_command('list --status timed_out')} lists them, {_command('why ORDER')} says why."
        throttled = "Step Functions delays it: raise the account's quota of state transitions."
        yield _alarm_of(machine, "ExecutionsFailed", failed if is_orders else logged)
        yield _alarm_of(machine, "ExecutionsTimedOut", timed_out if is_orders else logged)
        yield _alarm_of(machine, "ExecutionThrottled", throttled)
    yield _not_started(watched.reconciling)


def _alarm_of(machine: StateMachine, metric: str, advice: str) -> Alarm:
    return Alarm(f"{machine.purpose}-{metric}", of_executions(machine, metric), advice)


def _not_started(machine: StateMachine) -> Alarm:
    """Of a machine that starts every day, at not quite the same second. The scheduler's own metrics say nothing of a
    single schedule: https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html"""
    idle = Formula("IF(FILL({started}, 0) > 0, 0, 1)", {"started": of_executions(machine, "ExecutionsStarted")})
    advice = (
        f"No reconciliation has started for {DAILY_HOURS} hours: {_command('reconcile')} starts one, and 'aws scheduler"
        f" list-schedules --name-prefix {physical_name('', SCHEDULE)}' says whether its schedule is enabled."
    )
    return Alarm("reconciliation-not-started", idle, advice, HOUR, DAILY_HOURS, DAILY_HOURS, missing="breaching")


def _of_functions(watched: Watched) -> Iterator[Alarm]:
    """In two of three periods: what fails once is tried again."""
    for function in watched.functions:
        failing = pulumi.Output.concat("'aws logs tail ", function.log_group_name, " --since 1h' says why it fails.")
        concurrency = "webhookConcurrency" if function.is_public else "reservedConcurrency"
        throttled = f"Lambda throttles it: raise {concurrency}, or the account's limit of concurrent executions."
        for purpose, figure, advice in (
            ("failures", failures(function), failing),
            ("throttles", of_calls(function, "Throttles"), throttled),
        ):
            yield Alarm(f"{function.purpose}-{purpose}", figure, advice, 5 * MINUTE, points=2, periods=3)


def _of_the_pipe(watched: Watched) -> Iterator[Alarm]:
    pipe = watched.pipe
    state = f"'aws pipes describe-pipe --name {pipe.name}' says how it is and why"
    for purpose, metric, advice in (
        ("failures", "ExecutionFailed", f"Events are tried again, then set aside: {state}."),
        ("timeouts", "ExecutionTimeout", f"Events are tried again, then set aside: {state}."),
        ("throttles", "ExecutionThrottled", "AWS delays it: raise the account's quota of concurrent pipe executions."),
    ):
        yield Alarm(f"pipe-{purpose}", of_pipe(pipe, metric), advice, 5 * MINUTE, points=2, periods=3)
    # What is written at a period's end comes out in the next one.
    advice = f"Orders change and no event comes through: {state}. 'aws pipes start-pipe --name {pipe.name}' starts it."
    yield Alarm("pipe-silent", silence(pipe), advice, 15 * MINUTE, points=2, periods=8)
    poison = "Events could not be projected: read them in the queue, mend the projection, and send them again."
    yield Alarm("dead-letters", of_queue(pipe.dead_letters), poison)


def _of_orders(watched: Watched) -> Iterator[Alarm]:
    counted = {
        "orders-stuck": ("OrdersStuck", f"The log of watch-orders names them, {_command('why ORDER')} says why."),
        "questions-expiring": ("QuestionsExpiring", f"People have not answered: {_command('decisions')} lists what."),
        "issues-open": (
            "IssuesOpen",
            f"Our books and others' differ: {_command('issues')} says where.",
        ),
    }
    for purpose, (metric, advice) in counted.items():
        # Where nobody counts any more, nobody knows: that is told, too.
        missing = "breaching" if metric == "OrdersStuck" else "notBreaching"
        yield Alarm(purpose, own(watched.watch, metric, "Maximum"), advice, 2 * WATCH_MINUTES * MINUTE, missing=missing)
    started = of_executions(watched.orders, "ExecutionsStarted")
    for purpose, metric, limits in (
        ("orders-undone", "OrdersUndone", UNDONE),
        ("orders-turned-away", "OrdersTurnedAway", TURNED_AWAY),
    ):
        figure = conspicuous(own(watched.telling, metric), started, least=limits.least, percent=limits.percent)
        advice = f"Far more than usual: {_command('list')} lists the latest orders, {_command('why ORDER')} says why."
        yield Alarm(purpose, figure, advice, 2 * HOUR)


def _command(command: str) -> str:
    return f"'orderflow --stack {pulumi.get_stack()} {command}'"
