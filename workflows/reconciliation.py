"""Reconciliation: every order's row, entries and shipment against what the provider and the carrier say of it.

The orders of the last weeks are listed in an object of S3, and compared in batches by a Distributed Map. Each
difference becomes a row of the table of issues, for a person; one that is found again stays the row it is.
"""

from __future__ import annotations

from typing import Any

from asl import Node, retry, retry_lambda

EXPORT_KEY = "orders.csv"
"""Each export replaces the one before, so that the machine may read this object and no other."""

BATCH, BATCHES_AT_ONCE = 25, 4
"""Small and few: a payment provider allows some dozens of questions a second."""


def reconciliation(list_orders: Any, compare_orders: Any, bucket: Any) -> Node:
    """The definition of the Standard machine; `bucket` is the name of the bucket that `list_orders` writes to."""
    return {
        "Comment": "Compare the books of all recent orders with the payment provider's and the carrier's",
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
                    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                    "Parameters": {"Bucket": bucket, "Key": EXPORT_KEY},
                },
                "ItemBatcher": {"MaxItemsPerBatch": BATCH},
                "MaxConcurrency": BATCHES_AT_ONCE,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "CompareBatch",
                    "States": {
                        "CompareBatch": {
                            "Type": "Task",
                            "Resource": compare_orders,
                            "Parameters": {"executionId.$": "$$.Execution.Id", "orders.$": "$.Items"},
                            "TimeoutSeconds": 120,
                            "Retry": retry_lambda(),
                            "End": True,
                        }
                    },
                },
                # A reader that S3 throttles fails the Map as a whole, before any child has run.
                "Retry": [retry("States.ALL", interval=10, attempts=2)],
                # Thousands of results would not fit into a state; the issues are in their table.
                "ResultWriter": {
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket": bucket, "Prefix": "results"},
                },
                "ResultPath": "$.compared",
                "End": True,
            },
        },
    }
