"""What each order should come to: by what is in it, what the shop sells, what strikes it and what people decide.

Nothing here is asked of the program: prices are the catalogue's, and how cards, addresses and parcels behave is what
the sandboxes of the provider and the carrier promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.baskets import Product
from emulator.chaos.faults import Fault
from emulator.chaos.plan import UNDO, PlannedOrder
from handlers.shared.sandbox_carrier import LOST, REFUSED, RETURNED
from handlers.shared.sandbox_payments import ACCEPTED

ATTEMPTS = 4
"""How often a state calls a function that keeps failing, the retries that `asl.retry_lambda` gives it included."""

UNCHARGED = frozenset({"REJECTED", "DECLINED", "NOT_APPROVED"})

GIVEN_UP: Mapping[str, str] = {
    "charge_payment": "PAYMENT_UNCERTAIN",
    "reserve_inventory": "FULFILLMENT_FAILED",
    "create_shipment": "FULFILLMENT_FAILED",
    "capture_payment": "PAYMENT_NOT_CAPTURED",
}
"""How an order ends on the way of which a function keeps failing."""


@dataclass(frozen=True)
class Shop:
    """What is sold, at which price and how much of it there was at first; amounts in cents.

    Orders above `approval_cents` need a person's approval, those above `order_cents` are not accepted.
    """

    products: Sequence[Product]
    approval_cents: int
    order_cents: int

    def cents(self, document: Mapping[str, Any]) -> int | None:
        """What an order comes to; None when something in it is not sold here."""
        prices = {product.sku: product.price_cents for product in self.products}
        lines = [(prices.get(item["sku"]), item["quantity"]) for item in document["items"]]
        return None if any(price is None for price, _ in lines) else sum((price or 0) * count for price, count in lines)

    def lacks(self, document: Mapping[str, Any]) -> bool:
        """Whether there never was enough of something in the order."""
        stock = {product.sku: product.available for product in self.products}
        return any(stock.get(item["sku"], 0) < item["quantity"] for item in document["items"])


@dataclass(frozen=True)
class Expected:
    """`cents` is what the order comes to; `ends` are the statuses it may end in, and `outcomes` what may become of it:
    delivered, refunded, settled, not charged, or with a person."""

    cents: int
    ends: frozenset[str]
    outcomes: frozenset[str]


def expect(order: PlannedOrder, shop: Shop) -> Expected:
    """What the order may come to."""
    cents = shop.cents(order.document)
    ends = _ends(order, shop, cents)
    return Expected(cents or 0, ends, frozenset().union(*(_outcomes(end, order) for end in ends)))


def _ends(order: PlannedOrder, shop: Shop, cents: int | None) -> frozenset[str]:
    usual = _undisturbed(order, shop, cents)
    if usual <= UNCHARGED:
        return usual
    lasting = [fault for fault in order.faults if fault.times >= ATTEMPTS and fault.function in GIVEN_UP]
    # A parcel that arrives while the capture keeps failing is paid for after all; what else keeps failing ends it.
    hopeless = any(fault.fault is Fault.REFUSES and fault.function != "capture_payment" for fault in lasting)
    return frozenset(GIVEN_UP[fault.function] for fault in lasting) | (frozenset() if hopeless else usual)


def _undisturbed(order: PlannedOrder, shop: Shop, cents: int | None) -> frozenset[str]:
    """The ends of an order that no lasting fault strikes: two where the stock and the carrier both refuse it."""
    document = order.document
    if cents is None or not 1 <= cents <= shop.order_cents:
        return frozenset({"REJECTED"})
    if cents > shop.approval_cents and order.people != "approve":
        return frozenset({"NOT_APPROVED"})
    if document["paymentMethodId"] not in ACCEPTED:
        return frozenset({"DECLINED"})
    postcode = document["shipTo"]["postcode"]
    refused = {"OUT_OF_STOCK": shop.lacks(document), "SHIPMENT_REFUSED": postcode == REFUSED}
    if any(refused.values()):
        return frozenset(end for end, is_so in refused.items() if is_so)
    return frozenset({{RETURNED: "SHIPPING_FAILED", LOST: "PARCEL_OVERDUE"}.get(postcode, "DELIVERED")})


def _outcomes(end: str, order: PlannedOrder) -> frozenset[str]:
    if end == "DELIVERED":
        return frozenset({"delivered"})
    if end in UNCHARGED:
        return frozenset({"not charged"})
    if not any(fault.function in UNDO and fault.times >= ATTEMPTS for fault in order.faults):
        return frozenset({"refunded"})
    return frozenset({"with a person"} if order.people == "absent" else {"settled", "refunded"})
