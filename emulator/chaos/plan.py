"""The plan of a chaos run: which orders there are, and which fault strikes which call of which of them.

Everything follows from the seed. A fault is planned for a function and an order that will call it, and strikes a given
number of calls; what is planned and never struck is told in the report.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from emulator.baskets import Product
from emulator.chaos.faults import Fault

PRODUCTS = [
    Product("tea", "Tea", 450, 100_000),
    Product("cup", "Cup", 1_200, 100_000),
    Product("gold", "Gold", 600_000, 100_000),
    Product("gone", "Gone", 700, 0),
]
"""Gold is above the limit for which a person has to approve the order."""

FORWARD = ("validate_order", "charge_payment", "reserve_inventory", "create_shipment", "capture_payment")
UNDO = ("cancel_shipment", "release_stock", "refund_payment")

CALLS = (
    *(Fault.CRASH_BEFORE_WRITE, Fault.CRASH_AFTER_WRITE, Fault.CRASH_AFTER_WORK, Fault.TIMEOUT_AFTER_EFFECT),
    *(Fault.THROTTLED, Fault.DELIVERED_TWICE, Fault.KILLED),
)
"""What can strike any function that writes."""

WAYS: Mapping[str, Mapping[str, Any]] = {
    "delivered": {},
    "large": {"items": [{"sku": "gold", "quantity": 1}]},
    "declined": {"paymentMethodId": "pm_card_chargeDeclined"},
    "unknown product": {"items": [{"sku": "unknown-1", "quantity": 1}]},
    "sold out": {"items": [{"sku": "gone", "quantity": 1}]},
    "refused address": {"shipTo": {"name": "Ada Lovelace", "postcode": "00000"}},
    "returned": {"shipTo": {"name": "Ada Lovelace", "postcode": "00001"}},
    "lost": {"shipTo": {"name": "Ada Lovelace", "postcode": "00002"}},
}
"""The ways that an order goes, by what is in it."""

CALLED_ON: Mapping[str, str] = {
    **dict.fromkeys(FORWARD, "delivered"),
    "ask_person": "large",
    "decide": "large",
    "follow_shipment": "delivered",
    "carrier_webhook": "delivered",
    "check_shipment": "unheard",
    "send_confirmation": "delivered",
    **dict.fromkeys(UNDO, "returned"),
    "record_settlement": "stuck",
}
"""A way on which each function is called."""

TRANSACTING = (*FORWARD[1:], *UNDO, "record_settlement", "send_confirmation")


@dataclass
class Planned:
    """A fault that strikes `function` up to `times` times; `struck` counts."""

    function: str
    fault: Fault
    times: int = 1
    struck: int = 0

    @property
    def cell(self) -> tuple[str, str]:
        return self.fault.value, self.function


@dataclass(frozen=True)
class PlannedOrder:
    """An order, the way it goes, and what strikes it.

    `news` is what becomes of the carrier's webhooks about it, and `people` what those who are asked about it do:
    `approve`, `reject` a large order, or are `absent`. A stuck one they have tried again once before they settle it.
    """

    document: Mapping[str, Any]
    way: str
    faults: tuple[Planned, ...] = ()
    news: str = "sent"
    people: str = "approve"

    @property
    def order_id(self) -> str:
        return self.document["orderId"]


@dataclass(frozen=True)
class Plan:
    """The orders of a run, in the order in which they start."""

    seed: int
    orders: Sequence[PlannedOrder]
    by_id: Mapping[str, PlannedOrder] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {order.order_id: order for order in self.orders})

    @property
    def faults(self) -> Mapping[str, Sequence[Planned]]:
        """What strikes each order, by its id."""
        return {order.order_id: order.faults for order in self.orders}

    @property
    def cells(self) -> set[tuple[str, str]]:
        """Every fault with every function that it is planned for."""
        return {planned.cell for order in self.orders for planned in order.faults}

    @property
    def news(self) -> set[str]:
        """What is to become of the carrier's news, beside being sent."""
        return {order.news for order in self.orders} - {"sent"}


def plan(seed: int, count: int) -> Plan:
    """`count` orders. Where there are enough, one for each fault and function, and the rest any of these again, or
    without a fault; where there are fewer, at least one for each fault, way, kind of news and decision by people.

    Raises:
        ValueError: when `count` is too small even for that, with the smallest that is not.
    """
    chance = random.Random(seed)  # noqa: S311 spreads faults, guards no secret
    kinds = list(_kinds())
    needed = kinds if count >= len(kinds) else covering(kinds, chance)
    if count < len(needed):
        raise ValueError(f"{count} orders are too few: {len(needed)} show every kind of trouble at least once")
    chosen = needed + [chance.choice(kinds) for _ in range(count - len(needed))]
    chance.shuffle(chosen)
    return Plan(seed, [_order(seed, number, kind, chance) for number, kind in enumerate(chosen)])


@dataclass(frozen=True)
class _Kind:
    way: str
    faults: tuple[tuple[str, Fault, int], ...] = ()
    news: str = "sent"
    people: str = "approve"

    @property
    def shows(self) -> frozenset[tuple[str, str]]:
        """What it is an example of."""
        faults = {("fault", fault.value) for _, fault, _ in self.faults}
        return frozenset(faults | {("news", self.news), (self.way, self.people)})


class Shows(Protocol):
    """An example of something."""

    @property
    def shows(self) -> frozenset[tuple[str, str]]: ...


Kind = TypeVar("Kind", bound=Shows)


def covering(kinds: Sequence[Kind], chance: random.Random) -> list[Kind]:
    """Few of the kinds that together show all that any of them does: always the one that shows most of what is left."""
    left = set().union(*(kind.shows for kind in kinds))
    chosen: list[Kind] = []
    while left:
        chosen.append(max(chance.sample(kinds, len(kinds)), key=lambda kind: len(kind.shows & left)))
        left -= chosen[-1].shows
    return chosen


def _kinds() -> Iterator[_Kind]:
    """Everything that is to happen, once each."""
    for function, way in CALLED_ON.items():
        faults = [*CALLS, *([Fault.CONFLICT] if function in TRANSACTING else [])]
        for fault in faults:
            yield _kind(way, (function, fault, 1))
    for function in ("charge_payment", "capture_payment", "refund_payment"):
        way = "returned" if function == "refund_payment" else "delivered"
        for times in (1, 3):
            yield _Kind(way, ((function, Fault.PROVIDER_DOWN, times),))
    # Charged or not, nobody knows; then the refund keeps failing until a person settles it.
    yield _Kind("delivered", (("charge_payment", Fault.CRASH_AFTER_WRITE, 99),))
    yield _Kind("delivered", (("create_shipment", Fault.REFUSES, 99),))
    # The capture keeps failing until the parcel has arrived: it is undone too late, and goes on.
    yield _Kind("delivered", (("capture_payment", Fault.REFUSES, 4),))
    yield _Kind("large", (("ask_person", Fault.REFUSES, 4),))
    yield _Kind("large", people="reject")
    yield _Kind("large", people="absent")
    yield _Kind("returned", (("refund_payment", Fault.REFUSES, 99),), people="absent")
    for news in ("lost", "late", "twice", "unsigned"):
        yield _Kind("delivered", news=news)
    for way in WAYS:
        yield _Kind(way)


def _kind(way: str, planned: tuple[str, Fault, int]) -> _Kind:
    if way == "unheard":  # where the parcel is is only written if no news has
        return _Kind("lost", (planned,), news="lost")
    if way == "stuck":
        return _Kind("returned", (("refund_payment", Fault.REFUSES, 99), planned))
    return _Kind(way, (planned,))


def _order(seed: int, number: int, kind: _Kind, chance: random.Random) -> PlannedOrder:
    skus = chance.sample(["tea", "cup"], chance.randint(1, 2))
    document = {
        "orderId": f"chaos-{seed}-{number:04}",
        "customerId": f"customer-{chance.randint(1, 50)}",
        "items": [{"sku": sku, "quantity": chance.randint(1, 9)} for sku in skus],
        "paymentMethodId": chance.choice(["pm_card_visa", "pm_card_mastercard", "pm_card_amex"]),
        "shipTo": {"name": "Ada Lovelace", "postcode": f"{chance.randint(10_000, 99_999)}"},
        **WAYS[kind.way],
    }
    return PlannedOrder(document, kind.way, tuple(Planned(*one) for one in kind.faults), kind.news, kind.people)
