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
from handlers.shared.stockroom import Held, Reservation

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
        view={name: row[name] for name in ordered.shown},
        prices=PRICES,
    )


def stranger(**books: Any) -> Books:
    """What others have of an order of which the ledger knows nothing."""
    return replace(Books("order-1", None), **books)
