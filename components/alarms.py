"""Alarms: executions that failed or ran out of time, and events that were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.naming import physical_name
from components.state_machine import StateMachine
from components.storage import Queue


@dataclass(frozen=True)
class AlarmsArgs:
    """Who is told, and what is watched."""

    email: str
    machines: Sequence[StateMachine]
    dead_letters: Queue


class Alarms(pulumi.ComponentResource):
    """A topic with one subscriber, and an alarm for each thing that a person has to look at.

    Metrics: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    """

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # A person's address: encrypted in the state, whether or not the setting is.
        email = pulumi.Output.secret(args.email)
        self._topic = aws.sns.Topic(name, name=physical_name(name, 256), opts=child)
        aws.sns.TopicSubscription(name, topic=self._topic.arn, protocol="email", endpoint=email, opts=child)
        for machine in args.machines:
            for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
                dimensions = {"StateMachineArn": machine.arn}
                self._alarm(f"{machine.purpose}-{metric}", "AWS/States", metric, dimensions)
        queue = {"QueueName": args.dead_letters.name}
        self._alarm("dead-letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", queue)
        self.topic_arn = self._topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})

    def _alarm(self, purpose: str, namespace: str, metric: str, dimensions: dict[str, pulumi.Output[str]]) -> None:
        aws.cloudwatch.MetricAlarm(
            purpose,
            name=physical_name(purpose, 255),
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic="Maximum" if namespace == "AWS/SQS" else "Sum",
            period=60,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic.arn],
            ok_actions=[self._topic.arn],
            opts=pulumi.ResourceOptions(parent=self),
        )
