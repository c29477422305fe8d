"""The ledger's events replayed through the projection, doubled and out of order, into a view that is kept in memory.

The interpreter runs the workflow; a write takes as long in virtual time as one at AWS might. Of what has run nothing is
kept, so that the memory is the view's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from asl import Node
from asl.pricing import Assumptions
from asl.pricing.bill import gb_seconds
from asl.running.steps import Program
from asl.testing.outcomes import Raises, Returns
from asl.testing.run import STARTS_AT, prepared
from workflows import order_events

VIEW, QUEUE = "order-views", "https://sqs.us-east-1.amazonaws.com/123456789012/poison-events"
BATCH = 10
"""What the pipe hands over at a time: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html"""
SEED = 2026
WINDOW = 500
"""How far an event comes out of order at most, in events: more would have to be kept in memory to be sent."""
STATUSES = ("VALIDATED", "CHARGED", "RESERVED", "SHIPPED", "CAPTURED", "DELIVERED")
REMOVED, POISONED = 50, 100
"""Of so many events one is the end of a row, or lacks its version."""
CALL_SECONDS = 0.05
MACHINE_MB = 64
"""Of memory AWS bills the next 64 MB: https://aws.amazon.com/step-functions/pricing/"""


def definition() -> Node:
    """The projection with plain names."""
    return order_events(VIEW, QUEUE)


def ledger(count: int, *, poisoned: bool = True) -> Iterator[Node]:
    """`count` records of the stream, as orders go on: each in turn has its next version."""
    orders = 1 + count // len(STATUSES)
    for number in range(count):
        order, version = number % orders, 1 + number // orders
        yield record(f"o-{order}", version, number, poisoned)


def record(order: str, version: int, number: int, poisoned: bool) -> Node:
    """A record about an order's row, the end of it, or one that says nothing of a version."""
    if number % REMOVED == 1:
        return {"eventID": f"e-{number}", "eventName": "REMOVE", "dynamodb": {"Keys": {"orderId": {"S": order}}}}
    image: Node = {
        **{name: {"S": f"{name}-{order}"} for name in ("customerId", "updatedAt")},
        **{name: {"N": "1298"} for name in ("amountCents", "chargedCents")},
        "orderId": {"S": order},
        "status": {"S": STATUSES[(version - 1) % len(STATUSES)]},
        "version": {"N": str(version)},
        "timeline": {"L": [{"S": STATUSES[step % len(STATUSES)]} for step in range(version)]},
    }
    if poisoned and number % POISONED == 2:
        del image["version"]
    return {"eventID": f"e-{number}", "eventName": "MODIFY", "dynamodb": {"NewImage": image}}


def doubled(records: Iterator[Node], random: Random) -> Iterator[Node]:
    """Each record twice, in an order of chance."""
    waiting: list[Node] = []
    for one in records:
        waiting += (one, one)
        while len(waiting) > WINDOW:
            yield waiting.pop(random.randrange(len(waiting)))
    random.shuffle(waiting)
    yield from waiting


@dataclass
class View:
    """The table of views: of each order the version, and a digest of what is shown."""

    rows: dict[str, tuple[int, bytes]] = field(default_factory=dict[str, tuple[int, bytes]])

    def update(self, arguments: Mapping[str, Any]) -> bool:
        """A write of the projection; whether its condition held."""
        if arguments["ConditionExpression"] != "attribute_not_exists(version) OR version < :version":
            raise ValueError(f"the view knows no condition {arguments['ConditionExpression']}")
        values = arguments["ExpressionAttributeValues"]
        order, version = arguments["Key"]["orderId"]["S"], int(values[":version"]["N"])
        return self.show(order, version, {name: value for name, value in values.items() if name != ":event"})

    def show(self, order: str, version: int, shown: Node) -> bool:
        """Show this of an order, unless what is shown is as new."""
        if order in self.rows and self.rows[order][0] >= version:
            return False
        self.rows[order] = version, hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).digest()
        return True


SHOWN = {
    ":customer": "customerId",
    ":status": "status",
    ":version": "version",
    ":amount": "amountCents",
    ":charged": "chargedCents",
    ":refunded": "refundedCents",
    ":returned": "returned",
    ":restocked": "restocked",
    ":timeline": "timeline",
    ":updated": "updatedAt",
}
"""What is shown of a row, by its name in the projection's write."""
NOTHING_RETURNED: Mapping[str, Node] = {"refundedCents": {"N": "0"}, "returned": {"M": {}}, "restocked": {"M": {}}}


def as_it_should_be(records: Iterator[Node]) -> View:
    """The view that the events of a ledger come to, each sent once and in order, without the workflow."""
    view = View()
    for one in records:
        image = one["dynamodb"].get("NewImage", {})
        if "version" in image:
            row, version = {**NOTHING_RETURNED, **image}, int(image["version"]["N"])
            view.show(image["orderId"]["S"], version, {name: row[field] for name, field in SHOWN.items()})
    return view


@dataclass
class Replayed:
    """What a replay did."""

    view: View = field(default_factory=View)
    executions: int = 0
    events: int = 0
    set_aside: int = 0
    transitions: int = 0
    seconds: float = 0
    gb_seconds: float = 0
    input_kb: float = 0


def replayed(records: Iterator[Node], seed: int = SEED) -> Replayed:
    """Run the projection with all records, a batch at a time."""
    program, done, random = Program.read(definition(), type="EXPRESS"), Replayed(), Random(seed)

    def took() -> float:
        return random.expovariate(1 / CALL_SECONDS)

    def update(arguments: Any, context: object) -> object:
        if done.view.update(arguments):
            return Returns({}, after=took())
        return Raises("DynamoDB.ConditionalCheckFailedException", after=took())

    def set_aside(arguments: object, context: object) -> object:
        done.set_aside += 1
        return Returns({}, after=took())

    tasks = {"UpdateView": update, "SetAside": set_aside}
    while batch := list(islice(records, BATCH)):
        run = prepared(program, batch, tasks, None, random, STARTS_AT, None)
        run.loop.run(lambda: run.status != "RUNNING")  # noqa: B023 it is called here
        if run.status != "SUCCEEDED" or run.ended_at is None:
            raise RuntimeError(f"a batch ended as {run.status}: {run.error} {run.cause}")
        seconds = run.ended_at - run.started_at
        done.executions, done.events = done.executions + 1, done.events + len(batch)
        done.transitions += run.transitions
        done.seconds += seconds
        done.gb_seconds += gb_seconds(seconds, MACHINE_MB)
        done.input_kb += len(json.dumps(batch, separators=(",", ":"))) / 1000
    return done


def assumed() -> Assumptions:
    """What the definition does not say of such a replay, for the estimate of its price."""
    removed, poisoned = 1 / REMOVED, 1 / POISONED
    shares = {"NothingToProject": removed, "SetAside": poisoned, "UpdateView": 1 - removed - poisoned}
    return Assumptions(
        shares={"IsLedgerChange": shares},
        items={"ProjectEvents": BATCH},
        retries_per_call=0,
        call_ms=CALL_SECONDS * 1000,
    )
