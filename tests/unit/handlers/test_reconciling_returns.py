"""The nightly reconciliation over orders of which something was returned, with the functions that really wrote it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from handlers.shared.sandbox_payments import SandboxPayments
from tests.unit.handlers.test_reconciling import bucket, change, delivered, projected, reconciled

__all__ = ["bucket"]
BOOK = "1029743"


def step(shop: Any, name: str, return_id: str, **more: Any) -> dict[str, Any]:
    event = {"executionId": "e", "return": {"returnId": return_id}, "seconds": 5_000, **more}
    return shop.invoke(name, event)


def sent_back(shop: Any, order_id: str, return_id: str, verdict: str = "RESTOCKED") -> None:
    """One book of an order through all steps of its return, and in the view."""
    document = {"returnId": return_id, "orderId": order_id, "items": [{"sku": BOOK, "quantity": 1}]}
    shop.invoke("open_return", {"executionId": "e", "return": document})
    step(shop, "make_label", return_id)
    shop.clock.advance(1_000)
    step(shop, "check_return", return_id)
    step(shop, "record_inspection", return_id, decision={"verdict": verdict, "by": "ada", "why": "so it is"})
    if verdict != "REFUSED":
        step(shop, "refund_return", return_id)
        step(shop, "restock_return", return_id)
    projected(shop, order_id)


def test_returns_that_went_all_ways_agree_in_every_book(shop: Any, bucket: str, order: dict[str, Any]) -> None:
    delivered(shop, order, "order-a")
    for return_id, verdict in (("r-1", "RESTOCKED"), ("r-2", "REFUSED"), ("r-3", "WRITTEN_OFF")):
        sent_back(shop, "order-a", return_id, verdict)
    assert reconciled(shop, bucket) == set()
    shop.clock.advance(40 * 86_400)
    assert reconciled(shop, bucket) == set(), "nor later"


def by_hand(shop: Any) -> None:
    SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock).give_back_part("pay_order-a", 5, "by hand")
    shop.clock.advance(7_200)


def not_received(shop: Any) -> None:
    document = {"returnId": "r-2", "orderId": "order-a", "items": [{"sku": BOOK, "quantity": 1}]}
    shop.invoke("open_return", {"executionId": "e", "return": document})
    step(shop, "make_label", "r-2")
    projected(shop, "order-a")
    shop.clock.advance(2 * 86_400)


def unfinished(shop: Any) -> None:
    not_received(shop)
    step(shop, "check_return", "r-2")
    step(shop, "record_inspection", "r-2", decision={"verdict": "RESTOCKED", "by": "ada", "why": "so it is"})
    projected(shop, "order-a")
    shop.clock.advance(7_200)


def stranger(shop: Any) -> None:
    (row,) = shop.rows("RETURNS_TABLE")
    shop.put("RETURNS_TABLE", [{**row, "returnId": "r-9"}])


def nobodys(shop: Any) -> None:
    shop.put("RETURNS_TABLE", [{"returnId": "r-9", "status": "OPENED"}])


def row_of(table: str, key: dict[str, Any], **fields: Any) -> Callable[[Any], None]:
    return lambda shop: change(shop, table, key, **fields)


ONE = {"returnId": "r-1"}
DIFFERENCES: list[tuple[Callable[[Any], None], tuple[str, str, str]]] = [
    (by_hand, ("order-a", "RETURN_REFUND_NOT_RECORDED", "pay_order-a")),
    (
        row_of("PAYMENTS_TABLE", {"paymentId": "pay_order-a"}, refundedCents=0),
        ("order-a", "RETURN_NOT_GIVEN_BACK", "pay_order-a"),
    ),
    (not_received, ("order-a", "RETURN_NOT_RECEIVED", "rtn_r-2")),
    (unfinished, ("order-a", "RETURN_UNFINISHED", "r-2")),
    (row_of("RETURNS_TABLE", ONE, cents=1), ("order-a", "RETURNS_DIFFER", "")),
    (row_of("RETURNS_TABLE", ONE, status="ODD"), ("order-a", "RETURN_UNREADABLE", "r-1")),
    (row_of("RESERVATIONS_TABLE", {"orderId": "order-a"}, restocked={}), ("order-a", "RESTOCK_DIFFERS", "")),
    (stranger, ("order-a", "RETURN_WITHOUT_ORDER", "r-9")),
    (nobodys, ("", "RETURN_UNREADABLE", "r-9")),
    (lambda shop: shop.dynamodb.delete_item(TableName="RETURNS_TABLE", Key=ONE), ("order-a", "RETURN_MISSING", "r-1")),
    (
        row_of("ENTRIES_TABLE", {"entryId": "order-a#RETURNED#r-1"}, lines=[]),
        ("order-a", "ENTRIES_DIFFER", ""),
    ),
    (
        row_of("ORDER_VIEWS_TABLE", {"orderId": "order-a"}, refundedCents=0),
        ("order-a", "VIEW_DIFFERS", ""),
    ),
]


@pytest.mark.parametrize(("make", "found"), DIFFERENCES, ids=[found[1] for _, found in DIFFERENCES])
def test_what_a_return_leaves_behind_that_is_not_right_is_that_issue_and_no_other(
    shop: Any, bucket: str, order: dict[str, Any], make: Callable[[Any], None], found: tuple[str, str, str]
) -> None:
    delivered(shop, order, "order-a")
    sent_back(shop, "order-a", "r-1")
    make(shop)
    if found[1] == "VIEW_DIFFERS":
        shop.clock.advance(7_200)
    assert reconciled(shop, bucket) == {found}
