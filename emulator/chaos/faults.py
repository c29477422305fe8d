"""Faults inside a function's process: `install` is called in each, before the function's own code is loaded.

At the start of each call the process asks the run's plan, over a Unix socket, which fault this call is to suffer, and
tells it when the fault strikes. Handlers know nothing of it: faults strike at the edges, in the AWS SDK and around the
handler.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

WRITES = (
    *("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "PutObject", "Publish"),
    *("SendTaskSuccess", "StartExecution"),
)
SLOW_SECONDS, HANG_SECONDS = 1.5, 60
SUBJECTS = (
    *(("return", "returnId"), ("order", "orderId"), ("shipmentId",), ("applicantId",)),
    *(("file", "key"), ("folder",), ("basket", "shipTo", "postcode")),
)
"""Where events say whom they are about, the first that is there."""
BEFORE = re.compile(r"^(return/|shp_|incoming/)")
"""What may stand before the id there."""


class Fault(StrEnum):
    """What can happen to one call of a function."""

    CRASH_BEFORE_WRITE = "crash before the write"
    CRASH_AFTER_WRITE = "crash after the write"
    CRASH_AFTER_WORK = "crash after the work"
    TIMEOUT_AFTER_EFFECT = "timeout after the effect"
    THROTTLED = "throttled"
    CONFLICT = "conflicting transaction"
    DELIVERED_TWICE = "delivered twice"
    KILLED = "process killed"
    PROVIDER_DOWN = "payment provider down"
    REFUSES = "keeps failing"
    HANGS = "hangs until its timeout"


class Injected(Exception):  # noqa: N818 it is told apart from errors by its name
    """The call failed because the plan said so."""


class _Call:
    """The call that the process serves at this moment, and the fault that is still to strike it."""

    def __init__(self, plan: str) -> None:
        self._plan = plan
        self.fault: Fault | None = None
        self.operation = ""
        self._ask: dict[str, Any] = {}

    def begin(self, function: str, event: Any) -> None:
        self._ask = {"function": function, "subject": subject_of(event)}
        answer = ask(self._plan, {**self._ask, "asks": "which"})
        self.fault = Fault(answer["fault"]) if answer.get("fault") else None

    def strikes(self, *faults: Fault) -> bool:
        """Whether one of `faults` is to strike now; it has struck then."""
        if self.fault not in faults:
            return False
        fault, self.fault = self.fault, None
        ask(self._plan, {**self._ask, "asks": "struck", "fault": fault})
        return True

    def is_due(self, fault: Fault) -> bool:
        """Whether `fault` strikes now, and again for as long as this call lasts."""
        if self.fault is not fault:
            return False
        ask(self._plan, {**self._ask, "asks": "struck", "fault": fault})
        return True


def subject_of(event: Any) -> str:
    """Whom a call is about: the id of an order, a return or an applicant; of a webhook its parcel's order; the name
    of a file, or the folder of what was read of it; the postcode that a basket is to go to."""
    said = _said(event)
    found = (_at(said, path) for path in SUBJECTS)
    return BEFORE.sub("", next((one for one in found if isinstance(one, str)), ""))


def _said(event: Any) -> Any:
    """The event, or what a request to a function's URL has in it."""
    try:
        return json.loads(event["body"])
    except (KeyError, TypeError, ValueError):
        return event


def _at(said: Any, path: Sequence[str]) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, dict) else None
    return said


def ask(plan: str, question: dict[str, Any]) -> dict[str, Any]:
    """One question to the plan, and its answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(plan)
        connection.sendall(json.dumps(question).encode() + b"\n")
        with connection.makefile("rb") as reader:
            return json.loads(reader.readline())


def install(plan: str) -> None:
    """Let the faults of the plan at the socket `plan` strike this process."""
    from awslambdaric import bootstrap
    from botocore.client import BaseClient
    from botocore.httpsession import URLLib3Session

    call = _Call(plan)
    load, api_call, send = bootstrap._get_handler, BaseClient._make_api_call, URLLib3Session.send  # type: ignore[attr-defined]

    def get_handler(name: str) -> Callable[[Any, Any], Any]:
        handler, function = load(name), name.split(".")[1]

        def served(event: Any, context: Any) -> Any:
            call.begin(function, event)
            if call.is_due(Fault.REFUSES):
                raise Injected(f"{function} keeps failing")
            if call.strikes(Fault.HANGS):
                time.sleep(HANG_SECONDS)
            result = handler(event, context)
            if call.strikes(Fault.DELIVERED_TWICE):
                result = handler(event, context)
            if call.strikes(Fault.CRASH_AFTER_WORK):
                os._exit(1)
            return result

        return served

    def make_api_call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        _before(call, client, operation, arguments)
        call.operation = operation
        answer = api_call(client, operation, arguments)
        if operation in WRITES and call.strikes(Fault.CRASH_AFTER_WRITE):
            os._exit(1)
        return answer

    def sent(session: Any, request: Any) -> Any:
        answer = send(session, request)
        if call.operation in WRITES and call.strikes(Fault.TIMEOUT_AFTER_EFFECT):
            from botocore.exceptions import ReadTimeoutError

            raise ReadTimeoutError(endpoint_url=request.url)
        return answer

    bootstrap._get_handler = get_handler
    BaseClient._make_api_call = make_api_call  # type: ignore[attr-defined]
    URLLib3Session.send = sent  # type: ignore[method-assign]


def _before(call: _Call, client: Any, operation: str, arguments: dict[str, Any]) -> None:
    """What strikes before a call of the SDK is made."""
    from botocore.exceptions import EndpointConnectionError

    if operation in WRITES and call.strikes(Fault.CRASH_BEFORE_WRITE):
        os._exit(1)
    if operation in WRITES and call.strikes(Fault.KILLED):
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(SLOW_SECONDS)
    if operation in WRITES and call.strikes(Fault.THROTTLED):
        code = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
        raise client.exceptions.ClientError(code, operation)
    if operation == "TransactWriteItems" and call.is_due(Fault.CONFLICT):
        reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (len(arguments["TransactItems"]) - 1)
        raise client.exceptions.TransactionCanceledException(
            {"Error": {"Code": "TransactionCanceledException", "Message": ""}, "CancellationReasons": reasons},
            operation,
        )
    if operation == "UpdateItem" and "openStatus" in str(arguments) and call.is_due(Fault.CONFLICT):
        busy = {"Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing for the item"}}
        raise client.exceptions.TransactionConflictException(busy, operation)
    if "payments" in str(arguments.get("TableName", "")) and call.is_due(Fault.PROVIDER_DOWN):
        raise EndpointConnectionError(endpoint_url="https://payments.example")
