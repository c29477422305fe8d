"""Queues, topics, event buses and APIs."""

from asl.integrations.arns import api_arns, arn_itself, connection_secret_arns, queue_arns
from asl.integrations.parts import EVERYTHING, on
from asl.integrations.table import REQUEST, REQUEST_OR_CALLBACK, Integration, Permission, Target

_PAGES = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_CALL = "states:InvokeHTTPEndpoint"
_CALLED = (
    ("StringLike", "states:HTTPEndpoint", "{ApiEndpoint}"),
    ("StringEquals", "states:HTTPMethod", "{Method}"),
)


def _connection(parameter: str) -> tuple[Permission, ...]:
    """Reading the credentials of a connection, which EventBridge keeps in a secret of its own."""
    template = f"{{{parameter}}}"
    reading = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    return (
        Permission(("events:RetrieveConnectionCredentials",), (Target(template, arn_itself),), when=parameter),
        Permission(reading, (Target(template, connection_secret_arns),), when=parameter),
    )


ROWS = (
    Integration(
        "sqs:sendMessage",
        REQUEST_OR_CALLBACK,
        ("QueueUrl", "MessageBody"),
        (Permission(("sqs:SendMessage",), (Target("{QueueUrl}", queue_arns),)),),
        _PAGES + "connect-sqs.html",
    ),
    # Publish takes TopicArn, TargetArn or PhoneNumber; a phone number has no ARN and stays to be declared.
    Integration(
        "sns:publish",
        REQUEST_OR_CALLBACK,
        ("TopicArn|TargetArn|PhoneNumber", "Message"),
        (
            Permission(("sns:Publish",), (Target("{TopicArn}", arn_itself),), when="TopicArn"),
            Permission(("sns:Publish",), (Target("{TargetArn}", arn_itself),), when="TargetArn"),
            Permission(("sns:Publish",), (Target("{Resource}", arn_itself),), when="PhoneNumber"),
        ),
        _PAGES + "connect-sns.html",
    ),
    Integration(
        "events:putEvents",
        REQUEST_OR_CALLBACK,
        ("Entries",),
        (Permission(("events:PutEvents",), (on("event-bus/{Entries[].EventBusName|default}", "events"),)),),
        _PAGES + "connect-eventbridge.html",
    ),
    Integration(
        "apigateway:invoke",
        REQUEST_OR_CALLBACK,
        ("ApiEndpoint", "Method"),
        (
            Permission(
                ("execute-api:Invoke",),
                (Target("{ApiEndpoint}/{Stage|*}/{Method}/{Path|}", api_arns),),
                when="AuthType=IAM_ROLE",
            ),
        ),
        _PAGES + "connect-api-gateway.html",
    ),
    Integration(
        "http:invoke",
        REQUEST,
        ("ApiEndpoint", "Method", "Authentication|InvocationConfig"),
        (
            # The page limits it to the machine; AWS's list knows no resource level. So both are granted.
            Permission((_CALL,), (on("stateMachine:${Machine}", "states"),), conditions=_CALLED),
            Permission((_CALL,), (EVERYTHING,), conditions=_CALLED, reason=f"{_CALL} has no resource level"),
            *_connection("Authentication.ConnectionArn"),
            *_connection("InvocationConfig.ConnectionArn"),
        ),
        _PAGES + "call-https-apis.html",
    ),
)
