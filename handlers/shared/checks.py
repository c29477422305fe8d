"""Whether an order's entries and its parcel say the same as its row: the other half of the reconciliation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from handlers.shared.carriers import Carrier, Shipment
from handlers.shared.clock import read
from handlers.shared.entries import balances
from handlers.shared.ledger import FINAL, Ledger, OrderRow
from handlers.shared.reconciliation import PATIENCE, Difference, Issue


def order_issues(order_id: str, ledger: Ledger, carrier: Carrier, now: datetime, detected: str) -> list[Issue]:
    """The issues of an order's entries and parcel; none while it moves, for then the next reconciliation looks again.

    A charged order that has stood still for days is no issue by itself: alarms watch for those.
    """
    row = ledger.read(order_id)
    if row is None:
        return []
    entries = ledger.entries(order_id)
    shipment = carrier.track(row.shipment_id) if row.shipment_id else None
    if ledger.read(order_id) != row:
        return []
    found = [*entry_differences(row, entries), *(parcel_differences(row, shipment) if shipment else ())]
    lasts = read(row.updated_at) + PATIENCE < now
    return [Issue(order_id, detected, difference) for difference in found if lasts or not difference.passes]


def entry_differences(row: OrderRow, entries: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Where the entries of an order do not add up to what its row says."""
    held = row.held_cents
    is_delivered, is_captured = row.status == "DELIVERED", "CAPTURED" in row.events
    expected = {
        "customer": 0 if is_delivered else -held,
        "authorized": 0 if is_captured else held,
        "cash": held if is_captured else 0,
        "revenue": -held if is_delivered else 0,
    }
    found = {**dict.fromkeys(expected, 0), **balances(entries)}
    if found != expected:
        yield Difference("ENTRIES_DIFFER", _written(found), _written(expected), passes=False)


def parcel_differences(row: OrderRow, shipment: Shipment) -> Iterator[Difference]:
    """Where the carrier and the row do not agree on whether the customer has the goods."""
    parcel, order = f"{shipment.status}, {shipment.shipment_id}", f"{row.status}, {row.held_cents} cents"
    if shipment.status == "DELIVERED" and row.status in FINAL - {"DELIVERED"}:
        yield Difference("DELIVERED_AND_REFUNDED", parcel, order, passes=False)
    elif shipment.status == "DELIVERED" and row.status not in FINAL:
        yield Difference("DELIVERY_NOT_RECORDED", parcel, order, passes=True)
    elif shipment.status != "DELIVERED" and row.status == "DELIVERED":
        yield Difference("NOT_DELIVERED", parcel, order, passes=False)


def _written(sums: Mapping[str, int]) -> str:
    return ", ".join(f"{account} {cents}" for account, cents in sorted(sums.items()))
