"""A machine of thousands of states, with all types of state among them, that is within what AWS takes: 1 MB."""

from __future__ import annotations

from typing import Any

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
QUEUE = "${lines.url}"
BLOCK = 10


def large(states: int) -> dict[str, Any]:
    """About `states` states: blocks of ten, one after the other, each with names and paths of its own."""
    blocks = states // BLOCK
    found: dict[str, Any] = {"Failed": {"Type": "Fail"}, f"W{blocks}": {"Type": "Succeed"}}
    for number in range(blocks):
        found |= _block(number, f"W{number + 1}")
    return {"StartAt": "W0", "States": found}


def _block(number: int, following: str) -> dict[str, Any]:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]
    left = _scope(f"L{number}", {"Type": "Pass", "ResultPath": f"$.l{number}", "End": True})
    right = _scope(f"R{number}", {"Type": "Pass", "End": True})
    item = _scope(f"I{number}", {"Type": "Pass", "End": True})
    return {
        f"W{number}": {
            "Type": "Task",
            "Resource": FUNCTION,
            "ResultPath": f"$.w{number}",
            "TimeoutSeconds": 9,
            "Retry": [{"ErrorEquals": ["E"]}],
            "Catch": caught,
            "Next": f"C{number}",
        },
        f"C{number}": {
            "Type": "Choice",
            "Choices": [{"Variable": f"$.w{number}.ready", "BooleanEquals": True, "Next": f"A{number}"}],
            "Default": f"D{number}",
        },
        f"D{number}": {"Type": "Wait", "Seconds": 10, "Next": f"A{number}"},
        f"A{number}": {
            "Type": "Pass",
            "Parameters": {"n.$": f"States.MathAdd($.n{number}, 1)"},
            "ResultPath": f"$.n{number}",
            "Next": f"P{number}",
        },
        f"P{number}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": QUEUE, "MessageBody.$": f"$.n{number}"},
            "ResultPath": None,
            "TimeoutSeconds": 9,
            "Next": f"B{number}",
        },
        f"B{number}": {"Type": "Parallel", "Branches": [left, right], "ResultPath": None, "Next": f"E{number}"},
        f"E{number}": {"Type": "Map", "ItemsPath": f"$.i{number}", "ItemProcessor": item, "Next": following},
    }


def _scope(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}
