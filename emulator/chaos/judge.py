"""What has become of each order, and whether the promise was kept: none lost, none charged without its due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.chaos.plan import PlannedOrder
from emulator.reconcile import Books, Row
from handlers.shared.entries import balances
from handlers.shared.ledger import FAILURES, OrderRow

UNCHARGED = ("REJECTED", "DECLINED", "NOT_APPROVED")


@dataclass(frozen=True)
class Verdict:
    """How one order ended: `outcome` is delivered, refunded, settled, not charged, with a person, or lost."""

    order_id: str
    outcome: str
    detail: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """The tables, and each order's last execution."""

    books: Books
    decisions: Mapping[str, Row]
    executions: Mapping[str, Mapping[str, Any]]


def judge(orders: Sequence[PlannedOrder], evidence: Evidence) -> list[Verdict]:
    """The verdict on each order, in their order."""
    by_order: dict[str, list[Row]] = {}
    for entry in evidence.books.entries.values():
        by_order.setdefault(entry["orderId"], []).append(entry)
    payments: dict[str, list[Row]] = {}
    for payment in evidence.books.payments.values():
        payments.setdefault(payment["orderId"], []).append(payment)
    return [
        _verdict(order.order_id, evidence, by_order.get(order.order_id, []), payments.get(order.order_id, []))
        for order in orders
    ]


def _verdict(order_id: str, evidence: Evidence, entries: Sequence[Row], payments: Sequence[Row]) -> Verdict:
    row = evidence.books.orders.get(order_id)
    execution = evidence.executions.get(order_id, {})
    outcome, detail = _outcome(row, evidence.decisions.get(order_id), execution)
    problems = [] if outcome != "lost" else [f"is lost: {detail}"]
    problems += _money(outcome, row, entries, payments)
    return Verdict(order_id, outcome, detail, tuple(problems))


def _outcome(row: Row | None, decision: Row | None, execution: Mapping[str, Any]) -> tuple[str, str]:
    """How the order ended, and a word on why."""
    error = str(execution.get("error") or execution.get("status") or "never started")
    if row is None:
        return "lost", error
    status, events = row["status"], set(row["events"])
    if status == "DELIVERED":
        return "delivered", status
    if status in UNCHARGED:
        return "not charged", status
    if status in FAILURES:
        return ("settled" if "SETTLED" in events else "refunded"), status
    if decision and decision["status"] == "OPEN" and decision.get("askedOf"):
        return "with a person", f"{decision['question']}, asked of {decision['askedOf']}"
    return "lost", f"{status}, {error}"


def _money(outcome: str, row: Row | None, entries: Sequence[Row], payments: Sequence[Row]) -> Iterator[str]:
    """What is wrong with the order's money."""
    holding = [payment for payment in payments if payment["status"] in ("AUTHORIZED", "CAPTURED")]
    if len(payments) > 1:
        yield f"has {len(payments)} payments"
    sums = balances(entries)
    if sum(sums.values()):
        yield f"its entries are one-sided: {sums}"
    if outcome in ("delivered", "refunded", "settled", "not charged") and sums.get("customer"):
        yield f"its customer account stands at {sums['customer']}"
    charged = [entry for entry in entries if entry["change"] == "CHARGED"]
    if outcome == "delivered" and ([p["status"] for p in payments] != ["CAPTURED"] or len(charged) != 1):
        yield f"was delivered, and its payment is {[p['status'] for p in payments]} with {len(charged)} charges"
    if outcome == "refunded" and holding:
        yield "was refunded, and the provider still holds its money"
    if outcome == "not charged" and (holding or charged):
        yield "ended before any charge, and was charged"
    if outcome == "lost" and row is not None and OrderRow.of(row).held_cents:
        yield f"is lost with {OrderRow.of(row).held_cents} cents"


def outcomes(verdicts: Sequence[Verdict]) -> Counter[str]:
    """How many ended how."""
    return Counter(verdict.outcome for verdict in verdicts)
