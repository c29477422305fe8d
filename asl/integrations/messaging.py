"""Queues and topics."""

from asl.integrations.arns import arn_itself, queue_arns
from asl.integrations.table import REQUEST_OR_CALLBACK, Integration, Permission

_SQS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html"
_SNS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html"

ROWS = (
    Integration(
        "sqs:sendMessage",
        REQUEST_OR_CALLBACK,
        ("QueueUrl", "MessageBody"),
        (Permission(("sqs:SendMessage",), "QueueUrl", queue_arns),),
        _SQS,
    ),
    Integration(
        "sns:publish",
        REQUEST_OR_CALLBACK,
        ("TopicArn", "Message"),
        (Permission(("sns:Publish",), "TopicArn", arn_itself),),
        _SNS,
    ),
)
