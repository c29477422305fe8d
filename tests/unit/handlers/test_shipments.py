"""create_shipment and check_shipment: one parcel per order, by the carrier's schedule."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.errors import ShipmentRefused, TechnicalError
from handlers.shared.ledger import LedgerConflict
from handlers.shared.shipments import Shipments


def to(order: dict[str, Any], postcode: str) -> dict[str, Any]:
    return {**order, "shipTo": {"name": "Ada Lovelace", "postcode": postcode}}


def statuses(shop: Any, state: dict[str, Any]) -> list[str]:
    """What the carrier says just before and at half the transit time of 1000 s, and when the parcel is due."""
    said = []
    for seconds in (0, 499.999, 0.001, 499.999, 0.001, 10_000_000):
        shop.clock.advance(seconds)
        said.append(shop.call("check_shipment", state)["status"])
    return said


@pytest.mark.parametrize(
    ("postcode", "halfway", "at_last"),
    [
        ("98101", "IN_TRANSIT", "DELIVERED"),
        ("00001", "IN_TRANSIT", "FAILED"),
        ("00002", "IN_TRANSIT", "IN_TRANSIT"),
    ],
)
def test_a_parcel_advances_by_the_schedule_and_the_test_postcodes(
    shop: Any, order: dict[str, Any], postcode: str, halfway: str, at_last: str
) -> None:
    state = shop.shipped(to(order, postcode))
    assert statuses(shop, state) == ["CREATED", "CREATED", halfway, halfway, at_last, at_last]


def test_a_shipment_is_booked_once_and_answered_as_it_was_booked(shop: Any, order: dict[str, Any]) -> None:
    state = shop.charged(order)
    first = shop.call("create_shipment", state)
    assert first == {
        "shipmentId": "shp_order-1001",
        "status": "CREATED",
        "dueAt": "2026-03-01T12:16:40.000Z",
        "giveUpAt": "2026-03-01T12:16:40.000Z",
    }
    shop.clock.advance(5_000)
    assert shop.call("create_shipment", state) == first
    assert (len(shop.rows("PARCELS_TABLE")), len(shop.rows("SHIPMENTS_TABLE"))) == (1, 1)
    assert (shop.row()["status"], shop.row()["shipmentId"]) == ("SHIPPED", "shp_order-1001")


@pytest.mark.parametrize("write", [1, 2, 3], ids=["parcel booked", "shipment noted", "order recorded"])
def test_a_call_that_breaks_off_is_made_good_by_the_next_and_books_no_second_parcel(
    shop: Any, order: dict[str, Any], write: int
) -> None:
    state = shop.charged(order)
    shop.break_off(write, "create_shipment", state)
    booked = shop.rows("PARCELS_TABLE")
    shop.clock.advance(60)
    shipment = shop.call("create_shipment", state)
    assert shop.rows("PARCELS_TABLE") == booked
    (noted,) = shop.rows("SHIPMENTS_TABLE")
    assert {name: noted[name] for name in shipment} == shipment
    assert (noted["orderId"], shop.row()["status"]) == ("order-1001", "SHIPPED")


def test_a_refused_postcode_is_refused_every_time_and_books_nothing(shop: Any, order: dict[str, Any]) -> None:
    state = shop.charged(to(order, "00000"))
    for _ in range(2):
        with pytest.raises(ShipmentRefused, match="00000"):
            shop.call("create_shipment", state)
    assert (shop.rows("PARCELS_TABLE"), shop.rows("SHIPMENTS_TABLE"), shop.row()["status"]) == ([], [], "CHARGED")


@pytest.mark.parametrize("end", ["REFUNDED", "SETTLED", "SHIPMENT_REFUSED"])
def test_nothing_is_booked_for_an_order_whose_money_is_back(shop: Any, order: dict[str, Any], end: str) -> None:
    """Whatever the carrier would say: a parcel is not stopped in every way that an order is undone."""
    state = {**shop.charged(order), "help": {"by": "ada", "why": "paid back"}}
    shop.call("record_settlement" if end == "SETTLED" else "refund_payment", state)
    if end == "SHIPMENT_REFUSED":
        shop.call("send_confirmation", state, outcome=end)
    with pytest.raises(LedgerConflict, match=f"is {end}"):
        shop.call("create_shipment", state)
    assert shop.rows("PARCELS_TABLE") == []


def test_nothing_is_shipped_before_it_is_paid(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(LedgerConflict, match="is VALIDATED"):
        shop.call("create_shipment", shop.validated(order))
    assert shop.rows("PARCELS_TABLE") == []


def test_checking_notes_where_the_parcel_is_and_changes_nothing_else(shop: Any, order: dict[str, Any]) -> None:
    state = shop.shipped(order)
    before = shop.everything()
    shop.clock.advance(500)
    shop.call("check_shipment", state)
    (noted,) = shop.rows("SHIPMENTS_TABLE")
    assert (noted["status"], noted["updatedAt"]) == ("IN_TRANSIT", "2026-03-01T12:08:20.000Z")
    assert {**shop.everything(), "SHIPMENTS_TABLE": before["SHIPMENTS_TABLE"]} == before


@pytest.mark.parametrize("status", ["DELIVERED", "FAILED"])
def test_the_carriers_word_that_a_parcel_has_arrived_stands_though_its_books_say_otherwise(
    shop: Any, order: dict[str, Any], status: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the workflow, which nobody lets wait for such a parcel, would use up all its polls within seconds."""
    state = shop.captured(order)
    Shipments(shop.dynamodb, "SHIPMENTS_TABLE", shop.clock).news("shp_order-1001", status)
    assert shop.call("check_shipment", state)["status"] == status
    monkeypatch.setattr("handlers.shared.sandbox_carrier.SandboxCarrier.track", None)
    assert shop.call("check_shipment", state)["status"] == status, "a carrier that is down is not asked"


def test_a_shipment_that_the_carrier_does_not_know_is_a_technical_error(shop: Any, order: dict[str, Any]) -> None:
    state = {**order, "fulfillment": {"shipment": {"shipmentId": "shp_none"}}}
    with pytest.raises(TechnicalError, match="no shipment shp_none"):
        shop.call("check_shipment", state)
