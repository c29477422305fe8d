"""Running many orders to their end, a bounded number at a time.

A few begin, and each that ends makes room for two until the bound is reached: a function is given a process for every
call that finds none free, and a burst would have the machine start processes and do nothing else.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from emulator.cloud import Cloud
from orderflow import Order, OrderflowClient
from orderflow.history import cause_summary

FIRST_LOOK_SECONDS, POLL_SECONDS = 2.0, 0.5
"""Hardly an order ends sooner, and every look costs the embedded cloud time that orders need."""
FIRST = 6
ORDER_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How one order ended. `outcome` is what the customer was told or the name of the failed end;
    `cause` is why it was not delivered."""

    order_id: str
    status: str
    outcome: str
    cause: str


class StuckError(RuntimeError):
    """An order did not end in time."""


def run_orders(
    cloud: Cloud,
    machine_arn: str,
    orders: Iterable[Order],
    in_flight: int,
    on_end: Callable[[Ended], None],
    seconds: float = ORDER_SECONDS,
) -> list[Ended]:
    """Start every order, at most `in_flight` at a time, and wait for all of them; in the order in which they ended.

    Raises:
        StuckError: naming the order that was still running `seconds` after its start.
    """
    stop, room = threading.Event(), threading.Semaphore(FIRST)
    client = OrderflowClient(machine_arn, cloud.client("stepfunctions"))
    pool = ThreadPoolExecutor(in_flight)

    def ended(one: Ended) -> None:
        nonlocal in_flight
        in_flight -= 1
        room.release(2 if in_flight > 0 else 1)
        on_end(one)

    running = [pool.submit(_run, cloud, client, order, stop, room, seconds) for order in orders]
    try:
        return list(_reported((future.result() for future in as_completed(running)), ended))
    finally:
        stop.set()
        room.release(len(running))
        pool.shutdown(wait=True, cancel_futures=True)


def _reported(ended: Iterator[Ended], on_end: Callable[[Ended], None]) -> Iterator[Ended]:
    for one in ended:
        on_end(one)
        yield one


def _run(
    cloud: Cloud,
    client: OrderflowClient,
    order: Order,
    stop: threading.Event,
    room: threading.Semaphore,
    seconds: float,
) -> Ended:
    room.acquire()
    arn = client.start(order).execution_arn
    stop.wait(FIRST_LOOK_SECONDS)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stop.wait(POLL_SECONDS):
        execution = cloud.client("stepfunctions").describe_execution(executionArn=arn)
        if execution["status"] != "RUNNING":
            return _ended(order, execution)
    raise StuckError(f"order {order.order_id} was still running after {seconds:.0f} s: {arn}")


def _ended(order: Order, execution: dict[str, Any]) -> Ended:
    if execution["status"] != "SUCCEEDED":
        outcome = execution.get("error", execution["status"])
        return Ended(order.order_id, execution["status"], outcome, execution.get("cause", ""))
    output = json.loads(execution["output"])
    cause = cause_summary(output.get("failure", {}).get("Cause", ""))
    return Ended(order.order_id, execution["status"], output["ended"]["outcome"], cause)
