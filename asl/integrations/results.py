"""What calls answer, as far as AWS documents it: the fields of the result of a request-response task.

The page of each integration shows its result; the fields of the service's own answer are those of its API reference.
Step Functions adds SdkHttpMetadata and SdkResponseMetadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SDK = ("SdkHttpMetadata", "SdkResponseMetadata")
_DYNAMODB = ("Attributes", "ConsumedCapacity", "ItemCollectionMetrics", *_SDK)

RESULTS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    "lambda:invoke": (
        "DurableExecutionArn", "ExecutedVersion", "FunctionError", "LogResult", "Payload", "StatusCode", *_SDK,
    ),
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html and its neighbours
    "dynamodb:getItem": ("ConsumedCapacity", "Item", *_SDK),
    "dynamodb:putItem": _DYNAMODB,
    "dynamodb:updateItem": _DYNAMODB,
    "dynamodb:deleteItem": _DYNAMODB,
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    "sqs:sendMessage": (
        "MD5OfMessageAttributes", "MD5OfMessageBody", "MD5OfMessageSystemAttributes", "MessageId", "SequenceNumber",
        *_SDK,
    ),
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    "sns:publish": ("MessageId", "SequenceNumber", *_SDK),
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    # No metadata, by what AWS was recorded to answer.
    "events:putEvents": ("Entries", "FailedEntryCount"),
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    "states:startExecution": ("ExecutionArn", "StartDate", *_SDK),
})  # fmt: skip
