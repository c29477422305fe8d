"""Orders through the embedded cloud: how many a second at 1, 8 and 32 in flight, where the time goes, and what of it is
the handlers' own.

There is no peer for a whole program. The handlers' own time is measured in their processes, the calls that they make
left out: what is left of an order's time is the embedded cloud's, and the waits for the parcel.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.report import Result, at_most, finish
from emulator.baskets import Product
from emulator.carrier import CarrierWebhooks, carrier
from emulator.cloud import Cloud, Faults, cloud
from emulator.deploy import deploy
from emulator.running import run_orders
from emulator.seed import seed
from orderflow import Order, check_order

ORDERS = {1: 6, 8: 48, 32: 160}
"""How many orders run at each number in flight."""

PRODUCTS = [Product("tea", "Tea", 450, 1_000_000)]
OWN_MS = 100
"""All functions of one order together, with the SDK's loading in each new process."""


def main() -> None:
    """Measure."""
    finish("Orders through the embedded cloud", measured())


def measured() -> Iterator[Result]:
    """Every figure."""
    with (
        tempfile.TemporaryDirectory() as home,
        cloud(wait_scale=0.55, faults=Faults(str(Path(home) / "own"), "bench.own_time")) as running,
    ):
        outputs = deploy(running)
        seed(running, outputs["tables"], PRODUCTS)
        machine = outputs["machines"]["order-fulfillment"]["aliasArn"]
        with carrier(CarrierWebhooks.for_stack(running, outputs), outputs):
            for in_flight, count in ORDERS.items():
                orders = [_order(f"flight-{in_flight}-{number}") for number in range(count)]
                begun = time.monotonic()
                run_orders(running, machine, orders, in_flight, lambda _: None)
                seconds = time.monotonic() - begun
                yield Result(f"orders a second, {in_flight} in flight", count / seconds, "1/s", "", None, "", True)
        eight = [f"flight-8-{number}" for number in range(ORDERS[8])]
        spent = _seconds_by_state(running, machine, eight)
        whole = sum(map(statistics.median, spent.values()))
        for state, seconds in sorted(spent.items(), key=lambda item: -statistics.median(item[1])):
            median = statistics.median(seconds) * 1000
            if median < 1:
                continue
            yield Result(f"in {state}, 8 in flight", median, "ms", f"of {whole * 1000:.0f} ms", None, "", True)
        yield at_most("handlers' own time of one order", _own_ms(Path(home) / "own", set(eight)), "ms", OWN_MS)


def _order(order_id: str) -> Order:
    document = {
        "orderId": order_id,
        "customerId": "ada",
        "items": [{"sku": "tea", "quantity": 1}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
    }
    checked = check_order(document)
    if not isinstance(checked, Order):
        raise TypeError(f"{order_id} is no order")
    return checked


def _seconds_by_state(running: Cloud, machine: str, order_ids: list[str]) -> dict[str, list[float]]:
    """How long each order stayed in each state, its waits included."""
    executions = machine.rpartition(":")[0].replace(":stateMachine:", ":execution:")
    found: dict[str, list[float]] = defaultdict(list)
    for order_id in order_ids:
        pages = (
            running.client("stepfunctions")
            .get_paginator("get_execution_history")
            .paginate(executionArn=f"{executions}:{order_id}")
        )
        entered: dict[str, Any] = {}
        for event in (event for page in pages for event in page["events"]):
            if "stateEnteredEventDetails" in event:
                entered[event["stateEnteredEventDetails"]["name"]] = event["timestamp"]
            elif "stateExitedEventDetails" in event:
                name = event["stateExitedEventDetails"]["name"]
                found[name].append((event["timestamp"] - entered[name]).total_seconds())
    return found


def _own_ms(file: Path, order_ids: set[str]) -> float:
    """The median over orders of the time that all their functions took for themselves, in milliseconds."""
    by_order: dict[str, float] = defaultdict(float)
    for line in file.read_text().splitlines():
        order_id, milliseconds = line.split()
        by_order[order_id] += float(milliseconds)
    return statistics.median(spent for order_id, spent in by_order.items() if order_id in order_ids)


if __name__ == "__main__":
    main()
