"""Small machines for the interpreter's tests, and what is asked of their executions."""

from __future__ import annotations

from typing import Any

from asl.running.execution import Execution

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:inspect"


def machine(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine that starts at the first of `states`."""
    return {"StartAt": next(iter(states)), "States": states, **fields}


def jsonata(states: dict[str, Any]) -> dict[str, Any]:
    return machine(states, QueryLanguage="JSONata")


def task(**fields: Any) -> dict[str, Any]:
    """A task that calls a function; it ends the machine unless it has a Next."""
    return {"Type": "Task", "Resource": FUNCTION, **({} if "Next" in fields else {"End": True}), **fields}


def waiting(**fields: Any) -> dict[str, Any]:
    """A task that waits until somebody answers its token."""
    message = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody.$": "$$.Task.Token"}
    return task(Resource=CALLBACK, Parameters=message, **fields)


def each(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Map over its input, in this execution."""
    return {"Type": "Map", "ItemProcessor": machine(states), "End": True, **fields}


def distributed(states: dict[str, Any], type: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    """A Map over its input, by executions of their own."""
    processor = machine(states, ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": type})
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def types(execution: Execution) -> list[str]:
    return [event.type for event in execution.events]


def seconds_of(execution: Execution, type: str) -> list[float]:
    """When the events of a type happened, in seconds after the start."""
    return [round(one.timestamp - execution.started_at, 6) for one in execution.events if one.type == type]
