"""Clients whose every call must be announced, with its answer: of all services that a stack uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.stub import Stubber

CREDENTIALS: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
SERVICES = ("stepfunctions", "lambda", "logs", "s3", "sts")
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function"
TABLES = ("orders", "reservations", "shipments", "decisions", "issues")
FUNCTIONS = (
    "decide",
    "compare-orders",
    "refund-payment",
    "charge-payment",
    "ask-person",
    "send-confirmation",
    "follow-shipment",
)


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    made = {name: boto3.client(name, **CREDENTIALS) for name in SERVICES}  # type: ignore[call-overload]
    return {**made, "dynamodb": boto3.resource("dynamodb", **CREDENTIALS).meta.client}


@pytest.fixture
def stubs(clients: dict[str, Any]) -> Iterator[dict[str, Stubber]]:
    """By service, where calls and answers are announced; none may be left in the end."""
    with ExitStack() as stack:
        stubbers = {name: stack.enter_context(Stubber(client)) for name, client in clients.items()}
        yield stubbers
        for stubber in stubbers.values():
            stubber.assert_no_pending_responses()


@pytest.fixture(scope="session")
def sfn(clients: dict[str, Any]) -> Any:
    return clients["stepfunctions"]


@pytest.fixture
def aws(stubs: dict[str, Stubber]) -> Stubber:
    return stubs["stepfunctions"]


@pytest.fixture
def stack(clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A local stack in the current folder, whose cloud are the announced clients: its outputs."""
    monkeypatch.delenv("ORDERFLOW_STACK", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("orderflow.outputs.Deployment.connect", lambda _, service, **how: clients[service])
    ends = {"order-fulfillment": "", "order-events": "-e", "reconciliation": "-r"}
    machines = {name: {"arn": MACHINE + end} for name, end in ends.items()}
    outputs = {
        "contract": 1,
        "region": "us-east-1",
        "machines": machines,
        "buckets": {"exports": "orderflow-local-exports", "intake": "orderflow-local-intake"},
        "tables": {name: {"name": f"orderflow-local-{name}", "arn": "unused"} for name in TABLES},
        "functions": {
            name: {
                "name": f"orderflow-local-{name}",
                "aliasArn": f"{LAMBDA}:orderflow-local-{name}:live",
                "logGroup": f"/aws/lambda/orderflow-local-{name}",
            }
            for name in FUNCTIONS
        },
    }
    Path(".orderflow").mkdir()
    Path(".orderflow/local.json").write_text(json.dumps(outputs))
    return outputs


def item(**values: Any) -> dict[str, Any]:
    """A row as DynamoDB sends it."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items()}
