"""Bulk intake: a file of orders that was put into a bucket becomes orders, and whoever put it there is told.

One function reads the whole file, checks each line as an order is checked, and writes down which lines are orders and
where each stands. A Distributed Map hands these places on in batches, never the orders themselves: names and addresses
stay out of its histories. Each order is started under its own id, so that no line is started twice, by whomever. In the
end a report stands beside the file, and a topic has it.

The same file, by its content, is taken in once. One of which some orders could not be started is taken in again when it
is put there again, and starts those.
"""

from __future__ import annotations

from typing import Any

from asl import MustReach, Node, retry, retry_lambda

BATCH, BATCHES_AT_ONCE = 50, 4
"""A function starts some 25 orders a second, and AWS lets 150 a second be started in most regions:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

TOLERATED_PERCENT = 5
"""How many of the orders may not be started, for technical reasons and after all retries, before the rest is left."""

INCOMING = "incoming/"
"""Where files are put; what the workflow writes beside them must not start it again."""

PLACES, RESULTS = "work/*", "results/*"
"""What the machine may read, and where its results go: the folders of each file and of each execution."""

_TOLD = frozenset({"ReportIntake", "NotReported"})
INTAKE_PROMISES = (MustReach("ReadFile", _TOLD), MustReach("StartOrders", _TOLD))
"""Whatever happens to a file that was read or begun, a report says so, or a person is called."""

_FILE, _EXECUTION = "$states.context.Execution.Input", "$states.context.Execution.Id"
_SENDER = f"$substringAfter({_FILE}.key, '{INCOMING}')"
_RESULTS = "'results/' & $states.context.Execution.Name"


def bulk_intake(read_intake: Any, start_orders: Any, report_intake: Any, bucket: Any, intakes: Any, topic: Any) -> Node:
    """The definition of the Standard machine; `bucket` is a name, `intakes` the table of who takes in which file, and
    `topic` is where summaries go.

    Its input is {"key", "etag", "requester"} of the object.
    """
    return {
        "Comment": "Take in a file of orders, and tell whoever put it there what came of it",
        "QueryLanguage": "JSONata",
        "StartAt": "ReadFile",
        "TimeoutSeconds": 12 * 3600,
        "States": {
            "ReadFile": {
                "Type": "Task",
                "Resource": read_intake,
                "Arguments": {"file": f"{{% {_FILE} %}}", "executionId": f"{{% {_EXECUTION} %}}"},
                "TimeoutSeconds": 360,
                "Retry": retry_lambda("FileRefused"),
                "Output": {"read": "{% $states.result %}", "outcome": "TAKEN_IN"},
                "Catch": [
                    _caught("FileRefused", {"outcome": "REFUSED"}),
                    _caught("States.ALL", {"outcome": "STOPPED"}),
                ],
                "Next": "IsNew",
            },
            "IsNew": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": "{% $exists($states.input.read.earlier) %}",
                        "Output": {"read": "{% $states.input.read %}", "outcome": "TAKEN_BEFORE"},
                        "Next": "ReportIntake",
                    },
                    # A Map has nothing to read in a list without items.
                    {"Condition": "{% $states.input.read.orders = 0 %}", "Next": "ReportIntake"},
                ],
                "Default": "StartOrders",
            },
            "StartOrders": _start_orders(start_orders, bucket),
            "ReportIntake": {
                "Type": "Task",
                "Resource": report_intake,
                "Arguments": (
                    f"{{% $merge([$states.input, {{'file': {_FILE}, 'executionId': {_EXECUTION}, "
                    f"'results': {_RESULTS}}}]) %}}"
                ),
                "TimeoutSeconds": 360,
                "Retry": retry_lambda(),
                "Output": {"report": "{% $states.result %}", "outcome": "{% $states.input.outcome %}"},
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": "LeaveFile"},
                ],
                "Next": "TellSender",
            },
            # So that it can be put there again: what was started is not started twice, and the rest is, and told.
            "LeaveFile": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:updateItem",
                "Arguments": {
                    "TableName": intakes,
                    "Key": {
                        "fileId": {"S": "{% $exists($states.input.read.digest) ? $states.input.read.digest : 'none' %}"}
                    },
                    "UpdateExpression": "SET #status = :left",
                    "ConditionExpression": "executionId = :me",
                    "ExpressionAttributeNames": {"#status": "status"},
                    "ExpressionAttributeValues": {":left": {"S": "LEFT"}, ":me": {"S": f"{{% {_EXECUTION} %}}"}},
                },
                "TimeoutSeconds": 30,
                "Retry": [
                    {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "MaxAttempts": 0},
                    retry("States.ALL", interval=2, attempts=5),
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "NotReported"}],
                "Next": "NotReported",
            },
            "NotReported": {
                "Type": "Fail",
                "Error": "NotReported",
                "Cause": "Nobody was told what came of the file; put it there again, and nothing is started twice",
            },
            "TellSender": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Arguments": {
                    "TopicArn": topic,
                    "Message": "{% $string($states.input.report) %}",
                    "MessageAttributes": {
                        "outcome": _text("$states.input.outcome"),
                        "requester": _text(f"{_FILE}.requester"),
                        # By S3's event the requester is an account: a sender is known by a folder of its own.
                        "sender": _text(f"$contains({_SENDER}, '/') ? $substringBefore({_SENDER}, '/') : 'anyone'"),
                    },
                },
                "TimeoutSeconds": 30,
                "Retry": [retry("States.ALL", interval=2, attempts=5)],
                "Output": "{% $states.input %}",
                "Next": "HowItEnded",
            },
            "HowItEnded": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": f"{{% $states.input.outcome = '{outcome}' %}}", "Next": end}
                    for outcome, end in (
                        ("TAKEN_IN", "TakenIn"),
                        ("TAKEN_BEFORE", "TakenBefore"),
                        ("REFUSED", "FileRefused"),
                    )
                ],
                "Default": "IntakeStopped",
            },
            "TakenIn": {"Type": "Succeed"},
            "TakenBefore": {"Type": "Succeed"},
            "FileRefused": {"Type": "Succeed"},
            "IntakeStopped": {"Type": "Fail", "Error": "IntakeStopped", "Cause": "{% $states.input.report.summary %}"},
        },
    }


def _start_orders(start_orders: Any, bucket: Any) -> Node:
    return {
        "Type": "Map",
        "Label": "StartOrders",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Arguments": {"Bucket": bucket, "Key": "{% $states.input.read.folder & '/places.jsonl' %}"},
        },
        "ItemBatcher": {
            "MaxItemsPerBatch": BATCH,
            "BatchInput": {
                "folder": "{% $states.input.read.folder %}",
                "beganAt": "{% $states.context.Execution.StartTime %}",
                "executionId": f"{{% {_EXECUTION} %}}",
            },
        },
        "MaxConcurrency": BATCHES_AT_ONCE,
        "ToleratedFailurePercentage": TOLERATED_PERCENT,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "StartBatch",
            "States": {
                "StartBatch": {
                    "Type": "Task",
                    "Resource": start_orders,
                    "Arguments": "{% $merge([$states.input.BatchInput, {'places': $states.input.Items}]) %}",
                    "TimeoutSeconds": 120,
                    "Retry": retry_lambda(),
                    "End": True,
                }
            },
        },
        # A reader that S3 throttles fails the Map as a whole, before any child has run.
        "Retry": [retry("States.ItemReaderFailed", interval=10, attempts=2)],
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Arguments": {"Bucket": bucket, "Prefix": f"{{% {_RESULTS} %}}"},
            "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"},
        },
        "Output": "{% $states.input %}",
        "Catch": [_caught("States.ALL", {"read": "{% $states.input.read %}", "outcome": "STOPPED"})],
        "Next": "ReportIntake",
    }


def _caught(error: str, told: Node) -> Node:
    return {
        "ErrorEquals": [error],
        "Output": {**told, "failure": "{% $states.errorOutput %}"},
        "Next": "ReportIntake",
    }


def _text(expression: str) -> Node:
    """A message's attribute."""
    return {"DataType": "String", "StringValue": f"{{% {expression} %}}"}
