"""Orders through the deployed program: each ends as it should, and the books agree."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from emulator.reconcile import reconcile, same_picture
from handlers.shared.entries import balances
from orderflow import DifferentOrder
from tests.deployed import PRODUCTS, Deployed, checked, order
from tests.hangs import eventually


def test_an_order_is_delivered_and_its_input_stays_whole(deployed: Deployed) -> None:
    sent = order("delivered-1", amountCents=1)
    execution = deployed.run(sent)
    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    assert {name: output[name] for name in sent} == sent
    assert output["ended"] == {"orderId": "delivered-1", "outcome": "DELIVERED"}
    assert output["payment"]["amountCents"] == 2_100, "the catalogue's price, not the caller's belief"
    row = deployed.books().orders["delivered-1"]
    assert (row["status"], row["chargedCents"], row["amountCents"]) == ("DELIVERED", 2_100, 2_100)
    assert {entry["event"] for entry in row["timeline"]} == {
        *("VALIDATED", "PAYMENT_OPENED", "CHARGED", "RESERVED", "SHIPPED", "CAPTURED", "DELIVERED"),
    }


TO = {"name": "A"}
ENDS = [
    ({"paymentMethodId": "pm_card_chargeDeclined"}, "DECLINED", "HandlePaymentDeclined", "DECLINED"),
    ({"items": [{"sku": "unknown-1", "quantity": 1}]}, "REJECTED", "NotifyValidationFailed", None),
    ({"items": [{"sku": "tea", "quantity": -2}]}, "REJECTED", "NotifyValidationFailed", None),
    ({"items": [{"sku": "gold", "quantity": 2}]}, "REJECTED", "NotifyValidationFailed", None),
    ({"items": [{"sku": "gone", "quantity": 1}]}, "OUT_OF_STOCK", "HandleOutOfStock", "CANCELED"),
    ({"shipTo": {**TO, "postcode": "00000"}}, "SHIPMENT_REFUSED", "HandleShipmentRefused", "CANCELED"),
    ({"shipTo": {**TO, "postcode": "00001"}}, "SHIPPING_FAILED", "HandleShippingFailure", "REFUNDED"),
    ({"shipTo": {**TO, "postcode": "00002"}}, "PARCEL_OVERDUE", "HandleParcelOverdue", "REFUNDED"),
]
"""What is wrong with an order, how it ends, a state on the way, and what becomes of its payment."""


@pytest.mark.parametrize(
    ("changes", "outcome", "state", "payment"), ENDS, ids=[end[1] + str(n) for n, end in enumerate(ENDS)]
)
def test_each_trouble_ends_told_and_with_nothing_owed(
    deployed: Deployed, changes: dict[str, Any], outcome: str, state: str, payment: str | None, request: Any
) -> None:
    order_id = "end-" + request.node.callspec.id.replace("_", "-")
    execution = deployed.run(order(order_id, **changes))
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"])["ended"]["outcome"] == outcome
    assert state in deployed.states(order_id)
    payments = [row["status"] for row in deployed.rows("payments") if row["orderId"] == order_id]
    assert payments == ([payment] if payment else [])
    entries = [row for row in deployed.rows("entries") if row["orderId"] == order_id]
    assert not any(balances(entries).values()), entries


def test_what_was_done_is_undone_in_reverse(deployed: Deployed) -> None:
    deployed.run(order("undone-1", shipTo={**TO, "postcode": "00001"}))
    undone = deployed.states("undone-1")[-6:]
    assert undone == [
        "HandleShippingFailure", "CancelShipment", "ReleaseStock", "RefundPayment", "NotifyRefunded", "OrderRefunded",
    ]  # fmt: skip
    (reservation,) = [row for row in deployed.rows("reservations") if row["orderId"] == "undone-1"]
    assert reservation["status"] == "RELEASED"


def test_a_lost_parcel_is_asked_for_a_bounded_number_of_times_and_its_goods_are_written_off(deployed: Deployed) -> None:
    deployed.run(order("lost-1", shipTo={**TO, "postcode": "00002"}))
    assert deployed.states("lost-1").count("CheckShipmentStatus") == 6
    (reservation,) = [row for row in deployed.rows("reservations") if row["orderId"] == "lost-1"]
    assert reservation["status"] == "WRITTEN_OFF"


def test_the_carriers_word_ends_the_wait_and_nobody_has_to_ask(deployed: Deployed) -> None:
    deployed.start(order("told-1"))
    parcel = deployed.awaited("told-1")
    assert deployed.carrier.send(parcel, "DELIVERED")[0] == 200
    assert deployed.execution("told-1")["status"] == "SUCCEEDED"
    assert deployed.carrier.send(parcel, "DELIVERED")[0] == 200, "told twice, nothing happens"
    states = deployed.states("told-1")
    after = states[states.index("WaitForShipping") :]
    assert after == ["WaitForShipping", "IsDelivered", "OrderComplete", "OrderDelivered"]


LARGE = {"items": [{"sku": "gold", "quantity": 1}]}


@pytest.mark.parametrize(("verdict", "outcome"), [("APPROVED", "DELIVERED"), ("REJECTED", "NOT_APPROVED")])
def test_a_large_order_waits_for_a_person(deployed: Deployed, verdict: str, outcome: str) -> None:
    order_id = f"large-{verdict.lower()}"
    deployed.start(order(order_id, **LARGE))
    eventually(lambda: [row for row in deployed.rows("decisions") if row["orderId"] == order_id])
    assert [row for row in deployed.rows("payments") if row["orderId"] == order_id] == [], "asked before any charge"
    decision = {"order": {"orderId": order_id}, "verdict": verdict, "by": "ada", "why": "a good customer"}
    error, answer = deployed.invoke("decide", decision)
    assert (error, answer["decided"]) == (None, True), answer
    assert json.loads(deployed.execution(order_id)["output"])["ended"]["outcome"] == outcome
    _, again = deployed.invoke("decide", {**decision, "verdict": "REJECTED", "by": "bob"})
    assert again["decided"] is False
    assert f"has been decided already, {verdict.lower()} by ada" in again["message"]


def test_a_compensation_that_is_stuck_waits_for_a_person_who_settles_it(deployed: Deployed) -> None:
    with deployed.denied("refund-payment", "dynamodb:UpdateItem"):
        deployed.start(order("stuck-1", shipTo={**TO, "postcode": "00001"}))
        asked = eventually(lambda: [row for row in deployed.rows("decisions") if row["orderId"] == "stuck-1"])
    assert asked[0]["question"] == "STUCK"
    settled = {"order": {"orderId": "stuck-1"}, "verdict": "SETTLED", "by": "ada", "why": "paid back by bank transfer"}
    assert deployed.invoke("decide", settled)[1]["decided"] is True
    assert json.loads(deployed.execution("stuck-1")["output"])["ended"]["outcome"] == "SHIPPING_FAILED"
    row = deployed.books().orders["stuck-1"]
    assert (row["settledBy"], row["settledWhy"]) == ("ada", "paid back by bank transfer")


def test_two_orders_for_the_last_piece_one_gets_it_and_stock_is_never_below_zero(deployed: Deployed) -> None:
    documents = [order(f"rare-{n}", items=[{"sku": "rare", "quantity": 1}]) for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(deployed.run, documents))
    outcomes = {json.loads(execution["output"])["ended"]["outcome"] for execution in ended}
    assert outcomes == {"DELIVERED", "OUT_OF_STOCK"}
    (stock,) = [row for row in deployed.rows("stock") if row["sku"] == "rare"]
    assert stock["available"] == 0


def test_the_same_order_again_is_the_same_execution_and_another_under_its_id_is_refused(deployed: Deployed) -> None:
    client = deployed.client()
    first = client.start(checked(order("again-1")))
    while_it_runs = client.start(checked(order("again-1")))
    deployed.execution("again-1")
    closed = client.start(checked(order("again-1")))
    assert {first.execution_arn} == {while_it_runs.execution_arn, closed.execution_arn}
    assert closed.repeated
    with pytest.raises(DifferentOrder, match="again-1"):
        client.start(checked(order("again-1", customerId="someone-else")))
    assert len([row for row in deployed.rows("payments") if row["orderId"] == "again-1"]) == 1


HANDLERS = (
    *("validate-order", "charge-payment", "reserve-inventory", "create-shipment", "capture-payment"),
    *("check-shipment", "send-confirmation"),
)


def test_every_call_made_twice_changes_no_row_and_gives_the_same_answer(deployed: Deployed) -> None:
    state: dict[str, Any] = order("twice-1")
    results = {"validate-order": "quote", "charge-payment": "payment"}
    for function in HANDLERS:
        payload = {"executionId": "arn:twice-1", "order": state, "outcome": "DELIVERED", "deadlineSeconds": 60}
        error, first = deployed.invoke(function, payload)
        assert error is None, first
        before = {
            name: sorted(map(str, deployed.rows(name))) for name in deployed.outputs["tables"] if name != "order-views"
        }
        if function != "check-shipment":  # the parcel moves on meanwhile
            assert deployed.invoke(function, payload) == (None, first)
            after = {name: sorted(map(str, deployed.rows(name))) for name in before}
            assert after == before, function
        if function in results:
            state[results[function]] = first
        if function == "create-shipment":
            state["fulfillment"] = {"shipment": first}


def test_an_exception_keeps_its_class_as_the_errors_name(deployed: Deployed) -> None:
    state = order("declined-direct", paymentMethodId="pm_card_chargeDeclinedExpiredCard")
    _, quote = deployed.invoke("validate-order", {"executionId": "x", "order": state})
    error, body = deployed.invoke("charge-payment", {"executionId": "x", "order": {**state, "quote": quote}})
    assert error == "PaymentDeclined", body
    assert "expired_card" in body["errorMessage"]


def test_the_books_agree_after_all_of_it(deployed: Deployed) -> None:
    def all_agree() -> bool:
        books = deployed.books()
        # The projection's own tests put orders into the view that no ledger knows.
        books = replace(books, views={key: row for key, row in books.views.items() if key in books.orders})
        return all(one.ok for one in reconcile(books, {p.sku: p.available for p in PRODUCTS}))

    assert eventually(all_agree)


def test_the_view_follows_the_ledger(deployed: Deployed) -> None:
    deployed.run(order("viewed-1"))

    def viewed() -> bool:
        books = deployed.books()
        return same_picture(books.orders["viewed-1"], books.views.get("viewed-1"))

    assert eventually(viewed)
    assert deployed.books().views["viewed-1"]["lastEventId"]


def test_a_function_is_denied_what_no_statement_allows(deployed: Deployed) -> None:
    """So the tests above prove each permission that functions need: the embedded cloud enforces their roles here."""
    shipped = {**order("denied-1"), "fulfillment": {"shipment": {"shipmentId": "none"}}}
    with deployed.denied("check-shipment", "dynamodb:GetItem"):
        error, body = deployed.invoke("check-shipment", {"executionId": "x", "order": shipped})
    assert error is not None
    assert "AccessDenied" in str(body) or "not authorized" in str(body), body
