"""Exploration: every combination of what an order's calls may come to, on one core.

    uv run python -m bench.exploring [--json]

An execution's worth of outcomes is one way from the first state to an end, each call's outcome chosen. Executions that
come to the same state with data that make no difference go on as one, or nobody could try them all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import asl
from bench.report import Result, at_least, at_most, finish
from bench.running import ANSWERS, FUNCTIONS
from workflows import ORDER_PROMISES, Decisions, Delivery, Functions, order_fulfillment

TITLE = "asl.explore of the order workflow, on one core"
WAYS, SECONDS = 50_000, 10
INPUT = {"orderId": "o-1", "items": [{"sku": "tea", "quantity": 1}]}
UNDER_WAY = {"status": "IN_TRANSIT"}
RESULTS = {
    **ANSWERS,
    "CreateShipment": {"trackingId": "t-1", "giveUpAt": "2099-01-01T00:00:00Z", **UNDER_WAY},
    "CheckShipmentStatus": [{"status": "DELIVERED"}, {"status": "FAILED"}, UNDER_WAY],
}
DELIVERIES = {"two weeks of polls": Delivery(21_600, 1_209_600), "six polls": Delivery(1, 6)}


def main() -> None:
    """Measure."""
    finish(TITLE, measured())


def measured() -> Iterator[Result]:
    """What is covered, and how long that takes."""
    for name, delivery in DELIVERIES.items():
        definition = order_fulfillment(Functions(**FUNCTIONS), delivery, Decisions(500_000, 60))
        began = time.process_time()
        found = asl.explore(definition, INPUT, RESULTS, must_reach=ORDER_PROMISES)
        took = time.process_time() - began
        if not found.ok or found.cut:
            raise RuntimeError(f"{name}: {[line for line, _ in found.lines()]}")
        yield at_least(f"{name}: executions' worth, counted to 10^15", min(found.ways, 10**15), "ways", WAYS)
        yield at_most(f"{name}: {found.visits:,} visits that differ, {found.runs:,} run", took, "s", SECONDS)


if __name__ == "__main__":
    main()
