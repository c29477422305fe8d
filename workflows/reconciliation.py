"""Reconciliation: all books against each other: ours, the payment provider's and the carrier's.

What there is in any of them is listed in an object of S3, and compared in batches by a Distributed Map. Each difference
becomes a row of the table of issues, for a person, and so does what cannot be read or compared; one that is found again
stays the row it is. In the end a report says how much was compared, how many issues of each kind there are, and what
could not be seen. It fails only where an issue could not be written down.
"""

from __future__ import annotations

from typing import Any

from asl import Node, retry, retry_lambda

EXPORT_KEY = "books.jsonl"
"""Each export replaces the one before, so that the machine may read this object and no other."""

RESULTS = "results"
"""The folder that the Map's results go into."""

BATCH, BATCHES_AT_ONCE = 25, 4
"""Small and few: a payment provider allows some dozens of questions a second."""

REPORTED = ("listed", "notCompared", "lookedAt", "issues", "unlisted")
"""What the report says, and the execution with it."""


def reconciliation(list_orders: Any, compare_orders: Any, report: Any, bucket: Any) -> Node:
    """The definition of the Standard machine; `bucket` is the name of the bucket that `list_orders` writes to."""
    return {
        "Comment": "Compare our books of all recent orders with each other, the payment provider's and the carrier's",
        "StartAt": "ListOrders",
        "TimeoutSeconds": 6 * 3600,
        "States": {
            "ListOrders": {
                "Type": "Task",
                "Resource": list_orders,
                "Parameters": {"key": EXPORT_KEY, "executionId.$": "$$.Execution.Id"},
                "TimeoutSeconds": 360,
                "Retry": retry_lambda(),
                "ResultPath": "$.listed",
                "Next": "CompareOrders",
            },
            "CompareOrders": {
                "Type": "Map",
                "Label": "CompareOrders",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSONL"},
                    "Parameters": {"Bucket": bucket, "Key": EXPORT_KEY},
                },
                "ItemBatcher": {"MaxItemsPerBatch": BATCH},
                "MaxConcurrency": BATCHES_AT_ONCE,
                # A batch that fails must not keep the others from being compared; the report counts what is missing.
                "ToleratedFailurePercentage": 100,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "CompareBatch",
                    "States": {
                        "CompareBatch": {
                            "Type": "Task",
                            "Resource": compare_orders,
                            "Parameters": {"executionId.$": "$$.Execution.Id", "items.$": "$.Items"},
                            "TimeoutSeconds": 120,
                            "Retry": retry_lambda(),
                            "End": True,
                        }
                    },
                },
                # A reader that S3 throttles fails the Map as a whole, before any child has run.
                "Retry": [retry("States.ALL", interval=10, attempts=2)],
                # Thousands of results would not fit into a state.
                "ResultWriter": {
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket": bucket, "Prefix": RESULTS},
                    "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"},
                },
                "ResultPath": "$.compared",
                "Next": "ReportReconciliation",
            },
            "ReportReconciliation": {
                "Type": "Task",
                "Resource": report,
                "Parameters": {
                    "manifest.$": "$.compared.ResultWriterDetails.Key",
                    "listed.$": "$.listed",
                    "executionId.$": "$$.Execution.Id",
                },
                "ResultSelector": {f"{field}.$": f"$.{field}" for field in REPORTED},
                "TimeoutSeconds": 120,
                "Retry": retry_lambda(),
                "Next": "IsAllCompared",
            },
            "IsAllCompared": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.notCompared", "NumericEquals": 0, "Next": "AllCompared"}],
                "Default": "NotAllCompared",
            },
            "AllCompared": {"Type": "Succeed"},
            "NotAllCompared": {
                "Type": "Fail",
                "Error": "NotAllCompared",
                "CausePath": "States.Format('{} of {} lines of the list were not compared, or their issues not written"
                " down; the failed executions of the Map Run say why', $.notCompared, $.listed)",
            },
        },
    }
