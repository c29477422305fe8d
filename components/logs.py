"""How much is logged, for how long it is kept, and what encrypts it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from asl.syntax.hints import nearest

from .key import Key

LEVELS = ("ALL", "ERROR", "FATAL", "OFF")


LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs offers: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


class RetentionRefusedError(ValueError, pulumi.RunError):
    """Days for which AWS keeps no log, which Pulumi shows as what the user has to mend."""


class LevelRefusedError(ValueError, pulumi.RunError):
    """A level that AWS does not know, which Pulumi shows as what the user has to mend."""


@dataclass(frozen=True)
class Logs:
    """`retention_days` is one of those that CloudWatch Logs offers, or the first log group with it is refused:
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    `level` is what state machines log, one of ALL, ERROR, FATAL, OFF; `execution_data` adds inputs and outputs.

    With `key` every log group is encrypted by it, whatever is logged: what was logged while inputs and outputs were
    could not be read any more if the key went with that setting.
    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html

    Raises:
        LevelRefusedError: for another level.
    """

    retention_days: int
    level: str = "ERROR"
    execution_data: bool = False
    key: Key | None = None

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise LevelRefusedError(f"level is {', '.join(LEVELS)}, not {self.level!r}{nearest(self.level, LEVELS)}")

    def encrypted_by(self, key: Key) -> Logs:
        """The same, encrypted."""
        return replace(self, key=key)


def log_group_of(name: str, physical: str, logs: Logs, opts: pulumi.ResourceOptions) -> aws.cloudwatch.LogGroup:
    """The log group `physical` of a function or a machine.

    Raises:
        RetentionRefusedError: for a number of days that CloudWatch Logs does not offer.
    """
    if logs.retention_days not in LOG_RETENTION_DAYS:
        near = min(LOG_RETENTION_DAYS, key=lambda days: abs(days - logs.retention_days))
        raise RetentionRefusedError(
            f"log group {physical}: `retention_days` is {logs.retention_days}, and CloudWatch Logs offers "
            f"{', '.join(map(str, LOG_RETENTION_DAYS))}: {near} is nearest"
        )
    return aws.cloudwatch.LogGroup(
        name,
        name=physical,
        retention_in_days=logs.retention_days,
        kms_key_id=logs.key.arn if logs.key else None,
        opts=opts,
    )
