"""Orders through the deployed program: each ends as it should, and the books agree."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from emulator.reconcile import reconcile, same_picture
from orderflow import DifferentOrder
from tests.deployed import PRODUCTS, Deployed, checked, eventually, order


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
    assert sorted(entry["event"] for entry in row["timeline"]) == [
        "CHARGED",
        "DELIVERED",
        "RESERVED",
        "SHIPPED",
        "VALIDATED",
    ]


ENDS = [
    ({"paymentMethodId": "pm_card_chargeDeclined"}, "SUCCEEDED", "DECLINED", "HandlePaymentDeclined", 0),
    ({"items": [{"sku": "unknown-1", "quantity": 1}]}, "SUCCEEDED", "REJECTED", "NotifyValidationFailed", 0),
    ({"items": [{"sku": "tea", "quantity": -2}]}, "SUCCEEDED", "REJECTED", "NotifyValidationFailed", 0),
    ({"items": [{"sku": "gold", "quantity": 2}]}, "SUCCEEDED", "REJECTED", "NotifyValidationFailed", 0),
    ({"items": [{"sku": "gone", "quantity": 1}]}, "FAILED", "ChargedOutOfStock", "HandleOutOfStock", 700),
    (
        {"shipTo": {"name": "A", "postcode": "00000"}},
        "FAILED",
        "ChargedShipmentRefused",
        "HandleShipmentRefused",
        2_100,
    ),
    ({"shipTo": {"name": "A", "postcode": "00001"}}, "FAILED", "ShippingFailed", "HandleShippingFailure", 2_100),
    ({"shipTo": {"name": "A", "postcode": "00002"}}, "FAILED", "ParcelOverdue", "HandleParcelOverdue", 2_100),
]


@pytest.mark.parametrize(
    ("changes", "status", "outcome", "state", "charged"), ENDS, ids=[end[2] + str(n) for n, end in enumerate(ENDS)]
)
def test_each_trouble_ends_named_and_says_what_to_refund(
    deployed: Deployed, changes: dict[str, Any], status: str, outcome: str, state: str, charged: int, request: Any
) -> None:
    order_id = "end-" + request.node.callspec.id.replace("_", "-")
    execution = deployed.run(order(order_id, **changes))
    assert execution["status"] == status
    assert state in deployed.states(order_id)
    payments = [row for row in deployed.rows("payments") if row["orderId"] == order_id and row["status"] == "CHARGED"]
    assert sum(int(row["amountCents"]) for row in payments) == charged
    if status == "SUCCEEDED":
        assert json.loads(execution["output"])["ended"]["outcome"] == outcome
    else:
        assert execution["error"] == outcome
        assert execution["cause"].startswith(f"Refund {charged} cents of payment pay_{order_id} for order {order_id}: ")


def test_a_lost_parcel_is_polled_a_bounded_number_of_times(deployed: Deployed) -> None:
    deployed.run(order("lost-1", shipTo={"name": "A", "postcode": "00002"}))
    assert deployed.states("lost-1").count("CheckShipmentStatus") == 3


def test_two_orders_for_the_last_piece_one_gets_it_and_stock_is_never_below_zero(deployed: Deployed) -> None:
    documents = [order(f"rare-{n}", items=[{"sku": "rare", "quantity": 1}]) for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(deployed.run, documents))
    assert sorted(execution["status"] for execution in ended) == ["FAILED", "SUCCEEDED"]
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
    "validate-order",
    "charge-payment",
    "reserve-inventory",
    "create-shipment",
    "check-shipment",
    "send-confirmation",
)


def test_every_call_made_twice_changes_no_row_and_gives_the_same_answer(deployed: Deployed) -> None:
    state: dict[str, Any] = order("twice-1")
    results = {"validate-order": "quote", "charge-payment": "payment"}
    for function in HANDLERS:
        payload = {"executionId": "arn:twice-1", "order": state, "outcome": "DELIVERED"}
        error, first = deployed.invoke(function, payload)
        assert error is None, first
        before = {
            name: sorted(map(str, deployed.rows(name))) for name in deployed.outputs["tables"] if name != "order-views"
        }
        assert deployed.invoke(function, payload) == (None, first) or function == "check-shipment"
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
    iam, role = deployed.cloud.client("iam"), "orderflow-local-check-shipment"
    shipped = {**order("denied-1"), "fulfillment": {"shipment": {"shipmentId": "none"}}}
    policy = iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
    allowed = [statement for statement in policy["Statement"] if "dynamodb:GetItem" not in statement["Action"]]
    try:
        iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps({**policy, "Statement": allowed}))
        error, body = deployed.invoke("check-shipment", {"executionId": "x", "order": shipped})
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(policy))
    assert error is not None
    assert "AccessDenied" in str(body) or "not authorized" in str(body), body
