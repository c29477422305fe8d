"""What a basket costs: the same for whoever only asks, and for whoever orders it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.shared import orders
from handlers.shared.catalogue import Catalogue

CURRENCY = "usd"


def priced(
    basket: Any, wrong: Sequence[str], catalogue: Catalogue, limit_cents: int
) -> tuple[dict[str, Any], list[str]]:
    """The price by the catalogue and no problems, or nothing and all of them.

    `basket` has the `items` of an order, `wrong` is what is known to be wrong with it. The price is {"amountCents",
    "currency", "lines": [{"sku", "quantity", "priceCents"}]}.
    """
    skus = orders.usable_skus(basket)
    prices = catalogue.prices(skus.values())
    unknown = [(path, sku) for path, sku in skus.items() if sku not in prices]
    problems = [
        *wrong,
        *(f'{path}: the catalogue has no "{sku}"; take another, or leave it out' for path, sku in unknown),
    ]
    if problems:
        return {}, problems
    lines = [{**line, "priceCents": prices[line["sku"]]} for line in basket["items"]]
    amount = sum(line["quantity"] * line["priceCents"] for line in lines)
    if not 1 <= amount <= limit_cents:
        return {}, [f"items: come to {amount} cents; an order may come to 1 to {limit_cents}"]
    return {"amountCents": amount, "currency": CURRENCY, "lines": lines}, []
