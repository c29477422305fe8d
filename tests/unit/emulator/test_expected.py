"""What an order should come to, by its plan."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.baskets import Product
from emulator.chaos.expected import Shop, expect
from emulator.chaos.faults import Fault
from emulator.chaos.plan import Planned, PlannedOrder

PRODUCTS = [Product("tea", "Tea", 450, 10), Product("gold", "Gold", 6_000, 9), Product("pin", "Pin", 1, 20_001)]
SHOP = Shop(PRODUCTS, 5_000, 20_000)


def planned(*faults: Planned, people: str = "approve", postcode: str = "98101", **changes: Any) -> PlannedOrder:
    order = {
        "orderId": "a",
        "items": [{"sku": "tea", "quantity": 2}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada", "postcode": postcode},
        **changes,
    }
    return PlannedOrder(order, "", faults, "sent", people)


def items(**quantities: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


@pytest.mark.parametrize(
    ("order", "ends", "outcomes"),
    [
        (planned(), {"DELIVERED"}, {"delivered"}),
        (planned(postcode="00001"), {"SHIPPING_FAILED"}, {"refunded"}),
        (planned(postcode="00002"), {"PARCEL_OVERDUE"}, {"refunded"}),
        (planned(postcode="00000"), {"SHIPMENT_REFUSED"}, {"refunded"}),
        (planned(items=items(tea=11)), {"OUT_OF_STOCK"}, {"refunded"}),
        (planned(items=items(tea=11), postcode="00000"), {"OUT_OF_STOCK", "SHIPMENT_REFUSED"}, {"refunded"}),
        (planned(paymentMethodId="pm_card_chargeDeclined"), {"DECLINED"}, {"not charged"}),
        (planned(items=items(other=1)), {"REJECTED"}, {"not charged"}),
        (planned(items=items(gold=4)), {"REJECTED"}, {"not charged"}),
        (planned(items=items(pin=1)), {"DELIVERED"}, {"delivered"}),
        (planned(items=items(pin=0)), {"REJECTED"}, {"not charged"}),
        (planned(items=items(pin=5_000), people="reject"), {"DELIVERED"}, {"delivered"}),
        (planned(items=items(pin=5_001), people="reject"), {"NOT_APPROVED"}, {"not charged"}),
        (planned(items=items(pin=20_000)), {"DELIVERED"}, {"delivered"}),
        (planned(items=items(pin=20_001)), {"REJECTED"}, {"not charged"}),
        (planned(items=items(tea=10)), {"DELIVERED"}, {"delivered"}),
        (planned(items=items(gold=1)), {"DELIVERED"}, {"delivered"}),
        (planned(items=items(gold=1), people="reject"), {"NOT_APPROVED"}, {"not charged"}),
        (planned(items=items(gold=1), people="absent"), {"NOT_APPROVED"}, {"not charged"}),
    ],
)
def test_what_is_in_an_order_says_how_it_ends(order: PlannedOrder, ends: set[str], outcomes: set[str]) -> None:
    expected = expect(order, SHOP)
    assert (expected.ends, expected.outcomes) == (ends, outcomes)


@pytest.mark.parametrize(
    ("order", "ends", "outcomes"),
    [
        (planned(Planned("charge_payment", Fault.KILLED, 1)), {"DELIVERED"}, {"delivered"}),
        (planned(Planned("charge_payment", Fault.PROVIDER_DOWN, 3)), {"DELIVERED"}, {"delivered"}),
        (
            planned(Planned("charge_payment", Fault.CRASH_AFTER_WRITE, 4)),
            {"DELIVERED", "PAYMENT_UNCERTAIN"},
            {"delivered", "refunded"},
        ),
        (planned(Planned("charge_payment", Fault.REFUSES, 99)), {"PAYMENT_UNCERTAIN"}, {"refunded"}),
        (planned(Planned("reserve_inventory", Fault.REFUSES, 4)), {"FULFILLMENT_FAILED"}, {"refunded"}),
        (planned(Planned("create_shipment", Fault.REFUSES, 99)), {"FULFILLMENT_FAILED"}, {"refunded"}),
        (
            planned(Planned("capture_payment", Fault.REFUSES, 4)),
            {"DELIVERED", "PAYMENT_NOT_CAPTURED"},
            {"delivered", "refunded"},
        ),
        (
            planned(Planned("refund_payment", Fault.REFUSES, 4), postcode="00001"),
            {"SHIPPING_FAILED"},
            {"settled", "refunded"},
        ),
        (
            planned(Planned("refund_payment", Fault.REFUSES, 99), postcode="00001", people="absent"),
            {"SHIPPING_FAILED"},
            {"with a person"},
        ),
        (planned(Planned("refund_payment", Fault.KILLED, 1), postcode="00001"), {"SHIPPING_FAILED"}, {"refunded"}),
        (
            planned(Planned("charge_payment", Fault.REFUSES, 99), paymentMethodId="pm_card_chargeDeclined"),
            {"DECLINED"},
            {"not charged"},
        ),
        (planned(Planned("ask_person", Fault.REFUSES, 4), items=items(gold=1)), {"DELIVERED"}, {"delivered"}),
    ],
)
def test_what_strikes_an_order_again_and_again_changes_how_it_ends(
    order: PlannedOrder, ends: set[str], outcomes: set[str]
) -> None:
    expected = expect(order, SHOP)
    assert (expected.ends, expected.outcomes) == (ends, outcomes)


def test_an_order_comes_to_all_of_its_lines_by_the_catalogue() -> None:
    order = planned(items=[*items(tea=3, gold=2), {"sku": "tea", "quantity": 1, "priceCents": 1}])
    assert expect(order, SHOP).cents == 4 * 450 + 2 * 6_000
