"""What could not be read of an order's books: each an issue of its own, with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.shared.reconciliation.books import Books, Ordered
from handlers.shared.reconciliation.difference import Difference, Kind
from handlers.shared.unread import Unread


def unreadable(books: Books) -> Iterator[Difference]:
    """Every book that could not be read."""
    single: tuple[tuple[Kind, object], ...] = (
        ("ORDER_UNREADABLE", books.order),
        ("ENTRIES_UNREADABLE", books.entries),
        ("RESERVATION_UNREADABLE", books.reservation),
        ("VIEW_UNREADABLE", books.view),
        ("PRICES_UNREADABLE", books.prices),
    )
    for kind, book in single:
        if isinstance(book, Unread):
            about = "".join(books.strays[:1]) if kind == "ENTRIES_UNREADABLE" else ""
            yield Difference(kind, book.reason, _row(books), about=about)
    for payment in books.payments.values():
        if isinstance(payment, Unread):
            yield of_payment(payment, _row(books))
    for parcel in books.parcels.values():
        if isinstance(parcel, Unread):
            yield of_parcel(parcel, _row(books))
    for found in books.returns.values():
        if isinstance(found, Unread):
            yield of_return(found, _row(books))


def of_return(found: Unread, ledger: str) -> Difference:
    """Of a return whose row cannot be made out."""
    return Difference("RETURN_UNREADABLE", found.reason, ledger, about=found.key)


def of_payment(payment: Unread, ledger: str) -> Difference:
    """Of a payment that the provider names and that cannot be made out."""
    return Difference("PAYMENT_UNREADABLE", payment.reason, ledger, about=payment.key)


def of_parcel(parcel: Unread, ledger: str) -> Difference:
    """Of a parcel that the carrier names and that cannot be made out."""
    return Difference("PARCEL_UNREADABLE", parcel.reason, ledger, about=parcel.key)


def _row(books: Books) -> str:
    if isinstance(books.order, Ordered):
        return books.order.row.status
    return "the row cannot be read" if books.order else "no such order"
