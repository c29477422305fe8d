"""The ledger: its rows counted, in order and the same however often a step is repeated; its entries beside them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from handlers.shared import entries
from handlers.shared.errors import RowsBusy
from handlers.shared.ledger import AFTER, FAILURES, FINAL, UNDONE, Ledger, LedgerConflict
from workflows import Functions

SETTLED = {"help": {"verdict": "SETTLED", "by": "ada", "why": "paid back by bank transfer"}}
STEPS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "validate_order": ("sent", {}, {}),
    "charge_payment": ("validated", {}, {}),
    "reserve_inventory": ("charged", {}, {}),
    "create_shipment": ("charged", {}, {}),
    "capture_payment": ("shipped", {}, {}),
    "follow_shipment": ("captured", {}, {"token": "token-1"}),
    "cancel_shipment": ("captured", {}, {}),
    "release_stock": ("captured", {}, {}),
    "refund_payment": ("captured", {}, {}),
    "record_settlement": ("captured", SETTLED, {}),
    "send_confirmation": ("captured", {}, {"outcome": "DELIVERED"}),
}
"""Every step: how far the order has come before it, what else is in its state, and what else it is given."""

NOTES_THE_TIME = {"ask_person", "check_shipment"}
"""Steps whose repeat asks anew, and says when. They have tests of their own."""


def reached(shop: Any, order: dict[str, Any], stage: str) -> dict[str, Any]:
    return order if stage == "sent" else getattr(shop, stage)(order)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_called_twice_changes_no_row_the_second_time(
    shop: Any, order: dict[str, Any], step: str
) -> None:
    stage, beside, more = STEPS[step]
    state = {**reached(shop, order, stage), **beside}
    first = shop.call(step, state, **more)
    written = shop.everything()
    shop.clock.advance(1)
    assert shop.call(step, state, **more) == first
    assert shop.everything() == written


def test_every_step_of_the_workflow_is_called_twice_above() -> None:
    assert {field.name for field in fields(Functions)} == STEPS.keys() | NOTES_THE_TIME


@pytest.mark.parametrize("shipment_first", [False, True])
def test_versions_count_the_timeline_and_a_reservation_leaves_the_status_alone(
    shop: Any, order: dict[str, Any], shipment_first: bool
) -> None:
    state = shop.charged(order)
    branches = ["create_shipment", "reserve_inventory"] if shipment_first else ["reserve_inventory", "create_shipment"]
    for branch in branches:
        shop.clock.advance(1.5)
        shop.call(branch, state)
    recorded = ["SHIPPED", "RESERVED"] if shipment_first else ["RESERVED", "SHIPPED"]
    row = shop.row()
    assert row["status"] == "SHIPPED"
    before = ["VALIDATED", "PAYMENT_OPENED", "CHARGED"]
    assert [entry["event"] for entry in row["timeline"]] == [*before, *recorded]
    assert [entry["at"][17:] for entry in row["timeline"]] == [*["00.000Z"] * 3, "01.500Z", "03.000Z"]
    assert (int(row["version"]), row["events"]) == (5, {*before, *recorded})
    assert row["updatedAt"] == row["timeline"][-1]["at"]


def test_the_row_has_what_the_projection_needs_at_every_step(shop: Any, order: dict[str, Any]) -> None:
    needed = {"orderId", "customerId", "status", "updatedAt", "version", "amountCents", "chargedCents", "timeline"}
    shop.validated(order)
    assert needed <= shop.row().keys()
    assert shop.row()["executionId"].endswith("order-1001")


FORWARD = ("PAYMENT_OPENED", "CHARGED", "DECLINED", "NOT_APPROVED", "RESERVED", "SHIPPED", "CAPTURED", "DELIVERED")


@pytest.mark.parametrize("change", FORWARD)
def test_the_fence_nothing_of_the_way_forward_is_recorded_once_an_order_is_being_undone(change: str) -> None:
    assert not {"UNDOING", *UNDONE, *FINAL} & set(AFTER[change])


@pytest.mark.parametrize("outcome", FAILURES)
def test_a_failure_is_an_orders_end_only_once_nothing_is_owed(outcome: str) -> None:
    assert set(AFTER[outcome]) == {"REFUNDED", "SETTLED"}


def ledger(shop: Any) -> Ledger:
    return Ledger(shop.dynamodb, "ORDERS_TABLE", "ENTRIES_TABLE", shop.clock)


ROW = {"digest": "d", "version": 1, "timeline": [], "amountCents": 5, "chargedCents": 0, "updatedAt": "now"}


@pytest.mark.parametrize("change", AFTER)
def test_a_change_is_taken_in_its_turn_and_in_no_other(shop: Any, change: str) -> None:
    statuses = {"VALIDATED", "REJECTED", *AFTER}
    refused = sorted(statuses - {change, *AFTER[change]})[::6]
    for status in (*AFTER[change], *refused):
        shop.put("ORDERS_TABLE", [{**ROW, "orderId": status, "status": status, "events": {status}}])
        before = shop.row(status)
        if status in AFTER[change]:
            assert change in ledger(shop).record(status, change).events
        else:
            with pytest.raises(LedgerConflict, match=f"order {status} is {status}, which does not go with {change}"):
                ledger(shop).record(status, change)
            assert shop.row(status) == before


@pytest.mark.parametrize("change", AFTER)
def test_a_row_is_in_the_index_of_open_orders_by_its_status_until_the_order_ends(shop: Any, change: str) -> None:
    """A silent change leaves it there, and one that takes an order up again puts it back."""
    fields: dict[str, Any] = {"status": "CAPTURED"} if change == "RESUMED" else {}
    for status in AFTER[change]:
        row = {**ROW, "orderId": status, "status": status, "events": {status}}
        shop.put("ORDERS_TABLE", [row if status in FINAL else {**row, "openStatus": status}])
        ledger(shop).record(status, change, **fields)
        row = shop.row(status)
        assert row.get("openStatus") == (None if row["status"] in FINAL else row["status"])
        assert [one.order_id for one in ledger(shop).under_way()] == ([] if row["status"] in FINAL else [status])
        shop.dynamodb.delete_item(TableName="ORDERS_TABLE", Key={"orderId": status})


@pytest.mark.parametrize(("change", "opens"), [("VALIDATED", True), ("REJECTED", False)])
def test_an_order_is_open_from_its_validation_and_a_rejected_one_never(shop: Any, change: str, opens: bool) -> None:
    ledger(shop).open("order-1", change, {"amountCents": 5, "digest": "d"})
    assert [one.order_id for one in ledger(shop).under_way()] == (["order-1"] if opens else [])


def test_a_change_is_recorded_with_its_entry_once(shop: Any, order: dict[str, Any]) -> None:
    shop.validated(order)
    for _ in range(2):
        ledger(shop).post("order-1001", "CHARGED", entries.charged(1895), chargedCents=1895)
    (entry,) = shop.rows("ENTRIES_TABLE")
    assert (entry["entryId"], entry["orderId"], entry["change"]) == ("order-1001#CHARGED", "order-1001", "CHARGED")
    assert entry["lines"] == [{"account": "customer", "cents": -1895}, {"account": "authorized", "cents": 1895}]


def test_a_row_and_its_entry_are_written_together_or_not_at_all(shop: Any, order: dict[str, Any]) -> None:
    shop.validated(order)
    # The row is in the way: it cannot be captured before it is shipped.
    with pytest.raises(LedgerConflict):
        ledger(shop).post("order-1001", "CAPTURED", entries.captured(1895))
    assert shop.rows("ENTRIES_TABLE") == []
    # The entry is in the way: there is one of this name.
    shop.put("ENTRIES_TABLE", [{"entryId": "order-1001#CHARGED"}])
    row = shop.row()
    with pytest.raises(LedgerConflict, match="is VALIDATED, which does not go with CHARGED"):
        ledger(shop).post("order-1001", "CHARGED", entries.charged(1895), chargedCents=1895)
    assert shop.row() == row


@pytest.mark.parametrize(
    "entry",
    [
        entries.charged(5),
        entries.captured(5),
        entries.delivered(5),
        entries.given_back(5, was_captured=False),
        entries.given_back(5, was_captured=True),
    ],
    ids=["charged", "captured", "delivered", "canceled", "refunded"],
)
def test_what_leaves_one_account_enters_another(entry: entries.Entry) -> None:
    assert sorted(cents for _, cents in entry) == [-5, 5]


def test_balances_sum_each_account_over_all_orders() -> None:
    rows = [
        entries.item("a", "CHARGED", entries.charged(5), "now"),
        entries.item("a", "CAPTURED", entries.captured(5), "now"),
        entries.item("b", "CHARGED", entries.charged(7), "now"),
        entries.item("b", "REFUNDED", entries.given_back(7, was_captured=False), "now"),
    ]
    assert entries.balances(rows) == {"customer": -5, "authorized": 0, "cash": 5}
    assert entries.charged(0) == (), "nothing moved is no entry"


HELD = {
    "transact_write_items": {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "TransactionConflict"}],
    },
    "update_item": {"Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing"}},
}
"""How DynamoDB refuses each kind of write while a transaction is at the row.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""


def hold(shop: Any, monkeypatch: pytest.MonkeyPatch, write: str, times: float) -> list[Any]:
    """Have a transaction be at the order's row for the first `times` writes; those that were tried."""
    commit, tries = getattr(shop.dynamodb, write), list[Any]()

    def contended(**request: Any) -> Any:
        if request.get("TableName", "ORDERS_TABLE") == "ORDERS_TABLE":
            tries.append(request)
            if len(tries) <= times:
                refused = HELD[write]
                raise getattr(shop.dynamodb.exceptions, refused["Error"]["Code"])(refused, write)
        return commit(**request)

    monkeypatch.setattr(shop.dynamodb, write, contended)
    return tries


@pytest.mark.parametrize(
    ("write", "function", "status"),
    [("update_item", "create_shipment", "SHIPPED"), ("transact_write_items", "capture_payment", "CAPTURED")],
)
def test_a_row_that_another_transaction_holds_for_a_moment_is_only_a_delay(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch, write: str, function: str, status: str
) -> None:
    state = shop.charged(order) if function == "create_shipment" else shop.shipped(order)
    tries = hold(shop, monkeypatch, write, times=2)
    shop.call(function, state)
    assert (len(tries), shop.row()["status"]) == (3, status)


@pytest.mark.parametrize(
    ("write", "function", "what"),
    [
        ("update_item", "refund_payment", "UNDOING of order order-1001 is not written"),
        (
            "transact_write_items",
            "capture_payment",
            "CAPTURED of order order-1001 is not written.*Conflict",
        ),
    ],
)
def test_a_row_that_others_keep_changing_is_for_the_workflow_to_retry(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch, write: str, function: str, what: str
) -> None:
    state = shop.shipped(order)
    hold(shop, monkeypatch, write, times=float("inf"))
    with pytest.raises(RowsBusy, match=what):
        shop.call(function, state)


def test_a_change_without_an_entry_is_one_call_and_a_second_time_changes_nothing(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction would cost twice as much: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"""
    shop.charged(order)
    tries = hold(shop, monkeypatch, "update_item", times=0)
    first = ledger(shop).record("order-1001", "SHIPPED", shipmentId="shp_1")
    assert (len(tries), first.status, first.shipment_id) == (1, "SHIPPED", "shp_1")
    row = shop.row()
    assert ledger(shop).record("order-1001", "SHIPPED", shipmentId="shp_2") == first
    assert shop.row() == row
