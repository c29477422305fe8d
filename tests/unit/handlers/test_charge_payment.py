"""charge_payment: an order is charged exactly once, however often and wherever a call breaks off."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.errors import PaymentDeclined, TechnicalError
from handlers.shared.ledger import Ledger, LedgerConflict
from handlers.shared.payments import CardError
from handlers.shared.sandbox_payments import SandboxPayments


def test_repeated_calls_charge_once_and_say_the_same(shop: Any, order: dict[str, Any]) -> None:
    state = shop.validated(order)
    answers = [shop.call("charge_payment", state) for _ in range(3)]
    assert answers == [{"paymentId": "pay_order-1001", "amountCents": 1895, "status": "CHARGED"}] * 3
    assert [int(row["amountCents"]) for row in shop.rows("PAYMENTS_TABLE")] == [1895]
    assert (shop.row()["status"], int(shop.row()["chargedCents"])) == ("CHARGED", 1895)


def test_a_provider_that_has_forgotten_the_key_is_not_asked_again(shop: Any, order: dict[str, Any]) -> None:
    """Providers keep idempotency keys for a day or so; the ledger keeps its row for good."""
    state = shop.validated(order)
    first = shop.call("charge_payment", state)
    shop.dynamodb.delete_item(TableName="PAYMENTS_TABLE", Key={"paymentId": first["paymentId"]})
    assert shop.call("charge_payment", state) == first
    assert shop.rows("PAYMENTS_TABLE") == []


@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_chargeDeclined"])
def test_a_crash_between_provider_and_ledger_is_made_good_without_a_second_charge(
    shop: Any, order: dict[str, Any], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = shop.validated({**order, "paymentMethodId": method})

    def crash(*_: Any, **__: Any) -> None:
        raise ConnectionError("the function is gone")

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "record", crash)
        with pytest.raises(ConnectionError):
            shop.call("charge_payment", state)
    booked = shop.rows("PAYMENTS_TABLE")
    assert (len(booked), shop.row()["status"]) == (1, "VALIDATED")
    shop.clock.advance(60)
    if method == "pm_card_visa":
        assert shop.call("charge_payment", state)["amountCents"] == 1895
    else:
        with pytest.raises(PaymentDeclined):
            shop.call("charge_payment", state)
    assert shop.rows("PAYMENTS_TABLE") == booked
    assert shop.row()["status"] in ("CHARGED", "DECLINED")


@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"])
def test_test_cards_that_are_accepted(shop: Any, order: dict[str, Any], method: str) -> None:
    assert shop.charged({**order, "paymentMethodId": method})["payment"]["status"] == "CHARGED"


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_unheard_of", "invalid_payment_method"),
    ],
)
def test_declines_carry_their_reason_and_stand(shop: Any, order: dict[str, Any], method: str, reason: str) -> None:
    state = shop.validated({**order, "paymentMethodId": method})
    for _ in range(2):
        with pytest.raises(PaymentDeclined, match=f"^{reason}$"):
            shop.call("charge_payment", state)
    row = shop.row()
    assert (row["status"], row["reason"], int(row["chargedCents"]), int(row["version"])) == ("DECLINED", reason, 0, 2)
    assert [payment["status"] for payment in shop.rows("PAYMENTS_TABLE")] == ["DECLINED"]


def test_nothing_is_charged_for_an_order_that_the_ledger_does_not_know(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(LedgerConflict, match="is not in the ledger"):
        shop.call("charge_payment", {**order, "quote": {"amountCents": 1, "lines": []}})
    assert shop.rows("PAYMENTS_TABLE") == []


def test_the_provider_does_not_confirm_a_key_that_was_used_for_something_else(shop: Any) -> None:
    provider = SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock)
    provider.charge(idempotency_key="a", amount_cents=5, payment_method_id="pm_card_visa")
    with pytest.raises(TechnicalError, match="other terms"):
        provider.charge(idempotency_key="a", amount_cents=6, payment_method_id="pm_card_visa")


def test_a_declined_key_stays_declined(shop: Any) -> None:
    provider = SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock)
    for _ in range(2):
        with pytest.raises(CardError, match="expired_card"):
            provider.charge(idempotency_key="a", amount_cents=5, payment_method_id="pm_card_chargeDeclinedExpiredCard")
