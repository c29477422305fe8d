"""Histories as AWS writes them: with ids, the events that led to each, and what the details of each kind hold.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.orderflow.conftest import LAMBDA

START = datetime(2026, 3, 1, 2, tzinfo=UTC)
ORDER = {"orderId": "order-1", "customerId": "c-1", "shipTo": {"name": "Ada", "postcode": "98101"}}


def arn(function: str) -> str:
    return f"{LAMBDA}:orderflow-local-{function}:live"


class Told:
    """A history in the making, one second an event unless time passes in between."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.now = START
        self.last = 0
        self._add("ExecutionStarted", executionStartedEventDetails={"input": json.dumps(ORDER), "roleArn": "r"})

    def passes(self, seconds: int) -> Told:
        self.now += timedelta(seconds=seconds)
        return self

    def after(self, event_id: int) -> Told:
        """Go on from an earlier event, as the branches of a Parallel do."""
        self.last = event_id
        return self

    def enters(self, name: str, kind: str = "Task", **data: Any) -> Told:
        details = {"name": name, "input": json.dumps({**ORDER, **data})}
        return self._add(f"{kind}StateEntered", stateEnteredEventDetails=details)

    def exits(self, name: str, kind: str = "Task") -> Told:
        return self._add(f"{kind}StateExited", stateExitedEventDetails={"name": name, "output": "{}"})

    def passed(self, name: str, kind: str = "Pass") -> Told:
        return self.enters(name, kind).exits(name, kind)

    def calls(self, function: str) -> Told:
        """A function by its ARN."""
        details = {"resource": arn(function), "input": json.dumps({"order": ORDER}), "timeoutInSeconds": 30}
        self._add("LambdaFunctionScheduled", lambdaFunctionScheduledEventDetails=details)
        return self._add("LambdaFunctionStarted")

    def answers(self) -> Told:
        return self._add("LambdaFunctionSucceeded", lambdaFunctionSucceededEventDetails={"output": "{}"})

    def fails(self, error: str, message: str) -> Told:
        cause = json.dumps({"errorMessage": message, "errorType": error, "stackTrace": ["  File …"]})
        return self._add("LambdaFunctionFailed", lambdaFunctionFailedEventDetails={"error": error, "cause": cause})

    def runs_out_of_time(self) -> Told:
        return self._add("LambdaFunctionTimedOut", lambdaFunctionTimedOutEventDetails={"error": "States.Timeout"})

    def works(self, name: str, function: str) -> Told:
        return self.enters(name).calls(function).answers().exits(name)

    def fails_for_good(self, name: str, function: str, error: str, message: str, times: int, **data: Any) -> Told:
        self.enters(name, **data)
        for _ in range(times):
            self.calls(function).fails(error, message)
        return self.exits(name)

    def asks(self, function: str, seconds: int, heartbeat: int | None = None) -> Told:
        """A function by lambda:invoke.waitForTaskToken."""
        beats = {"heartbeatInSeconds": heartbeat} if heartbeat else {}
        payload = {"FunctionName": arn(function), "Payload": {"order": ORDER, "token": "a secret"}}
        details = {"resourceType": "lambda", "resource": "invoke.waitForTaskToken", "region": "us-east-1"}
        details |= {"parameters": json.dumps(payload), "timeoutInSeconds": seconds, **beats}
        self._add("TaskScheduled", taskScheduledEventDetails=details)
        return self._add("TaskStarted", taskStartedEventDetails=_CALLBACK)

    def submitted(self) -> Told:
        return self._add("TaskSubmitted", taskSubmittedEventDetails={**_CALLBACK, "output": "{}"})

    def unanswered(self) -> Told:
        return self._add("TaskTimedOut", taskTimedOutEventDetails={**_CALLBACK, "error": "States.Timeout"})

    def asking_fails(self, error: str, message: str) -> Told:
        cause = json.dumps({"errorMessage": message, "errorType": error})
        return self._add("TaskFailed", taskFailedEventDetails={**_CALLBACK, "error": error, "cause": cause})

    def happens(self, kind: str, **details: Any) -> Told:
        return self._add(kind, **details)

    def ends_in(self, name: str, cause: str) -> Told:
        self.enters(name, "Fail")
        return self._add("ExecutionFailed", executionFailedEventDetails={"error": name, "cause": cause})

    def without_data(self) -> list[dict[str, Any]]:
        """As AWS gives it when it is asked for no inputs and outputs."""
        hidden = ("input", "output", "parameters")
        return [
            {k: {n: x for n, x in v.items() if n not in hidden or _is_required(k, n)} if isinstance(v, dict) else v
             for k, v in event.items()}
            for event in self.events
        ]  # fmt: skip

    def _add(self, kind: str, **details: Any) -> Told:
        event = {"id": len(self.events) + 1, "previousEventId": self.last, "timestamp": self.now, "type": kind}
        self.events.append({**event, **details})
        self.last = event["id"]
        self.now += timedelta(seconds=1)
        return self


_CALLBACK = {"resourceType": "lambda", "resource": "invoke.waitForTaskToken"}


def _is_required(details: str, name: str) -> bool:
    return details == "taskScheduledEventDetails" and name == "parameters"
