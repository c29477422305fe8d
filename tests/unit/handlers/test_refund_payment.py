"""refund_payment and record_settlement: the customer has the money back, once, and the books say so."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.errors import PaymentDeclined
from handlers.shared.ledger import LedgerConflict

HELP = {"help": {"verdict": "SETTLED", "by": "ada", "why": "paid back by bank transfer", "at": "now"}}


@pytest.mark.parametrize(
    ("after", "payment"), [("charged", "CANCELED"), ("shipped", "CANCELED"), ("captured", "REFUNDED")]
)
def test_what_is_held_is_canceled_and_what_was_taken_is_refunded(
    shop: Any, order: dict[str, Any], after: str, payment: str
) -> None:
    answer = shop.call("refund_payment", getattr(shop, after)(order))
    assert answer == {"paymentId": "pay_order-1001", "refundedCents": 1895}
    assert (shop.payments(), shop.balances()) == ([payment], {})
    assert (shop.row()["status"], int(shop.row()["refundedCents"])) == ("REFUNDED", 1895)


def test_a_payment_that_was_never_opened_is_nothing_to_give_back(shop: Any, order: dict[str, Any]) -> None:
    answer = shop.call("refund_payment", shop.validated(order))
    assert answer == {"paymentId": None, "refundedCents": 0}
    assert (shop.payments(), shop.rows("ENTRIES_TABLE"), shop.row()["status"]) == ([], [], "REFUNDED")


def test_money_that_was_taken_just_before_the_call_broke_off_is_refunded(shop: Any, order: dict[str, Any]) -> None:
    state = shop.shipped(order)
    shop.break_off(1, "capture_payment", state)
    assert (shop.payments(), shop.row()["status"]) == (["CAPTURED"], "SHIPPED")
    shop.call("refund_payment", state)
    assert (shop.payments(), shop.balances()) == (["REFUNDED"], {})


def test_a_decline_that_the_workflow_never_heard_of_is_undone_like_any_uncertain_charge(
    shop: Any, order: dict[str, Any]
) -> None:
    state = shop.validated({**order, "paymentMethodId": "pm_card_chargeDeclined"})
    with pytest.raises(PaymentDeclined):
        shop.call("charge_payment", state)
    assert shop.call("refund_payment", state)["refundedCents"] == 0
    shop.call("send_confirmation", state, outcome="PAYMENT_UNCERTAIN")
    assert (shop.row()["status"], shop.payments(), shop.balances()) == ("PAYMENT_UNCERTAIN", ["DECLINED"], {})


@pytest.mark.parametrize("write", [1, 2, 3], ids=["fenced", "given back", "recorded"])
@pytest.mark.parametrize("after", ["charged", "captured"])
def test_a_refund_that_breaks_off_is_made_good_by_the_next_call(
    shop: Any, order: dict[str, Any], after: str, write: int
) -> None:
    state = getattr(shop, after)(order)
    shop.break_off(write, "refund_payment", state)
    shop.clock.advance(60)
    assert shop.call("refund_payment", state) == {"paymentId": "pay_order-1001", "refundedCents": 1895}
    assert (shop.balances(), shop.row()["status"]) == ({}, "REFUNDED")
    assert [row["change"] for row in shop.rows("ENTRIES_TABLE")].count("REFUNDED") == 1


@pytest.mark.parametrize("step", ["refund_payment", "record_settlement", "cancel_shipment", "release_stock"])
def test_an_order_that_was_delivered_is_not_undone(shop: Any, order: dict[str, Any], step: str) -> None:
    state = {**shop.captured(order), **HELP}
    shop.call("send_confirmation", state, outcome="DELIVERED")
    before = shop.everything()
    with pytest.raises(LedgerConflict, match="is DELIVERED, which does not go with UNDOING"):
        shop.call(step, state)
    assert shop.everything() == before


@pytest.mark.parametrize("after", ["charged", "shipped", "captured"])
def test_a_persons_settlement_is_recorded_with_who_and_why_and_brings_the_books_to_zero(
    shop: Any, order: dict[str, Any], after: str
) -> None:
    """Wherever the undoing is stuck: it may not even have begun."""
    state = {**getattr(shop, after)(order), **HELP, "undoing": {"outcome": "FULFILLMENT_FAILED"}}
    assert shop.call("record_settlement", state) == {"orderId": "order-1001", "by": "ada"}
    row = shop.row()
    assert (row["status"], row["settledBy"], row["settledWhy"]) == ("SETTLED", "ada", "paid back by bank transfer")
    assert (int(row["refundedCents"]), shop.balances(), row["outcome"]) == (1895, {}, "FULFILLMENT_FAILED")
    shop.call("send_confirmation", state, outcome="FULFILLMENT_FAILED")
    assert shop.row()["status"] == "FULFILLMENT_FAILED"


def test_a_settlement_of_an_order_that_was_never_charged_moves_nothing(shop: Any, order: dict[str, Any]) -> None:
    shop.call("record_settlement", {**shop.validated(order), **HELP})
    assert (shop.row()["status"], int(shop.row()["refundedCents"])) == ("SETTLED", 0)
    assert shop.rows("ENTRIES_TABLE") == []


def test_a_settlement_after_a_refund_whose_answer_got_lost_counts_the_money_once(
    shop: Any, order: dict[str, Any]
) -> None:
    state = {**shop.captured(order), **HELP}
    shop.break_off(3, "refund_payment", state)
    shop.call("record_settlement", state)
    assert (shop.balances(), shop.row()["status"], int(shop.row()["refundedCents"])) == ({}, "REFUNDED", 1895)
    shop.call("send_confirmation", state, outcome="SHIPPING_FAILED")


def test_what_a_person_has_settled_is_not_refunded_once_more(shop: Any, order: dict[str, Any]) -> None:
    state = {**shop.captured(order), **HELP}
    shop.call("record_settlement", state)
    with pytest.raises(LedgerConflict, match="is SETTLED, which does not go with REFUNDED"):
        shop.call("refund_payment", state)
    assert (shop.payments(), shop.balances(), shop.row()["status"]) == (["CAPTURED"], {}, "SETTLED")
