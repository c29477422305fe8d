"""Lambda functions called in this process: what they are handed, and what becomes of what they return or raise.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html,
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import NAMESPACE_OID, uuid5

from asl.running.calls import Call
from asl.running.sizes import text
from asl.syntax.shapes import as_object, as_text

Function: TypeAlias = Callable[[Any, Any], object]
"""A handler: called with the event and the context. One of another service is called with the call's arguments."""

MAX_SECONDS = 900
"""Of a function: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
MARSHAL_ERROR = "Runtime.MarshalError"
"""What Lambda's Python runtime calls a result that is no JSON."""


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda hands to a handler beside the event."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    seconds: float
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: object = None
    client_context: object = None

    def get_remaining_time_in_millis(self) -> int:
        """What the task's TimeoutSeconds leave. Virtual time stands still while a handler runs."""
        return int(self.seconds * 1000)


class HandlerError(Exception):
    """A function failed: `error` is what a catcher names, `cause` the JSON text that Lambda makes of it."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


def function_name(call: Call) -> str:
    """The function that a task calls, by the last part of its ARN; empty where it calls none."""
    if call.kind == "function":
        return name_of_function(call.resource)
    return name_of_function(as_text(as_object(call.arguments).get("FunctionName"))) if _invokes(call) else ""


class Invocation:
    """One request to a function; `number` tells those of an execution apart."""

    def __init__(self, call: Call, number: int) -> None:
        self._call = call
        names = call.frame.execution.names
        name = function_name(call) or f"{call.service}:{call.action}"
        self._context = Context(
            name,
            f"arn:aws:lambda:{names.region}:{names.account}:function:{name}",
            str(uuid5(NAMESPACE_OID, f"{names.execution_arn()}#{number}")),
            min(call.seconds or MAX_SECONDS, MAX_SECONDS),
            log_group_name=f"/aws/lambda/{name}",
        )

    def returned(self, function: Function) -> object:
        """What `function` returns. As on AWS the event is a copy.

        An AssertionError is the test's own, and is passed on.

        Raises:
            HandlerError: where it raises, by its class's name.
        """
        call = self._call
        event = as_object(call.arguments).get("Payload", {}) if _invokes(call) else call.arguments
        try:
            return function(json.loads(text(event)), self._context)
        except AssertionError:
            raise
        except Exception as error:
            steps = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
            raise self._failed(type(error).__name__, str(error), steps) from error

    def result(self, returned: object) -> object:
        """What the task is answered: what JSON makes of what the function returned, which `lambda:invoke` wraps.

        https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html

        Raises:
            HandlerError: where it is no JSON.
        """
        try:
            found = json.loads(json.dumps(returned, allow_nan=False, default=_number))
        except (TypeError, ValueError, RecursionError) as error:
            raise self._failed(MARSHAL_ERROR, f"Unable to marshal response: {error}", []) from error
        return {"Payload": found} if _invokes(self._call) else found

    def _failed(self, error: str, message: str, steps: list[str]) -> HandlerError:
        request = self._context.aws_request_id
        told = {"errorMessage": message, "errorType": error, "requestId": request, "stackTrace": steps}
        return HandlerError(error, text(told))


def _invokes(call: Call) -> bool:
    return (call.service, call.action) == ("lambda", "invoke")


def name_of_function(given: str) -> str:
    """The function that an ARN or a FunctionName names, without its qualifier."""
    named = given.rpartition(":function:")[2]
    return named if named.startswith("${") else named.partition(":")[0]


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
