"""What an order's row holds of its quote: the lines that were ordered, at the prices of that time."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """So many of a product, at the price that was quoted for one."""

    sku: str
    quantity: int
    price_cents: int


def lines_of(quote: str | None) -> tuple[Line, ...]:
    """The lines of a quote as the ledger keeps it; none where there is none.

    Raises:
        ValueError: when it cannot be read.
    """
    if quote is None:
        return ()
    try:
        return tuple(
            Line(one["sku"], int(one["quantity"]), int(one["priceCents"])) for one in json.loads(quote)["lines"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"its quote cannot be read: {error}") from error
