"""Queues and topics."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.bridge.types import Create, Created, Inputs
from emulator.cloud import Cloud


def _queue(cloud: Cloud, inputs: Inputs) -> Created:
    client = cloud.client("sqs")
    url = client.create_queue(
        QueueName=inputs["name"],
        Attributes={"MessageRetentionPeriod": str(int(inputs["messageRetentionSeconds"]))},
        tags=dict(inputs.get("tags", {})),
    )["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, {**inputs, "url": url, "arn": arn}


def _topic(cloud: Cloud, inputs: Inputs) -> Created:
    tags = [{"Key": key, "Value": value} for key, value in inputs.get("tags", {}).items()]
    arn = cloud.client("sns").create_topic(Name=inputs["name"], Tags=tags)["TopicArn"]
    return arn, {**inputs, "arn": arn}


def _subscription(cloud: Cloud, inputs: Inputs) -> Created:
    arn = cloud.client("sns").subscribe(
        TopicArn=inputs["topic"], Protocol=inputs["protocol"], Endpoint=inputs["endpoint"], ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return arn, {**inputs, "arn": arn}


CREATE: Mapping[str, Create] = {
    "aws:sqs/queue:Queue": _queue,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicSubscription:TopicSubscription": _subscription,
}
