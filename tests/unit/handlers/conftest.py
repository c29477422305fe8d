"""The tables and the topic in memory, the environment of the functions, and a workflow that calls their handlers."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sns.models import sns_backends

from handlers.shared import clock, runtime

REGION = "us-east-1"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:order-fulfillment:order-1001"
KEYS = {
    "PRODUCTS_TABLE": "sku",
    "STOCK_TABLE": "sku",
    "RESERVATIONS_TABLE": "orderId",
    "ORDERS_TABLE": "orderId",
    "PAYMENTS_TABLE": "paymentId",
    "SHIPMENTS_TABLE": "shipmentId",
    "IDEMPOTENCY_TABLE": "id",
    "ENTRIES_TABLE": "entryId",
    "SEEN_EVENTS_TABLE": "id",
    "ISSUES_TABLE": "issueId",
}
PRODUCTS = {"1029743": (649, 5), "995242": (199, 10), "free": (0, 10)}
"""By sku: price in cents, pieces in stock."""


@dataclass
class Context:
    """What Lambda hands to a handler, as far as it is used."""

    function_name: str = "a-function"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:a-function"
    aws_request_id: str = "a-request"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Shop:
    """The cloud that the handlers see, and what a workflow does with them."""

    def __init__(self, clock: FakeClock, log: io.StringIO) -> None:
        self.clock = clock
        self._log = log
        self.dynamodb: Any = runtime.dynamodb()

    def call(self, name: str, state: Any, **more: Any) -> dict[str, Any]:
        """Invoke a handler as Lambda does: JSON in, JSON out."""
        event = json.loads(json.dumps({"executionId": EXECUTION, "order": state, **more}))
        handler = importlib.import_module(f"handlers.{name}").handler
        return json.loads(json.dumps(handler(event, Context()), allow_nan=False))

    def validated(self, order: dict[str, Any]) -> dict[str, Any]:
        return {**order, "quote": self.call("validate_order", order)}

    def charged(self, order: dict[str, Any]) -> dict[str, Any]:
        state = self.validated(order)
        return {**state, "payment": self.call("charge_payment", state)}

    def shipped(self, order: dict[str, Any]) -> dict[str, Any]:
        state = self.charged(order)
        reservation, shipment = self.call("reserve_inventory", state), self.call("create_shipment", state)
        return {**state, "fulfillment": {"reservation": reservation, "shipment": shipment}}

    def put(self, table: str, rows: list[dict[str, Any]]) -> None:
        for start in range(0, len(rows), 25):
            batch = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
            self.dynamodb.batch_write_item(RequestItems={table: batch})

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=table)["Items"]

    def row(self, order_id: str = "order-1001") -> dict[str, Any]:
        return self.dynamodb.get_item(TableName="ORDERS_TABLE", Key={"orderId": order_id})["Item"]

    def stock(self) -> dict[str, int]:
        return {row["sku"]: int(row["available"]) for row in self.rows("STOCK_TABLE")}

    def everything(self) -> dict[str, Any]:
        """Every row of every table, and every notice."""
        tables = {t: sorted(self.rows(t), key=lambda row: str(row[KEYS[t]])) for t in KEYS}
        return {**tables, "notices": self.notices()}

    def notices(self) -> list[dict[str, Any]]:
        topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics
        return [json.loads(sent[1]) for t in topic.values() for sent in t.sent_notifications]

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.getvalue().splitlines()]


@pytest.fixture
def order() -> dict[str, Any]:
    """An order as a shop sends it: 2 * 649 + 3 * 199 = 1895 cents."""
    return {
        "orderId": "order-1001",
        "customerId": "household-2375",
        "items": [{"sku": "1029743", "quantity": 2}, {"sku": "995242", "quantity": 3}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
    }


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    """Tables and topic, made once: gives the topic's ARN."""
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        for table, key in KEYS.items():
            runtime.dynamodb().create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            )
        yield runtime.client("sns").create_topic(Name="notices")["TopicArn"]


@pytest.fixture
def shop(cloud: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with its products in stock and no order yet."""
    settings = {"ORDER_LIMIT_CENTS": "1000000", "CARRIER_TRANSIT_SECONDS": "1000", "NOTICES_TOPIC": cloud}
    for name, value in {**settings, **{table: table for table in KEYS}}.items():
        monkeypatch.setenv(name, value)
    fake_clock, log = FakeClock(), io.StringIO()
    monkeypatch.setattr(clock, "now", fake_clock)
    monkeypatch.setattr(runtime.logger.handlers[0], "stream", log)
    monkeypatch.setattr("time.sleep", lambda _: None)
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()
    sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[cloud].sent_notifications.clear()
    products = [{"sku": sku, "title": sku, "priceCents": price} for sku, (price, _) in PRODUCTS.items()]
    stock = [{"sku": sku, "available": available} for sku, (_, available) in PRODUCTS.items()]
    shop = Shop(fake_clock, log)
    shop.put("PRODUCTS_TABLE", products)
    shop.put("STOCK_TABLE", stock)
    return shop
