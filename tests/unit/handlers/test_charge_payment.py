"""charge_payment: an order is charged exactly once, however often it is called and wherever a call breaks off."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.errors import PaymentDeclined, TechnicalError
from handlers.shared.ledger import LedgerConflict
from handlers.shared.payments import Payment
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


WRITES = ["payment opened", "its id noted", "money held or declined", "that recorded"]


@pytest.mark.parametrize("write", range(1, 5), ids=WRITES)
@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_chargeDeclined"])
def test_a_call_that_breaks_off_is_made_good_by_the_next_without_a_second_charge(
    shop: Any, order: dict[str, Any], method: str, write: int
) -> None:
    state = shop.validated({**order, "paymentMethodId": method})
    shop.break_off(write, "charge_payment", state)
    shop.clock.advance(60)
    if method == "pm_card_visa":
        assert shop.call("charge_payment", state)["amountCents"] == 1895
        assert (shop.row()["status"], shop.payments()) == ("CHARGED", ["AUTHORIZED"])
        assert shop.balances() == {"customer": -1895, "authorized": 1895}
    else:
        with pytest.raises(PaymentDeclined, match="generic_decline"):
            shop.call("charge_payment", state)
        assert (shop.row()["status"], shop.payments(), shop.balances()) == ("DECLINED", ["DECLINED"], {})


@pytest.mark.parametrize(
    ("write", "status", "named"),
    [(1, "OPEN", False), (2, "OPEN", True), (3, "AUTHORIZED", True), (4, "AUTHORIZED", True)],
    ids=WRITES,
)
def test_wherever_a_call_breaks_off_what_may_hold_money_is_named_in_the_ledger_and_can_be_given_back(
    shop: Any, order: dict[str, Any], write: int, status: str, named: bool
) -> None:
    state = shop.validated(order)
    shop.break_off(write, "charge_payment", state)
    assert shop.payments() == [status]
    assert ("paymentId" in shop.row()) is named
    shop.call("refund_payment", state)
    assert (shop.payments(), shop.balances()) == (["CANCELED" if named else "OPEN"], {})


def test_an_order_that_is_being_undone_takes_no_charge(shop: Any, order: dict[str, Any]) -> None:
    state = shop.validated(order)
    shop.call("refund_payment", state)
    before = shop.everything()
    with pytest.raises(LedgerConflict, match="is REFUNDED"):
        shop.call("charge_payment", state)
    assert shop.everything() == before


def test_a_charge_that_is_overtaken_by_the_undoing_is_not_recorded_and_its_money_is_given_back(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider takes so long to hold the money that the workflow has given up by then."""
    state, hold = shop.validated(order), SandboxPayments.authorize

    def slow(provider: SandboxPayments, payment_id: str) -> None:
        hold(provider, payment_id)
        shop.call("refund_payment", state)

    monkeypatch.setattr(SandboxPayments, "authorize", slow)
    with pytest.raises(LedgerConflict, match="does not go with CHARGED"):
        shop.call("charge_payment", state)
    assert (shop.payments(), shop.balances(), shop.row()["status"]) == (["CANCELED"], {}, "REFUNDED")
    assert int(shop.row()["chargedCents"]) == 0


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
    assert (row["status"], row["reason"], int(row["chargedCents"]), int(row["version"])) == ("DECLINED", reason, 0, 3)
    assert [payment["status"] for payment in shop.rows("PAYMENTS_TABLE")] == ["DECLINED"]


def test_nothing_is_charged_for_an_order_that_the_ledger_does_not_know(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(LedgerConflict, match="is not in the ledger"):
        shop.call("charge_payment", {**order, "quote": {"amountCents": 1, "lines": []}})
    assert shop.rows("PAYMENTS_TABLE") == []


def test_the_sandbox_opens_one_payment_for_an_order_and_only_with_the_same_terms(shop: Any) -> None:
    provider = SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock)
    opened = {provider.open(order_id="a", amount_cents=5, payment_method_id="pm_card_visa") for _ in range(2)}
    assert opened == {"pay_a"}
    with pytest.raises(TechnicalError, match="other terms"):
        provider.open(order_id="a", amount_cents=6, payment_method_id="pm_card_visa")


def test_the_sandbox_lists_payments_by_when_they_were_opened(shop: Any) -> None:
    provider = SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock)
    provider.open(order_id="old", amount_cents=5, payment_method_id="pm_card_visa")
    shop.clock.advance(60)
    recent = provider.open(order_id="new", amount_cents=7, payment_method_id="pm_card_visa")
    provider.authorize(recent)
    assert list(provider.payments(shop.clock())) == [Payment("pay_new", "new", 7, "AUTHORIZED")]
    assert provider.payment(recent) == Payment("pay_new", "new", 7, "AUTHORIZED")
