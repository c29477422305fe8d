"""Comparing the books of one order, which does not stand still meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from handlers.shared.backoff import attempts
from handlers.shared.clock import read
from handlers.shared.reconciliation import goods, money, records, sent_back
from handlers.shared.reconciliation.books import Books, Order
from handlers.shared.reconciliation.difference import Difference
from handlers.shared.reconciliation.unreadable import unreadable
from handlers.shared.unread import why_not

Check: TypeAlias = Callable[[Books], Iterator[Difference]]

OF_MONEY: tuple[Check, ...] = (unreadable, money.payments)
"""What there is to see with the provider and the order's row alone."""

ALL: tuple[Check, ...] = (
    *OF_MONEY,
    *(money.missing_payment, money.ended, money.amount, records.entries, records.view),
    *(goods.parcels, goods.missing_parcel, goods.reservation),
    *(sent_back.rows, sent_back.unfinished, sent_back.sums, sent_back.bounds, sent_back.stock),
)


def differences(books: Books, checks: Sequence[Check] = ALL) -> list[Difference]:
    """Where the books differ; a check that they are too odd for is a difference, too."""
    found: list[Difference] = []
    for check in checks:
        try:
            found += check(books)
        except Exception as error:
            found.append(Difference("NOT_COMPARED", f"{check.__name__}: {why_not(error)}", "", about=check.__name__))
    return found


def lasting(
    look: Callable[[], Books], again: Callable[[], Order], now: datetime, checks: Sequence[Check] = ALL
) -> tuple[Books, list[Difference]] | None:
    """The books that `look` reads, and where they differ for good; None where the order keeps moving.

    No book stands still while another is looked at. So a difference counts only when the order's row is the same
    `again` after all have been read; an order that keeps moving is left to the next reconciliation.
    """
    for _ in attempts():
        books = look()
        found = [one for one in differences(books, checks) if not one.passes or _stands_still(books, one, now)]
        if not found or again() == books.order:
            return books, found
    return None


def _stands_still(books: Books, one: Difference, now: datetime) -> bool:
    """Whether the order has been as it is for longer than what may explain the difference takes."""
    if books.ordered is None:
        return True
    began = max(read(moment) for moment in (books.ordered.row.updated_at, one.since) if moment)
    return began + one.patience < now
