"""What roles need beside their calls: logging, tracing, reading a stream. Each `*` says why AWS leaves no choice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from asl.integrations.arns import Account, anything, arn_itself, machine_arns, of
from asl.permissions.policy import Reach, Statement

_EVERYTHING = (Reach("*", anything),)

MACHINE_LOGGING = Statement(
    "log delivery has no resource level",
    (
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ),
    _EVERYTHING,
)
"""https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""

MACHINE_LOG_GROUP = Statement(
    "own log group",
    ("logs:CreateLogStream", "logs:PutLogEvents"),
    (Reach("log-group:/aws/vendedlogs/states/${Machine}:*", of("logs")),),
)
"""The page names these two as well, on all log groups; AWS's list has a resource level for them."""

MACHINE_TRACING = Statement(
    "tracing has no resource level",
    ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
    _EVERYTHING,
)
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html"""

FUNCTION_TRACING = Statement(
    "tracing has no resource level", ("xray:PutTelemetryRecords", "xray:PutTraceSegments"), _EVERYTHING
)
"""https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"""


def own_logging(log_group_arn: str) -> Statement:
    """Writing into one log group, made beforehand, for functions and for tasks of ECS.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    return Statement(
        "own log group", ("logs:CreateLogStream", "logs:PutLogEvents"), (Reach(f"{log_group_arn}:*", arn_itself),)
    )


Source: TypeAlias = Literal["dynamodb", "kinesis", "sqs"]
"""What a pipe reads from: a table's stream, a stream of Kinesis, or a queue."""

_READING: Mapping[Source, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "dynamodb": (
        "read the stream",
        ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        ("dynamodb:ListStreams",),
    ),
    "kinesis": (
        "read the stream",
        (
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ),
        ("kinesis:ListStreams",),
    ),
    "sqs": ("take from the queue", ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), ()),
}
"""Of each source why it is read, the actions on it, and those that have no resource level.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html#pipes-ddb-perms
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html#pipes-ak-perms
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html#pipes-sqs-perms
"""


def pipe(source: Source, source_arn: str, machine_arn: str, queue_arn: str | None, *, waits: bool) -> list[Statement]:
    """A pipe to a machine, whose executions it waits for or not, with a queue for what it could not bring there.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
    """
    reason, reading, listing = _READING[source]
    statements = [Statement(reason, reading, (Reach(source_arn, arn_itself),))]
    if listing:
        statements.append(Statement("listing streams has no resource level", listing, _EVERYTHING))
    if queue_arn:
        statements.append(Statement("set batches aside", ("sqs:SendMessage",), (Reach(queue_arn, arn_itself),)))
    return [*statements, start(machine_arn, waits=waits)]


def start(machine_arn: str, *, waits: bool) -> Statement:
    """Starting a machine, by whatever alias or version: permissions name the machine itself.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    action = "states:StartSyncExecution" if waits else "states:StartExecution"
    return Statement("run the machine", (action,), (Reach(machine_arn, machine_arns),))


def publish_encrypted(key_arn: str) -> Statement:
    """What a publisher needs beside `sns:Publish` where the topic is encrypted with a key of one's own.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return Statement("use the topics key", ("kms:Decrypt", "kms:GenerateDataKey"), (Reach(key_arn, arn_itself),))


_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.(aws|amazonwebservices\.com\.cn))"
    r"/(?P<repository>[a-z0-9._/-]+)"
)
"""A private repository of ECR: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html"""


def repository_arn(image: str, where: Account) -> str | None:
    """The repository of ECR that a container's image is in; None of one that is elsewhere."""
    found = _ECR.match(image)
    if found is None:
        return None
    return f"arn:{where.partition}:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"


def pull_image(repository_arn: str) -> list[Statement]:
    """Fetching a container's image from a private repository: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html"""
    reading = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    return [
        Statement("pull the image", reading, (Reach(repository_arn, arn_itself),)),
        Statement("logging in to ECR has no resource level", ("ecr:GetAuthorizationToken",), _EVERYTHING),
    ]
