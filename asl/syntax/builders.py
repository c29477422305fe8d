"""Short forms for what every workflow writes again and again. Each returns plain ASL."""

from __future__ import annotations

from typing import Any, TypeAlias

Node: TypeAlias = dict[str, Any]
"""A piece of a definition. Where ASL wants a name or ARN it may hold a component or a Pulumi Output."""

LAMBDA_TRANSIENT_ERRORS = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
"""What Lambda answers when it is Lambda that is in trouble: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"""


def retry(*errors: str, interval: int = 1, attempts: int = 3, rate: float = 2.0, longest: int | None = None) -> Node:
    """A retrier with backoff and full jitter; `interval` and `longest` in seconds."""
    node: Node = {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "MaxAttempts": attempts,
        "BackoffRate": rate,
        "JitterStrategy": "FULL",
    }
    return node if longest is None else {**node, "MaxDelaySeconds": longest}


def retry_lambda(*business: str) -> list[Node]:
    """Retriers for a task that calls a function: never its `business` errors, patiently Lambda's own, briefly others.

    The first one matches business errors and tries no further: without it States.ALL would repeat a declined charge.
    """
    never = [{"ErrorEquals": list(business), "MaxAttempts": 0}] if business else []
    return [
        *never,
        retry(*LAMBDA_TRANSIENT_ERRORS, interval=2, attempts=6, longest=60),
        retry("States.ALL", interval=2, attempts=3, longest=30),
    ]


def catch(*errors: str, to: str, result_path: str = "$.failure") -> Node:
    """A catcher that keeps the state's input and puts the error beside it."""
    return {"ErrorEquals": list(errors), "Next": to, "ResultPath": result_path}


def wait(seconds: int, then: str) -> Node:
    """A Wait of a fixed time."""
    return {"Type": "Wait", "Seconds": seconds, "Next": then}


def choice(*rules: Node, default: str) -> Node:
    """A Choice; `default` is not optional, for without it an unforeseen value fails the execution."""
    return {"Type": "Choice", "Choices": list(rules), "Default": default}
