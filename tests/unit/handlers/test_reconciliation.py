"""Provider and ledger compared: what the workflow is doing right now is no issue, and what it is not is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from handlers.shared.clock import written
from handlers.shared.ledger import FAILURES, Ledger, OrderRow
from handlers.shared.payments import Payment, PaymentStatus
from handlers.shared.reconciliation import PATIENCE, Issue, Issues, differences, issues, stage_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONEY = ("AUTHORIZED", "CAPTURED")
CHARGED = ("VALIDATED", "PAYMENT_OPENED", "CHARGED")
CAPTURED = (*CHARGED, "SHIPPED", "CAPTURED")


def row(status: str, *events: str, payment_id: str | None = "pi_1", charged: int = 1895, idle: float = 0) -> OrderRow:
    return OrderRow(
        order_id="order-1",
        status=status,
        events=frozenset({status, *events}),
        digest="d",
        quote=None,
        amount_cents=1895,
        charged_cents=charged,
        payment_id=payment_id,
        shipment_id=None,
        goods=None,
        outcome=None,
        reason="",
        updated_at=written(NOW - timedelta(seconds=idle)),
    )


def payment(status: str, *, cents: int = 1895, payment_id: str = "pi_1") -> Payment:
    known: PaymentStatus = next(known for known in get_args(PaymentStatus) if known == status)
    return Payment(payment_id, "order-1", cents, known)


def kinds(status: str, order: OrderRow | None, **more: Any) -> list[tuple[str, bool]]:
    return [(found.kind, found.passes) for found in differences(payment(status, **more), order)]


LIFE = [
    # The way forward: after each act at the provider, before and after its record.
    (row("VALIDATED", payment_id=None, charged=0), "OPEN"),
    (row("VALIDATED", "PAYMENT_OPENED", charged=0), "OPEN"),
    (row("CHARGED", *CHARGED), "AUTHORIZED"),
    (row("SHIPPED", *CHARGED, "RESERVED"), "AUTHORIZED"),
    (row("CAPTURED", *CAPTURED), "CAPTURED"),
    (row("DELIVERED", *CAPTURED), "CAPTURED"),
    # Without a charge.
    (row("VALIDATED", "PAYMENT_OPENED", charged=0), "DECLINED"),
    (row("DECLINED", "PAYMENT_OPENED", charged=0), "DECLINED"),
    (row("DECLINED", payment_id=None, charged=0), "OPEN"),
    (None, "OPEN"),
    # Undone: canceled or refunded, and given up for good.
    (row("REFUNDED", *CHARGED, "UNDOING"), "CANCELED"),
    (row("REFUNDED", *CAPTURED, "UNDOING"), "REFUNDED"),
    (row("PAYMENT_UNCERTAIN", "VALIDATED", "UNDOING", "REFUNDED", charged=0), "CANCELED"),
    *((row(failure, *CAPTURED, "UNDOING", "REFUNDED"), "REFUNDED") for failure in FAILURES),
    # It was being undone when the parcel turned out to have arrived.
    (row("SHIPPED", *CHARGED, "UNDOING", "RESUMED"), "AUTHORIZED"),
    (row("DELIVERED", *CAPTURED, "UNDOING", "RESUMED"), "CAPTURED"),
    # Opened anew after a day, since the first id was never noted.
    (row("CAPTURED", *CAPTURED, payment_id="pi_2"), "OPEN"),
]


@pytest.mark.parametrize(("order", "status"), LIFE)
def test_an_order_whose_steps_are_done_agrees(order: OrderRow | None, status: str) -> None:
    assert kinds(status, order) == []


@pytest.mark.parametrize(
    ("order", "status", "kind"),
    [
        (row("VALIDATED", "PAYMENT_OPENED", charged=0), "AUTHORIZED", "CHARGE_NOT_RECORDED"),
        (row("SHIPPED", *CHARGED), "CAPTURED", "CAPTURE_NOT_RECORDED"),
        *((row("UNDOING", *CAPTURED), status, "UNDO_UNFINISHED") for status in get_args(PaymentStatus)),
    ],
)
def test_what_a_step_under_way_explains_may_pass(order: OrderRow, status: str, kind: str) -> None:
    assert kinds(status, order) == [(kind, True)]


@pytest.mark.parametrize(
    ("order", "statuses", "kind"),
    [
        (None, MONEY, "CHARGE_NOT_RECORDED"),
        (row("DECLINED", "PAYMENT_OPENED", charged=0), MONEY, "CHARGE_NOT_RECORDED"),
        (row("VALIDATED", "PAYMENT_OPENED", charged=0), ("CAPTURED",), "CHARGE_NOT_RECORDED"),
        (row("CHARGED", *CHARGED), ("OPEN", "DECLINED", "CANCELED", "REFUNDED"), "MONEY_GONE"),
        (row("DELIVERED", *CAPTURED), ("OPEN", "DECLINED", "CANCELED", "REFUNDED"), "MONEY_GONE"),
        (row("DELIVERED", *CAPTURED), ("AUTHORIZED",), "NOT_CAPTURED"),
        (row("PARCEL_OVERDUE", *CAPTURED, "UNDOING", "REFUNDED"), MONEY, "NOT_GIVEN_BACK"),
        (row("NOT_APPROVED", payment_id=None, charged=0), MONEY, "UNKNOWN_PAYMENT"),
        (row("CAPTURED", *CAPTURED, payment_id="pi_2"), MONEY, "UNKNOWN_PAYMENT"),
    ],
)
def test_what_no_step_leads_to_is_an_issue_at_once(order: OrderRow | None, statuses: Any, kind: str) -> None:
    for status in statuses:
        assert kinds(status, order) == [(kind, False)]


def test_an_amount_that_differs_is_an_issue_while_the_money_is_ours() -> None:
    """Such as a refund in part, made by hand at the provider."""
    for order, status in ((row("CHARGED", *CHARGED), "AUTHORIZED"), (row("DELIVERED", *CAPTURED), "CAPTURED")):
        assert kinds(status, order, cents=1395) == [("AMOUNT_DIFFERS", False)]
    assert kinds("REFUNDED", row("REFUNDED", *CAPTURED), cents=1395) == []
    (found,) = differences(payment("CAPTURED", cents=1395), row("DELIVERED", *CAPTURED))
    assert (found.provider, found.ledger) == ("CAPTURED, 1395 cents, pi_1", "DELIVERED, 1895 cents, pi_1")


def test_what_a_person_has_settled_is_compared_no_more() -> None:
    for status in get_args(PaymentStatus):
        assert kinds(status, row("SHIPMENT_REFUSED", *CAPTURED, "UNDOING", "SETTLED"), cents=1) == []


def test_every_status_of_an_order_has_its_stage() -> None:
    stages = [stage_of(order) for order, _ in LIFE]
    assert set(stages) == {"UNCHARGED", "VALIDATED", "CHARGED", "CAPTURED", "REFUNDED"}


class Provider:
    """Has the payment in one status; `meanwhile` happens to the order, one after the other, while it is asked."""

    def __init__(self, status: str, meanwhile: Iterable[Callable[[], None]] = ()) -> None:
        self._status = status
        self._meanwhile = iter(meanwhile)
        self.asked = 0

    def payment(self, payment_id: str) -> Payment:
        self.asked += 1
        next(self._meanwhile, lambda: None)()
        return payment(self._status, payment_id=payment_id)


@pytest.fixture
def ledger(shop: Any) -> Ledger:
    return Ledger(shop.dynamodb, "ORDERS_TABLE", "ENTRIES_TABLE", shop.clock)


@pytest.fixture
def put(shop: Any) -> Callable[[OrderRow], None]:
    def put_row(order: OrderRow) -> None:
        fields = {"orderId": order.order_id, "status": order.status, "events": set(order.events), "digest": "d"}
        amounts = {"amountCents": order.amount_cents, "chargedCents": order.charged_cents}
        named = {"paymentId": order.payment_id} if order.payment_id else {}
        shop.put("ORDERS_TABLE", [{**fields, **amounts, **named, "updatedAt": order.updated_at}])

    return put_row


def found_kinds(seen: str, provider: Any, ledger: Ledger) -> list[str]:
    return [issue.difference.kind for issue in issues(payment(seen), provider, ledger, NOW, "a test")]


def test_a_difference_that_a_step_explains_is_an_issue_only_when_the_order_stands_still(
    ledger: Ledger, put: Callable[[OrderRow], None]
) -> None:
    patience = PATIENCE.total_seconds()
    for idle, expected in ((0, []), (patience, []), (patience + 1, ["CHARGE_NOT_RECORDED"])):
        put(row("VALIDATED", "PAYMENT_OPENED", charged=0, idle=idle))
        assert found_kinds("AUTHORIZED", Provider("AUTHORIZED"), ledger) == expected


def test_the_provider_is_not_asked_again_when_all_agrees(ledger: Ledger, put: Callable[[OrderRow], None]) -> None:
    put(row("CHARGED", *CHARGED))
    provider = Provider("AUTHORIZED")
    assert found_kinds("AUTHORIZED", provider, ledger) == []
    assert provider.asked == 0


def test_an_order_that_moves_while_it_is_compared_is_looked_at_again(
    ledger: Ledger, put: Callable[[OrderRow], None]
) -> None:
    """The payment was seen held; then it was taken, that was recorded, and the ledger seems to be ahead."""
    put(row("CAPTURED", *CAPTURED))
    assert found_kinds("AUTHORIZED", Provider("CAPTURED"), ledger) == []
    undone = [row("UNDOING", *CAPTURED, "UNDOING"), row("REFUNDED", *CAPTURED, "UNDOING", "REFUNDED")]
    put(row("CAPTURED", *CAPTURED))
    provider = Provider("REFUNDED", [lambda order=order: put(order) for order in undone])
    assert found_kinds("REFUNDED", provider, ledger) == []
    assert provider.asked == 3, "it moved twice, and then stood"


def test_an_order_that_keeps_moving_is_left_to_the_next_reconciliation(
    ledger: Ledger, put: Callable[[OrderRow], None]
) -> None:
    put(row("DELIVERED", *CAPTURED))
    busy = (lambda n=n: put(row("DELIVERED", *CAPTURED, idle=n)) for n in range(1, 100))
    assert found_kinds("REFUNDED", Provider("REFUNDED", busy), ledger) == []


def test_an_issue_is_recorded_once_and_keeps_what_was_seen_first(shop: Any) -> None:
    book = Issues(shop.dynamodb, "ISSUES_TABLE")
    (difference,) = differences(payment("REFUNDED"), row("DELIVERED", *CAPTURED))
    assert book.record(Issue("order-1", "webhook evt_1", difference, "pi_1"), NOW) is True
    assert book.record(Issue("order-1", "webhook evt_2", difference), NOW + timedelta(hours=1)) is False
    assert shop.rows("ISSUES_TABLE") == [
        {
            "issueId": "order-1#MONEY_GONE",
            "orderId": "order-1",
            "kind": "MONEY_GONE",
            "paymentId": "pi_1",
            "detected": "webhook evt_1",
            "provider": "REFUNDED, 1895 cents, pi_1",
            "ledger": "DELIVERED, 1895 cents, pi_1",
            "at": "2026-03-01T12:00:00.000Z",
        }
    ]


def test_an_issue_that_is_not_found_any_more_is_closed_and_begins_anew_when_it_is(
    shop: Any, put: Callable[[OrderRow], None]
) -> None:
    shop.put(
        "PAYMENTS_TABLE", [{"paymentId": "pi_1", "orderId": "order-1", "amountCents": 1_895, "status": "CAPTURED"}]
    )
    others = [("order-2", "MONEY_GONE", "pi_1"), ("order-1", "UNKNOWN_PAYMENT", "pi_2")]
    rows = [{"issueId": f"{order}#{kind}", "orderId": order, "paymentId": id} for order, kind, id in others]
    shop.put("ISSUES_TABLE", rows)
    listed = {"orders": [{"orderId": "order-1", "paymentId": "pi_1"}], "executionId": "reconciliation"}

    def compared(order: OrderRow) -> dict[str, Any]:
        put(order)
        shop.clock.advance(60)
        assert shop.invoke("compare_orders", listed)["orders"] == 1
        return {row["issueId"]: row.get("closedAt") for row in shop.rows("ISSUES_TABLE")}

    refunded, settled = row("REFUNDED", "CHARGED", "CAPTURED"), row("SETTLED", "CHARGED", "CAPTURED")
    issue = "order-1#NOT_GIVEN_BACK"
    assert compared(refunded)[issue] is None
    first = next(one["at"] for one in shop.rows("ISSUES_TABLE") if one["issueId"] == issue)
    closed = compared(settled)
    assert closed[issue] is not None
    assert closed["order-2#MONEY_GONE"] is None, "an order that was not compared"
    assert closed["order-1#UNKNOWN_PAYMENT"] is None, "a payment that was not compared"
    assert compared(settled) == closed, "closed once"
    assert compared(refunded)[issue] is None
    again = next(one["at"] for one in shop.rows("ISSUES_TABLE") if one["issueId"] == issue)
    assert again > first
