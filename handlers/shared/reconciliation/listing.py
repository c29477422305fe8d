"""What there is to compare: everything that any book names, so that nothing is overlooked that only one of them knows.

Each line of the list is one `Listed`, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from handlers.shared.carriers import Carrier, Parcel
from handlers.shared.clock import written
from handlers.shared.entries import CHANGES, of_return
from handlers.shared.ledger import Ledger
from handlers.shared.payments import Payment, PaymentProvider
from handlers.shared.reconciliation.difference import THINGS, Thing
from handlers.shared.reconciliation.issues import Issues
from handlers.shared.returns import Returns
from handlers.shared.stockroom import Stockroom
from handlers.shared.unread import Unread, why_not
from handlers.shared.views import Views

Book: TypeAlias = Literal[
    "orders", "payments", "parcels", "entries", "reservations", "returns", "views", "stock", "issues"
]
BOOKS: tuple[Book, ...] = get_args(Book)

Named: TypeAlias = tuple[str, Thing | None, str]
"""The id of an order, empty where nobody says whose it is; and what a book has of it, with its id there."""

MOST = 20
"""How many payments, parcels, entries or returns one line names: a batch of lines is the input of an execution."""


@dataclass(frozen=True)
class Listed:
    """What is to be compared: an order, with all that others name of it; or things that are nobody's, where `order_id`
    is empty. `books` says of each book why it could not be listed, and is empty text where it could."""

    order_id: str = ""
    payments: tuple[str, ...] = ()
    parcels: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    books: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Listed:
        """What `as_json` wrote."""
        things = {name: tuple(item.get(name, ())) for name in get_args(Thing)}
        return cls(item.get("orderId", ""), books=item.get("books", {}), **things)

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        things = {name: list(getattr(self, name)) for name in get_args(Thing)}
        everything = {"orderId": self.order_id, **things, "books": dict(self.books)}
        return {name: value for name, value in everything.items() if value}


@dataclass(frozen=True)
class Shelf:
    """Whoever can say what there is."""

    ledger: Ledger
    provider: PaymentProvider
    carrier: Carrier
    stockroom: Stockroom
    returns: Returns
    views: Views
    issues: Issues


def listing(shelf: Shelf, since: datetime) -> list[Listed]:
    """Everything that has changed at `since` or later, or has an open issue, or is in a book and in no order's row.

    A book that cannot be listed leaves the others as they are.
    """
    named, unlisted = dict[str, dict[Thing, list[str]]](), dict[str, str]()
    known = set[str]()
    for book in BOOKS:
        try:
            for order_id, thing, id in _READERS[book](shelf, since, known):
                things = named.setdefault(order_id, {})
                if thing and id not in (ids := things.setdefault(thing, [])):
                    ids.append(id)
            unlisted[book] = ""
        except Exception as error:
            unlisted[book] = why_not(error)
    lines = (line for order_id, things in sorted(named.items()) for line in _lines(order_id, things))
    return [Listed(books=unlisted), *lines]


def as_lines(listed: Iterable[Listed]) -> str:
    """The list as JSON Lines, in ASCII: whatever an id holds, a line is one item."""
    return "".join(f"{json.dumps(line.as_json(), separators=(',', ':'))}\n" for line in listed)


def _lines(order_id: str, things: Mapping[Thing, list[str]]) -> Iterator[Listed]:
    """The lines of one order, of which the first names it even where nothing else is named."""
    rounds = max([1, *(-(-len(ids) // MOST) for ids in things.values())])
    for turn in range(rounds):
        part = {thing: ids[turn * MOST : (turn + 1) * MOST] for thing, ids in things.items()}
        yield Listed.of({"orderId": order_id, **part})


def _orders(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    for order_id, changed, return_ids in shelf.ledger.changes():
        known.add(order_id)
        known.update(f"{order_id}#{of_return(str(id))}" for id in return_ids)
        if not isinstance(changed, str) or changed >= written(since):
            yield order_id, None, ""


def _payments(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    for payment in shelf.provider.payments(since):
        yield _owned(payment, "payments", payment.payment_id if isinstance(payment, Payment) else payment.key)


def _parcels(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    for parcel in shelf.carrier.parcels(since):
        yield _owned(parcel, "parcels", parcel.shipment.shipment_id if isinstance(parcel, Parcel) else parcel.key)


def _owned(found: Payment | Parcel | Unread, thing: Thing, id: str) -> Named:
    return found.order_id if isinstance(found.order_id, str) else "", thing, id


def _entries(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    """The orders of recent entries, and the entries that no change of an order makes."""
    for entry_id, order_id in shelf.ledger.entry_ids(since):
        is_stray = entry_id not in known and entry_id not in {f"{order_id}#{change}" for change in CHANGES}
        yield order_id or entry_id, "entries" if is_stray else None, entry_id


def _reservations(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    return ((order_id, None, "") for order_id in shelf.stockroom.reservation_ids() if order_id not in known)


def _returns(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    """The returns that no order names, with the order that they name."""
    for return_id, order_id in shelf.returns.ids():
        if f"{order_id}#{of_return(return_id)}" not in known:
            yield order_id if isinstance(order_id, str) else "", "returns", return_id


def _views(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    return ((order_id, None, "") for order_id in shelf.views.ids() if order_id not in known)


def _stock(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    return (("", "skus", sku) for sku in shelf.stockroom.overdrawn())


def _issues(shelf: Shelf, since: datetime, known: set[str]) -> Iterator[Named]:
    """What was different is looked at until it no longer is."""
    for issue in shelf.issues.open():
        thing = THINGS.get(issue.kind)
        if issue.order_id or thing:
            yield issue.order_id, thing if issue.about else None, issue.about


_READERS: Mapping[Book, Callable[[Shelf, datetime, set[str]], Iterator[Named]]] = {
    "orders": _orders,
    "payments": _payments,
    "parcels": _parcels,
    "entries": _entries,
    "reservations": _reservations,
    "returns": _returns,
    "views": _views,
    "stock": _stock,
    "issues": _issues,
}
"""By book what it names. Each is given the ids of all orders that have a row, and of the entries that their returns
make, which the first one gathers."""
