"""A deployed stack, and ways to run orders on it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emulator.baskets import Product
from emulator.carrier import CarrierWebhooks
from emulator.cloud import Cloud
from emulator.reconcile import Books, read_books, scan
from orderflow import Order, OrderflowClient, check_order
from tests.hangs import eventually

PRODUCTS = [
    Product("tea", "Tea", 450, 1_000),
    Product("cup", "Cup", 1_200, 1_000),
    Product("rare", "Rare", 9_900, 1),
    Product("gone", "Gone", 700, 0),
    Product("gold", "Gold", 900_000, 50),
]


@dataclass(frozen=True)
class Deployed:
    """A deployed stack."""

    cloud: Cloud
    outputs: dict[str, Any]
    carrier: CarrierWebhooks

    def client(self) -> OrderflowClient:
        return OrderflowClient(
            self.outputs["machines"]["order-fulfillment"]["aliasArn"], self.cloud.client("stepfunctions")
        )

    def execution(self, order_id: str) -> dict[str, Any]:
        """The order's execution once it has ended."""
        arn = self.outputs["machines"]["order-fulfillment"]["arn"].replace("stateMachine", "execution")
        sfn = self.cloud.client("stepfunctions")

        def ended() -> dict[str, Any] | None:
            found = sfn.describe_execution(executionArn=f"{arn}:{order_id}")
            return found if found["status"] != "RUNNING" else None

        return eventually(ended)

    def run(self, document: dict[str, Any]) -> dict[str, Any]:
        """Start an order, whatever it is, and wait for its end."""
        self.start(document)
        return self.execution(document["orderId"])

    def start(self, document: dict[str, Any]) -> None:
        """Start an order, whatever it is."""
        self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["machines"]["order-fulfillment"]["aliasArn"],
            name=document.get("orderId") or f"nameless-{time.monotonic_ns()}",
            input=json.dumps(document),
        )

    @contextlib.contextmanager
    def denied(self, function: str, action: str) -> Iterator[None]:
        """While inside, the function's role lacks one action."""
        iam, role = self.cloud.client("iam"), f"orderflow-local-{function}"
        policy = iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
        allowed = [statement for statement in policy["Statement"] if action not in statement["Action"]]
        less = json.dumps({**policy, "Statement": allowed})
        iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=less)
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(policy))

    def states(self, order_id: str) -> list[str]:
        """The names of the states that the order's execution entered."""
        arn = self.outputs["machines"]["order-fulfillment"]["arn"].replace("stateMachine", "execution")
        pages = (
            self.cloud.client("stepfunctions")
            .get_paginator("get_execution_history")
            .paginate(executionArn=f"{arn}:{order_id}")
        )
        entered = (event.get("stateEnteredEventDetails") for page in pages for event in page["events"])
        return [details["name"] for details in entered if details]

    def books(self) -> Books:
        return read_books(self.cloud, self.outputs["tables"])

    def rows(self, table: str) -> list[dict[str, Any]]:
        return scan(self.cloud, self.outputs["tables"][table]["name"])

    def awaited(self, order_id: str) -> str:
        """The id of the parcel that the order waits for, once it does."""

        def found() -> str | None:
            rows = (row for row in self.rows("shipments") if row["orderId"] == order_id and "token" in row)
            return next((row["shipmentId"] for row in rows), None)

        return eventually(found)

    def invoke(self, function: str, payload: dict[str, Any]) -> tuple[str | None, Any]:
        """Call a function as a state does; the error it raised, and its answer."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=f"orderflow-local-{function}:live", Payload=json.dumps(payload).encode()
        )
        body = json.loads(answer["Payload"].read())
        return (body["errorType"] if answer.get("FunctionError") else None), body


def order(order_id: str, **changes: Any) -> dict[str, Any]:
    """A good order of two teas and a cup: 2100 cents."""
    return {
        "orderId": order_id,
        "customerId": "ada",
        "items": [{"sku": "tea", "quantity": 2}, {"sku": "cup", "quantity": 1}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
        **changes,
    }


def checked(document: dict[str, Any]) -> Order:
    found = check_order(document)
    assert isinstance(found, Order)
    return found
