"""HTTP Tasks of the embedded cloud: calls of servers on the loopback interface, authorised by their connection.

A definition names its API as on AWS, `https://identity.example.com`; `Cloud.stand_in` says which server on the loopback
interface is that one here. There it is spoken to without TLS, for which the interface stands.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 60
"""What AWS waits for an answer, by the page above."""


class HttpTaskError(Exception):
    """A call failed: `error` is what the task fails with."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error


def invoke(given: dict[str, Any]) -> dict[str, Any]:
    """Call what an `http:invoke` task is given, and give the task's result.

    Raises:
        NotImplementedError: for a server elsewhere than on the loopback interface.
        HttpTaskError: for a status of no success, and where nobody answers in time.
    """
    endpoint = _standing_in(str(given.get("ApiEndpoint", "")))
    if urlsplit(endpoint).hostname not in LOOPBACK:
        raise NotImplementedError(
            f"The embedded cloud calls HTTP APIs on the loopback interface alone, and not {endpoint}: say what it "
            "comes to in a file of stubs, and start with `make cloud STUBS=stubs.yaml`."
        )
    body = given.get("RequestBody")
    query = urlencode(given.get("QueryParameters") or {}, doseq=True)
    request = urllib.request.Request(  # noqa: S310 the loopback interface
        f"{endpoint}?{query}" if query else endpoint,
        None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode(),
        {"Content-Type": "application/json", **(given.get("Headers") or {}), **_authorisation(given)},
        method=str(given.get("Method", "GET")),
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 as above
            return _result(answer.status, answer.reason, answer.headers, answer.read())
    except urllib.error.HTTPError as refused:
        raise HttpTaskError(
            f"States.Http.StatusCode.{refused.code}", refused.read().decode("utf-8", "replace")
        ) from refused
    except OSError as unreachable:
        raise HttpTaskError("States.Http.Socket", str(unreachable)) from unreachable


def _standing_in(endpoint: str) -> str:
    """The address to call in the place of `endpoint`: itself where nothing stands in for its host."""
    file, asked = Path(os.environ.get("ORDERFLOW_STAND_INS", "")), urlsplit(endpoint)
    known = json.loads(file.read_text()) if file.is_file() else {}
    here = known.get(asked.netloc)
    return endpoint if here is None else f"{here}{asked.path}"


def _authorisation(given: dict[str, Any]) -> dict[str, str]:
    """The headers that the task's connection adds."""
    arn = str((given.get("Authentication") or {}).get("ConnectionArn", ""))
    name = arn.partition(":connection/")[2].partition("/")[0]
    connection = eventbridge._connections.get(name)
    if connection is None:
        raise HttpTaskError("Events.ConnectionResource.ResourceNotFound", f"Connection {arn} does not exist.")
    return eventbridge._connection_auth_headers(connection, (get_account_id(), get_region(), name))


def _result(status: int, reason: str, headers: Any, body: bytes) -> dict[str, Any]:
    text = body.decode("utf-8", "replace")
    try:
        held = json.loads(text)
    except ValueError:
        held = text
    told = {name.lower(): headers.get_all(name) for name in headers}
    return {"Headers": told, "ResponseBody": held, "StatusCode": status, "StatusText": reason}
