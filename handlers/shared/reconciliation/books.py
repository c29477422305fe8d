"""What is compared: the books of one order, each as it was read, or why it could not be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from handlers.shared.carriers import Parcel
from handlers.shared.catalogue import Price
from handlers.shared.clock import read
from handlers.shared.ledger import STATUSES, OrderRow
from handlers.shared.payments import Payment
from handlers.shared.stockroom import Reservation
from handlers.shared.unread import Unread

Row: TypeAlias = Mapping[str, Any]

SHOWN = ("customerId", "status", "version", "amountCents", "chargedCents", "timeline")
"""What the view shows of an order's row."""


@dataclass(frozen=True)
class Line:
    """So many of a product, at the price that was quoted for one."""

    sku: str
    quantity: int
    price_cents: int


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
        return cls(row, _lines(row.quote), item["timeline"][0]["at"], {name: item[name] for name in SHOWN})


Order: TypeAlias = Ordered | Unread | None
"""None where the ledger does not know it."""


@dataclass(frozen=True)
class Books:
    """All that is known of one order. Payments and parcels are by their ids, None where the provider or carrier has
    none by that id; `strays` are the ids of entries that no change of an order makes; `prices` are by sku."""

    order_id: str
    order: Order
    payments: Mapping[str, Payment | Unread | None] = field(default_factory=dict[str, Payment | Unread | None])
    parcels: Mapping[str, Parcel | Unread | None] = field(default_factory=dict[str, Parcel | Unread | None])
    entries: Sequence[Row] | Unread = ()
    strays: tuple[str, ...] = ()
    reservation: Reservation | Unread | None = None
    view: Row | Unread | None = None
    prices: Mapping[str, Price] | Unread = field(default_factory=dict[str, Price])

    @property
    def ordered(self) -> Ordered | None:
        """The order, where the ledger knows it and it can be read."""
        return self.order if isinstance(self.order, Ordered) else None


def _lines(quote: str | None) -> tuple[Line, ...]:
    if quote is None:
        return ()
    try:
        return tuple(
            Line(one["sku"], int(one["quantity"]), int(one["priceCents"])) for one in json.loads(quote)["lines"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"its quote cannot be read: {error}") from error
