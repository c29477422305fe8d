"""A whole reconciliation in memory: everything is listed, compared and put down, whatever is odd among it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from handlers.shared import runtime
from handlers.shared.ledger import Ledger
from handlers.shared.reconciliation.accepting import UNACCEPTABLE
from handlers.shared.reconciliation.comparing import lasting
from handlers.shared.reconciliation.difference import PATIENCE, Difference
from handlers.shared.reconciliation.issues import Issue, Issues
from handlers.shared.reconciliation.listing import MOST, Listed, as_lines
from handlers.shared.reconciliation.reading import order_of
from tests.unit.handlers.books_of import (
    CAPTURED,
    CHARGED,
    DELIVERED,
    NOW,
    REFUNDED,
    SETTLED,
    UNDOING,
    Books,
    books,
    item,
    payment,
)


@pytest.fixture
def bucket(shop: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    runtime.client("s3").create_bucket(Bucket="exports")
    monkeypatch.setenv("EXPORTS_BUCKET", "exports")
    monkeypatch.setenv("RECONCILED_DAYS", "35")
    monkeypatch.setattr("tests.unit.handlers.conftest.Context.get_remaining_time_in_millis", lambda _: 100_000)
    return "exports"


def delivered(shop: Any, order: dict[str, Any], order_id: str) -> None:
    """An order through all its steps, and in the view."""
    state = shop.captured({**order, "orderId": order_id})
    shop.clock.advance(1_000)
    shop.call("send_confirmation", state, outcome="DELIVERED")
    projected(shop, order_id)


def projected(shop: Any, order_id: str) -> None:
    shop.put("ORDER_VIEWS_TABLE", [shop.row(order_id)])


def listed(shop: Any, bucket: str) -> list[dict[str, Any]]:
    answer = shop.invoke("list_orders", {"key": "books.jsonl"})
    body = runtime.client("s3").get_object(Bucket=bucket, Key="books.jsonl")["Body"].read().decode("ascii")
    lines = [json.loads(line) for line in body.splitlines()]
    assert answer["lines"] == len(lines)
    return lines


def reconciled(shop: Any, bucket: str) -> set[tuple[str, str, str]]:
    """Order, kind and subject of each issue that is open after a reconciliation."""
    answer = shop.invoke("compare_orders", {"items": listed(shop, bucket), "executionId": "tonight"})
    found = {(row["orderId"], row["kind"], row["about"]) for row in shop.rows("ISSUES_TABLE") if "closedAt" not in row}
    assert sum(answer["issues"].values()) == len(found)
    return found


def change(shop: Any, table: str, key: dict[str, Any], **fields: Any) -> None:
    for name, value in fields.items():
        shop.dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )


def test_orders_that_went_all_ways_are_listed_and_all_agree(shop: Any, bucket: str, order: dict[str, Any]) -> None:
    delivered(shop, order, "good")
    back = shop.undone(shop.shipped({**order, "orderId": "back"}))
    shop.call("send_confirmation", back, outcome="SHIPPING_FAILED")
    shop.charged({**order, "orderId": "paid"})
    shop.validated({**order, "orderId": "new"})
    for order_id in ("back", "paid", "new"):
        projected(shop, order_id)
    lines = listed(shop, bucket)
    books_listed = {"orders", "payments", "parcels", "entries", "reservations", "returns", "views", "stock", "issues"}
    assert lines[0] == {"books": dict.fromkeys(books_listed, "")}
    assert {line["orderId"]: (line.get("payments"), line.get("parcels")) for line in lines[1:]} == {
        "good": (["pay_good"], ["shp_good"]),
        "back": (["pay_back"], ["shp_back"]),
        "paid": (["pay_paid"], None),
        "new": (None, None),
    }
    assert reconciled(shop, bucket) == set()
    answer = shop.invoke("compare_orders", {"items": lines, "executionId": "tonight"})
    seen = {"orders": 4, "payments": 3, "parcels": 2, "pricedByQuote": 4}
    assert answer == {"lines": 5, "issues": {}, "lookedAt": seen}, "the catalogue does not say since when prices hold"


def test_a_payment_or_parcel_of_just_now_is_listed(
    shop: Any, bucket: str, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html"""
    read: dict[str, set[bool]] = {}
    answers = DynamoHandler.scan

    def watched(handler: Any) -> Any:
        read.setdefault(handler.body["TableName"], set()).add(handler.body.get("ConsistentRead", False))
        return answers(handler)

    monkeypatch.setattr(DynamoHandler, "scan", watched)
    delivered(shop, order, "good")
    listed(shop, bucket)
    assert (read["PAYMENTS_TABLE"], read["PARCELS_TABLE"], read["ISSUES_TABLE"]) == ({True}, {True}, {True})


def test_what_can_be_compared_is_though_all_else_is_odd(shop: Any, bucket: str, order: dict[str, Any]) -> None:
    """Each oddity is an issue of its own with its reason, and the theft beside them is seen."""
    delivered(shop, order, "stolen")
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_stolen"}, status="REFUNDED")
    for order_id in ("odd-payment", "odd-parcel", "odd-entry", "odd-reservation"):
        delivered(shop, order, order_id)
        shop.put("STOCK_TABLE", [{"sku": "1029743", "available": 9}, {"sku": "995242", "available": 9}])
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_odd-payment"}, status="LOST")
    change(shop, "PARCELS_TABLE", {"shipmentId": "shp_odd-parcel"}, dueAt="soon")
    change(shop, "ENTRIES_TABLE", {"entryId": "odd-entry#CHARGED"}, lines=[{"cents": 1}])
    change(shop, "RESERVATIONS_TABLE", {"orderId": "odd-reservation"}, status=3)
    shop.put("ORDERS_TABLE", [{"orderId": "odd-1", "version": "one"}, {"orderId": "odd-2", "updatedAt": 7}])
    shop.put("PAYMENTS_TABLE", [{"paymentId": "pay_nobodys", "status": "CAPTURED"}])
    shop.put("PARCELS_TABLE", [{"shipmentId": "shp_nobodys", "postcode": "98101"}])
    shop.put("STOCK_TABLE", [{"sku": "995242", "available": -2}, {"sku": "odd", "available": "many"}])
    assert reconciled(shop, bucket) == {
        ("stolen", "MONEY_GONE", "pay_stolen"),
        ("odd-payment", "PAYMENT_UNREADABLE", "pay_odd-payment"),
        ("odd-parcel", "PARCEL_UNREADABLE", "shp_odd-parcel"),
        ("odd-entry", "ENTRIES_UNREADABLE", ""),
        ("odd-reservation", "RESERVATION_UNREADABLE", ""),
        ("odd-1", "ORDER_UNREADABLE", ""),
        ("odd-2", "ORDER_UNREADABLE", ""),
        ("", "PAYMENT_UNREADABLE", "pay_nobodys"),
        ("", "PARCEL_UNREADABLE", "shp_nobodys"),
        ("", "STOCK_NEGATIVE", "995242"),
        ("", "STOCK_UNREADABLE", "odd"),
    }
    reasons = {(row["orderId"] or row["about"]): row["provider"] for row in shop.rows("ISSUES_TABLE")}
    assert reasons["odd-payment"] == "its status is LOST, which no payment has"
    assert reasons["odd-entry"] == "it has no account"
    assert reasons["odd-1"] == "it has no status"
    assert reasons["pay_nobodys"] == "it has no orderId"
    assert reasons["995242"] == "-2 995242"


def test_whatever_only_one_book_knows_of_is_found(shop: Any, bucket: str, order: dict[str, Any]) -> None:
    """Of orders that nobody has, and more than there should be of one that there is."""
    delivered(shop, order, "good")
    now = shop.clock().isoformat()
    paid = {"amountCents": 5, "status": "AUTHORIZED", "at": now}
    shop.put(
        "PAYMENTS_TABLE", [{"paymentId": "p1", "orderId": "a", **paid}, {"paymentId": "p2", "orderId": "good", **paid}]
    )
    shop.put("PAYMENTS_TABLE", [{"paymentId": "p3", "orderId": "", **paid}])
    sent = {"postcode": "98101", "createdAt": now, "dueAt": (shop.clock() + timedelta(1)).isoformat()}
    shop.put(
        "PARCELS_TABLE", [{"shipmentId": "s1", "orderId": "b", **sent}, {"shipmentId": "s2", "orderId": "good", **sent}]
    )
    shop.put("PARCELS_TABLE", [{"shipmentId": "shp_never", "orderId": "never-booked", "goods": "HERE"}])
    moved = {"lines": [{"account": "cash", "cents": 5}, {"account": "customer", "cents": -5}], "at": now}
    shop.put("ENTRIES_TABLE", [{"entryId": "c#CHARGED", "orderId": "c", **moved}])
    shop.put("ENTRIES_TABLE", [{"entryId": "good#BONUS", "orderId": "good", **moved}])
    shop.put("RESERVATIONS_TABLE", [{"orderId": "d", "lines": [], "units": 0, "status": "RESERVED"}])
    shop.put("ORDER_VIEWS_TABLE", [{"orderId": "e", "status": "DELIVERED"}])
    found = {
        ("a", "PAYMENT_WITHOUT_ORDER", "p1"),
        ("good", "UNKNOWN_PAYMENT", "p2"),
        ("", "PAYMENT_WITHOUT_ORDER", "p3"),
        ("b", "PARCEL_WITHOUT_ORDER", "s1"),
        ("good", "UNKNOWN_PARCEL", "s2"),
        ("c", "ENTRIES_WITHOUT_ORDER", ""),
        ("good", "ENTRIES_DIFFER", "good#BONUS"),
        ("d", "RESERVATION_WITHOUT_ORDER", ""),
        ("e", "VIEW_WITHOUT_ORDER", ""),
    }
    assert reconciled(shop, bucket) == found
    # One order alone, as `orderflow repair` has it compared: what its issues are about is looked at again.
    shop.invoke("compare_orders", {"items": [{"orderId": "good"}], "executionId": "repair"})
    assert reconciled(shop, bucket) == found


def test_orders_of_long_ago_are_left_alone_unless_an_issue_of_theirs_is_open(
    shop: Any, bucket: str, order: dict[str, Any]
) -> None:
    delivered(shop, order, "old")
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_old"}, status="REFUNDED")
    shop.clock.advance(36 * 86_400)
    assert listed(shop, bucket)[1:] == []
    shop.clock.advance(-2 * 86_400)
    issue = ("old", "MONEY_GONE", "pay_old")
    assert reconciled(shop, bucket) == {issue}
    shop.clock.advance(2 * 86_400)
    assert listed(shop, bucket)[1:] == [{"orderId": "old", "payments": ["pay_old"]}]
    assert reconciled(shop, bucket) == {issue}
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_old"}, status="CAPTURED")
    assert reconciled(shop, bucket) == set()


def test_a_book_that_cannot_be_listed_is_told_and_the_others_are_compared(
    shop: Any, bucket: str, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(shop, order, "stolen")
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_stolen"}, status="REFUNDED")

    def down(*_: Any) -> Any:
        raise ConnectionError("no answer")

    with monkeypatch.context() as broken:
        broken.setattr("handlers.shared.sandbox_payments.SandboxPayments.payments", down)
        answer = shop.invoke("list_orders", {"key": "books.jsonl"})
        assert answer["unlisted"] == {"payments": "ConnectionError: no answer"}
        assert reconciled(shop, bucket) == {("stolen", "MONEY_GONE", "pay_stolen"), ("", "BOOK_NOT_LISTED", "payments")}
    assert reconciled(shop, bucket) == {("stolen", "MONEY_GONE", "pay_stolen")}


def test_an_order_for_which_no_time_is_left_is_an_issue_and_closes_none(
    shop: Any, bucket: str, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(shop, order, "stolen")
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_stolen"}, status="REFUNDED")
    shop.put("PAYMENTS_TABLE", [{"paymentId": "pay_odd", "status": "CAPTURED"}])
    stolen = ("stolen", "MONEY_GONE", "pay_stolen")
    odd = ("", "PAYMENT_UNREADABLE", "pay_odd")
    assert reconciled(shop, bucket) == {stolen, odd}
    lines = listed(shop, bucket)
    with monkeypatch.context() as late:
        late.setattr("tests.unit.handlers.conftest.Context.get_remaining_time_in_millis", lambda _: 24_999)
        answer = shop.invoke("compare_orders", {"items": lines, "executionId": "tonight"})
    assert answer["issues"] == {"NOT_COMPARED": 1, "PAYMENT_UNREADABLE": 1}
    open_ = {(row["orderId"], row["kind"]) for row in shop.rows("ISSUES_TABLE") if "closedAt" not in row}
    assert open_ == {stolen[:2], odd[:2], ("stolen", "NOT_COMPARED")}
    assert reconciled(shop, bucket) == {stolen, odd}


def test_it_fails_only_when_an_issue_cannot_be_written(
    shop: Any, bucket: str, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(shop, order, "stolen")
    lines = listed(shop, bucket)

    def refuse(*_: Any) -> bool:
        raise ConnectionError("the table of issues is gone")

    monkeypatch.setattr("handlers.shared.reconciliation.issues.Issues.record", refuse)
    assert shop.invoke("compare_orders", {"items": lines, "executionId": "tonight"})["issues"] == {}
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_stolen"}, status="REFUNDED")
    with pytest.raises(ConnectionError, match="the table of issues is gone"):
        shop.invoke("compare_orders", {"items": lines, "executionId": "tonight"})


def test_an_unreadable_order_closes_none_of_its_issues(shop: Any, bucket: str, order: dict[str, Any]) -> None:
    delivered(shop, order, "stolen")
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_stolen"}, status="REFUNDED")
    stolen = ("stolen", "MONEY_GONE", "pay_stolen")
    assert reconciled(shop, bucket) == {stolen}
    change(shop, "ORDERS_TABLE", {"orderId": "stolen"}, status="LOST")
    answer = shop.invoke("compare_orders", {"items": listed(shop, bucket), "executionId": "tonight"})
    assert answer["issues"] == {"ORDER_UNREADABLE": 1}
    assert {row["kind"] for row in shop.rows("ISSUES_TABLE") if "closedAt" not in row} == {
        "MONEY_GONE",
        "ORDER_UNREADABLE",
    }
    change(shop, "ORDERS_TABLE", {"orderId": "stolen"}, status="DELIVERED")
    assert reconciled(shop, bucket) == {stolen}


def test_one_order_of_very_many_payments_is_several_lines() -> None:
    lines = [json.loads(line) for line in as_lines([Listed("o", payments=("p",))]).splitlines()]
    assert lines == [{"orderId": "o", "payments": ["p"]}]
    odd = 'a\nb" c\u2028'
    assert [Listed.of(json.loads(line)) for line in as_lines([Listed(odd)]).splitlines()] == [Listed(odd)]
    assert MOST < 50


def test_all_payments_of_an_order_are_compared_however_many(shop: Any, bucket: str) -> None:
    paid = {"amountCents": 5, "status": "AUTHORIZED", "at": shop.clock().isoformat(), "orderId": "a"}
    shop.put("PAYMENTS_TABLE", [{"paymentId": f"p{n}", **paid} for n in range(2 * MOST + 1)])
    assert [len(line["payments"]) for line in listed(shop, bucket)[1:]] == [MOST, MOST, 1]
    assert len(reconciled(shop, bucket)) == 2 * MOST + 1
    assert len(reconciled(shop, bucket)) == 2 * MOST + 1


# An order does not stand still.


class Moving:
    """Reads one book after the other, in turn; the order's row is `again` what each is read by then."""

    def __init__(self, looks: Iterable[Books], agains: Iterable[Books]) -> None:
        self._looks, self._agains = iter(looks), iter(agains)
        self.looked = 0

    def look(self) -> Books:
        self.looked += 1
        return next(self._looks)

    def again(self) -> Any:
        return next(self._agains).order


def differing(looks: Iterable[Books], agains: Iterable[Books] = ()) -> tuple[list[str] | None, int]:
    moving = Moving(looks, agains)
    seen = lasting(moving.look, moving.again, NOW)
    return None if seen is None else [one.kind for one in seen[1]], moving.looked


def gone(*events: str, **changes: Any) -> Books:
    found = books(*events, **changes)
    return Books(found.order_id, found.order, {"pay_1": payment("REFUNDED")}, entries=found.entries, view=found.view,
                 parcels=found.parcels, reservation=found.reservation, prices=found.prices)  # fmt: skip


@pytest.mark.usefixtures("shop")
def test_a_difference_that_a_step_explains_is_an_issue_only_when_the_order_stands_still() -> None:
    for idle, expected in (
        (timedelta(0), []),
        (PATIENCE, []),
        (PATIENCE + timedelta(seconds=1), ["REFUND_NOT_RECORDED"]),
    ):
        undoing = gone(*UNDOING, idle=idle)
        assert differing([undoing], [undoing])[0] == expected


@pytest.mark.usefixtures("shop")
def test_nothing_is_read_again_when_all_agrees() -> None:
    assert differing([books(*CHARGED)]) == ([], 1)


@pytest.mark.usefixtures("shop")
def test_an_order_that_moves_while_it_is_compared_is_looked_at_again() -> None:
    """The money was given back, and that was recorded after the row was read."""
    seen, then = gone(*CAPTURED), books(*REFUNDED)
    assert differing([seen, then], [then]) == ([], 2)
    assert differing([seen, gone(*DELIVERED)], [then, books(*DELIVERED)]) == (["MONEY_GONE"], 2)


@pytest.mark.usefixtures("shop")
def test_an_order_that_keeps_moving_is_left_to_the_next_reconciliation() -> None:
    found, looked = differing((gone(*DELIVERED) for _ in range(999)), (books(*SETTLED) for _ in range(999)))
    assert found is None
    assert looked > 2


def test_a_row_that_cannot_be_read_is_the_same_when_it_is_read_again(shop: Any) -> None:
    shop.put("ORDERS_TABLE", [{**item(*CHARGED), "status": 7}])
    ledger = Ledger(shop.dynamodb, "ORDERS_TABLE", "ENTRIES_TABLE", shop.clock)
    assert order_of(ledger, "order-1") == order_of(ledger, "order-1")


# The table of issues.


def test_an_issue_is_recorded_once_and_keeps_what_was_seen_first(shop: Any) -> None:
    book = Issues(shop.dynamodb, "ISSUES_TABLE")
    first = Difference("MONEY_GONE", "REFUNDED, 1895 cents, pi_1", "DELIVERED, 1895 cents, pi_1", about="pi_1")
    later = Difference("MONEY_GONE", "CANCELED", "DELIVERED", about="pi_1")
    assert book.record(Issue("order-1", "webhook evt_1", first), NOW) is True
    assert book.record(Issue("order-1", "webhook evt_2", later), NOW + timedelta(hours=1)) is False
    assert shop.rows("ISSUES_TABLE") == [
        {
            "issueId": "order-1#MONEY_GONE#pi_1",
            "orderId": "order-1",
            "kind": "MONEY_GONE",
            "about": "pi_1",
            "detected": "webhook evt_1",
            "provider": "REFUNDED, 1895 cents, pi_1",
            "ledger": "DELIVERED, 1895 cents, pi_1",
            "at": "2026-03-01T12:00:00.000Z",
        }
    ]


def test_an_issue_that_is_not_found_any_more_is_closed_and_begins_anew_when_it_is(
    shop: Any, bucket: str, order: dict[str, Any]
) -> None:
    delivered(shop, order, "order-1")
    shop.put("ISSUES_TABLE", [{"issueId": "order-2#MONEY_GONE", "orderId": "order-2"}])

    def compared(status: str) -> dict[str, Any]:
        change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_order-1"}, status=status)
        shop.clock.advance(60)
        shop.invoke("compare_orders", {"items": [{"orderId": "order-1"}], "executionId": "tonight"})
        return {row["issueId"]: row.get("closedAt") for row in shop.rows("ISSUES_TABLE")}

    def began() -> str:
        return next(one["at"] for one in shop.rows("ISSUES_TABLE") if one["issueId"] == issue)

    issue = "order-1#MONEY_GONE#pay_order-1"
    assert compared("REFUNDED")[issue] is None
    first = began()
    closed = compared("CAPTURED")
    assert closed[issue] is not None
    assert closed["order-2#MONEY_GONE"] is None, "an order that was not compared"
    assert compared("CAPTURED") == closed, "closed once"
    assert compared("REFUNDED")[issue] is None
    assert began() > first


# What a person has found right.


GIVEN_BACK = "order-1#MONEY_GONE#pay_order-1"


def accept(shop: Any, issue: str = GIVEN_BACK, by: str = "ada", why: str = "a gift") -> dict[str, Any]:
    return shop.invoke("decide", {"issue": {"issueId": issue}, "by": by, "why": why})


@pytest.fixture
def given_back(shop: Any, bucket: str, order: dict[str, Any]) -> None:
    """A delivered order whose money the provider has given back, and the issue that a reconciliation made of it."""
    delivered(shop, order, "order-1")
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_order-1"}, status="REFUNDED")
    assert reconciled(shop, bucket) == {("order-1", "MONEY_GONE", "pay_order-1")}


def tonight(shop: Any, bucket: str) -> tuple[dict[str, int], int]:
    """The issues that a reconciliation tells of, and how many it has seen that were accepted."""
    answer = shop.invoke("compare_orders", {"items": listed(shop, bucket), "executionId": "tonight"})
    return answer["issues"], answer["lookedAt"].get("accepted", 0)


@pytest.mark.usefixtures("given_back")
def test_an_accepted_issue_is_not_told_again_and_says_who_accepted_it_and_why(shop: Any, bucket: str) -> None:
    (before,) = shop.rows("ISSUES_TABLE")
    answer = accept(shop)
    assert (answer["decided"], answer["message"]) == (True, f"{GIVEN_BACK} is accepted, until what differs changes")
    accepted = {"acceptedBy": "ada", "acceptedWhy": "a gift", "acceptedAt": answer["at"]}
    for _ in range(2):
        assert tonight(shop, bucket) == ({}, 1)
        assert shop.rows("ISSUES_TABLE") == [{**before, **accepted}]
    # Long after the order has moved last it is still looked at.
    shop.clock.advance(50 * 86_400)
    assert tonight(shop, bucket) == ({}, 1)


@pytest.mark.usefixtures("given_back")
def test_an_accepted_issue_comes_back_when_what_differs_changes(shop: Any, bucket: str) -> None:
    accept(shop)
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_order-1"}, status="CANCELED")
    assert tonight(shop, bucket) == ({"MONEY_GONE": 1}, 0)
    (row,) = shop.rows("ISSUES_TABLE")
    assert (row["provider"].partition(",")[0], "acceptedAt" in row) == ("CANCELED", False)
    assert tonight(shop, bucket) == ({"MONEY_GONE": 1}, 0)


@pytest.mark.usefixtures("given_back")
def test_an_accepted_issue_that_was_gone_meanwhile_comes_back_as_a_new_one(shop: Any, bucket: str) -> None:
    accept(shop)
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_order-1"}, status="CAPTURED")
    assert tonight(shop, bucket) == ({}, 0)
    assert "closedAt" in shop.rows("ISSUES_TABLE")[0]
    assert accept(shop, by="bob")["message"] == f"no issue {GIVEN_BACK} is open"
    change(shop, "PAYMENTS_TABLE", {"paymentId": "pay_order-1"}, status="REFUNDED")
    assert tonight(shop, bucket) == ({"MONEY_GONE": 1}, 0)


@pytest.mark.usefixtures("given_back")
def test_what_else_differs_in_the_same_order_is_told(shop: Any, bucket: str) -> None:
    accept(shop)
    change(shop, "PARCELS_TABLE", {"shipmentId": "shp_order-1"}, goods="COMING_BACK")
    assert tonight(shop, bucket) == ({"NOT_DELIVERED": 1}, 1)


@pytest.mark.usefixtures("given_back")
def test_the_first_to_accept_an_issue_stands_and_hears_so_again(shop: Any) -> None:
    first = accept(shop)
    assert accept(shop) == first
    second = accept(shop, by="bob", why="I saw it, too")
    told = f"{GIVEN_BACK} has been accepted already, by ada at {first['at']}: a gift"
    assert (second["decided"], second["by"], second["message"]) == (False, "ada", told)
    assert shop.rows("ISSUES_TABLE")[0]["acceptedBy"] == "ada"


def test_only_an_issue_that_is_open_can_be_accepted(shop: Any) -> None:
    assert accept(shop)["message"] == f"no issue {GIVEN_BACK} is open"
    assert shop.rows("ISSUES_TABLE") == []


@pytest.mark.parametrize("kind", sorted(UNACCEPTABLE))
def test_what_may_hide_other_differences_cannot_be_accepted(shop: Any, kind: str) -> None:
    row = {"issueId": f"order-1#{kind}", "orderId": "order-1", "kind": kind}
    shop.put("ISSUES_TABLE", [row])
    answer = accept(shop, f"order-1#{kind}")
    assert (answer["decided"], "cannot be accepted" in answer["message"]) == (False, True)
    assert shop.rows("ISSUES_TABLE") == [row]


def test_unacceptable_is_whatever_could_not_be_looked_at() -> None:
    assert {"ORDER_UNREADABLE", "PAYMENT_UNREADABLE", "NOT_COMPARED", "BOOK_NOT_LISTED"} <= UNACCEPTABLE
    assert not {"MONEY_GONE", "REFUNDED_AND_SETTLED", "STOCK_NEGATIVE"} & UNACCEPTABLE
