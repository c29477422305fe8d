"""reserve_inventory: all or nothing, once, and never below zero."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared import backoff, runtime
from handlers.shared.backoff import LONGEST_PAUSE_SECONDS
from handlers.shared.errors import OutOfStock, RowsBusy, TechnicalError
from handlers.shared.stockroom import PATIENCE_SECONDS


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


class Contended:
    """DynamoDB whose transactions that change stock are cancelled with the given codes, one list per attempt; then they
    commit."""

    def __init__(self, inner: Any, *attempts: list[str]) -> None:
        self.inner, self.left = inner, list(attempts)

    def transact_write_items(self, **request: Any) -> Any:
        tables = [action["TableName"] for item in request["TransactItems"] for action in item.values()]
        if self.left and "STOCK_TABLE" in tables:
            reasons = [{"Code": code} for code in self.left.pop(0)]
            answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise self.inner.exceptions.TransactionCanceledException(answer, "TransactWriteItems")
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


@pytest.mark.parametrize("conflicts", [1, 2, 10])
def test_a_conflict_that_passes_is_only_a_delay(shop: Any, order: dict[str, Any], contend: Any, conflicts: int) -> None:
    state = shop.charged(order)
    contend(*[BUSY] * conflicts)
    assert shop.call("reserve_inventory", state)["units"] == 5
    assert (shop.stock()["1029743"], len(shop.pauses.slept)) == (3, conflicts)


@pytest.mark.parametrize("why", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
@pytest.mark.parametrize("step", ["reserve_inventory", "release_stock"])
def test_a_conflict_that_stays_is_for_the_workflow_to_retry_by_its_name(
    shop: Any, order: dict[str, Any], contend: Any, step: str, why: str
) -> None:
    """The call has tried for most of its time by then, and no longer."""
    state = shop.charged(order)
    if step == "release_stock":
        shop.call("reserve_inventory", state)
        shop.call("cancel_shipment", state)
    contend(*[["None", "None", why]] * 1000)
    before = shop.pauses.monotonic()
    with pytest.raises(RowsBusy, match=f"others keep changing the same rows .*{why}.*; try again"):
        shop.call(step, state)
    tried = shop.pauses.monotonic() - before
    assert PATIENCE_SECONDS - LONGEST_PAUSE_SECONDS <= tried <= PATIENCE_SECONDS


def test_those_who_collide_spread(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter: a pause is anything up to twice the longest before it."""
    longest = list[float]()
    monkeypatch.setattr("random.SystemRandom.uniform", lambda _, least, most: longest.append(most) or least)
    for number, _ in zip(range(8), backoff.attempts(PATIENCE_SECONDS), strict=False):
        assert len(longest) == number
    assert longest == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_what_no_patience_mends_is_said_at_once(shop: Any, order: dict[str, Any], contend: Any) -> None:
    state = shop.charged(order)
    contend(["None", "ValidationError", "None"])
    with pytest.raises(TechnicalError, match="cannot be written: None, ValidationError, None"):
        shop.call("reserve_inventory", state)
    assert shop.pauses.slept == []


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
