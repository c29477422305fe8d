"""Alarms: what a person has to look at, each with what to do about it in the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.metrics import WATCH_MINUTES, Metric, Watched, failures, of_calls, of_executions, of_queue, own
from components.naming import physical_name
from components.state_machine import StateMachine

MINUTE = 60


@dataclass(frozen=True)
class AlarmsArgs:
    """Who is told, and what is watched."""

    email: str
    watched: Watched


@dataclass(frozen=True)
class Alarm:
    """Rings when `metric` is above zero in `points` of the last `periods`, of `seconds` each.

    `missing` is what no data means: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """

    purpose: str
    metric: Metric
    advice: str
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
        self._topic = aws.sns.Topic(name, name=physical_name(name, 256), opts=child)
        subscription = aws.sns.TopicSubscription(
            name, topic=self._topic.arn, protocol="email", endpoint=email, opts=child
        )
        self.names = []
        for alarm in (*_of_machines(watched), *_of_functions(watched), *_of_orders(watched)):
            self._alarm(alarm)
        self.topic_arn, self.subscription_arn = self._topic.arn, subscription.arn
        self.register_outputs({"topic_arn": self.topic_arn})

    def _alarm(self, alarm: Alarm) -> None:
        metric, name = alarm.metric, physical_name(alarm.purpose, 255)
        self.names.append(name)
        aws.cloudwatch.MetricAlarm(
            alarm.purpose,
            name=name,
            alarm_description=alarm.advice,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions,
            statistic=metric.stat,
            period=alarm.seconds,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.points,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data=alarm.missing,
            alarm_actions=[self._topic.arn],
            ok_actions=[self._topic.arn],
            opts=pulumi.ResourceOptions(parent=self),
        )


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


def _alarm_of(machine: StateMachine, metric: str, advice: str) -> Alarm:
    return Alarm(f"{machine.purpose}-{metric}", of_executions(machine, metric), advice)


def _of_functions(watched: Watched) -> Iterator[Alarm]:
    """In two of three periods: what fails once is tried again."""
    for function in watched.functions:
        failing = "It keeps failing: its log says why."
        throttled = "Lambda throttles it: raise reservedConcurrency, or the account's limit of concurrent executions."
        for purpose, metric, advice in (
            ("failures", failures(function), failing),
            ("throttles", of_calls(function, "Throttles"), throttled),
        ):
            yield Alarm(f"{function.purpose}-{purpose}", metric, advice, 5 * MINUTE, points=2, periods=3)


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
    poison = "Events could not be projected: read them in the queue, mend the projection, and send them again."
    yield Alarm("dead-letters", of_queue(watched.dead_letters), poison)


def _command(command: str) -> str:
    return f"'orderflow --stack {pulumi.get_stack()} {command}'"
