"""What is counted every few minutes, and the metrics that CloudWatch makes of the log."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from handlers.shared.clock import written
from handlers.shared.ledger import FINAL, OPEN, Ledger, Standing
from handlers.watch_orders import LINES, SOON, STEP, Limits

LIMITS = Limits(500_000, decision=timedelta(days=2), delivery=timedelta(days=14))
DECISION, DELIVERY = LIMITS.decision, LIMITS.delivery


@pytest.fixture
def watching(shop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings = {
        "APPROVAL_LIMIT_CENTS": "500000",
        "DECISION_SECONDS": "172800",
        "DELIVERY_DEADLINE_SECONDS": "1166400",
        "POLL_SECONDS": "21600",
    }
    settings |= {"POWERTOOLS_METRICS_NAMESPACE": "orderflow-dev", "POWERTOOLS_SERVICE_NAME": "watch-orders"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return shop


def metrics(text: str) -> dict[tuple[str, ...], float]:
    """What CloudWatch reads: by the metric's name and what its other dimensions say. All are the stack's own."""
    found: dict[tuple[str, ...], float] = {}
    for document in map(json.loads, text.splitlines()):
        (declared,) = document["_aws"]["CloudWatchMetrics"]
        (metric,), (dimensions,) = declared["Metrics"], declared["Dimensions"]
        assert (declared["Namespace"], document["service"]) == ("orderflow-dev", "watch-orders")
        others = [document[name] for name in dimensions if name != "service"]
        found[(metric["Name"], *others)] = sum(document[metric["Name"]])
    return found


def put(shop: Any, order_id: str, status: str, idle: timedelta, cents: int = 1_895) -> None:
    updated = written(shop.clock.moment - idle)
    row = {"orderId": order_id, "status": status, "amountCents": cents, "updatedAt": updated}
    shop.put("ORDERS_TABLE", [row if status in FINAL else {**row, "openStatus": status}])


def ask(shop: Any, order_id: str, left: timedelta, status: str = "OPEN") -> None:
    row = {"orderId": order_id, "question": "APPROVAL", "text": "?", "cents": 1, "token": "t", "askedOf": "team"}
    shop.put("DECISIONS_TABLE", [{**row, "status": status, "expiresAt": written(shop.clock.moment + left)}])


@pytest.mark.parametrize(
    ("status", "cents", "limit"),
    [
        ("VALIDATED", 500_000, STEP),
        ("VALIDATED", 500_001, DECISION + STEP),
        ("CHARGED", 600_000, STEP),
        ("SHIPPED", 1, STEP),
        ("CAPTURED", 1, DELIVERY + STEP),
        ("UNDOING", 1, STEP),
        ("REFUNDED", 1, STEP),
        ("SETTLED", 1, STEP),
    ],
)
def test_how_long_an_order_may_stand_still_depends_on_whom_it_waits_for(
    status: str, cents: int, limit: timedelta
) -> None:
    assert LIMITS.of(Standing("order-1", status, cents, "")) == limit


def test_orders_that_are_under_way_count_by_their_status_and_those_that_stand_still_are_named(
    watching: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    put(watching, "moving", "CHARGED", STEP)
    put(watching, "stuck", "CHARGED", STEP + timedelta(milliseconds=1))
    put(watching, "old", "DELIVERED", timedelta(days=400))
    answer = watching.invoke("watch_orders", {})
    assert answer["orders"] == {**dict.fromkeys(OPEN, 0), "CHARGED": 2}
    assert answer["stuck"] == 1
    written_metrics = metrics(capsys.readouterr().out)
    assert written_metrics[("Orders", "CHARGED")] == 2
    assert written_metrics[("Orders", "UNDOING")] == 0, "a line that falls to zero, and does not end"
    assert written_metrics[("OrdersStuck",)] == 1
    (named,) = [line for line in watching.log() if line["message"] == "stuck"]
    assert (named["orderId"], named["status"], named["level"]) == ("stuck", "CHARGED", "WARNING")


def test_the_orders_that_have_ended_are_not_even_read(watching: Any) -> None:
    """However many orders a shop has had: what is read grows with those that are under way."""
    asked: list[dict[str, Any]] = []

    def remember(model: Any, params: Any, **_: Any) -> None:
        asked.append({"call": model.name, **json.loads(params["body"])})

    for number, status in enumerate(sorted(FINAL)):
        put(watching, f"ended-{number}", status, timedelta(days=number))
    events = watching.dynamodb.meta.events
    events.register_first("before-call.dynamodb", remember)
    watching.invoke("watch_orders", {})
    events.unregister("before-call.dynamodb", remember)
    of_orders = [(one["call"], one.get("IndexName")) for one in asked if one["TableName"] == "ORDERS_TABLE"]
    assert of_orders == [("Query", "open")] * len(OPEN)
    assert not any("openStatus" in row for row in watching.rows("ORDERS_TABLE"))


def test_open_orders_are_read_page_by_page(watching: Any) -> None:
    class Pages:
        """DynamoDB with room for two rows on a page."""

        def get_paginator(self, name: str) -> Any:
            paginator = watching.dynamodb.get_paginator(name)
            paginate = paginator.paginate
            paginator.paginate = lambda **asked: paginate(**asked, PaginationConfig={"PageSize": 2})
            return paginator

    for number in range(5):
        put(watching, f"order-{number}", "CAPTURED", timedelta(hours=number))
    pages: Any = Pages()
    found = list(Ledger(pages, "ORDERS_TABLE", "ENTRIES_TABLE", watching.clock).under_way())
    assert [order.order_id for order in found] == [f"order-{number}" for number in (4, 3, 2, 1, 0)]
    assert {(order.status, order.amount_cents) for order in found} == {("CAPTURED", 1_895)}


def test_many_orders_that_stand_still_are_all_counted_and_some_named(watching: Any) -> None:
    for number in range(LINES + 1):
        put(watching, f"order-{number}", "UNDOING", timedelta(days=1))
    assert watching.invoke("watch_orders", {})["stuck"] == LINES + 1
    assert len([line for line in watching.log() if line["message"] == "stuck"]) == LINES


def test_open_questions_count_until_they_expire_and_twice_when_they_are_about_to(
    watching: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(watching, "later", SOON + timedelta(seconds=1))
    ask(watching, "soon", SOON)
    ask(watching, "over", timedelta(0))
    ask(watching, "decided", SOON, "DECIDED")
    watching.invoke("watch_orders", {})
    found = metrics(capsys.readouterr().out)
    assert (found[("QuestionsOpen",)], found[("QuestionsExpiring",)]) == (2, 1)


def test_issues_count_until_they_are_closed_or_a_person_has_found_them_right(
    watching: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    issue = {"issueId": "a#MONEY_GONE", "orderId": "a", "paymentId": "pi_1"}
    closed = {**issue, "issueId": "b#MONEY_GONE", "closedAt": "2026-03-01"}
    right = {"acceptedBy": "ada", "acceptedWhy": "a gift", "acceptedAt": "2026-03-01"}
    watching.put("ISSUES_TABLE", [issue, closed, {**issue, "issueId": "c#MONEY_GONE", **right}])
    watching.invoke("watch_orders", {})
    assert metrics(capsys.readouterr().out)[("IssuesOpen",)] == 1


def test_an_orders_end_counts_once_by_its_outcome(
    watching: Any, order: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    delivered, rejected = watching.captured(order), {"customerId": "ada"}
    capsys.readouterr()
    for _ in range(2):
        watching.call("send_confirmation", delivered, outcome="DELIVERED")
        watching.call("send_confirmation", rejected, outcome="REJECTED")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    ended = [(line["status"], line["OrdersEnded"]) for line in lines if "OrdersEnded" in line]
    assert ended == [("DELIVERED", [1.0]), ("REJECTED", [1.0])]
