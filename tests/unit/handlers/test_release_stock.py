"""release_stock: what was set aside goes back into the stock, once, or is written off."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.errors import TechnicalError


def test_repeated_calls_put_the_goods_back_once_and_say_the_same(shop: Any, order: dict[str, Any]) -> None:
    before = shop.stock()
    state = shop.captured(order)
    answers = [shop.call("release_stock", state) for _ in range(2)]
    assert answers == [{"units": 5, "status": "RELEASED"}] * 2
    assert shop.stock() == before
    assert [row["status"] for row in shop.rows("RESERVATIONS_TABLE")] == ["RELEASED"]


def test_goods_that_are_lost_are_written_off(shop: Any, order: dict[str, Any]) -> None:
    state = shop.captured({**order, "shipTo": {**order["shipTo"], "postcode": "00002"}})
    reserved = shop.stock()
    shop.call("cancel_shipment", state)
    answers = [shop.call("release_stock", state) for _ in range(2)]
    assert answers == [{"units": 5, "status": "WRITTEN_OFF"}] * 2
    assert shop.stock() == reserved
    assert [row["status"] for row in shop.rows("RESERVATIONS_TABLE")] == ["WRITTEN_OFF"]


@pytest.mark.parametrize("write", [1, 2], ids=["fenced", "released and recorded"])
def test_a_call_that_breaks_off_is_made_good_by_the_next(shop: Any, order: dict[str, Any], write: int) -> None:
    before = shop.stock()
    state = shop.captured(order)
    shop.break_off(write, "release_stock", state)
    assert shop.call("release_stock", state) == {"units": 5, "status": "RELEASED"}
    assert (shop.stock(), "RELEASED" in shop.row()["events"]) == (before, True)


def test_what_was_never_reserved_cannot_be_reserved_any_more(shop: Any, order: dict[str, Any]) -> None:
    before = shop.stock()
    state = shop.charged(order)
    assert shop.call("release_stock", state) == {"units": 0, "status": "RELEASED"}
    with pytest.raises(TechnicalError, match="the ledger takes no reservation"):
        shop.call("reserve_inventory", state)
    assert (shop.stock(), shop.rows("RESERVATIONS_TABLE")) == (before, [])


@pytest.mark.parametrize("reserved_first", [True, False])
def test_a_reservation_that_is_overtaken_by_the_undoing_holds_no_stock(
    shop: Any, order: dict[str, Any], reserved_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction commits just before, or just after the stock is released."""
    state, before, commit = shop.charged(order), shop.stock(), shop.dynamodb.transact_write_items

    def overtaken(**request: Any) -> Any:
        monkeypatch.setattr(shop.dynamodb, "transact_write_items", commit)
        if reserved_first:
            commit(**request)
        shop.call("release_stock", state)
        return commit(**request)

    monkeypatch.setattr(shop.dynamodb, "transact_write_items", overtaken)
    if reserved_first:
        shop.call("reserve_inventory", state)
    else:
        with pytest.raises(TechnicalError):
            shop.call("reserve_inventory", state)
    assert shop.stock() == before
