"""The books of an order, as they are when all agree; tests change one thing in them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.shared import entries
from handlers.shared.carriers import Parcel, Shipment, Status
from handlers.shared.catalogue import Price
from handlers.shared.clock import written
from handlers.shared.payments import Payment, PaymentStatus
from handlers.shared.reconciliation.books import Books, Ordered
from handlers.shared.returns import ReturnRow
from handlers.shared.stockroom import Held, Reservation
from handlers.shared.unread import Unread

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERED_AT = "2026-03-01T09:00:00.000Z"
CENTS = 1_895
LINES = [{"sku": "1029743", "quantity": 2, "priceCents": 649}, {"sku": "995242", "quantity": 3, "priceCents": 199}]
STOCKED = {"1029743": 2, "995242": 3}
PRICES = {"1029743": Price(649, "2026-01-01T00:00:00.000Z"), "995242": Price(199, "2026-01-01T00:00:00.000Z")}

CHARGED = ("VALIDATED", "PAYMENT_OPENED", "CHARGED")
SHIPPED = (*CHARGED, "RESERVED", "SHIPPED")
CAPTURED = (*SHIPPED, "CAPTURED")
DELIVERED = (*CAPTURED, "DELIVERED")
UNDOING = (*CAPTURED, "UNDOING")
REFUNDED = (*UNDOING, "SHIPMENT_CANCELED", "RELEASED", "REFUNDED")
FAILED = (*REFUNDED, "SHIPPING_FAILED")
SETTLED = (*UNDOING, "SHIPMENT_CANCELED", "RELEASED", "SETTLED")


def item(*events: str, idle: timedelta = timedelta(0), **changes: Any) -> dict[str, Any]:
    """The row of an order to which `events` have happened, the last of them `idle` ago."""
    silent = {"PAYMENT_OPENED", "RESERVED", "SHIPMENT_CANCELED", "RELEASED"}
    known = {"PAYMENT_OPENED": ("paymentId", "pay_1"), "SHIPPED": ("shipmentId", "shp_1")}
    known |= {"SHIPMENT_CANCELED": ("goods", "COMING_BACK")}
    return {
        "orderId": "order-1",
        "customerId": "ada",
        "status": [event for event in events if event not in silent][-1],
        "events": set(events),
        "version": len(events),
        "digest": "d",
        "quote": json.dumps({"amountCents": CENTS, "lines": LINES}),
        "amountCents": CENTS,
        "chargedCents": CENTS if "CHARGED" in events else 0,
        "timeline": [{"event": event, "at": ORDERED_AT} for event in events],
        "updatedAt": written(NOW - idle),
        **{field: value for event, (field, value) in known.items() if event in events},
        **changes,
    }


def payment(status: PaymentStatus, id: str = "pay_1", *, order_id: str = "order-1", cents: int = CENTS) -> Payment:
    return Payment(id, order_id, cents, status)


def parcel(status: Status, id: str = "shp_1", *, order_id: str = "order-1", canceled: bool = False) -> Parcel:
    return Parcel(Shipment(id, status, ORDERED_AT), order_id, canceled)


def stocked(status: Held, **lines: int) -> Reservation:
    return Reservation(status, lines or STOCKED)


def entry(change: str, moved: entries.Entry) -> dict[str, Any]:
    return entries.item("order-1", change, moved, ORDERED_AT)


def books(*events: str, **changes: Any) -> Books:
    """The books of an order to which `events` have happened, where all of them agree; `changes` are of its row."""
    row = item(*events, **changes)
    ordered = Ordered.of(row)
    held = ordered.row.charged_cents
    made = {
        "CHARGED": entries.charged(held),
        "CAPTURED": entries.captured(held),
        "DELIVERED": entries.delivered(held),
        **dict.fromkeys(("REFUNDED", "SETTLED"), entries.given_back(held, was_captured="CAPTURED" in events)),
    }
    undone = {"REFUNDED", "SETTLED"} & set(events)
    money: PaymentStatus = "CAPTURED" if "CAPTURED" in events else "AUTHORIZED" if "CHARGED" in events else "OPEN"
    if "REFUNDED" in events:
        money = "REFUNDED" if "CAPTURED" in events else "CANCELED"
    where = parcel("DELIVERED" if "DELIVERED" in events else "IN_TRANSIT")
    if "SHIPMENT_CANCELED" in events:
        where = parcel("FAILED", canceled=True)
    return Books(
        "order-1",
        ordered,
        payments={"pay_1": payment(money)} if ordered.row.payment_id else {},
        parcels={"shp_1": where} if ordered.row.shipment_id else {},
        entries=[entry(event, moved) for event, moved in made.items() if event in events and moved],
        reservation=stocked("RELEASED" if undone else "RESERVED") if "RESERVED" in events else None,
        view=dict(ordered.shown),
        prices=PRICES,
    )


def stranger(**books: Any) -> Books:
    """What others have of an order of which the ledger knows nothing."""
    return replace(Books("order-1", None), **books)


BACK, BACK_CENTS = {"1029743": 1}, 649
"""What is returned of the order, and what it comes to."""

WAYS = {
    "OPENED": ("OPENED",),
    "LABELED": ("OPENED", "LABELED"),
    "RECEIVED": ("OPENED", "LABELED", "RECEIVED"),
    "ACCEPTED": ("OPENED", "LABELED", "RECEIVED", "ACCEPTED"),
    "REFUNDED": ("OPENED", "LABELED", "RECEIVED", "ACCEPTED", "REFUNDED"),
    "SETTLED": ("OPENED", "LABELED", "RECEIVED", "ACCEPTED", "SETTLED"),
    "RESTOCKED": ("OPENED", "LABELED", "RECEIVED", "ACCEPTED", "REFUNDED", "RESTOCKED"),
    "WRITTEN_OFF": ("OPENED", "LABELED", "RECEIVED", "ACCEPTED", "SETTLED", "WRITTEN_OFF"),
    "REFUSED": ("OPENED", "LABELED", "RECEIVED", "REFUSED"),
    "EXPIRED": ("OPENED", "LABELED", "EXPIRED"),
    "CANCELED": ("OPENED", "LABELED", "CANCELED"),
}
"""How a return comes to each status."""


def back(status: str, **changes: Any) -> ReturnRow:
    """A return that stands so."""
    label = "rtn_1" if "LABELED" in WAYS[status] else None
    row = ReturnRow("1", "order-1", "ada", status, frozenset(WAYS[status]), BACK, BACK_CENTS, "d", written(NOW), label)
    return replace(row, **changes)


def sent_back(status: str, where: Status = "DELIVERED", **changes: Any) -> Books:
    """The books of a delivered order with one return, where all of them agree; `changes` are of the order's row."""
    row = back(status)
    paid, by_hand = row.is_paid_back, "SETTLED" in row.changes
    restocked = BACK if status == "RESTOCKED" else {}
    told = {
        "returnIds": ["1"],
        "claimed": {} if row.is_let_go else BACK,
        **({"returned": BACK, "refundedCents": BACK_CENTS} if paid else {}),
        **({"settledCents": BACK_CENTS} if by_hand else {}),
        **({"restocked": restocked} if restocked else {}),
    }
    found = books(*DELIVERED, **{**told, **changes})
    given_back = [entry(entries.of_return("1"), entries.sent_back(BACK_CENTS))] if paid else []
    is_canceled = status in ("EXPIRED", "CANCELED")
    label = Parcel(Shipment("rtn_1", "FAILED" if is_canceled else where, ORDERED_AT), "order-1", is_canceled, "1")
    return replace(
        found,
        returns={"1": row},
        payments={"pay_1": payment("CAPTURED", cents=CENTS - BACK_CENTS if paid and not by_hand else CENTS)},
        parcels={**found.parcels, **({"rtn_1": label} if row.label_id else {})},
        entries=[*given_back, *(found.entries if not isinstance(found.entries, Unread) else ())],
        reservation=Reservation("RESERVED", STOCKED, restocked),
    )
