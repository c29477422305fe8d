"""What is compared: the books of one order, each as it was read, or why it could not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from handlers.shared.carriers import Parcel
from handlers.shared.catalogue import Price
from handlers.shared.clock import read
from handlers.shared.ledger import STATUSES, OrderRow
from handlers.shared.payments import Payment
from handlers.shared.quotes import Line, lines_of
from handlers.shared.returns import ReturnRow
from handlers.shared.stockroom import Reservation
from handlers.shared.unread import Unread

Row: TypeAlias = Mapping[str, Any]

SHOWN = ("customerId", "status", "version", "amountCents", "chargedCents", "timeline")
"""What the view shows of an order's row."""

SHOWN_OF_RETURNS: Mapping[str, Any] = {"refundedCents": 0, "returned": {}, "restocked": {}}
"""What it shows beside that, and what stands for it in a row or a view that says nothing of it."""


@dataclass(frozen=True)
class Ordered:
    """An order by our ledger: its row, what was ordered, when (ISO 8601), and what its view has to show."""

    row: OrderRow
    lines: tuple[Line, ...]
    at: str
    shown: Row

    @classmethod
    def of(cls, item: Row) -> Ordered:
        """Read the item of an order.

        Raises:
            KeyError: naming what it lacks.
            ValueError: saying what cannot be made out.
        """
        row = OrderRow.of(item)
        if row.status not in STATUSES:
            raise ValueError(f"its status is {row.status}, which no order has")
        if not all(isinstance(event, str) for event in row.events):
            raise ValueError("its events are no names")
        for moment in (row.updated_at, item["timeline"][0]["at"]):
            if read(moment).tzinfo is None:
                raise ValueError(f"{moment} has no time zone")
        return cls(row, lines_of(row.quote), item["timeline"][0]["at"], _shown(item))


def _shown(item: Row) -> Row:
    returned = {name: item.get(name, nothing) for name, nothing in SHOWN_OF_RETURNS.items()}
    return {**{name: item[name] for name in SHOWN}, **returned}


Order: TypeAlias = Ordered | Unread | None
"""None where the ledger does not know it."""


@dataclass(frozen=True)
class Books:
    """All that is known of one order. Payments, parcels and returns are by their ids, None where there is none by that
    id; `strays` are the ids of entries that no change of an order makes; `prices` are by sku."""

    order_id: str
    order: Order
    payments: Mapping[str, Payment | Unread | None] = field(default_factory=dict[str, Payment | Unread | None])
    parcels: Mapping[str, Parcel | Unread | None] = field(default_factory=dict[str, Parcel | Unread | None])
    entries: Sequence[Row] | Unread = ()
    strays: tuple[str, ...] = ()
    reservation: Reservation | Unread | None = None
    view: Row | Unread | None = None
    prices: Mapping[str, Price] | Unread = field(default_factory=dict[str, Price])
    returns: Mapping[str, ReturnRow | Unread | None] = field(default_factory=dict[str, ReturnRow | Unread | None])

    @property
    def ordered(self) -> Ordered | None:
        """The order, where the ledger knows it and it can be read."""
        return self.order if isinstance(self.order, Ordered) else None
