"""reserve_inventory: all or nothing, once, and never below zero."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared import runtime
from handlers.shared.errors import OutOfStock, TechnicalError


def test_a_repeat_reserves_once(shop: Any, order: dict[str, Any]) -> None:
    state = shop.charged(order)
    answers = [shop.call("reserve_inventory", state) for _ in range(3)]
    assert answers == [{"reservationId": "order-1001", "units": 5}] * 3
    assert (shop.stock()["1029743"], shop.stock()["995242"]) == (3, 7)
    assert len(shop.rows("RESERVATIONS_TABLE")) == 1


def test_a_repeat_is_no_shortage_though_the_first_call_took_the_last_pieces(shop: Any, order: dict[str, Any]) -> None:
    state = shop.charged({**order, "items": [{"sku": "1029743", "quantity": 5}]})
    first = shop.call("reserve_inventory", state)
    assert shop.stock()["1029743"] == 0
    assert shop.call("reserve_inventory", state) == first


def test_a_shortage_names_its_skus_and_takes_nothing(shop: Any, order: dict[str, Any]) -> None:
    items = [{"sku": "995242", "quantity": 11}, {"sku": "free", "quantity": 1}, {"sku": "1029743", "quantity": 6}]
    state, before = shop.charged({**order, "items": items}), shop.stock()
    row = shop.row()
    with pytest.raises(OutOfStock, match=r"not enough in stock of 995242, 1029743$"):
        shop.call("reserve_inventory", state)
    assert (shop.stock(), shop.rows("RESERVATIONS_TABLE"), shop.row()) == (before, [], row)


def test_a_product_that_has_no_stock_row_is_out_of_stock(shop: Any, order: dict[str, Any]) -> None:
    state = shop.charged(order)
    shop.dynamodb.delete_item(TableName="STOCK_TABLE", Key={"sku": "995242"})
    with pytest.raises(OutOfStock, match="995242"):
        shop.call("reserve_inventory", state)


def test_two_orders_for_the_last_pieces_leave_the_stock_at_zero_or_above(
    shop: Any, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second order's reservation commits at the worst moment: when the first one's is about to."""
    first, second = (
        shop.charged({**order, "orderId": f"order-{n}", "items": [{"sku": "1029743", "quantity": 3}]}) for n in (1, 2)
    )
    commit, answers = shop.dynamodb.transact_write_items, []

    def overtaken(**request: Any) -> Any:
        monkeypatch.setattr(shop.dynamodb, "transact_write_items", commit)
        answers.append(shop.call("reserve_inventory", second))
        return commit(**request)

    monkeypatch.setattr(shop.dynamodb, "transact_write_items", overtaken)
    with pytest.raises(OutOfStock, match="1029743"):
        shop.call("reserve_inventory", first)
    assert answers == [{"reservationId": "order-2", "units": 3}]
    assert shop.stock()["1029743"] == 2
    assert [row["orderId"] for row in shop.rows("RESERVATIONS_TABLE")] == ["order-2"]


def test_an_order_that_is_not_charged_takes_nothing(shop: Any, order: dict[str, Any]) -> None:
    state, before = shop.validated(order), shop.stock()
    with pytest.raises(TechnicalError, match="the ledger takes no reservation"):
        shop.call("reserve_inventory", state)
    assert shop.stock() == before


def test_ninety_lines_fit_into_one_transaction(shop: Any, order: dict[str, Any]) -> None:
    shop.put("PRODUCTS_TABLE", [{"sku": f"p{n}", "priceCents": 1} for n in range(90)])
    shop.put("STOCK_TABLE", [{"sku": f"p{n}", "available": 1} for n in range(90)])
    items = [{"sku": f"p{n}", "quantity": 1} for n in range(90)]
    assert shop.call("reserve_inventory", shop.charged({**order, "items": items}))["units"] == 90


class CanceledError(Exception):
    def __init__(self, codes: list[str]) -> None:
        super().__init__(*codes)
        self.response = {"CancellationReasons": [{"Code": code} for code in codes]}


class Contended:
    """DynamoDB whose transactions are cancelled with the given codes, one list per attempt; then they commit."""

    exceptions: Any = type("Exceptions", (), {"TransactionCanceledException": CanceledError})

    def __init__(self, inner: Any, *attempts: list[str]) -> None:
        self.inner, self.left = inner, list(attempts)

    def transact_write_items(self, **request: Any) -> Any:
        if self.left:
            raise CanceledError(self.left.pop(0))
        return self.inner.transact_write_items(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def contend(shop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def start(*attempts: list[str]) -> None:
        contended = Contended(shop.dynamodb, *attempts)
        monkeypatch.setattr("handlers.shared.collaborators.stockroom.dynamodb", lambda: contended)

    return start


BUSY = ["None", "None", "TransactionConflict", "None"]


def test_a_conflict_that_passes_is_only_a_delay(shop: Any, order: dict[str, Any], contend: Any) -> None:
    state = shop.charged(order)
    contend(BUSY, BUSY)
    assert shop.call("reserve_inventory", state)["units"] == 5
    assert shop.stock()["1029743"] == 3


def test_a_conflict_that_stays_is_for_the_workflow_to_retry(shop: Any, order: dict[str, Any], contend: Any) -> None:
    state = shop.charged(order)
    contend(*[BUSY] * 100)
    with pytest.raises(TechnicalError, match="try again"):
        shop.call("reserve_inventory", state)


@pytest.mark.parametrize("other", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_shortage_beside_a_row_that_could_not_be_read_is_not_decided(
    shop: Any, order: dict[str, Any], contend: Any, other: str
) -> None:
    state = shop.charged(order)
    contend(*[["None", "None", "ConditionalCheckFailed", other]] * 100)
    with pytest.raises(TechnicalError):
        shop.call("reserve_inventory", state)


def test_the_earlier_call_of_the_same_order_may_be_the_one_in_the_way(
    shop: Any, order: dict[str, Any], contend: Any
) -> None:
    state = shop.charged(order)
    first = shop.call("reserve_inventory", state)
    contend(["ConditionalCheckFailed", "ConditionalCheckFailed", "ConditionalCheckFailed", "None"])
    assert shop.call("reserve_inventory", state) == first


def test_the_environment_is_named_where_it_lacks_something(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STOCK_TABLE")
    with pytest.raises(TechnicalError, match="STOCK_TABLE is not set"):
        runtime.setting("STOCK_TABLE")
