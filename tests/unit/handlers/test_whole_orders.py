"""Whole orders through the workflow's definition: wherever a call breaks off, nothing is owed in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import permutations
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from asl.testing.runs import Run
from handlers.shared.errors import TechnicalError
from handlers.shared.ledger import LedgerConflict
from handlers.shared.sandbox_carrier import SandboxCarrier
from handlers.shared.sandbox_payments import SandboxPayments
from tests.unit.handlers.execution import executed
from workflows import Decisions, Delivery, Functions, order_fulfillment

ARN = "arn:aws:lambda:us-east-1:123456789012:function"
FUNCTIONS = Functions(**{field.name: f"{ARN}:{field.name}:live" for field in fields(Functions)})
RETURNED = {"name": "Ada Lovelace", "postcode": "00001"}


def definition(approval_limit: int = 10_000) -> Any:
    """The workflow, in which a parcel is due when it is asked for the first time."""
    return order_fulfillment(FUNCTIONS, Delivery(1_000, 1_000), Decisions(approval_limit, 600))


@pytest.fixture
def run(shop: Any) -> Callable[..., Run]:
    """Runs an order of which the carrier says nothing unasked, and a person decides `help` about what is stuck."""

    def run(order: Any, machine: Any = None, help: str | None = "RETRIED", approve: Any = None, **more: Any) -> Run:
        decided = {"verdict": help, "by": "ada", "why": "so it is"}
        answers: dict[str, Callable[[Any], object]] = {
            "AskForHelp": lambda order: shop.call("decide", order, **decided) if help else None,
            "AwaitApproval": approve or (lambda order: None),
        }
        return executed(shop, machine or definition(), order, answers, **more)

    return run


def assert_nothing_is_owed(shop: Any, stock: dict[str, int], why: Any = "") -> None:
    """The customer has the goods or the money, the shop the other; no parcel of an undone order is under way."""
    if shop.row()["status"] == "DELIVERED":
        assert (shop.payments(), shop.balances()) == (["CAPTURED"], {"cash": 1895, "revenue": -1895}), why
        return
    assert shop.balances() == {}, why
    assert not {"AUTHORIZED", "CAPTURED"} & set(shop.payments()), why
    assert shop.stock() == stock, why
    assert all("goods" in parcel for parcel in shop.rows("PARCELS_TABLE")), why


def test_what_decides_about_an_order_is_never_read_from_a_copy_that_may_be_old(
    shop: Any, order: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"""
    read: dict[str, set[bool]] = {}
    answers = DynamoHandler.get_item

    def watched(handler: Any) -> Any:
        read.setdefault(handler.body["TableName"], set()).add(handler.body.get("ConsistentRead", False))
        return answers(handler)

    monkeypatch.setattr(DynamoHandler, "get_item", watched)
    run(order)
    decided = {"ORDERS_TABLE", "SHIPMENTS_TABLE", "PAYMENTS_TABLE", "PARCELS_TABLE"}
    assert {table: ways for table, ways in read.items() if table in decided} == {table: {True} for table in decided}


@pytest.mark.parametrize("slow", ["CreateShipment", "ReserveInventory"], ids=["stock first", "parcel first"])
def test_an_order_whose_parcel_arrives_is_delivered(shop: Any, order: dict[str, Any], run: Any, slow: str) -> None:
    found = run(order, slow=[slow])
    assert found.ended_in("OrderDelivered")
    assert found.output["ended"] == {"orderId": "order-1001", "outcome": "DELIVERED"}
    assert shop.row()["status"] == "DELIVERED"
    assert_nothing_is_owed(shop, {})


ENDS = [
    ({"paymentMethodId": "pm_card_chargeDeclined"}, "OrderDeclined"),
    ({"items": []}, "OrderRejected"),
    ({"items": [{"sku": "1029743", "quantity": 6}]}, "OrderRefunded"),
    ({"shipTo": {**RETURNED, "postcode": "00000"}}, "OrderRefunded"),
    ({"shipTo": RETURNED}, "OrderRefunded"),
]


@pytest.mark.parametrize("slow", ["CreateShipment", "ReserveInventory"], ids=["stock first", "parcel first"])
@pytest.mark.parametrize(("changes", "end"), ENDS, ids=["declined", "rejected", "sold out", "refused", "returned"])
def test_an_order_that_fails_ends_with_nothing_owed(
    shop: Any, order: dict[str, Any], run: Any, changes: dict[str, Any], end: str, slow: str
) -> None:
    stock = shop.stock()
    assert run({**order, **changes}, slow=[slow]).ended_in(end)
    assert_nothing_is_owed(shop, stock)


def broken_off(shop: Any, run: Callable[..., Run], order: dict[str, Any]) -> Iterator[tuple[int, Run]]:
    """Run an order again and again; after its first write, then after its second, … the function is gone, and is not
    called again. Gives the write and the run, until nothing breaks off any more."""
    write = 1
    while True:
        shop.open()
        shop.wire.lose = range(write, write + 1)
        one = run(order)
        if shop.wire.writes < write:
            return
        yield write, one
        write += 1


def test_wherever_a_call_breaks_off_an_order_that_comes_back_ends_with_nothing_owed(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    """What an undo could not do, a person has tried again; an execution that failed is followed by a new one."""
    stock, ways, document = shop.stock(), [], {**order, "shipTo": RETURNED}
    for write, broken in broken_off(shop, run, document):
        assert_nothing_is_owed(shop, stock, (write, broken))
        if not broken.ended_in("OrderRefunded"):
            assert broken.ended_in("OrderNotValidated") or broken.ended_in("RefundedNotConfirmed"), write
            shop.forget_notices_under_way()
            assert run(document).ended_in("OrderRefunded"), (write, broken)
            assert_nothing_is_owed(shop, stock, (write, broken))
        assert len(shop.notices()) == 1, (write, broken)
        ways.append(broken.way)
    for state in ("HandlePaymentUncertain", "HandleFulfillmentFailure", "HandlePaymentNotCaptured", "AskForHelp"):
        assert any(state in way for way in ways), f"no call broke off that leads to {state}"


def test_an_order_whose_execution_failed_is_taken_up_again_where_it_was(
    shop: Any, order: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answered for the parcel that could not be stopped; by now it has arrived, and is still to be paid for."""
    with monkeypatch.context() as broken:
        broken.setattr(SandboxPayments, "capture", failing)
        broken.setattr(SandboxCarrier, "cancel", failing)
        assert run(order, help=None).way[-3:] == ["CancelShipment", "AskForHelp", "CompensationStuck"]
    shop.clock.advance(1_000)
    assert run(order, help=None).way == [
        "ValidateOrder", "NeedsApproval", "WhereItStands", "ResumeUndoing",
        "CancelShipment", "CaptureDelivered", "OrderComplete", "OrderDelivered",
    ]  # fmt: skip
    assert_nothing_is_owed(shop, {})


def test_an_order_that_keeps_failing_to_be_refunded_is_settled_by_a_person(
    shop: Any, order: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxPayments, "give_back", failing)
    settled = run({**order, "shipTo": RETURNED}, help="SETTLED")
    assert settled.way[-4:] == ["IsSettled", "RecordSettlement", "NotifyRefunded", "OrderRefunded"]
    assert (shop.row()["status"], shop.row()["settledBy"], shop.balances()) == ("SHIPPING_FAILED", "ada", {})
    assert settled.output["undo"]["settlement"]["by"] == "ada"


def test_a_person_can_have_it_tried_again_three_times_and_then_the_order_fails_with_its_state_kept(
    shop: Any, order: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time is part of the time that the machine has, which no state can catch the end of."""
    with monkeypatch.context() as broken:
        broken.setattr(SandboxPayments, "give_back", failing)
        stuck = run({**order, "shipTo": RETURNED}, help="RETRIED")
    assert stuck.ended_in("CompensationStuck")
    assert (stuck.called("AskForHelp"), stuck.called("RefundPayment")) == (4, 4)
    assert run({**order, "shipTo": RETURNED}).ended_in("OrderRefunded")
    assert shop.balances() == {}


def test_a_parcel_of_which_there_is_news_again_and_again_is_given_up_at_its_deadline(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    """News lets the order wait twice as long for the next, so that counting alone would wait for two deadlines."""
    machine = order_fulfillment(FUNCTIONS, Delivery(1_000, 4_000), Decisions(10_000, 600))
    overdue = run({**order, "shipTo": {**RETURNED, "postcode": "00002"}}, machine, news_after=999.999)
    assert overdue.went_through("HandleParcelOverdue")
    assert len(overdue.visits("CountPoll")) == 2
    assert overdue.took.total_seconds() == pytest.approx(4_000, abs=1)
    assert overdue.ended_in("OrderRefunded")


@pytest.mark.parametrize("captured", [True, False])
def test_a_parcel_that_arrives_while_the_carrier_does_not_answer_is_paid_for_after_all(
    shop: Any, order: dict[str, Any], run: Any, captured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxCarrier, "track", failing)
    monkeypatch.setenv("CARRIER_TRANSIT_SECONDS", "5")
    capture, calls = SandboxPayments.capture, []

    def first_failing(provider: SandboxPayments, payment_id: str) -> None:
        calls.append(payment_id)
        if not captured and len(calls) == 1:
            shop.clock.advance(5)
            raise ConnectionError
        capture(provider, payment_id)

    monkeypatch.setattr(SandboxPayments, "capture", first_failing)
    late = run(order)
    assert late.went_through("HandleParcelOverdue" if captured else "HandlePaymentNotCaptured")
    assert late.way[-4:] == ["CancelShipment", "CaptureDelivered", "OrderComplete", "OrderDelivered"]
    assert_nothing_is_owed(shop, {})


@pytest.mark.parametrize(
    ("verdict", "end"), [("APPROVED", "OrderDelivered"), ("REJECTED", "OrderRejected"), (None, "OrderRejected")]
)
def test_a_large_order_is_charged_once_a_person_approves(
    shop: Any, order: dict[str, Any], run: Any, verdict: str | None, end: str
) -> None:
    def approve(state: dict[str, Any]) -> None:
        assert shop.payments() == [], "nothing is charged before"
        if verdict:
            assert shop.call("decide", state, verdict=verdict, by="ada", why="so it is")["decided"]

    stock = shop.stock()
    assert run(order, definition(approval_limit=1_894), approve=approve).ended_in(end)
    assert_nothing_is_owed(shop, stock)
    assert len(shop.payments()) == (verdict == "APPROVED")


UNDO = ("cancel_shipment", "release_stock", "refund_payment")
FORWARD: dict[str, tuple[str, Callable[[Any, dict[str, Any]], object]]] = {
    "validated": ("validated", lambda shop, state: None),
    "payment opened": ("validated", lambda shop, state: shop.break_off(2, "charge_payment", state)),
    "money held": ("validated", lambda shop, state: shop.break_off(3, "charge_payment", state)),
    "charged": ("charged", lambda shop, state: None),
    "reserved": ("charged", lambda shop, state: shop.call("reserve_inventory", state)),
    "parcel booked": ("charged", lambda shop, state: shop.break_off(1, "create_shipment", state)),
    "shipped": ("shipped", lambda shop, state: None),
    "money taken": ("shipped", lambda shop, state: shop.break_off(1, "capture_payment", state)),
    "captured": ("captured", lambda shop, state: None),
}


@pytest.mark.parametrize("reached", FORWARD)
def test_however_far_an_order_has_come_its_undos_bring_all_back_in_any_order_that_ends_with_the_refund(
    shop: Any, order: dict[str, Any], reached: str
) -> None:
    """Any that begins with it gives the money back, too; then the ledger takes no other undo, and says so."""
    stage, further = FORWARD[reached]
    for steps in permutations(UNDO):
        shop.open()
        stock = shop.stock()
        state = getattr(shop, stage)(order)
        further(shop, state)
        for step in steps:
            if "refund_payment" in steps[: steps.index(step)]:
                with pytest.raises(LedgerConflict, match="is REFUNDED"):
                    shop.call(step, state)
            else:
                shop.call(step, state)
        if steps[-1] == "refund_payment":
            assert_nothing_is_owed(shop, stock, steps)
        assert (shop.balances(), shop.row()["status"]) == ({}, "REFUNDED"), steps
        assert not {"AUTHORIZED", "CAPTURED"} & set(shop.payments()), steps


@pytest.mark.parametrize("undone", range(1, 4), ids=UNDO)
def test_late_steps_of_the_way_forward_change_nothing_once_undoing_has_begun(
    shop: Any, order: dict[str, Any], undone: int
) -> None:
    """As of a branch that was stopped when the other failed, while its function still ran."""
    state = shop.charged(order)
    for step in UNDO[:undone]:
        shop.call(step, state)
    before = shop.everything()
    shop.call("charge_payment", state)
    for step in ("reserve_inventory", "create_shipment", "capture_payment"):
        with pytest.raises(TechnicalError):
            shop.call(step, state)
    assert shop.everything() == before


def failing(*_: Any) -> None:
    raise ConnectionError("nobody answers")
