"""Two hundred charged orders that reserve the same product at once: how many a second, how often they collide, and
whether any is given up, and so refunded, though there is enough of it.

What runs is the handler of ReserveInventory on the tables of the deployed program, each order in a thread of its own,
and after RowsBusy once more as the state's own Retry says, with its waits. The embedded cloud answers, which lets
transactions collide as AWS does, each lasting 10 ms (`emulator/colliding.py`). Functions and executions are not there:
200 processes on two cores would measure how they start. There is no peer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import boto3
from botocore.config import Config

from asl.running.handling import retrier as read_retrier
from bench.report import Result, at_least, at_most, finish
from emulator.cloud import REGION, Cloud, cloud
from emulator.deploy import deploy
from handlers.reserve_inventory import reserve_inventory
from handlers.shared import clock, entries
from handlers.shared.errors import RowsBusy
from handlers.shared.ledger import Ledger
from handlers.shared.stockroom import Stockroom
from workflows.order_fulfillment import SOUGHT

ORDERS, MORE = 200, 50
SKU = "the-one-that-all-want"
QUOTE = {"amountCents": 450, "lines": [{"sku": SKU, "quantity": 1, "priceCents": 450}]}


class Counted:
    """DynamoDB, and how often a transaction was asked for and how often it collided."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._lock = inner, threading.Lock()
        self.exceptions = inner.exceptions
        self.asked = self.collided = 0

    def transact_write_items(self, **request: Any) -> Any:
        with self._lock:
            self.asked += 1
        try:
            return self._inner.transact_write_items(**request)
        except self.exceptions.TransactionCanceledException as canceled:
            with self._lock:
                self.collided += "TransactionConflict" in str(canceled)
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def main() -> None:
    """Measure."""
    finish(f"{ORDERS} orders of one product at once", measured())


def measured() -> Iterator[Result]:
    """Every figure."""
    with cloud() as running:
        tables = {name: table["name"] for name, table in deploy(running)["tables"].items()}
        client = Counted(_client(running))
        ledger = Ledger(client, tables["orders"], tables["entries"], clock.now)  # type: ignore[arg-type]
        stockroom = Stockroom(client, tables["stock"], tables["reservations"])  # type: ignore[arg-type]
        client.put_item(TableName=tables["stock"], Item={"sku": SKU, "available": ORDERS + MORE})
        orders = [_charged(ledger, f"hot-{number}") for number in range(ORDERS)]
        client.asked = client.collided = 0
        begun = time.monotonic()
        with ThreadPoolExecutor(ORDERS) as threads:
            busy = list(threads.map(lambda order: _reserved(order, ledger, stockroom), orders))
        seconds = time.monotonic() - begun
        left = client.get_item(TableName=tables["stock"], Key={"sku": SKU}, ConsistentRead=True)["Item"]["available"]
        reserved = sum("RESERVED" in ledger.recorded(order["orderId"], "CHARGED").events for order in orders)
    yield Result("orders a second", ORDERS / seconds, "1/s", "", None, "", True)
    yield Result("the last one after", seconds, "s", "", None, "", True)
    yield Result("transactions asked for", client.asked, "", "", None, "", True)
    yield at_least("of those collided", client.collided, "", 1)
    yield Result("calls that the state had to repeat", sum(filter(None, busy)), "", "", None, "", True)
    yield at_most("orders given up, and so refunded", busy.count(None), "", 0)
    yield at_most("orders without their reservation", ORDERS - reserved, "", 0)
    yield at_most("pieces that went astray", abs(int(left) - MORE), "", 0)


def _reserved(order: Mapping[str, Any], ledger: Ledger, stockroom: Stockroom) -> int | None:
    """How often the state repeated the call until the stock was set aside; None where it had to give up."""
    (retrier,) = SOUGHT
    for repeats in range(retrier["MaxAttempts"] + 1):
        try:
            reserve_inventory(order, ledger, stockroom)
        except RowsBusy:
            time.sleep(read_retrier(retrier, "Retry[0]").delay(repeats, Random()))
        else:
            return repeats
    return None


def _charged(ledger: Ledger, order_id: str) -> dict[str, Any]:
    ledger.open(order_id, "VALIDATED", {"digest": order_id, "amountCents": 450})
    ledger.post(order_id, "CHARGED", entries.charged(450), chargedCents=450)
    return {"orderId": order_id, "quote": QUOTE}


def _client(running: Cloud) -> Any:
    resource: Any = boto3.resource(  # type: ignore[call-overload]
        "dynamodb",
        endpoint_url=running.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=ORDERS, read_timeout=60),
    )
    return resource.meta.client


if __name__ == "__main__":
    main()
