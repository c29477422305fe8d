"""Whether the carrier, the stock and the ledger say the same of where an order's goods are."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.shared.carriers import Parcel
from handlers.shared.ledger import UNDONE, OrderRow
from handlers.shared.reconciliation import sent_back
from handlers.shared.reconciliation.books import Books, Ordered
from handlers.shared.reconciliation.difference import Difference, Kind
from handlers.shared.stockroom import Reservation
from handlers.shared.unread import Unread

ON_THE_WAY = frozenset({"SHIPPED", "CAPTURED", "DELIVERED"})
"""The statuses of an order that has a parcel."""


def parcels(books: Books) -> Iterator[Difference]:
    """What the carrier says of each parcel, against the order's row."""
    if isinstance(books.order, Unread):
        return
    row = books.ordered.row if books.ordered else None
    for parcel in books.parcels.values():
        if isinstance(parcel, Parcel) and parcel.return_id and row:
            yield from sent_back.parcel(books, row, parcel)
        elif isinstance(parcel, Parcel):
            yield from of_parcel(books.order_id, row, parcel)


def of_parcel(order_id: str, row: OrderRow | None, parcel: Parcel) -> Iterator[Difference]:
    """Where one parcel and the row of the order `order_id` differ; the row is None where there is none."""
    if found := _of_parcel(order_id, row, parcel):
        kind, passes = found
        yield Difference(kind, said(parcel), recorded(row), passes, parcel.shipment.shipment_id)


def _of_parcel(order_id: str, row: OrderRow | None, parcel: Parcel) -> tuple[Kind, bool] | None:
    """The kind of the difference, and whether it may pass."""
    if parcel.order_id != order_id:
        return "PARCEL_OF_ANOTHER", False
    is_delivered = parcel.shipment.status == "DELIVERED"
    if row is None:
        return None if parcel.is_canceled else ("PARCEL_WITHOUT_ORDER", False)
    if row.status == "DELIVERED" and parcel.shipment.shipment_id == row.shipment_id:
        return None if is_delivered else ("NOT_DELIVERED", False)
    if parcel.is_canceled:
        return None
    if row.events & set(UNDONE):
        return "DELIVERED_AND_REFUNDED" if is_delivered else "PARCEL_NOT_CANCELED", False
    if row.shipment_id is None:
        return _unrecorded(row)
    if parcel.shipment.shipment_id != row.shipment_id:
        return "UNKNOWN_PARCEL", False
    if "SHIPMENT_CANCELED" in row.events and not is_delivered:
        return "PARCEL_NOT_CANCELED", False
    return ("DELIVERY_NOT_RECORDED", True) if is_delivered else None


def _unrecorded(row: OrderRow) -> tuple[Kind, bool]:
    """Of a parcel that is not canceled, and of which the order's row does not know."""
    if row.status in ("CHARGED", "UNDOING"):
        return "PARCEL_NOT_RECORDED", True
    return "PARCEL_WITHOUT_ORDER", False


def missing_parcel(books: Books) -> Iterator[Difference]:
    """An order that is on its way, or was, in a parcel that there is not."""
    if not books.ordered:
        return
    row = books.ordered.row
    if row.shipment_id is None:
        if row.status in ON_THE_WAY:
            yield Difference("PARCEL_MISSING", "no parcel", recorded(row))
    elif row.shipment_id in books.parcels and books.parcels[row.shipment_id] is None:
        yield Difference("PARCEL_MISSING", f"no parcel {row.shipment_id}", recorded(row), about=row.shipment_id)


def reservation(books: Books) -> Iterator[Difference]:
    """What is set aside of the stock, against what the order's row says of it."""
    if isinstance(books.order, Unread) or isinstance(books.reservation, Unread):
        return
    held = _held(books.reservation)
    if books.ordered is None:
        if books.reservation:
            yield Difference("RESERVATION_WITHOUT_ORDER", held, "no such order")
    elif kind := _of_reservation(books.ordered, books.reservation):
        row = books.ordered.row
        ordered = ", ".join(f"{line.quantity} {line.sku}" for line in books.ordered.lines)
        changes = " and ".join(sorted(row.events & {"RESERVED", "RELEASED"})) or "nothing of it"
        goods = f", goods {row.goods}" if row.goods else ""
        yield Difference(kind, held, f"{row.status}, {changes}{goods}, {ordered}"[:400])


def _of_reservation(ordered: Ordered, found: Reservation | None) -> Kind | None:
    row = ordered.row
    is_reserved, is_released = "RESERVED" in row.events, "RELEASED" in row.events
    if found is None:
        # A parcel that arrived before the stock said no was delivered without one.
        is_due = is_reserved or (row.status in ("CAPTURED", "DELIVERED") and "RESUMED" not in row.events)
        return "RESERVATION_MISSING" if is_due else None
    if not is_reserved:
        return "RESERVATION_WITHOUT_ORDER"
    if found.lines != {line.sku: line.quantity for line in ordered.lines}:
        return "RESERVATION_DIFFERS"
    is_over = is_released or bool(row.events & set(UNDONE))
    if is_over and found.status == "RESERVED":
        return "RESERVATION_REMAINS"
    ended = ("WRITTEN_OFF" if row.goods == "LOST" else "RELEASED") if is_over else "RESERVED"
    return None if found.status == ended else "RESERVATION_DIFFERS"


def _held(found: Reservation | None) -> str:
    if found is None:
        return "no reservation"
    return f"{found.status}, {', '.join(f'{count} {sku}' for sku, count in sorted(found.lines.items()))}"[:400]


def said(parcel: Parcel) -> str:
    """What the carrier says of a parcel, in a line."""
    status = "CANCELED" if parcel.is_canceled else parcel.shipment.status
    return f"{status}, {parcel.shipment.shipment_id}"


def recorded(row: OrderRow | None) -> str:
    """What the ledger says of an order's parcel, in a line."""
    if row is None:
        return "no such order"
    return f"{row.status}, {row.held_cents} cents, {row.shipment_id or 'no parcel'}"
