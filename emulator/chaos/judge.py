"""What has become of each order, and whether the promise was kept: none lost, none charged without its due.

The judge believes the outside world: the provider's money, the carrier's parcels, what customers were told, the stock
that is left. What our own books say of an order is held against that, and against what the plan says it should come to.
It reads nothing itself: see `evidence`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulator.chaos.expected import UNCHARGED, Expected, Shop, expect
from emulator.chaos.plan import PlannedOrder
from emulator.reconcile import Books, Row
from handlers.shared.clock import read
from handlers.shared.entries import balances
from handlers.shared.ledger import FAILURES
from handlers.shared.sandbox_carrier import status_of

HOLDING = ("AUTHORIZED", "CAPTURED")
"""The statuses in which the provider has the customer's money."""
TOO_LATE = "RESUMED"
"""The change of an order whose parcel arrived while it was being undone: it is finished after all."""
UNDONE = ("refunded", "settled")
ENDED = ("delivered", "refunded", "settled", "not charged")


@dataclass(frozen=True)
class Evidence:
    """What a run has left behind at one moment. Parcels, notices, decisions and executions are by order id: the
    carrier's rows, each message to the customer, the question asked last, and the latest execution."""

    at: datetime
    books: Books
    parcels: Mapping[str, Sequence[Row]]
    notices: Mapping[str, Sequence[Row]]
    decisions: Mapping[str, Row]
    executions: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """How one order ended: `outcome` is delivered, refunded, settled, not charged, with a person, or lost."""

    order_id: str
    outcome: str
    detail: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """The verdict on each order, in their order, and what is wrong beside them."""

    verdicts: Sequence[Verdict]
    others: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        return [f"{one.order_id} {problem}" for one in self.verdicts for problem in one.problems] + list(self.others)

    @property
    def outcomes(self) -> Counter[str]:
        """How many ended how."""
        return Counter(verdict.outcome for verdict in self.verdicts)


def judge(orders: Sequence[PlannedOrder], evidence: Evidence, shop: Shop) -> Judgement:
    """The verdict on each order, on the stock, and on what belongs to none of the orders."""
    entries = by_order(evidence.books.entries.values())
    payments = by_order(evidence.books.payments.values())
    verdicts = [
        _verdict(
            expect(order, shop),
            _Left(
                order,
                evidence.books.orders.get(order.order_id),
                payments.get(order.order_id, []),
                [_parcel(row, evidence.at) for row in evidence.parcels.get(order.order_id, ())],
                evidence.notices.get(order.order_id, []),
                entries.get(order.order_id, []),
                evidence.decisions.get(order.order_id),
                evidence.executions.get(order.order_id, {}),
                evidence.at,
            ),
        )
        for order in orders
    ]
    return Judgement(verdicts, (*_stock(orders, evidence, shop), *_strangers(orders, evidence, payments)))


@dataclass(frozen=True)
class _Left:
    """What is left of one order. `parcels` are where the carrier has them: each a status, or CANCELED."""

    order: PlannedOrder
    row: Row | None
    payments: Sequence[Row]
    parcels: Sequence[str]
    notices: Sequence[Row]
    entries: Sequence[Row]
    decision: Row | None
    execution: Mapping[str, Any]
    at: datetime


def by_order(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by the order that they are of."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["orderId"], []).append(row)
    return found


def _parcel(row: Row, at: datetime) -> str:
    return "CANCELED" if "goods" in row else status_of(row, at)


def _verdict(expected: Expected, left: _Left) -> Verdict:
    outcome, detail = _outcome(left)
    problems = (
        *_end(outcome, detail, expected, left),
        *_money(outcome, expected, left.payments),
        *_goods(outcome, left.parcels),
        *_told(outcome, expected, left),
        *_entries(outcome, expected, left.entries),
    )
    return Verdict(left.order.order_id, outcome, detail, problems)


def _outcome(left: _Left) -> tuple[str, str]:
    """What our own books say has become of the order, and a word on why."""
    if left.row is None:
        return "lost", str(left.execution.get("error") or left.execution.get("status") or "never started")
    status, events = left.row["status"], set(left.row["events"])
    if status == "DELIVERED":
        return "delivered", status
    if status in UNCHARGED:
        return "not charged", status
    if status in FAILURES:
        return ("settled" if "SETTLED" in events else "refunded"), status
    return _asked(left, status)


def _asked(left: _Left, status: str) -> tuple[str, str]:
    """Whether somebody can still decide about an order that has not ended, and an execution waits for it."""
    asked, execution = left.decision, left.execution
    why = f"{status}, {execution.get('error') or execution.get('status') or 'never started'}"
    if not asked or asked["status"] != "OPEN" or not asked.get("askedOf"):
        return "lost", f"{why}, and nobody is asked about it"
    if read(asked["expiresAt"]) <= left.at:
        return "lost", f"{why}, and the question {asked['question']} expired at {asked['expiresAt']}"
    if execution.get("status") != "RUNNING":
        return "lost", f"{why}, and no execution waits for the answer to {asked['question']}"
    return "with a person", f"{asked['question']}, asked of {asked['askedOf']}"


def _end(outcome: str, detail: str, expected: Expected, left: _Left) -> Iterator[str]:
    """Whether the order came to what it should have."""
    if outcome == "lost":
        yield f"is lost: {detail}"
        return
    assert left.row is not None  # noqa: S101 what has no row is lost
    end = left.row.get("outcome", left.row["status"]) if outcome == "with a person" else left.row["status"]
    was_too_late = end == "DELIVERED" and TOO_LATE in left.row["events"] and expected.ends & set(FAILURES)
    if was_too_late:
        return
    if end not in expected.ends:
        yield f"ended as {end}, and should have ended as {_or(expected.ends)}"
    elif outcome not in expected.outcomes:
        yield f"is {outcome}, and should be {_or(expected.outcomes)}"


def _money(outcome: str, expected: Expected, payments: Sequence[Row]) -> Iterator[str]:
    """What is wrong with what the provider has taken, by the catalogue's prices."""
    holding = sorted(f"{one['amountCents']} cents {one['status']}" for one in payments if one["status"] in HOLDING)
    if len(payments) > 1:
        yield f"has {len(payments)} payments at the provider, which has {' and '.join(holding) or 'nothing'}"
    for payment in payments:
        if payment["amountCents"] != expected.cents:
            yield f"has a payment of {payment['amountCents']} cents, and what was ordered comes to {expected.cents}"
    if outcome == "delivered" and not any(payment["status"] == "CAPTURED" for payment in payments):
        yield f"was delivered, and the provider has not taken its money: {' and '.join(holding) or 'it has none'}"
    if outcome == "refunded" and holding:
        yield f"was refunded, and the provider still has {' and '.join(holding)}"
    if outcome == "not charged" and holding:
        yield f"ended before any charge, and the provider has {' and '.join(holding)}"
    if outcome == "lost" and holding:
        yield f"is lost, and the provider has {' and '.join(holding)}"


def _goods(outcome: str, parcels: Sequence[str]) -> Iterator[str]:
    """Whether the customer has the goods just when they should, and once."""
    if len(parcels) > 1:
        yield f"has {len(parcels)} parcels at the carrier, which says that they are {' and '.join(sorted(parcels))}"
    for parcel in parcels or ["NONE"]:
        yield from _of_parcel(outcome, parcel)


def _of_parcel(outcome: str, parcel: str) -> Iterator[str]:
    if outcome == "delivered" and parcel != "DELIVERED":
        yield f"was delivered, and the carrier says that its parcel is {parcel}"
    elif outcome in UNDONE and parcel == "DELIVERED":
        yield f"was {outcome}, and the carrier has delivered its parcel"
    elif outcome in UNDONE and parcel not in ("CANCELED", "NONE"):
        yield f"was {outcome}, and its parcel was never canceled: the carrier says that it is {parcel}"
    elif outcome == "not charged" and parcel != "NONE":
        yield f"was not charged, and the carrier has its parcel {parcel}"


def _told(outcome: str, expected: Expected, left: _Left) -> Iterator[str]:
    """Whether the customer was told how the order ended, once, with the right amount."""
    told = [notice["outcome"] for notice in left.notices]
    if outcome not in ENDED or left.row is None:
        if told:
            yield f"has not ended, and its customer was told {' and '.join(told)}"
        return
    if not told:
        yield "has ended, and its customer was never told"
        return
    if wrong := sorted(set(told) - {left.row["status"]}):
        yield f"ended as {left.row['status']}, and its customer was told {' and '.join(wrong)}"
    # A call that breaks off in the middle of telling may have told already: then the next one tells again.
    breaks_off = any(fault.function == "send_confirmation" for fault in left.order.faults)
    if len(told) > 1 + breaks_off:
        yield f"has ended, and its customer was told {len(told)} times"
    charged = {"delivered": (expected.cents,), "not charged": (0,)}.get(outcome, (0, expected.cents))
    for notice in left.notices:
        if notice["chargedCents"] not in charged:
            yield f"cost {_or(map(str, charged))} cents, and its customer was told {notice['chargedCents']}"


def _entries(outcome: str, expected: Expected, entries: Sequence[Row]) -> Iterator[str]:
    """Whether the double entry says the same."""
    sums = balances(entries)
    if sum(sums.values()):
        yield f"has entries that are one-sided: {sums}"
    if outcome in ENDED and sums.get("customer"):
        yield f"has ended, and its customer's account stands at {sums['customer']}"
    earned = expected.cents if outcome == "delivered" else 0
    if -sums.get("revenue", 0) != earned:
        yield f"should have earned {earned} cents, and its entries say {-sums.get('revenue', 0)}"


def _stock(orders: Sequence[PlannedOrder], evidence: Evidence, shop: Shop) -> Iterator[str]:
    """Whether just that is gone from the stock which customers have, which is on its way, or which got lost."""
    gone: Counter[str] = Counter()
    for order in orders:
        # A parcel that arrived before the stock said no had nothing in it that the stock knows of.
        is_empty = _was_too_late(evidence, order) and order.order_id not in evidence.books.reservations
        parcels = evidence.parcels.get(order.order_id, ())
        if any(_is_gone(row, evidence.at) for row in parcels) and not is_empty:
            for item in order.document["items"]:
                gone[item["sku"]] += item["quantity"]
    for product in shop.products:
        left, right = int(evidence.books.stock[product.sku]["available"]), product.available - gone[product.sku]
        if left != right:
            kept = f"{product.available} less {gone[product.sku]} that were delivered or lost"
            yield f"the stock has {left} of {product.sku}, and should have {right}: {kept}"


def _was_too_late(evidence: Evidence, order: PlannedOrder) -> bool:
    return TOO_LATE in evidence.books.orders.get(order.order_id, {}).get("events", ())


def _is_gone(row: Row, at: datetime) -> bool:
    """Whether the goods are not here, and will not come back."""
    return row["goods"] == "LOST" if "goods" in row else status_of(row, at) != "FAILED"


def _strangers(
    orders: Sequence[PlannedOrder], evidence: Evidence, payments: Mapping[str, Sequence[Row]]
) -> Iterator[str]:
    """What belongs to none of the orders."""
    known = {order.order_id for order in orders}
    for order_id in sorted(payments.keys() - known):
        yield f"the provider has a payment of {order_id!r}, which nobody ordered"
    for order_id in sorted(evidence.parcels.keys() - known):
        yield f"the carrier has a parcel of {order_id!r}, which nobody ordered"
    for order_id in sorted(evidence.notices.keys() - known):
        yield f"a customer was told of {order_id!r}, which nobody ordered"


def _or(words: Any) -> str:
    return " or ".join(sorted(words))
