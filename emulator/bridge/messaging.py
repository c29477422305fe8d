"""Queues and topics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, differs, dropped, pairs, pascal, unpaired
from emulator.cloud import Cloud


class Queue(Resource):
    replaced_by = frozenset({"name", "fifoQueue"})
    outputs = ("arn", "url")

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        tags, attributes = dict(inputs.get("tags") or {}), _queue_attributes(inputs)
        client = cloud.client("sqs")
        return client.create_queue(QueueName=inputs["name"], Attributes=attributes, tags=tags)["QueueUrl"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("sqs")
        try:
            is_ = client.get_queue_attributes(QueueUrl=id, AttributeNames=["All"])["Attributes"]
        except client.exceptions.QueueDoesNotExist:
            return None
        inputs = {
            "name": id.rsplit("/", 1)[-1],
            "messageRetentionSeconds": int(is_["MessageRetentionPeriod"]),
            "tags": client.list_queue_tags(QueueUrl=id).get("Tags", {}),
        }
        return Found(inputs, {"arn": is_["QueueArn"], "url": id})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("sqs")
        client.set_queue_attributes(QueueUrl=id, Attributes=_queue_attributes(new))
        if differs(old, new, "tags"):
            client.untag_queue(QueueUrl=id, TagKeys=dropped(old, new))
            client.tag_queue(QueueUrl=id, Tags=dict(new.get("tags") or {}))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("sqs")
        with suppress(client.exceptions.QueueDoesNotExist):
            client.delete_queue(QueueUrl=id)


_QUEUE_SECONDS = {
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "delaySeconds": "DelaySeconds",
}


def _queue_attributes(inputs: Inputs) -> dict[str, str]:
    return {
        "SqsManagedSseEnabled": str(bool(inputs.get("sqsManagedSseEnabled"))).lower(),
        **{attribute: str(int(inputs[name])) for name, attribute in _QUEUE_SECONDS.items() if name in inputs},
        **({"FifoQueue": "true"} if inputs.get("fifoQueue") else {}),
        **pascal(chosen(inputs, "policy", "redrivePolicy")),
    }


class QueuePart(Resource):
    """An attribute of a queue that is a resource of its own, named as the input that holds it."""

    replaced_by = frozenset({"queueUrl"})
    outputs = ()
    autonamed = False

    def __init__(self, input: str) -> None:
        self._input = input

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        self._set(cloud, inputs["queueUrl"], inputs[self._input])
        return inputs["queueUrl"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client, (attribute,) = cloud.client("sqs"), pascal({self._input: ""})
        try:
            is_ = client.get_queue_attributes(QueueUrl=id, AttributeNames=[attribute]).get("Attributes", {})
        except client.exceptions.QueueDoesNotExist:
            return None
        return Found({"queueUrl": id, self._input: is_[attribute]}, {}) if is_.get(attribute) else None

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self._set(cloud, id, new[self._input])

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("sqs")
        with suppress(client.exceptions.QueueDoesNotExist):
            self._set(cloud, id, "")

    def _set(self, cloud: Cloud, url: str, value: str) -> None:
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=pascal({self._input: value}))


class Topic(Resource):
    replaced_by = frozenset({"name", "fifoTopic"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        key = pascal(chosen(inputs, "kmsMasterKeyId"))
        if inputs.get("fifoTopic"):
            key["FifoTopic"] = "true"
        client, tags = cloud.client("sns"), pairs(inputs.get("tags"))
        return client.create_topic(Name=inputs["name"], Attributes=key, Tags=tags)["TopicArn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("sns")
        try:
            client.get_topic_attributes(TopicArn=id)
        except client.exceptions.NotFoundException:
            return None
        tags = unpaired(client.list_tags_for_resource(ResourceArn=id)["Tags"])
        return Found({"name": id.rsplit(":", 1)[-1], "tags": tags}, {"arn": id})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client = cloud.client("sns")
        if differs(old, new, "kmsMasterKeyId"):
            key = new.get("kmsMasterKeyId") or ""
            client.set_topic_attributes(TopicArn=id, AttributeName="KmsMasterKeyId", AttributeValue=key)
        if differs(old, new, "tags"):
            client.untag_resource(ResourceArn=id, TagKeys=dropped(old, new))
            client.tag_resource(ResourceArn=id, Tags=pairs(new.get("tags")))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        cloud.client("sns").delete_topic(TopicArn=id)


class TopicPolicy(Resource):
    """Its id is the topic's ARN. A topic whose policy goes has the one again that it was made with."""

    replaced_by = frozenset({"arn"})
    outputs = ("owner",)
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        self._set(cloud, inputs["arn"], inputs["policy"])
        return inputs["arn"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("sns")
        try:
            policy = client.get_topic_attributes(TopicArn=id)["Attributes"]["Policy"]
        except client.exceptions.NotFoundException:
            return None
        return Found({"arn": id, "policy": policy}, {"owner": id.split(":")[4]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self._set(cloud, id, new["policy"])

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        """As pulumi-aws does: SNS cannot take a policy away, so the owner's default one is written.

        https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
        """
        owner = {"StringEquals": {"AWS:SourceOwner": id.split(":")[4]}}
        everyone = {"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}}
        actions = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic")
        allowed = [f"SNS:{action}" for action in (*actions, "Subscribe", "ListSubscriptionsByTopic", "Publish")]
        default = {**everyone, "Action": allowed, "Resource": id, "Condition": owner}
        client = cloud.client("sns")
        with suppress(client.exceptions.NotFoundException):
            self._set(cloud, id, json.dumps({"Version": "2008-10-17", "Statement": [default]}))

    def _set(self, cloud: Cloud, arn: str, policy: str) -> None:
        cloud.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class Subscription(Resource):
    replaced_by = frozenset({"topic", "protocol", "endpoint"})
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        names: dict[str, Any] = {"Protocol": inputs["protocol"], "Endpoint": inputs["endpoint"]}
        sns, attributes = cloud.client("sns"), _subscription_attributes(inputs)
        return sns.subscribe(TopicArn=inputs["topic"], **names, Attributes=attributes, ReturnSubscriptionArn=True)[
            "SubscriptionArn"
        ]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("sns")
        try:
            is_ = client.get_subscription_attributes(SubscriptionArn=id)["Attributes"]
        except client.exceptions.NotFoundException:
            return None
        inputs = {"topic": is_["TopicArn"], "protocol": is_["Protocol"], "endpoint": is_["Endpoint"]}
        return Found(inputs, {"arn": id})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        client, wanted = cloud.client("sns"), _subscription_attributes(new)
        for name in _subscription_attributes(old).keys() | wanted.keys():
            client.set_subscription_attributes(
                SubscriptionArn=id, AttributeName=name, AttributeValue=wanted.get(name, "")
            )

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        cloud.client("sns").unsubscribe(SubscriptionArn=id)


def _subscription_attributes(inputs: Inputs) -> dict[str, str]:
    raw = {"RawMessageDelivery": "true"} if inputs.get("rawMessageDelivery") else {}
    return {**raw, **pascal(chosen(inputs, "filterPolicy", "filterPolicyScope"))}


RESOURCES: Mapping[str, Resource] = {
    "aws:sqs/queue:Queue": Queue(),
    "aws:sqs/queuePolicy:QueuePolicy": QueuePart("policy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": QueuePart("redrivePolicy"),
    "aws:sns/topic:Topic": Topic(),
    "aws:sns/topicPolicy:TopicPolicy": TopicPolicy(),
    "aws:sns/topicSubscription:TopicSubscription": Subscription(),
}
