"""The ledger's row: counted, in order, and the same however often a step is repeated."""

from __future__ import annotations

from typing import Any

import pytest

STEPS: list[tuple[str, dict[str, Any]]] = [
    ("validate_order", {}),
    ("charge_payment", {}),
    ("reserve_inventory", {}),
    ("create_shipment", {}),
    ("check_shipment", {}),
    ("send_confirmation", {"outcome": "DELIVERED"}),
]


def before(shop: Any, order: dict[str, Any], step: str) -> dict[str, Any]:
    """The state of an execution that is about to enter `step`."""
    names = [name for name, _ in STEPS]
    reached = names.index(step)
    if reached <= 1:
        return shop.validated(order) if reached else order
    return shop.charged(order) if reached <= 3 else shop.shipped(order)


@pytest.mark.parametrize(("step", "more"), STEPS, ids=[name for name, _ in STEPS])
def test_a_step_that_is_called_twice_changes_no_row_the_second_time(
    shop: Any, order: dict[str, Any], step: str, more: dict[str, Any]
) -> None:
    state = before(shop, order, step)
    first = shop.call(step, state, **more)
    written = shop.everything()
    shop.clock.advance(1)
    assert shop.call(step, state, **more) == first
    assert shop.everything() == written


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
    assert [entry["event"] for entry in row["timeline"]] == ["VALIDATED", "CHARGED", *recorded]
    assert [entry["at"][17:] for entry in row["timeline"]] == ["00.000Z", "00.000Z", "01.500Z", "03.000Z"]
    assert (int(row["version"]), row["events"]) == (4, {"VALIDATED", "CHARGED", "RESERVED", "SHIPPED"})
    assert row["updatedAt"] == row["timeline"][-1]["at"]


def test_the_row_has_what_the_projection_needs_at_every_step(shop: Any, order: dict[str, Any]) -> None:
    needed = {"orderId", "customerId", "status", "updatedAt", "version", "amountCents", "chargedCents", "timeline"}
    shop.validated(order)
    assert needed <= shop.row().keys()
    assert shop.row()["executionId"].endswith("order-1001")


def test_a_row_that_another_transaction_holds_for_a_moment_is_only_a_delay(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = shop.charged(order)
    real, tries = shop.dynamodb.update_item, []

    def busy(**request: Any) -> Any:
        tries.append(request)
        if len(tries) < 3:
            conflict = shop.dynamodb.exceptions.TransactionConflictException
            raise conflict({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "UpdateItem")
        return real(**request)

    monkeypatch.setattr(shop.dynamodb, "update_item", busy)
    shop.call("create_shipment", state)
    assert (len(tries), shop.row()["status"]) == (3, "SHIPPED")
