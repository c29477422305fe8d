"""send_confirmation: the order is closed, and its customer told, once."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.send_confirmation import reason_of
from handlers.shared.errors import PaymentDeclined, TechnicalError, ValidationError
from handlers.shared.ledger import LedgerConflict
from handlers.shared.notices import Notice
from handlers.shared.sns_notices import teller
from tests.unit.handlers.conftest import Context


def failed(state: dict[str, Any], error: str, message: str) -> dict[str, Any]:
    """The state after a catcher."""
    cause = {"errorMessage": message, "errorType": error, "stackTrace": []}
    return {**state, "failure": {"Error": error, "Cause": json.dumps(cause)}}


def test_the_customer_is_told_once(shop: Any, order: dict[str, Any]) -> None:
    state = shop.captured(order)
    answers = [shop.call("send_confirmation", state, outcome="DELIVERED") for _ in range(3)]
    assert answers == [{"orderId": "order-1001", "outcome": "DELIVERED"}] * 3
    assert shop.notices() == [
        {
            "orderId": "order-1001",
            "customerId": "household-2375",
            "outcome": "DELIVERED",
            "amountCents": 1895,
            "chargedCents": 1895,
            "message": "Your order order-1001 has been delivered. You paid 18.95 USD.",
        }
    ]


def test_a_notice_that_could_not_be_sent_is_sent_by_the_next_call(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = shop.captured(order)
    with monkeypatch.context() as broken:
        broken.setenv("NOTICES_TOPIC", "arn:aws:sns:us-east-1:123456789012:gone")
        with pytest.raises(Exception, match="NotFound"):
            shop.call("send_confirmation", state, outcome="DELIVERED")
    assert shop.notices() == []
    shop.call("send_confirmation", state, outcome="DELIVERED")
    assert len(shop.notices()) == 1


CHARGED = ["OUT_OF_STOCK", "SHIPMENT_REFUSED", "FULFILLMENT_FAILED", "PAYMENT_UNCERTAIN"]
SHIPPED = ["OUT_OF_STOCK", "FULFILLMENT_FAILED", "PAYMENT_NOT_CAPTURED"]
CAPTURED = ["SHIPPING_FAILED", "PARCEL_OVERDUE"]


@pytest.mark.parametrize(
    ("after", "outcome"),
    [*[("charged", o) for o in CHARGED], *[("shipped", o) for o in SHIPPED], *[("captured", o) for o in CAPTURED]],
    ids=str,
)
def test_every_outcome_of_an_undone_order_closes_it_with_its_reason(
    shop: Any, order: dict[str, Any], after: str, outcome: str
) -> None:
    state = shop.undone(failed(getattr(shop, after)(order), "Broken", "what happened"))
    shop.call("send_confirmation", state, outcome=outcome)
    row = shop.row()
    assert (row["status"], row["timeline"][-1]["event"], row["reason"]) == (outcome, outcome, "what happened")
    assert (int(row["chargedCents"]), int(row["refundedCents"])) == (1895, 1895)
    assert [(n["outcome"], n["chargedCents"]) for n in shop.notices()] == [(outcome, 1895)]


def test_a_delivered_order_is_closed_and_nothing_is_owed(shop: Any, order: dict[str, Any]) -> None:
    shop.call("send_confirmation", shop.captured(order), outcome="DELIVERED")
    row = shop.row()
    assert (row["status"], row["timeline"][-1]["event"], "reason" in row) == ("DELIVERED", "DELIVERED", False)
    assert shop.balances() == {"cash": 1895, "revenue": -1895}


def test_an_order_that_nobody_approved_is_closed_uncharged(shop: Any, order: dict[str, Any]) -> None:
    state = {**shop.validated(order), "failure": {"Error": "States.Timeout", "Cause": ""}}
    shop.call("send_confirmation", state, outcome="NOT_APPROVED")
    assert (shop.row()["status"], shop.row()["reason"]) == ("NOT_APPROVED", "States.Timeout")
    with pytest.raises(LedgerConflict, match="is NOT_APPROVED"):
        shop.call("charge_payment", state)
    (notice,) = shop.notices()
    assert (notice["chargedCents"], "you are not charged" in notice["message"]) == (0, True)


@pytest.mark.parametrize("after", ["charged", "shipped", "captured"])
@pytest.mark.parametrize("outcome", ["OUT_OF_STOCK", "SHIPPING_FAILED"])
def test_nobody_is_told_of_money_that_is_not_back_yet(
    shop: Any, order: dict[str, Any], after: str, outcome: str
) -> None:
    state = getattr(shop, after)(order)
    shop.call("cancel_shipment", state)
    shop.call("release_stock", state)
    with pytest.raises(LedgerConflict, match=f"is UNDOING, which does not go with {outcome}"):
        shop.call("send_confirmation", state, outcome=outcome)
    assert shop.notices() == []


def test_a_closed_order_takes_no_other_outcome_and_no_late_shipment(shop: Any, order: dict[str, Any]) -> None:
    state = shop.undone(shop.charged(order))
    shop.call("send_confirmation", failed(state, "OutOfStock", "none left"), outcome="OUT_OF_STOCK")
    before = shop.everything()
    with pytest.raises(LedgerConflict):
        shop.call("create_shipment", state)
    with pytest.raises(LedgerConflict):
        shop.call("send_confirmation", state, outcome="DELIVERED")
    with pytest.raises(TechnicalError):
        shop.call("reserve_inventory", state)
    assert shop.everything() == before


def test_a_declined_order_is_told_and_its_row_stays(shop: Any, order: dict[str, Any]) -> None:
    state = shop.validated({**order, "paymentMethodId": "pm_card_chargeDeclinedExpiredCard"})
    with pytest.raises(PaymentDeclined) as declined:
        shop.call("charge_payment", state)
    row = shop.row()
    shop.call("send_confirmation", failed(state, "PaymentDeclined", str(declined.value)), outcome="DECLINED")
    assert shop.row() == row
    (notice,) = shop.notices()
    assert (notice["amountCents"], notice["chargedCents"]) == (1895, 0)
    assert "expired_card" in notice["message"]


def test_a_rejected_order_is_told_and_its_row_stays(shop: Any, order: dict[str, Any]) -> None:
    bad = {**order, "items": []}
    with pytest.raises(ValidationError) as refusal:
        shop.call("validate_order", bad)
    row = shop.row()
    shop.call("send_confirmation", failed(bad, "ValidationError", str(refusal.value)), outcome="REJECTED")
    assert shop.row() == row
    assert str(refusal.value) in shop.notices()[0]["message"]


@pytest.mark.parametrize("broken", [{}, {"orderId": "no such id!"}, {"orderId": {"a": 1}, "customerId": 7}], ids=str)
def test_an_order_without_a_usable_id_is_told_all_the_same(shop: Any, broken: dict[str, Any]) -> None:
    answer = shop.call("send_confirmation", failed(broken, "ValidationError", "orderId: x"), outcome="REJECTED")
    assert answer == {"orderId": broken.get("orderId"), "outcome": "REJECTED"}
    assert shop.rows("ORDERS_TABLE") == []
    assert len(shop.notices()) == 1


def test_two_broken_orders_are_two_notices(shop: Any) -> None:
    for customer in ("a", "b"):
        shop.call("send_confirmation", {"customerId": customer}, outcome="REJECTED")
    assert [notice["customerId"] for notice in shop.notices()] == ["a", "b"]


def test_a_different_order_under_a_taken_id_is_told_and_the_first_stays_open(shop: Any, order: dict[str, Any]) -> None:
    shop.validated(order)
    row = shop.row()
    other = {**order, "customerId": "someone-else"}
    shop.call("send_confirmation", failed(other, "ValidationError", "orderId: taken"), outcome="REJECTED")
    assert shop.row() == row
    (notice,) = shop.notices()
    assert (notice["customerId"], notice["amountCents"], notice["chargedCents"]) == ("someone-else", 0, 0)


@pytest.mark.parametrize("outcome", ["DELIVERED", "OUT_OF_STOCK", "SHIPPING_FAILED", "DECLINED", "REJECTED"])
def test_an_outcome_that_does_not_fit_the_ledger_is_not_told(shop: Any, order: dict[str, Any], outcome: str) -> None:
    state = {**shop.validated(order), "payment": {"amountCents": 1895}}
    before = shop.everything()
    with pytest.raises(LedgerConflict, match=f"is VALIDATED, which does not go with {outcome}"):
        shop.call("send_confirmation", state, outcome=outcome)
    assert shop.everything() == before


def test_each_order_that_ends_is_counted_once_and_once_more_when_it_ends_unhappily(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "orderflow-dev")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "send-confirmation")

    def counted(state: dict[str, Any], outcome: str) -> list[str]:
        for _ in range(2):
            shop.call("send_confirmation", state, outcome=outcome)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert all(line["service"] == "send-confirmation" for line in lines)
        return [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]

    assert counted(shop.undone(shop.charged(order)), "OUT_OF_STOCK") == ["OrdersEnded", "OrdersUndone"]
    assert counted({"customerId": "a"}, "REJECTED") == ["OrdersEnded", "OrdersTurnedAway"]
    validated = shop.validated({**order, "orderId": "order-2"})
    assert counted(validated, "NOT_APPROVED") == ["OrdersEnded"], "a person's decision"
    assert counted(shop.captured({**order, "orderId": "order-3"}), "DELIVERED") == ["OrdersEnded"]


def test_an_outcome_that_nobody_knows_is_a_technical_error(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(TechnicalError, match="'LOST' is no outcome"):
        shop.call("send_confirmation", order, outcome="LOST")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (None, ""),
        ({"Error": "E", "Cause": '{"errorMessage": "why"}'}, "why"),
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({"Error": "E", "Cause": "plain words"}, "E"),
        ({"Error": "E", "Cause": "[1]"}, "E"),
        ({"Error": "E", "Cause": '{"errorMessage": 7}'}, "E"),
        ({"Error": "E", "Cause": json.dumps({"errorMessage": "x" * 5_000})}, "x" * 3_999 + "…"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_reason_is_the_message_in_a_functions_cause(failure: Any, reason: str) -> None:
    assert reason_of(failure) == reason


def test_a_notice_is_known_for_as_long_as_the_order_can_be_sent_again(shop: Any, order: dict[str, Any]) -> None:
    """Step Functions keeps the name of an execution for 90 days:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    before = time.time()
    shop.call("send_confirmation", shop.captured(order), outcome="DELIVERED")
    (row,) = shop.rows("IDEMPOTENCY_TABLE")
    assert row["status"] == "COMPLETED"
    assert row["id"].startswith("notice#")
    assert before + 90 * 86_400 - 1 <= int(row["expiration"]) <= time.time() + 90 * 86_400 + 1


def test_a_notice_whose_call_was_cut_off_is_sent_again_once_that_function_is_over(
    shop: Any, order: dict[str, Any]
) -> None:
    """Lambda may stop a function between the note that a notice is on its way and the notice."""
    state = shop.captured(order)
    shop.call("send_confirmation", state, outcome="DELIVERED")
    (row,) = shop.rows("IDEMPOTENCY_TABLE")
    now = time.time() * 1_000
    cut_off = {"id": row["id"], "expiration": row["expiration"], "status": "INPROGRESS"}
    shop.put("IDEMPOTENCY_TABLE", [{**cut_off, "in_progress_expiration": int(now + 20_000)}])
    with pytest.raises(Exception, match="in progress"):
        shop.call("send_confirmation", state, outcome="DELIVERED")
    assert len(shop.notices()) == 1
    shop.put("IDEMPOTENCY_TABLE", [{**cut_off, "in_progress_expiration": int(now - 1)}])
    shop.call("send_confirmation", state, outcome="DELIVERED")
    assert len(shop.notices()) == 2


def test_a_function_holds_a_notice_no_longer_than_it_may_run(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = shop.captured(order)
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "handlers.shared.sns_notices.client",
        lambda name: SimpleNamespace(publish=lambda **_: seen.extend(shop.rows("IDEMPOTENCY_TABLE"))),
    )
    before = time.time()
    shop.call("send_confirmation", state, outcome="DELIVERED")
    (row,) = seen
    left = int(row["in_progress_expiration"]) / 1_000 - before
    assert (row["status"], 19 <= left <= 20 + time.time() - before) == ("INPROGRESS", True)


def test_what_tells_two_notices_apart_is_the_order_what_it_says_and_how_it_ended(shop: Any) -> None:
    first = {"orderId": "order-1001", "customerId": "a"}
    for state, outcome in (
        (first, "REJECTED"),
        (first, "REJECTED"),
        ({**first, "failure": {"Error": "E", "Cause": ""}}, "REJECTED"),  # a step's result is no part of the order
        ({**first, "orderId": "order-1002"}, "REJECTED"),
        ({**first, "customerId": "b"}, "REJECTED"),
    ):
        shop.call("send_confirmation", state, outcome=outcome)
    assert [(notice["orderId"], notice["customerId"]) for notice in shop.notices()] == [
        ("order-1001", "a"),
        ("order-1002", "a"),
        ("order-1001", "b"),
    ]


def test_an_order_that_is_taken_up_again_is_told_its_other_end(shop: Any) -> None:
    notices = [Notice("order-1001", "a", "digest", outcome, 0, 0, "") for outcome in ("OUT_OF_STOCK", "DELIVERED")]
    tell = teller(Context())  # type: ignore[arg-type] # what of Lambda's context is used
    for notice in notices * 2:
        tell(notice)
    assert [notice["outcome"] for notice in shop.notices()] == ["OUT_OF_STOCK", "DELIVERED"]
