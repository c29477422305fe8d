"""A difference between the books of one order, and the kinds that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias, get_args

OfPayments: TypeAlias = Literal[
    "CHARGE_NOT_RECORDED",
    "CAPTURE_NOT_RECORDED",
    "REFUND_NOT_RECORDED",
    "NOT_CAPTURED",
    "MONEY_GONE",
    "NEVER_CHARGED",
    "NOT_GIVEN_BACK",
    "REFUNDED_AND_SETTLED",
    "UNDO_UNFINISHED",
    "AMOUNT_DIFFERS",
    "RETURN_REFUND_NOT_RECORDED",
    "RETURN_NOT_GIVEN_BACK",
    "UNKNOWN_PAYMENT",
    "PAYMENT_OF_ANOTHER",
    "PAYMENT_WITHOUT_ORDER",
    "PAYMENT_MISSING",
    "PAYMENT_UNREADABLE",
]
"""Found by `money`."""
OfParcels: TypeAlias = Literal[
    "DELIVERED_AND_REFUNDED",
    "DELIVERY_NOT_RECORDED",
    "NOT_DELIVERED",
    "PARCEL_NOT_CANCELED",
    "PARCEL_NOT_RECORDED",
    "UNKNOWN_PARCEL",
    "PARCEL_OF_ANOTHER",
    "PARCEL_WITHOUT_ORDER",
    "PARCEL_MISSING",
    "PARCEL_UNREADABLE",
    "RETURN_NOT_RECEIVED",
]
"""Found by `goods`."""
OfEntries: TypeAlias = Literal["ENTRIES_DIFFER", "ENTRIES_WITHOUT_ORDER", "ENTRIES_UNREADABLE"]
"""Found by `records`."""
OfStock: TypeAlias = Literal["STOCK_NEGATIVE", "STOCK_UNREADABLE"]
"""Found by `items`."""
OfOrders: TypeAlias = Literal[
    "MONEY_KEPT",
    "DELIVERED_UNPAID",
    "AMOUNT_WRONG",
    "RESERVATION_REMAINS",
    "RESERVATION_MISSING",
    "RESERVATION_DIFFERS",
    "RESERVATION_WITHOUT_ORDER",
    "RETURNS_DIFFER",
    "RETURNED_TOO_MUCH",
    "RESTOCK_DIFFERS",
    "VIEW_DIFFERS",
    "VIEW_MISSING",
    "VIEW_WITHOUT_ORDER",
    "ORDER_UNREADABLE",
    "RESERVATION_UNREADABLE",
    "VIEW_UNREADABLE",
    "PRICES_UNREADABLE",
    "NOT_COMPARED",
]
"""Found by all of these."""
OfReturns: TypeAlias = Literal[
    "RETURN_MISSING",
    "RETURN_WITHOUT_ORDER",
    "RETURN_UNFINISHED",
    "RETURN_UNREADABLE",
]
"""Found by `sent_back`."""
OfBooks: TypeAlias = Literal["BOOK_NOT_LISTED"]
"""Found by `listing`."""
Kind: TypeAlias = OfPayments | OfParcels | OfEntries | OfStock | OfReturns | OfOrders | OfBooks
KINDS: frozenset[str] = frozenset(kind for of in get_args(Kind) for kind in get_args(of))

Thing: TypeAlias = Literal["payments", "parcels", "entries", "skus", "returns"]
"""What an order's books are made of, as the list of what is to be compared names it."""
THINGS: Mapping[str, Thing] = {
    **dict.fromkeys(get_args(OfPayments), "payments"),
    **dict.fromkeys(get_args(OfParcels), "parcels"),
    **dict.fromkeys(get_args(OfEntries), "entries"),
    **dict.fromkeys(get_args(OfStock), "skus"),
    **dict.fromkeys(get_args(OfReturns), "returns"),
}
"""By kind what a difference is about, where it is about one thing."""

UNSEEN = frozenset(kind for kind in KINDS if kind.endswith("_UNREADABLE")) | {"NOT_COMPARED"}
"""Where a book could not be looked at, so that nothing is known of what else may differ there."""

PATIENCE = timedelta(hours=1)
"""A step of the workflow and all its retries are over within minutes; a person may have been asked meanwhile."""


@dataclass(frozen=True)
class Difference:
    """What the provider, the carrier or another book says, and what our ledger says, where the two differ; `passes`
    when a step under way may explain it, for as long as `patience` from the order's last change, or from `since`, ISO
    8601, where that is later.

    `about` is the id of the one payment, parcel, product, return or book that differs; empty where it is the order.
    """

    kind: Kind
    provider: str
    ledger: str
    passes: bool = False
    about: str = ""
    since: str = ""
    patience: timedelta = PATIENCE
