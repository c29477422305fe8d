"""A decision on AWS: signed, so that AWS says who makes it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest

from orderflow.decisions import decide
from orderflow.errors import OrderflowError
from orderflow.outputs import DeployedFunction, Deployment


class Url(HTTPServer):
    """The function's URL: keeps the requests, and answers as it is told."""

    requests: list[tuple[dict[str, str], dict[str, Any]]]
    answer: tuple[int, dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(Url, self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        server.requests.append((dict(self.headers.items()), json.loads(body)))
        status, document = server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def url() -> Iterator[Url]:
    server = Url(("127.0.0.1", 0), Handler)
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def deployment(url: Url, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    function = DeployedFunction("f", "arn", "/log", f"http://127.0.0.1:{url.server_port}/")
    return Deployment({}, "eu-west-1", None, {}, {"decide": function})


def test_a_decision_is_signed_for_lambda_in_the_stacks_region_and_names_nobody(
    deployment: Deployment, url: Url
) -> None:
    url.answer = (200, {"decided": True, "message": "it goes on", "by": "arn:of:ada", "verdict": "APPROVED"})
    decided = decide(deployment, "order-1", "APPROVED", None, "a good customer")
    assert (decided.decided, decided.by) == (True, "arn:of:ada")
    ((headers, body),) = url.requests
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/lambda/aws4_request" in headers["Authorization"]
    assert body == {"order": {"orderId": "order-1"}, "verdict": "APPROVED", "why": "a good customer"}


def test_whom_aws_names_cannot_be_replaced(deployment: Deployment, url: Url) -> None:
    with pytest.raises(OrderflowError, match="--by is not taken here"):
        decide(deployment, "order-1", "APPROVED", "the managing director", "why not")
    assert url.requests == []


@pytest.mark.parametrize(
    ("status", "document", "told"),
    [
        (403, {"Message": "Forbidden"}, "answered 403: Forbidden; it takes lambda:InvokeFunctionUrl"),
        (400, {"message": "why: must give a reason"}, "answered 400: why: must give a reason"),
        (502, {}, "answered 502: it says nothing more"),
    ],
)
def test_a_refusal_says_why(deployment: Deployment, url: Url, status: int, document: dict[str, Any], told: str) -> None:
    url.answer = (status, document)
    with pytest.raises(OrderflowError, match=told):
        decide(deployment, "order-1", "APPROVED", None, "a good customer")


def test_without_credentials_nothing_is_sent(deployment: Deployment, url: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.Session.get_credentials", lambda _: None)
    with pytest.raises(OrderflowError, match="credentials"):
        decide(deployment, "order-1", "APPROVED", None, "a good customer")
    assert url.requests == []
