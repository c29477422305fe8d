"""A machine of thousands of states, with all types of state among them."""

from __future__ import annotations

from typing import Any

from asl import retry_lambda

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:work"
BLOCK = 10


def large(states: int) -> dict[str, Any]:
    """About `states` states: blocks of ten, one after the other, each with names and paths of its own."""
    blocks = states // BLOCK
    found: dict[str, Any] = {"Failed": {"Type": "Fail", "Error": "Failed"}, f"Work{blocks}": {"Type": "Succeed"}}
    for number in range(blocks):
        found |= _block(number, f"Work{number + 1}")
    return {"StartAt": "Work0", "States": found}


def _block(number: int, following: str) -> dict[str, Any]:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "ResultPath": f"$.error{number}"}]
    ready = f"$.work{number}.Payload.ready"
    left = _scope(f"Left{number}", {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 30, "End": True})
    right = _scope(f"Right{number}", {"Type": "Pass", "End": True})
    item = _scope(f"Item{number}", {"Type": "Pass", "Result": {"number": number}, "End": True})
    return {
        f"Work{number}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": FUNCTION, "Payload": {"order.$": f"$.order{number}", "number": number}},
            "ResultPath": f"$.work{number}",
            "TimeoutSeconds": 30,
            "Retry": retry_lambda(),
            "Catch": caught,
            "Next": f"IsReady{number}",
        },
        f"IsReady{number}": {
            "Type": "Choice",
            "Choices": [{"Variable": ready, "BooleanEquals": True, "Next": f"Count{number}"}],
            "Default": f"Wait{number}",
        },
        f"Wait{number}": {"Type": "Wait", "Seconds": 10, "Next": f"Count{number}"},
        f"Count{number}": {
            "Type": "Pass",
            "Parameters": {"count.$": f"States.MathAdd($.count{number}, 1)"},
            "ResultPath": "$.counted",
            "Next": f"Put{number}",
        },
        f"Put{number}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": f"$.order{number}.id"}}},
            "ResultPath": None,
            "TimeoutSeconds": 10,
            "Catch": caught,
            "Next": f"Both{number}",
        },
        f"Both{number}": {
            "Type": "Parallel",
            "Branches": [left, right],
            "ResultPath": f"$.both{number}",
            "Catch": caught,
            "Next": f"Each{number}",
        },
        f"Each{number}": {
            "Type": "Map",
            "ItemsPath": f"$.order{number}.items",
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "ItemProcessor": item,
            "ResultPath": None,
            "Next": following,
        },
    }


def _scope(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}
