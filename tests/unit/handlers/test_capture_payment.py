"""capture_payment: what is held is taken once, and never from an order that is being undone."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.errors import PaymentDeclined
from handlers.shared.ledger import LedgerConflict
from handlers.shared.sandbox_payments import SandboxPayments


def test_repeated_calls_take_the_money_once_and_say_the_same(shop: Any, order: dict[str, Any]) -> None:
    state = shop.shipped(order)
    answers = [shop.call("capture_payment", state) for _ in range(2)]
    assert answers == [{"paymentId": "pay_order-1001", "amountCents": 1895, "status": "CAPTURED"}] * 2
    assert (shop.payments(), shop.balances()) == (["CAPTURED"], {"customer": -1895, "cash": 1895})


@pytest.mark.parametrize("write", [1, 2], ids=["money taken", "that recorded"])
def test_a_call_that_breaks_off_is_made_good_by_the_next(shop: Any, order: dict[str, Any], write: int) -> None:
    state = shop.shipped(order)
    shop.break_off(write, "capture_payment", state)
    assert shop.call("capture_payment", state)["status"] == "CAPTURED"
    assert (shop.payments(), shop.balances()) == (["CAPTURED"], {"customer": -1895, "cash": 1895})


def test_money_that_is_not_held_any_more_is_declined_and_the_order_stays_as_it_was(
    shop: Any, order: dict[str, Any]
) -> None:
    state = shop.shipped(order)
    SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock).give_back("pay_order-1001")
    before = shop.everything()
    for _ in range(2):
        with pytest.raises(PaymentDeclined, match="charge_not_capturable"):
            shop.call("capture_payment", state)
    assert shop.everything() == before


def test_nothing_is_taken_before_the_order_is_shipped(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(LedgerConflict, match="is CHARGED, which does not go with CAPTURED"):
        shop.call("capture_payment", shop.charged(order))
    assert shop.payments() == ["AUTHORIZED"]


def test_nothing_is_taken_once_the_order_is_being_undone(shop: Any, order: dict[str, Any]) -> None:
    state = shop.shipped(order)
    shop.call("cancel_shipment", state)
    with pytest.raises(LedgerConflict, match="is UNDOING"):
        shop.call("capture_payment", state)
    assert shop.payments() == ["AUTHORIZED"]


@pytest.mark.parametrize("taken_first", [True, False])
def test_a_call_that_is_overtaken_by_the_undoing_leaves_no_money_taken(
    shop: Any, order: dict[str, Any], taken_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider is so slow that the workflow gives up meanwhile."""
    state, capture = shop.shipped(order), SandboxPayments.capture

    def slow(provider: SandboxPayments, payment_id: str) -> None:
        if taken_first:
            capture(provider, payment_id)
        shop.undone(state)
        capture(provider, payment_id)

    monkeypatch.setattr(SandboxPayments, "capture", slow)
    with pytest.raises(PaymentDeclined):
        shop.call("capture_payment", state)
    assert (shop.payments(), shop.balances()) == (["REFUNDED" if taken_first else "CANCELED"], {})
    assert shop.row()["status"] == "REFUNDED"
