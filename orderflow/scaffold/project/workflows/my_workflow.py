"""My workflow: say here what it does, step by step.

$states.input   what the execution was started with; each step adds its result beside it
.work           what the function made of it: {"accepted"}, and where it is not, "reason"
"""

from __future__ import annotations

from typing import Any

from asl import Node, retry_lambda


def my_workflow(work: Any) -> Node:
    """The definition; `work` is the function in handlers/my_workflow.py."""
    return {
        "Comment": "Say here in one line what it does",
        "QueryLanguage": "JSONata",
        "StartAt": "Work",
        "TimeoutSeconds": 300,
        "States": {
            "Work": {
                "Type": "Task",
                "Resource": work,
                "Arguments": {"input": "{% $states.input %}", "executionId": "{% $states.context.Execution.Id %}"},
                "TimeoutSeconds": 15,
                "Retry": retry_lambda(),
                "Output": "{% $merge([$states.input, {'work': $states.result}]) %}",
                "Next": "IsAccepted",
            },
            "IsAccepted": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.work.accepted = true %}", "Next": "Accepted"}],
                "Default": "Refused",
            },
            "Accepted": {"Type": "Succeed"},
            "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "{% $states.input.work.reason %}"},
        },
    }
