"""cancel_shipment: the parcel is stopped wherever it is, and one that has arrived lets the order go on."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.carriers import ParcelRefusedError
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.errors import ParcelDelivered, ShipmentRefused
from handlers.shared.ledger import LedgerConflict
from handlers.shared.sandbox_carrier import SandboxCarrier


def to(order: dict[str, Any], postcode: str) -> dict[str, Any]:
    return {**order, "shipTo": {**order["shipTo"], "postcode": postcode}}


@pytest.mark.parametrize(
    ("postcode", "seconds", "goods"),
    [
        ("98101", 0, "HERE"),
        ("98101", 500, "COMING_BACK"),
        ("00001", 1_000, "COMING_BACK"),
        ("00002", 10_000, "LOST"),
    ],
    ids=["booked", "in transit", "returned", "lost"],
)
def test_a_parcel_is_stopped_and_where_the_goods_are_is_the_same_however_often_it_is_asked(
    shop: Any, order: dict[str, Any], postcode: str, seconds: int, goods: str
) -> None:
    state = shop.captured(to(order, postcode))
    shop.clock.advance(seconds)
    answers = []
    for _ in range(2):
        answers.append(shop.call("cancel_shipment", state))
        shop.clock.advance(10_000)
    assert answers == [{"goods": goods}] * 2
    assert (shop.row()["status"], shop.row()["goods"]) == ("UNDOING", goods)


@pytest.mark.parametrize("write", [1, 2, 3], ids=["fenced", "parcel stopped", "recorded"])
def test_a_call_that_breaks_off_is_made_good_by_the_next(shop: Any, order: dict[str, Any], write: int) -> None:
    state = shop.captured(order)
    shop.break_off(write, "cancel_shipment", state)
    # It would have been delivered by now.
    shop.clock.advance(10_000 if write > 1 else 0)
    assert shop.call("cancel_shipment", state) == {"goods": "HERE"}
    assert (shop.row()["status"], "SHIPMENT_CANCELED" in shop.row()["events"]) == ("UNDOING", True)


def test_a_parcel_that_was_never_booked_cannot_be_booked_any_more(shop: Any, order: dict[str, Any]) -> None:
    state = shop.charged(order)
    assert shop.call("cancel_shipment", state) == {"goods": "HERE"}
    with pytest.raises(LedgerConflict, match="is UNDOING"):
        shop.call("create_shipment", state)
    with pytest.raises(ParcelRefusedError, match="was canceled"):
        carrier().book("order-1001", order["shipTo"])


@pytest.mark.parametrize("booked_first", [True, False])
def test_a_booking_that_is_overtaken_by_the_undoing_leaves_no_parcel_on_its_way(
    shop: Any, order: dict[str, Any], booked_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, book = shop.charged(order), SandboxCarrier.book

    def slow(sandbox: SandboxCarrier, *booking: Any) -> Any:
        if booked_first:
            book(sandbox, *booking)
        shop.undone(state)
        return book(sandbox, *booking)

    monkeypatch.setattr(SandboxCarrier, "book", slow)
    with pytest.raises(ShipmentRefused, match="was canceled"):
        shop.call("create_shipment", state)
    (parcel,) = shop.rows("PARCELS_TABLE")
    assert (parcel["goods"], shop.row()["status"]) == ("HERE", "REFUNDED")


def test_two_cancelations_and_a_booking_at_the_same_moment_agree(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parcel is booked just after it was not found, and before that is noted."""
    state, note = shop.charged(order), SandboxCarrier._never_booked

    def overtaken(sandbox: SandboxCarrier, order_id: str) -> Any:
        monkeypatch.setattr(SandboxCarrier, "_never_booked", note)
        sandbox.book(order_id, to(order, "00002")["shipTo"])
        return note(sandbox, order_id)

    monkeypatch.setattr(SandboxCarrier, "_never_booked", overtaken)
    assert shop.call("cancel_shipment", state) == {"goods": "LOST"}


@pytest.mark.parametrize(("after", "status"), [("shipped", "SHIPPED"), ("captured", "CAPTURED")])
def test_a_parcel_that_has_arrived_lets_the_order_go_on_to_its_end(
    shop: Any, order: dict[str, Any], after: str, status: str
) -> None:
    state = getattr(shop, after)(order)
    shop.clock.advance(1_000)
    for _ in range(2):
        with pytest.raises(ParcelDelivered, match="shp_order-1001 was delivered"):
            shop.call("cancel_shipment", state)
        assert shop.row()["status"] == status
    state["payment"] = shop.call("capture_payment", state)
    shop.call("send_confirmation", state, outcome="DELIVERED")
    assert (shop.row()["status"], shop.payments()) == ("DELIVERED", ["CAPTURED"])
    assert shop.balances() == {"cash": 1895, "revenue": -1895}


@pytest.mark.parametrize("write", [1, 2], ids=["fenced", "resumed"])
def test_a_call_that_breaks_off_over_a_delivered_parcel_is_made_good_by_the_next(
    shop: Any, order: dict[str, Any], write: int
) -> None:
    state = shop.captured(order)
    shop.clock.advance(1_000)
    shop.break_off(write, "cancel_shipment", state)
    with pytest.raises(ParcelDelivered):
        shop.call("cancel_shipment", state)
    assert shop.row()["status"] == "CAPTURED"


def test_an_order_that_goes_on_is_not_refunded_by_a_late_call(shop: Any, order: dict[str, Any]) -> None:
    state = shop.captured(order)
    shop.clock.advance(1_000)
    with pytest.raises(ParcelDelivered):
        shop.call("cancel_shipment", state)
    before = shop.everything()
    for step in ("refund_payment", "release_stock"):
        with pytest.raises(LedgerConflict):
            shop.call(step, state)
    assert shop.everything() == before
