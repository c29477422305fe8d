"""My workflow: say here what it does, step by step.

$        what the execution was started with; each step adds its result beside it
$.work   what the function made of it: {"accepted"}, and where it is not, "reason"
"""

from __future__ import annotations

from typing import Any

from asl import Node, choice, retry_lambda


def my_workflow(work: Any) -> Node:
    """The definition; `work` is the function in handlers/my_workflow.py."""
    return {
        "Comment": "Say here in one line what it does",
        "StartAt": "Work",
        "TimeoutSeconds": 300,
        "States": {
            "Work": {
                "Type": "Task",
                "Resource": work,
                "Parameters": {"input.$": "$", "executionId.$": "$$.Execution.Id"},
                "TimeoutSeconds": 15,
                "Retry": retry_lambda(),
                "ResultPath": "$.work",
                "Next": "IsAccepted",
            },
            "IsAccepted": choice(
                {"Variable": "$.work.accepted", "BooleanEquals": True, "Next": "Accepted"},
                default="Refused",
            ),
            "Accepted": {"Type": "Succeed"},
            "Refused": {"Type": "Fail", "Error": "Refused", "CausePath": "$.work.reason"},
        },
    }
