"""Whether the returns of an order, its own row and the carrier say the same of what was sent back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

from handlers.shared.carriers import Parcel
from handlers.shared.ledger import OrderRow
from handlers.shared.reconciliation.books import Books
from handlers.shared.reconciliation.difference import PATIENCE, Difference
from handlers.shared.returns import PAID_BACK, ReturnRow
from handlers.shared.unread import Unread

ASKED_FOR = timedelta(days=1)
"""Longer than it takes until the carrier is asked again where a parcel is."""

INSPECTED_WITHIN = timedelta(days=35)
"""Longer than any stack gives an inspector."""

MAY_STAND: Mapping[str, timedelta] = {
    "RECEIVED": INSPECTED_WITHIN,
    **dict.fromkeys(("OPENED", "ACCEPTED", *PAID_BACK), PATIENCE),
}
"""How long a return may stay as it is while its workflow goes on; one with a label waits for the customer."""


def rows(books: Books) -> Iterator[Difference]:
    """A return that its order does not name, and one that it names and that there is not."""
    if isinstance(books.order, Unread):
        return
    named = books.ordered.row.returned.ids if books.ordered else ()
    order = f"an order with {len(named)} returns, and not this one" if books.ordered else "no such order"
    for id, found in books.returns.items():
        if found is None and id in named:
            yield Difference("RETURN_MISSING", "no such return", f"return {id} of the order", about=id)
        elif isinstance(found, ReturnRow) and (id not in named or found.order_id != books.order_id):
            yield Difference("RETURN_WITHOUT_ORDER", said(found), order, about=id)


def unfinished(books: Books) -> Iterator[Difference]:
    """A return with which nothing happens any more, though something has to: its execution failed or was stopped."""
    for row in _of_the_order(books):
        if row.status in MAY_STAND:
            patience = MAY_STAND[row.status]
            ends = "refunded, refused or over"
            yield Difference("RETURN_UNFINISHED", said(row), ends, True, row.return_id, row.updated_at, patience)


def sums(books: Books) -> Iterator[Difference]:
    """Whether the order's row says of its returns what they come to together."""
    if not books.ordered or any(not isinstance(found, ReturnRow) for found in books.returns.values()):
        return
    found, row = _of_the_order(books), books.ordered.row.returned
    paid_back = [one for one in found if one.is_paid_back]
    right = {
        "claimed": _pieces([one for one in found if not one.is_let_go]),
        "returned": _pieces(paid_back),
        "restocked": _pieces([one for one in found if one.status == "RESTOCKED"]),
        "refunded cents": sum(one.cents for one in paid_back),
        "settled cents": sum(one.cents for one in paid_back if "SETTLED" in one.changes),
    }
    told = {
        "claimed": Counter(row.claimed),
        "returned": Counter(row.accepted),
        "restocked": Counter(row.restocked),
        "refunded cents": row.refunded_cents,
        "settled cents": row.settled_cents,
    }
    differing = [name for name in right if row.ids and told[name] != right[name]]
    if differing:
        say = ", ".join(f"{name} {_shown(right[name])}" for name in differing)
        yield Difference(
            "RETURNS_DIFFER", say[:400], ", ".join(f"{name} {_shown(told[name])}" for name in differing)[:400]
        )


def bounds(books: Books) -> Iterator[Difference]:
    """Whether more is returned than was delivered, or given back than was paid."""
    if not books.ordered or not books.ordered.row.returned.ids:
        return
    row, returned = books.ordered.row, books.ordered.row.returned
    ordered = Counter({line.sku: line.quantity for line in books.ordered.lines})
    beyond = Counter(returned.claimed) - ordered
    if beyond or returned.refunded_cents > row.charged_cents:
        asked = f"{_shown(Counter(returned.claimed))}, {returned.refunded_cents} cents"
        yield Difference("RETURNED_TOO_MUCH", asked, f"{_shown(ordered)}, {row.charged_cents} cents"[:400])


def stock(books: Books) -> Iterator[Difference]:
    """Whether what the order's row says was put back into the stock is noted beside its reservation."""
    if not books.ordered or books.reservation is None or isinstance(books.reservation, Unread):
        return
    noted, row = Counter(books.reservation.restocked), Counter(books.ordered.row.returned.restocked)
    if noted != row:
        yield Difference("RESTOCK_DIFFERS", f"put back: {_shown(noted)}", f"put back: {_shown(row)}")


def parcel(books: Books, row: OrderRow, found: Parcel) -> Iterator[Difference]:
    """Where the carrier's word on the parcel of a return and our books differ."""
    shipment, about = found.shipment, found.shipment.shipment_id
    told = f"{'CANCELED' if found.is_canceled else shipment.status}, {about}"
    back = books.returns.get(found.return_id)
    if found.return_id not in row.returned.ids:
        if not found.is_canceled:
            yield Difference("UNKNOWN_PARCEL", told, f"no return {found.return_id}", about=about)
    elif isinstance(back, ReturnRow):
        if back.status in ("EXPIRED", "CANCELED") and not found.is_canceled:
            yield Difference("PARCEL_NOT_CANCELED", told, said(back), about=about)
        elif back.status == "LABELED" and shipment.status == "DELIVERED":
            yield Difference("RETURN_NOT_RECEIVED", told, said(back), True, about, shipment.due_at, ASKED_FOR)


def said(row: ReturnRow) -> str:
    """What is known of a return, in a line."""
    return f"{row.status}, {_shown(Counter(row.lines))}, {row.cents} cents, order {row.order_id}"[:400]


def _of_the_order(books: Books) -> list[ReturnRow]:
    """The returns that both the order and they themselves say are the order's."""
    named = books.ordered.row.returned.ids if books.ordered else ()
    found = (books.returns.get(id) for id in named)
    return [one for one in found if isinstance(one, ReturnRow) and one.order_id == books.order_id]


def _pieces(found: list[ReturnRow]) -> Counter[str]:
    return sum((Counter(one.lines) for one in found), Counter[str]())


def _shown(what: Counter[str] | int) -> str:
    if isinstance(what, int):
        return str(what)
    return " ".join(f"{count} {sku}" for sku, count in sorted(what.items())) or "nothing"
