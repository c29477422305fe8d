"""A return as people are told of it."""

from __future__ import annotations

from datetime import datetime

from orderflow.books import ReturnBooks
from orderflow.cli.output import money, plain


def told_of_return(one: ReturnBooks) -> str:
    """A return in a line."""
    pieces = ", ".join(f"{count} {sku}" for sku, count in sorted(one.pieces.items()))
    why = f": {one.why}{f' (says {one.by})' if one.by else ''}" if one.why else ""
    since = plain(datetime.fromisoformat(one.changed_at))
    return f"{one.return_id}: {one.status} since {since}, {pieces}, {money(one.cents)}{why}"
