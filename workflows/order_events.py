"""Order events: each change of an order's ledger row becomes the newest picture of that order in the view.

An EventBridge Pipe hands over batches of the ledger table's stream, in order per order. A ledger row carries its own
version and timeline, so the newest row says everything: a repeated or late event finds a version that is not older and
changes nothing. What cannot be projected is set aside with its reason; it never holds up the events behind it.
"""

from __future__ import annotations

import json
from typing import Any

from asl import Node, retry


def order_events(view: Any, poison: Any) -> Node:
    """The definition of the Express machine: `view` is the table written to, `poison` the dead-letter queue."""
    return {
        "Comment": "Project changes of the order ledger into the order view",
        "QueryLanguage": "JSONata",
        "StartAt": "ProjectEvents",
        "TimeoutSeconds": 240,
        "States": {
            "ProjectEvents": {
                "Type": "Map",
                "Items": "{% $states.input %}",
                # One after the other: a batch holds the events of an order in their order.
                "MaxConcurrency": 1,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "IsLedgerChange",
                    "States": _projection(view, poison),
                },
                "Output": "{% {'events': $count($states.input)} %}",
                "End": True,
            },
        },
    }


def _projection(view: Any, poison: Any) -> Node:
    return {
        "IsLedgerChange": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.eventName = 'REMOVE' %}", "Next": "NothingToProject"},
                {"Condition": _is_projectable(), "Next": "UpdateView"},
            ],
            "Default": "SetAside",
        },
        "UpdateView": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:updateItem",
            "Arguments": {
                "TableName": view,
                "Key": {"orderId": {"S": "{% $states.input.dynamodb.NewImage.orderId.S %}"}},
                "UpdateExpression": (
                    "SET customerId = :customer, #status = :status, version = :version, amountCents = :amount, "
                    "chargedCents = :charged, refundedCents = :refunded, returned = :returned, restocked = :restocked, "
                    "timeline = :timeline, updatedAt = :updated, lastEventId = :event"
                ),
                "ConditionExpression": "attribute_not_exists(version) OR version < :version",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {
                    ":customer": _of_image("customerId"),
                    ":status": _of_image("status"),
                    ":version": _of_image("version"),
                    ":amount": _of_image("amountCents"),
                    ":charged": _of_image("chargedCents"),
                    # An order of which nothing was returned says nothing of it.
                    ":refunded": _of_image("refundedCents", {"N": "0"}),
                    ":returned": _of_image("returned", {"M": {}}),
                    ":restocked": _of_image("restocked", {"M": {}}),
                    ":timeline": _of_image("timeline"),
                    ":updated": _of_image("updatedAt"),
                    ":event": {"S": "{% $states.input.eventID %}"},
                },
            },
            "TimeoutSeconds": 5,
            "Retry": [
                {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "MaxAttempts": 0},
                retry("States.ALL", attempts=3, longest=5),
            ],
            "Catch": [
                {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "NothingToProject"},
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": "{% $merge([$states.input, {'failure': $states.errorOutput}]) %}",
                    "Next": "SetAside",
                },
            ],
            "Next": "NothingToProject",
        },
        "SetAside": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {
                "QueueUrl": poison,
                "MessageBody": {"executionId": "{% $states.context.Execution.Id %}", "record": "{% $states.input %}"},
            },
            "TimeoutSeconds": 5,
            # When even the queue refuses, the execution fails and the pipe hands the batch over again.
            "Retry": [retry("States.ALL", attempts=3, longest=5)],
            "End": True,
        },
        "NothingToProject": {"Type": "Succeed", "Output": {}},
    }


def _of_image(name: str, otherwise: Node | None = None) -> str:
    """The attribute of the order's row, or what stands for it where the row has none."""
    found = f"$states.input.dynamodb.NewImage.{name}"
    return f"{{% {found} %}}" if otherwise is None else f"{{% $exists({found}) ? {found} : {json.dumps(otherwise)} %}}"


def _is_projectable() -> str:
    """Whether the record has what the view needs; a task's arguments that come out undefined would fail the batch."""
    strings = ("orderId.S", "customerId.S", "status.S", "updatedAt.S", "version.N", "amountCents.N", "chargedCents.N")
    typed = " and ".join(f"$type($image.{name}) = 'string'" for name in strings)
    return (
        "{% ($image := $states.input.dynamodb.NewImage; "
        f"$type($states.input.eventID) = 'string' and {typed} and $exists($image.timeline.L)) %}}"
    )
