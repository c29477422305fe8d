"""Whole orders through the workflow's definition: wherever a call breaks off, nothing is owed in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import permutations
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from handlers.shared.errors import TechnicalError
from handlers.shared.ledger import LedgerConflict
from handlers.shared.sandbox_carrier import SandboxCarrier
from handlers.shared.sandbox_payments import SandboxPayments
from tests.unit.handlers.execution import Execution
from workflows import Decisions, Delivery, Functions, order_fulfillment

FUNCTIONS = Functions(**{field.name: field.name for field in fields(Functions)})
RETURNED = {"name": "Ada Lovelace", "postcode": "00001"}


def definition(approval_limit: int = 10_000) -> Any:
    """The workflow, in which a parcel is due when it is asked for the first time."""
    return order_fulfillment(FUNCTIONS, Delivery(1_000, 1_000), Decisions(approval_limit, 600))


@pytest.fixture
def execution(shop: Any) -> Callable[..., Execution]:
    """Makes an execution in which the carrier says nothing unasked, and a person decides `help` about what is stuck."""

    def make(help: str | None = "RETRIED", **more: Any) -> Execution:
        decided = {"verdict": help, "by": "ada", "why": "so it is"}
        answers: dict[str, Callable[[Any], object]] = {
            "AskForHelp": lambda order: shop.call("decide", order, **decided) if help else None
        }
        return Execution(shop, answers=answers, **{"definition": definition(), **more})

    return make


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
    shop: Any, order: dict[str, Any], execution: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"""
    read: dict[str, set[bool]] = {}
    answers = DynamoHandler.get_item

    def watched(handler: Any) -> Any:
        read.setdefault(handler.body["TableName"], set()).add(handler.body.get("ConsistentRead", False))
        return answers(handler)

    monkeypatch.setattr(DynamoHandler, "get_item", watched)
    execution().run(order)
    decided = {"ORDERS_TABLE", "SHIPMENTS_TABLE", "PAYMENTS_TABLE", "PARCELS_TABLE"}
    assert {table: ways for table, ways in read.items() if table in decided} == {table: {True} for table in decided}


@pytest.mark.parametrize("slow", ["CreateShipment", "ReserveInventory"], ids=["stock first", "parcel first"])
def test_an_order_whose_parcel_arrives_is_delivered(
    shop: Any, order: dict[str, Any], execution: Any, slow: str
) -> None:
    run = execution(slow=[slow])
    output = run.run(order)
    assert run.entered[-1] == "OrderDelivered"
    assert output["ended"] == {"orderId": "order-1001", "outcome": "DELIVERED"}
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
    shop: Any, order: dict[str, Any], execution: Any, changes: dict[str, Any], end: str, slow: str
) -> None:
    stock, run = shop.stock(), execution(slow=[slow])
    run.run({**order, **changes})
    assert run.entered[-1] == end
    assert_nothing_is_owed(shop, stock)


def broken_off(shop: Any, run: Callable[[], Execution], order: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Run an order again and again; after its first write, then after its second, … the function is gone, and is not
    called again. Gives the write and the states that were entered, until nothing breaks off any more."""
    write = 1
    while True:
        shop.open()
        shop.wire.lose = range(write, write + 1)
        one = run()
        one.run(order)
        if shop.wire.writes < write:
            return
        yield write, one.entered
        write += 1


def test_wherever_a_call_breaks_off_an_order_that_comes_back_ends_with_nothing_owed(
    shop: Any, order: dict[str, Any], execution: Any
) -> None:
    """What an undo could not do, a person has tried again; an execution that failed is followed by a new one."""
    stock, ways, document = shop.stock(), [], {**order, "shipTo": RETURNED}
    for write, entered in broken_off(shop, execution, document):
        assert_nothing_is_owed(shop, stock, (write, entered))
        if entered[-1] != "OrderRefunded":
            assert entered[-1] in ("OrderNotValidated", "RefundedNotConfirmed"), (write, entered)
            again = execution()
            shop.forget_notices_under_way()
            again.run(document)
            assert again.entered[-1] == "OrderRefunded", (write, entered, again.entered)
            assert_nothing_is_owed(shop, stock, (write, entered, again.entered))
        assert len(shop.notices()) == 1, (write, entered)
        ways.append(entered)
    for state in ("HandlePaymentUncertain", "HandleFulfillmentFailure", "HandlePaymentNotCaptured", "AskForHelp"):
        assert any(state in way for way in ways), f"no call broke off that leads to {state}"


def test_an_order_whose_execution_failed_is_taken_up_again_where_it_was(
    shop: Any, order: dict[str, Any], execution: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answered for the parcel that could not be stopped; by now it has arrived, and is still to be paid for."""
    with monkeypatch.context() as broken:
        broken.setattr(SandboxPayments, "capture", failing)
        broken.setattr(SandboxCarrier, "cancel", failing)
        run = execution(help=None)
        run.run(order)
    assert run.entered[-3:] == ["CancelShipment", "AskForHelp", "CompensationStuck"]
    shop.clock.advance(1_000)
    again = execution(help=None)
    again.run(order)
    assert again.entered == [
        "ValidateOrder", "NeedsApproval", "WhereItStands", "ResumeUndoing",
        "CancelShipment", "CaptureDelivered", "OrderComplete", "OrderDelivered",
    ]  # fmt: skip
    assert_nothing_is_owed(shop, {})


def test_an_order_that_keeps_failing_to_be_refunded_is_settled_by_a_person(
    shop: Any, order: dict[str, Any], execution: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxPayments, "give_back", failing)
    run = execution(help="SETTLED")
    output = run.run({**order, "shipTo": RETURNED})
    assert run.entered[-4:] == ["IsSettled", "RecordSettlement", "NotifyRefunded", "OrderRefunded"]
    assert (shop.row()["status"], shop.row()["settledBy"], shop.balances()) == ("SHIPPING_FAILED", "ada", {})
    assert output["undo"]["settlement"]["by"] == "ada"


def test_a_person_can_have_it_tried_again_three_times_and_then_the_order_fails_with_its_state_kept(
    shop: Any, order: dict[str, Any], execution: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time is part of the time that the machine has, which no state can catch the end of."""
    with monkeypatch.context() as broken:
        broken.setattr(SandboxPayments, "give_back", failing)
        run = execution(help="RETRIED")
        run.run({**order, "shipTo": RETURNED})
    assert run.entered[-1] == "CompensationStuck"
    assert (run.entered.count("AskForHelp"), run.entered.count("RefundPayment")) == (4, 4)
    again = execution()
    again.run({**order, "shipTo": RETURNED})
    assert (again.entered[-1], shop.balances()) == ("OrderRefunded", {})


def test_a_parcel_of_which_there_is_news_again_and_again_is_given_up_at_its_deadline(
    shop: Any, order: dict[str, Any], execution: Any
) -> None:
    """News lets the order wait twice as long for the next, so that counting alone would wait for two deadlines."""
    run = execution(definition=order_fulfillment(FUNCTIONS, Delivery(1_000, 4_000), Decisions(10_000, 600)))
    run.news_after = 999.999
    began = shop.clock()
    run.run({**order, "shipTo": {**RETURNED, "postcode": "00002"}})
    assert "HandleParcelOverdue" in run.entered
    assert run.entered.count("CountPoll") == 2
    assert (shop.clock() - began).total_seconds() == pytest.approx(4_000, abs=1)
    assert run.entered[-1] == "OrderRefunded"


@pytest.mark.parametrize("captured", [True, False])
def test_a_parcel_that_arrives_while_the_carrier_does_not_answer_is_paid_for_after_all(
    shop: Any, order: dict[str, Any], execution: Any, captured: bool, monkeypatch: pytest.MonkeyPatch
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
    run = execution()
    run.run(order)
    assert ("HandleParcelOverdue" if captured else "HandlePaymentNotCaptured") in run.entered
    assert run.entered[-4:] == ["CancelShipment", "CaptureDelivered", "OrderComplete", "OrderDelivered"]
    assert_nothing_is_owed(shop, {})


@pytest.mark.parametrize(
    ("verdict", "end"), [("APPROVED", "OrderDelivered"), ("REJECTED", "OrderRejected"), (None, "OrderRejected")]
)
def test_a_large_order_is_charged_once_a_person_approves(
    shop: Any, order: dict[str, Any], execution: Any, verdict: str | None, end: str
) -> None:
    def answer(state: dict[str, Any]) -> None:
        assert shop.payments() == [], "nothing is charged before"
        if verdict:
            assert shop.call("decide", state, verdict=verdict, by="ada", why="so it is")["decided"]

    stock, run = shop.stock(), execution(definition=definition(approval_limit=1_894))
    run.answers["AwaitApproval"] = answer
    run.run(order)
    assert run.entered[-1] == end
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
