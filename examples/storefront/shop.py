"""The shop's function: takes orders over HTTP and shows how they are."""

from __future__ import annotations

import base64
import json
import os
from decimal import Decimal
from functools import cache
from typing import Any

import boto3

from orderflow import Rejected, read_orders


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a request of an HTTP API, payload format 2.0."""
    if event["routeKey"] == "POST /orders":
        body = event.get("body") or ""
        return place(base64.b64decode(body) if event.get("isBase64Encoded") else body.encode())
    return show(event["pathParameters"]["orderId"])


def place(body: bytes) -> dict[str, Any]:
    """Start one order. The order's id names its execution, so that a repeated request starts nothing twice."""
    checked = read_orders(body)
    if len(checked) != 1:
        return answer(400, {"message": f"send one order, not {len(checked)}"})
    (order,) = checked
    if isinstance(order, Rejected):
        return answer(400, {"message": "no order", "problems": [str(problem) for problem in order.problems]})
    machine, where = os.environ["ORDER_MACHINE"], f"/orders/{order.order_id}"
    try:
        client("stepfunctions").start_execution(stateMachineArn=machine, name=order.order_id, input=order.canonical)
    except client("stepfunctions").exceptions.ExecutionAlreadyExists:
        return answer(409, {"message": f"there is an order {order.order_id} already: see {where}"})
    return answer(202, {"orderId": order.order_id, "see": where})


def show(order_id: str) -> dict[str, Any]:
    """The customer's view of an order, which follows the ledger within seconds."""
    table = os.environ["VIEWS_TABLE"]
    found = resource("dynamodb").Table(table).get_item(Key={"orderId": order_id}).get("Item")
    if found is None:
        return answer(404, {"message": f"no order {order_id} is known yet"})
    shown = {name: found[name] for name in ("orderId", "status", "amountCents", "chargedCents", "timeline")}
    return answer(200, shown)


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """A response of an HTTP API."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, default=lambda value: int(value) if isinstance(value, Decimal) else str(value)),
    }


@cache
def client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


@cache
def resource(service: str) -> Any:
    return boto3.resource(service)  # type: ignore[call-overload]
