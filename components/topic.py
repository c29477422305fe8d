"""Topics: encrypted with the stack's key, and reached by TLS only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from asl import Account
from asl.permissions.resource_policies import alarms_publish, tls_only

from .key import Key
from .naming import FIFO_TOPIC, TOPIC, name_of, physical_name
from .references import Reference
from .role import account

FILTERED_NAMES = 5
"""https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html"""


class TopicRefusedError(ValueError, pulumi.RunError):
    """A subscription that SNS would refuse, which Pulumi shows as what the user has to mend."""


class Topic(pulumi.ComponentResource):
    """An SNS topic. With `alarms` the stack's own alarms may publish, who have no role that would allow it; with `fifo`
    messages keep their order, and its receivers are queues.
    """

    arn: pulumi.Output[str]
    key: Key
    fifo: bool

    def __init__(
        self,
        name: str,
        key: Key,
        *,
        alarms: bool = False,
        fifo: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("orderflow:index:Topic", name, None, opts)
        child, names = pulumi.ResourceOptions(parent=self), name_of("*")
        topic = aws.sns.Topic(
            name,
            name=physical_name(name, FIFO_TOPIC if fifo else TOPIC, self),
            fifo_topic=fifo or None,
            kms_master_key_id=key.arn,
            opts=child,
        )

        def policy(arn: str, where: Account) -> str:
            allowing = (alarms_publish(arn, where, names),) if alarms else ()
            return json.dumps(tls_only("sns:Publish", arn, allowing=allowing))

        known = pulumi.Output.all(topic.arn, account(self))
        aws.sns.TopicPolicy(name, arn=topic.arn, policy=known.apply(lambda known: policy(*known)), opts=child)
        self._logical, self.arn, self.key, self.fifo = name, topic.arn, key, fifo
        self.register_outputs({"arn": self.arn})

    def reference(self) -> Reference:
        """How a definition names this topic, whose publishers need its key."""
        return Reference(f"{self._logical}.arn", self.arn, key=self.key.arn)


@dataclass(frozen=True)
class Subscription:
    """What a queue takes of `topic`: all messages, or those that `filter` lets through, which names message attributes
    or, with `filter_on` `MessageBody`, fields of a JSON message, each with a list of what it may be. The queue gets the
    message as it was published, or with `raw` False in an envelope that says where it comes from.

    https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html

    Raises:
        TopicRefusedError: for a filter that SNS would refuse.
    """

    topic: Topic
    filter: Mapping[str, Any] | None = None
    filter_on: Literal["MessageAttributes", "MessageBody"] = "MessageAttributes"
    raw: bool = True

    def __post_init__(self) -> None:
        said = f"a subscription to the topic '{self.topic.pulumi_resource_name}'"
        if self.filter_on not in ("MessageAttributes", "MessageBody"):
            raise TopicRefusedError(f"{said}: `filter_on` is MessageAttributes or MessageBody, not {self.filter_on!r}")
        if self.filter is None:
            return
        if not 0 < len(self.filter) <= FILTERED_NAMES:
            raise TopicRefusedError(
                f"{said}: its `filter` names {len(self.filter)} and SNS takes 1 to {FILTERED_NAMES}; without a filter "
                "all messages come"
            )
        nested = (Mapping,) if self.filter_on == "MessageBody" else ()
        for name, allowed in self.filter.items():
            if not isinstance(allowed, (list, tuple, *nested)) or not allowed:
                raise TopicRefusedError(
                    f"{said}: in its `filter` '{name}' is {allowed!r}, and has to be a list of what it may be"
                )
