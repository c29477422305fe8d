"""The key that a stack's topics and logs are encrypted with."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from asl.permissions.resource_policies import key_policy

from .naming import name_of
from .role import account


class KeyRefusedError(ValueError, pulumi.RunError):
    """A key that KMS would refuse, which Pulumi shows as what the user has to mend."""


class Key(pulumi.ComponentResource):
    """A key of the customer's own, turned over once a year; CloudWatch may use it for this stack's alarms and logs.

    It goes with the stack, and so do the topics and the log groups: AWS deletes it `days` after that, 7 to 30.
    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html

    Raises:
        KeyRefusedError: for other `days`: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, *, days: int, opts: pulumi.ResourceOptions | None = None) -> None:
        if not 7 <= days <= 30:
            raise KeyRefusedError(f"key '{name}': `days` is {days}, and KMS takes 7 to 30")
        super().__init__("orderflow:index:Key", name, None, opts)
        names = name_of("*")
        key = aws.kms.Key(
            name,
            description=f"{name_of(name)}: topics and logs",
            policy=account(self).apply(lambda where: json.dumps(key_policy(where, names))),
            enable_key_rotation=True,
            deletion_window_in_days=days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
