"""An order that is taken up again by a new execution: the ledger says where it goes on, whoever started it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from handlers.shared.ledger import AFTER, FAILURES, FINAL, OrderRow
from handlers.validate_order import resumed
from workflows import Decisions, Delivery, Functions, order_fulfillment


def row(status: str, *events: str, **more: Any) -> OrderRow:
    order = {"orderId": "order-1", "digest": "d", "amountCents": 1_895, "chargedCents": 0, "updatedAt": "now"}
    return OrderRow.of({**order, "version": 1, "status": status, "events": {"VALIDATED", status, *events}, **more})


STANDS = [
    (row("VALIDATED"), {}),
    (row("VALIDATED", "PAYMENT_OPENED", paymentId="pay-1"), {"resume": "FORWARD"}),
    (row("CHARGED"), {"resume": "FORWARD"}),
    (row("SHIPPED", "CHARGED", "UNDOING", "RESUMED", outcome="PARCEL_OVERDUE"), {"resume": "FORWARD"}),
    (row("DELIVERED"), {"resume": "FORWARD"}),
    (row("DECLINED"), {"resume": "FORWARD"}),
    (row("NOT_APPROVED"), {"resume": "NOT_APPROVED"}),
    (row("UNDOING", outcome="OUT_OF_STOCK"), {"resume": "UNDO", "outcome": "OUT_OF_STOCK"}),
    (row("REFUNDED", "UNDOING", outcome="PARCEL_OVERDUE"), {"resume": "TELL", "outcome": "PARCEL_OVERDUE"}),
    (row("SETTLED"), {"resume": "TELL", "outcome": "FULFILLMENT_FAILED"}),
    (row("OUT_OF_STOCK", "REFUNDED", outcome="PARCEL_OVERDUE"), {"resume": "TELL", "outcome": "OUT_OF_STOCK"}),
]


@pytest.mark.parametrize(("stands", "goes_on"), STANDS, ids=[stands.status for stands, _ in STANDS])
def test_it_goes_on_where_the_ledger_says(stands: OrderRow, goes_on: dict[str, str]) -> None:
    assert resumed(stands) == goes_on


@pytest.mark.parametrize("status", sorted(FINAL - {"REJECTED"} | {s for after in AFTER.values() for s in after}))
def test_nothing_is_undone_twice_or_given_back_after_it_was_settled(status: str) -> None:
    """The undo of a settled order would give back by the provider what a person has given back by hand."""
    goes_on = resumed(row(status)).get("resume")
    assert (goes_on == "UNDO") == (status == "UNDOING")
    assert (goes_on == "TELL") == (status in (*FAILURES, "REFUNDED", "SETTLED"))


def test_the_workflow_knows_every_answer() -> None:
    functions = Functions(
        **{f.name: f"arn:aws:lambda:us-east-1:123456789012:function:{f.name}" for f in fields(Functions)}
    )
    states = order_fulfillment(functions, Delivery(60, 3600), Decisions(500_000, 3600))["States"]
    assert states["NeedsApproval"]["Choices"][0] == {
        "Variable": "$.quote.resume",
        "IsPresent": True,
        "Next": "WhereItStands",
    }, "asked before the amount: who had to approve it has done so"
    leads = {rule["StringEquals"]: rule["Next"] for rule in states["WhereItStands"]["Choices"]}
    assert leads == {"UNDO": "ResumeUndoing", "TELL": "ResumeTelling", "NOT_APPROVED": "HandleNotApproved"}
    assert states["WhereItStands"]["Default"] == "ChargePayment"
    assert states["ResumeUndoing"]["Next"] == states["HandleOutOfStock"]["Next"], "all of the undo"
    assert states["ResumeTelling"]["Next"] == "NotifyRefunded"
    assert {goes_on["resume"] for _, goes_on in STANDS if goes_on} == {*leads, "FORWARD"}
