"""Where the books differ from what the payment provider or the carrier says, and comparing them anew."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderflow.decisions import caller
from orderflow.documents import parse_object, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.next_steps import DIFFERENCES
from orderflow.outputs import Deployment
from orderflow.text import one_line

COMPARE, RECONCILIATION = "compare-orders", "reconciliation"
"""The function that compares orders, and the machine that has it compare all of the last weeks."""

POLL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Issue:
    """A difference: what the provider or carrier said when it was found, and what the books did; `at` is ISO 8601."""

    order_id: str
    kind: str
    payment_id: str
    provider: str
    ledger: str
    at: str
    detected: str


def open_issues(deployment: Deployment) -> list[Issue]:
    """Every difference that is open, oldest first."""
    table, client = deployment.table("issues"), deployment.connect("dynamodb")
    pages = client.get_paginator("scan").paginate(TableName=table, FilterExpression="attribute_not_exists(closedAt)")
    with aws_errors():
        return sorted((_issue(row) for page in pages for row in page["Items"]), key=lambda one: (one.at, one.order_id))


def issues_of(deployment: Deployment, order_id: str) -> list[Issue]:
    """The differences of one order that are open, oldest first."""
    table, client = deployment.table("issues"), deployment.connect("dynamodb")
    asked: Mapping[str, Any] = {table: {"Keys": [{"issueId": f"{order_id}#{kind}"} for kind in DIFFERENCES]}}
    rows: list[Mapping[str, Any]] = []
    with aws_errors():
        while asked:
            answer = client.batch_get_item(RequestItems=asked)
            rows += answer["Responses"].get(table, [])
            asked = answer.get("UnprocessedKeys") or {}
    return sorted((_issue(row) for row in rows if "closedAt" not in row), key=lambda one: one.at)


def compare(deployment: Deployment, order_id: str) -> list[Issue]:
    """Have one order compared now: its differences, those that are none any more being closed.

    Raises:
        OrderflowError: when the function that compares cannot be called, or fails.
    """
    function, client = deployment.function(COMPARE), deployment.connect("lambda")
    payments = {"", *(issue.payment_id for issue in issues_of(deployment, order_id))}
    orders = [{"orderId": order_id, "paymentId": payment} for payment in sorted(payments)]
    asked = {"orders": orders, "executionId": f"orderflow repair, {caller(deployment)}"}
    with aws_errors():
        answer = client.invoke(FunctionName=function.alias_arn, Payload=json.dumps(asked).encode())
        body = parse_object(answer["Payload"].read().decode("utf-8", "replace"))
    if answer.get("FunctionError"):
        message = text_at(body, "errorMessage") or "it says nothing more"
        raise OrderflowError(f"{function.name} did not compare order {order_id}: {one_line(message, 400)}")
    return issues_of(deployment, order_id)


def reconcile(deployment: Deployment, seconds: float) -> str:
    """Have all orders of the last weeks compared now, and wait up to `seconds`: the execution's status by then."""
    client = deployment.connect("stepfunctions")
    with aws_errors():
        arn = client.start_execution(stateMachineArn=deployment.machine(RECONCILIATION))["executionArn"]
        for _ in range(max(1, int(seconds / POLL_SECONDS))):
            time.sleep(POLL_SECONDS)
            status = client.describe_execution(executionArn=arn)["status"]
            if status != "RUNNING":
                return str(status)
    return "RUNNING"


def _issue(row: Mapping[str, Any]) -> Issue:
    return Issue(*(row[name] for name in ("orderId", "kind", "paymentId", "provider", "ledger", "at", "detected")))
