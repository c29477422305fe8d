"""Whether our own books say the same: the double entry, and the view that customers are shown, as the order's row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from handlers.shared.entries import balances
from handlers.shared.reconciliation.books import SHOWN_OF_RETURNS, Books, Row
from handlers.shared.reconciliation.difference import Difference
from handlers.shared.unread import Unread


def entries(books: Books) -> Iterator[Difference]:
    """Whether the entries add up to what the order's row says."""
    if isinstance(books.order, Unread) or isinstance(books.entries, Unread):
        return
    sums, about = balances(books.entries), "".join(books.strays[:1])
    if books.ordered is None:
        if books.entries:
            yield Difference("ENTRIES_WITHOUT_ORDER", _sums(sums), "no such order", about=about)
        return
    row = books.ordered.row
    held, is_delivered, is_captured = row.held_cents, row.status == "DELIVERED", "CAPTURED" in row.events
    expected = {
        "customer": 0 if is_delivered else -held,
        "authorized": 0 if is_captured else held,
        "cash": held if is_captured else 0,
        "revenue": -held if is_delivered else 0,
    }
    found = {**dict.fromkeys(expected, 0), **sums}
    if found != expected:
        yield Difference("ENTRIES_DIFFER", _sums(found), f"{row.status}, {_sums(expected)}", about=about)


def view(books: Books) -> Iterator[Difference]:
    """Whether the view shows the order as its row has it; it follows a moment later."""
    if isinstance(books.order, Unread) or isinstance(books.view, Unread):
        return
    if books.ordered is None:
        if books.view is not None:
            yield Difference("VIEW_WITHOUT_ORDER", _shown(books.view), "no such order")
    elif books.view is None:
        yield Difference("VIEW_MISSING", "no view", _shown(books.ordered.shown), passes=True)
    elif differing := [
        name for name, right in books.ordered.shown.items() if books.view.get(name, SHOWN_OF_RETURNS.get(name)) != right
    ]:
        seen = f"{_shown(books.view)}; differs in {', '.join(differing)}"
        yield Difference("VIEW_DIFFERS", seen, _shown(books.ordered.shown), passes=True)


def _shown(row: Row) -> str:
    return f"{row.get('status')}, version {row.get('version')}, {row.get('chargedCents')} cents charged"


def _sums(sums: Mapping[str, int]) -> str:
    return ", ".join(f"{account} {cents}" for account, cents in sorted(sums.items()))
