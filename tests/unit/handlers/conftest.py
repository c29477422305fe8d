"""The cloud in memory, the environment of the functions, and a workflow that calls their handlers."""

from __future__ import annotations

import importlib
import io
import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.sns.models import sns_backends

from handlers.shared import clock, runtime
from handlers.shared.entries import balances

REGION = "us-east-1"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:order-fulfillment:order-1001"
KEYS = {
    "PRODUCTS_TABLE": "sku",
    "STOCK_TABLE": "sku",
    "RESERVATIONS_TABLE": "orderId",
    "ORDERS_TABLE": "orderId",
    "ENTRIES_TABLE": "entryId",
    "DECISIONS_TABLE": "orderId",
    "SHIPMENTS_TABLE": "shipmentId",
    "PAYMENTS_TABLE": "paymentId",
    "PARCELS_TABLE": "shipmentId",
    "SEEN_EVENTS_TABLE": "id",
    "IDEMPOTENCY_TABLE": "id",
    "ISSUES_TABLE": "issueId",
    "ORDER_VIEWS_TABLE": "orderId",
    "INTAKES_TABLE": "fileId",
    "APPLICANTS_TABLE": "applicantId",
    "ACCOUNTS_TABLE": "accountId",
    "REVIEWS_TABLE": "reviewId",
    "RETURNS_TABLE": "returnId",
}
OPEN_KEYS = {"openStatus": "HASH", "updatedAt": "RANGE"}
OPEN_ORDERS: Any = {
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "open",
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in OPEN_KEYS.items()],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["amountCents"]},
        }
    ]
}
WRITES = ("BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
LOCALSTRIPE = Path(__file__).with_name("localstripe_server.py")
SECRET = "whsec_b3JkZXJmbG93IGxpa2VzIHNpZ25lZCBuZXdz"
PRODUCTS = {"1029743": (649, 5), "995242": (199, 10), "free": (0, 10)}
"""By sku: price in cents, pieces in stock."""


REACHED: dict[Any, Any] = {}
"""By stage, order and time: the state of an order that has come so far, with the tables and the log."""


@dataclass
class Context:
    """What Lambda hands to a handler, as far as it is used."""

    function_name: str = "a-function"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:a-function"
    aws_request_id: str = "a-request"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


BESIDE: dict[str, dict[str, Any]] = {"create_shipment": {"deadlineSeconds": 1_000}}
"""What the workflow hands a function beside the order, where that is always the same."""


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        self.moment = moment


class Pauses:
    """The time that `handlers.shared.backoff` sees: it passes in its pauses alone."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Wire:
    """Between the handlers' client and moto's DynamoDB: hands requests over in this process, without HTTP, which is
    most of the time that moto takes; and breaks when a test says so."""

    def __init__(self) -> None:
        self.untouched = False
        self.heal()

    def heal(self) -> None:
        """Count the writes anew, and lose no answer."""
        self.writes, self.lose = 0, range(0)

    def __call__(self, model: Any, params: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        """What botocore asks before it sends a request: the answer, where it is there already."""
        moto = DynamoHandler()
        moto.region, moto.current_account, moto.body = REGION, DEFAULT_ACCOUNT_ID, json.loads(params["body"])
        try:
            answer: Any = getattr(moto, camelcase_to_underscores(model.name))().result
        except JsonRESTError as refused:
            body = json.loads(str(refused.get_body()))
            error = {"Code": body["__type"].rpartition("#")[2], "Message": body.get("message", "")}
            return SimpleNamespace(status_code=400), {**body, "Error": error}
        if model.name in WRITES:
            self.writes, self.untouched = self.writes + 1, False
            if self.writes in self.lose:
                raise ConnectionError(f"write {self.writes} is done, and the function is gone")
        return SimpleNamespace(status_code=200), answer


class Executions:
    """Step Functions, as far as task tokens go: `waiting` are those of tasks that have not ended."""

    def __init__(self, exceptions: Any) -> None:
        self.exceptions = exceptions
        self.waiting: set[str] = set()
        self.ended_with = "TaskTimedOut"
        self.outputs: list[tuple[str, Any]] = []
        self.heartbeats: list[str] = []

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803 boto3's name
        self._waits(taskToken)
        self.waiting.remove(taskToken)
        self.outputs.append((taskToken, json.loads(output)))

    def send_task_heartbeat(self, *, taskToken: str) -> None:  # noqa: N803 boto3's name
        self._waits(taskToken)
        self.heartbeats.append(taskToken)

    def _waits(self, token: str) -> None:
        if token not in self.waiting:
            error = {"Error": {"Code": self.ended_with, "Message": "the task is over"}}
            raise getattr(self.exceptions, self.ended_with)(error, "SendTask")


class Shop:
    """The cloud that the handlers see, and what a workflow does with them."""

    def __init__(self, clock: FakeClock, log: io.StringIO, executions: Executions, wire: Wire) -> None:
        self.clock = clock
        self.executions = executions
        self.wire = wire
        self.pauses = Pauses()
        self._log = log
        self._tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
        self.dynamodb: Any = runtime.dynamodb()

    def open(self) -> None:
        """Begin with products in stock, and no order."""
        self.wire.heal()
        for table in self._tables.values():
            table.items.clear()
        for topic in sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics.values():
            topic.sent_notifications.clear()
        self.put("PRODUCTS_TABLE", [{"sku": sku, "priceCents": price} for sku, (price, _) in PRODUCTS.items()])
        self.put("STOCK_TABLE", [{"sku": sku, "available": available} for sku, (_, available) in PRODUCTS.items()])
        self.wire.heal()
        self.wire.untouched = True

    def call(self, name: str, state: Any, **more: Any) -> dict[str, Any]:
        """Call a step as the workflow does."""
        return self.invoke(name, {"executionId": EXECUTION, "order": state, **BESIDE.get(name, {}), **more})

    def invoke(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a handler as Lambda does: JSON in, JSON out."""
        event = json.loads(json.dumps(event))
        handler = importlib.import_module(f"handlers.{name}").handler
        return json.loads(json.dumps(handler(event, Context()), allow_nan=False))

    def break_off(self, write: int, name: str, state: Any) -> None:
        """Invoke a handler whose function is gone once its nth write is done."""
        self.wire.heal()
        self.wire.lose = range(write, write + 1)
        with pytest.raises(ConnectionError):
            self.call(name, state)
        self.wire.heal()

    def validated(self, order: dict[str, Any]) -> dict[str, Any]:
        return self._reach("quoted", order, lambda: {**order, "quote": self.call("validate_order", order)})

    def charged(self, order: dict[str, Any]) -> dict[str, Any]:
        def step() -> dict[str, Any]:
            state = self.validated(order)
            return {**state, "payment": self.call("charge_payment", state)}

        return self._reach("charged", order, step)

    def shipped(self, order: dict[str, Any]) -> dict[str, Any]:
        def step() -> dict[str, Any]:
            state = self.charged(order)
            reservation, shipment = self.call("reserve_inventory", state), self.call("create_shipment", state)
            return {**state, "fulfillment": {"reservation": reservation, "shipment": shipment}}

        return self._reach("shipped", order, step)

    def captured(self, order: dict[str, Any]) -> dict[str, Any]:
        def step() -> dict[str, Any]:
            state = self.shipped(order)
            return {**state, "payment": self.call("capture_payment", state)}

        return self._reach("captured", order, step)

    def delivered(self, order: dict[str, Any]) -> dict[str, Any]:
        def step() -> dict[str, Any]:
            state = self.captured(order)
            return {**state, "ended": self.call("send_confirmation", state, outcome="DELIVERED")}

        return self._reach("delivered", order, step)

    def _reach(self, stage: str, order: dict[str, Any], step: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The state after `step`; in a shop that was just opened made once for all tests, and copied."""
        if not self.wire.untouched:
            return step()
        key = stage, json.dumps(order), self.clock.moment
        if key not in REACHED:
            state = step()
            REACHED[key] = deepcopy((state, {name: t.items for name, t in self._tables.items()})), self._log.getvalue()
            return state
        (state, items), log = deepcopy(REACHED[key][0]), REACHED[key][1]
        for name, table in self._tables.items():
            table.items = items[name]
        self._log.write(log)
        self.wire.untouched = False
        return state

    def undone(self, state: dict[str, Any]) -> dict[str, Any]:
        """What the workflow makes of a charged order that fails."""
        for step in ("cancel_shipment", "release_stock", "refund_payment"):
            self.call(step, state)
        return state

    def forget_notices_under_way(self) -> None:
        """As Powertools does when a call that broke off cannot be at it any more; its clock is not ours."""
        for row in self.rows("IDEMPOTENCY_TABLE"):
            if row["status"] == "INPROGRESS":
                self.dynamodb.delete_item(TableName="IDEMPOTENCY_TABLE", Key={"id": row["id"]})

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

    def payments(self) -> list[str]:
        """Where each payment stands in the provider's books."""
        return [row["status"] for row in self.rows("PAYMENTS_TABLE")]

    def balances(self) -> dict[str, int]:
        """The accounts that are not at zero, over all entries."""
        return {account: cents for account, cents in balances(self.rows("ENTRIES_TABLE")).items() if cents}

    def everything(self) -> dict[str, Any]:
        """Every row of every table, and every notice."""
        tables = {t: sorted(self.rows(t), key=lambda row: str(row[KEYS[t]])) for t in KEYS}
        return {**tables, "notices": self.notices()}

    def notices(self) -> list[dict[str, Any]]:
        topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics
        return [json.loads(sent[1]) for t in topic.values() for sent in t.sent_notifications]

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.getvalue().splitlines()]


@dataclass(frozen=True)
class Cloud:
    """What was made in memory: the way to the tables, two ARNs, and the errors of Step Functions' client."""

    wire: Wire
    topic: str
    secret: str
    exceptions: Any


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
def cloud() -> Iterator[Cloud]:
    """Tables, topic and secret, made once."""
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        for table, key in KEYS.items():
            runtime.dynamodb().create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"}
                    for name in (key, *(OPEN_KEYS if table == "ORDERS_TABLE" else ()))
                ],
                **(OPEN_ORDERS if table == "ORDERS_TABLE" else {}),
            )
        wire = Wire()
        for client in (runtime.dynamodb(), runtime.client("dynamodb")):
            client.meta.events.register("before-call.dynamodb", wire)  # type: ignore[arg-type]
        topic = runtime.client("sns").create_topic(Name="notices")["TopicArn"]
        secret = runtime.client("secretsmanager").create_secret(Name="carrier-webhook", SecretString=SECRET)["ARN"]
        yield Cloud(wire, topic, secret, runtime.client("stepfunctions").exceptions)


@pytest.fixture
def shop(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with its products in stock and no order yet."""
    settings = {"ORDER_LIMIT_CENTS": "1000000", "CARRIER_TRANSIT_SECONDS": "1000", "ASKED_OF": "orders-team"}
    resources = {"NOTICES_TOPIC": cloud.topic, "CARRIER_SECRET": cloud.secret}
    for name, value in {**settings, **resources, **{table: table for table in KEYS}}.items():
        monkeypatch.setenv(name, value)
    fake_clock, log, executions = FakeClock(), io.StringIO(), Executions(cloud.exceptions)
    shop = Shop(fake_clock, log, executions, cloud.wire)
    monkeypatch.setattr(clock, "now", fake_clock)
    monkeypatch.setattr(runtime.logger.handlers[0], "stream", log)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("handlers.shared.backoff.time", shop.pauses)
    monkeypatch.setattr("handlers.shared.collaborators.waiting.client", {"stepfunctions": executions}.__getitem__)
    runtime.secrets.cache_clear()
    shop.open()
    return shop


@pytest.fixture(scope="session")
def localstripe() -> Iterator[str]:
    """The address of a running localstripe."""
    with subprocess.Popen([sys.executable, LOCALSTRIPE], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            ready, _, _ = select.select([server.stdout], [], [], 30)
            assert ready, "localstripe did not start within 30 s"
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()
