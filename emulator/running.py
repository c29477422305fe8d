"""Running many orders to their end, a bounded number at a time.

A few begin, and each that ends makes room for two until the bound is reached: a function is given a process for every
call that finds none free, and a burst would have the machine start processes and do nothing else.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from emulator.cloud import Cloud
from orderflow import Order, OrderflowClient
from orderflow.history import cause_summary

LOOK_SECONDS = 0.5
LISTED = 1_000
"""More than ever run at a time."""
FIRST = 6
ORDER_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How one order ended. `outcome` is what the customer was told or the name of the failed end;
    `cause` is why it was not delivered. What has not ended in time is RUNNING, and its outcome STILL_RUNNING."""

    order_id: str
    status: str
    outcome: str
    cause: str


def run_orders(
    cloud: Cloud,
    machine_arn: str,
    orders: Iterable[Order],
    in_flight: int,
    on_end: Callable[[Ended], None],
    seconds: float = ORDER_SECONDS,
    first: int = FIRST,
) -> list[Ended]:
    """Start every order, at most `in_flight` at a time, and wait for all of them; in the order in which they ended.

    `first` are begun at once: all, where the cloud bounds the calls of a function.

    Nobody waits for an order longer than `seconds` after its start: the others, and the books, are worth seeing.
    """
    client = OrderflowClient(machine_arn, cloud.client("stepfunctions"))
    waiting, running, room = deque(orders), dict[str, _Running](), min(first, in_flight)
    ended: list[Ended] = []
    while waiting or running:
        while waiting and len(running) < room:
            order = waiting.popleft()
            running[client.start(order).execution_arn] = _Running(order, time.monotonic() + seconds)
        time.sleep(LOOK_SECONDS)
        # One question about all: a look at each would cost the embedded cloud time that orders need.
        for arn in running.keys() - {one.execution_arn for one in client.list("RUNNING", LISTED)}:
            execution = cloud.client("stepfunctions").describe_execution(executionArn=arn)
            ended.append(_ended(running.pop(arn).order, execution))
            on_end(ended[-1])
            room = min(room + 1, in_flight)
        for arn in [arn for arn, one in running.items() if time.monotonic() > one.deadline]:
            late = f"had not ended after {seconds:.0f} s"
            ended.append(Ended(running.pop(arn).order.order_id, "RUNNING", "STILL_RUNNING", late))
            on_end(ended[-1])
    return ended


@dataclass(frozen=True)
class _Running:
    order: Order
    deadline: float


def _ended(order: Order, execution: dict[str, Any]) -> Ended:
    if execution["status"] != "SUCCEEDED":
        outcome = execution.get("error", execution["status"])
        return Ended(order.order_id, execution["status"], outcome, execution.get("cause", ""))
    output = json.loads(execution["output"])
    cause = cause_summary(output.get("failure", {}).get("Cause") or "")  # null where a task ran out of time
    return Ended(order.order_id, execution["status"], output["ended"]["outcome"], cause)
