"""Topics: encrypted with the stack's key, and reached by TLS only."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from asl import Account
from asl.permissions.resource_policies import alarms_publish, tls_only

from .key import Key
from .naming import TOPIC, physical_name, stack_prefix
from .references import Reference
from .role import account


class Topic(pulumi.ComponentResource):
    """An SNS topic. With `alarms` the stack's own alarms may publish, who have no role that would allow it."""

    arn: pulumi.Output[str]
    key: Key

    def __init__(
        self, name: str, key: Key, *, alarms: bool = False, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orderflow:index:Topic", name, None, opts)
        child, prefix = pulumi.ResourceOptions(parent=self), stack_prefix()
        topic = aws.sns.Topic(name, name=physical_name(name, TOPIC), kms_master_key_id=key.arn, opts=child)

        def policy(arn: str, where: Account) -> str:
            allowing = (alarms_publish(arn, where, prefix),) if alarms else ()
            return json.dumps(tls_only("sns:Publish", arn, allowing=allowing))

        known = pulumi.Output.all(topic.arn, account(self))
        aws.sns.TopicPolicy(name, arn=topic.arn, policy=known.apply(lambda known: policy(*known)), opts=child)
        self._logical, self.arn, self.key = name, topic.arn, key
        self.register_outputs({"arn": self.arn})

    def reference(self) -> Reference:
        """How a definition names this topic, whose publishers need its key."""
        return Reference(f"{self._logical}.arn", self.arn, key=self.key.arn)
