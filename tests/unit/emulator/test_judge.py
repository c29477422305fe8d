"""The chaos run's judge, on evidence of one order that is good but for what the test changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.baskets import Product
from emulator.chaos.expected import Shop
from emulator.chaos.faults import Fault
from emulator.chaos.judge import Evidence, Judgement, judge
from emulator.chaos.plan import Planned, PlannedOrder
from emulator.reconcile import Books
from handlers.shared import entries
from handlers.shared.clock import written

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Shop(
    [Product("tea", "Tea", 450, 100), Product("cup", "Cup", 1_200, 100), Product("gone", "Gone", 700, 0)], 5_000, 20_000
)
CENTS = 2_100
"""Two teas and a cup."""


@dataclass
class Case:
    """What is left of the order `a`: what a test says of it, and for the rest as after a good delivery."""

    order: dict[str, Any] = field(default_factory=dict[str, Any])
    faults: tuple[Planned, ...] = ()
    people: str = "approve"
    row: dict[str, Any] | None = field(default_factory=lambda: _row("DELIVERED", {"CHARGED", "CAPTURED", "DELIVERED"}))
    payments: list[dict[str, Any]] = field(default_factory=lambda: [_payment("CAPTURED")])
    parcel: dict[str, Any] | None = field(default_factory=lambda: _parcel())
    more_parcels: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notices: list[dict[str, Any]] = field(default_factory=lambda: [_notice("DELIVERED", CENTS)])
    entries: list[dict[str, Any]] = field(
        default_factory=lambda: _entries(
            CHARGED=entries.charged(CENTS), CAPTURED=entries.captured(CENTS), DELIVERED=entries.delivered(CENTS)
        )
    )
    left: dict[str, int] = field(default_factory=lambda: {"tea": 98, "cup": 99, "gone": 0})
    decision: dict[str, Any] | None = None
    execution: dict[str, Any] = field(default_factory=lambda: {"status": "SUCCEEDED"})

    def judged(self) -> Judgement:
        planned = PlannedOrder(_order(**self.order), "", self.faults, "sent", self.people)
        return judge([planned], self.evidence(), SHOP)

    def evidence(self) -> Evidence:
        books = Books(
            {"a": self.row} if self.row else {},
            {row["entryId"]: row for row in self.entries},
            {row["paymentId"]: row for row in self.payments},
            {},
            {sku: {"sku": sku, "available": count} for sku, count in self.left.items()},
            {},
        )
        parcels = {"a": [self.parcel, *self.more_parcels]} if self.parcel else {}
        decisions = {"a": self.decision} if self.decision else {}
        return Evidence(
            NOW, books, parcels, {"a": self.notices} if self.notices else {}, decisions, {"a": self.execution}
        )


def _order(**changes: Any) -> dict[str, Any]:
    return {
        "orderId": "a",
        "items": [{"sku": "tea", "quantity": 2}, {"sku": "cup", "quantity": 1}],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada", "postcode": "98101"},
        **changes,
    }


def _row(status: str, events: set[str], **fields: Any) -> dict[str, Any]:
    return {"orderId": "a", "status": status, "events": events, **fields}


def _payment(status: str, cents: int = CENTS, id: str = "pay_a") -> dict[str, Any]:
    return {"paymentId": id, "orderId": "a", "status": status, "amountCents": cents}


def _parcel(postcode: str = "98101", due: datetime = NOW, **fields: str) -> dict[str, Any]:
    times = {"createdAt": written(NOW - timedelta(days=1)), "dueAt": written(due)}
    return {"shipmentId": "shp_a", "orderId": "a", "postcode": postcode, **times, **fields}


def _notice(outcome: str, cents: int) -> dict[str, Any]:
    return {"orderId": "a", "outcome": outcome, "chargedCents": cents}


def _entries(**made: entries.Entry) -> list[dict[str, Any]]:
    return [entries.item("a", change, entry, written(NOW)) for change, entry in made.items()]


def _address(postcode: str) -> dict[str, Any]:
    return {"shipTo": {"name": "Ada", "postcode": postcode}}


def returned(**changes: Any) -> Case:
    """An order whose parcel came back, and whose money was given back."""
    case = Case(
        order=_address("00001"),
        row=_row("SHIPPING_FAILED", {"CHARGED", "CAPTURED", "UNDOING", "REFUNDED", "SHIPPING_FAILED"}),
        payments=[_payment("REFUNDED")],
        parcel=_parcel("00001", goods="COMING_BACK"),
        notices=[_notice("SHIPPING_FAILED", CENTS)],
        entries=_entries(
            CHARGED=entries.charged(CENTS),
            CAPTURED=entries.captured(CENTS),
            REFUNDED=entries.given_back(CENTS, was_captured=True),
        ),
        left={"tea": 100, "cup": 100, "gone": 0},
    )
    return replace(case, **changes)


def lost(**changes: Any) -> Case:
    """An order whose parcel got lost: its goods are gone."""
    case = returned(
        order=_address("00002"),
        row=_row("PARCEL_OVERDUE", {"CHARGED", "CAPTURED", "UNDOING", "REFUNDED", "PARCEL_OVERDUE"}),
        parcel=_parcel("00002", goods="LOST"),
        notices=[_notice("PARCEL_OVERDUE", CENTS)],
        left={"tea": 98, "cup": 99, "gone": 0},
    )
    return replace(case, **changes)


def declined(**changes: Any) -> Case:
    """An order that ended before any charge."""
    case = returned(
        order={"paymentMethodId": "pm_card_chargeDeclined"},
        row=_row("DECLINED", {"VALIDATED", "DECLINED"}),
        payments=[_payment("DECLINED")],
        parcel=None,
        notices=[_notice("DECLINED", 0)],
        entries=[],
    )
    return replace(case, **changes)


def stuck(**changes: Any) -> Case:
    """An order whose refund keeps failing: a person is asked, and does not answer."""
    case = returned(
        faults=(Planned("refund_payment", Fault.REFUSES, 99),),
        people="absent",
        row=_row("UNDOING", {"CHARGED", "CAPTURED", "UNDOING"}, outcome="SHIPPING_FAILED"),
        payments=[_payment("CAPTURED")],
        notices=[],
        entries=_entries(CHARGED=entries.charged(CENTS), CAPTURED=entries.captured(CENTS)),
        decision=_question(),
        execution={"status": "RUNNING"},
    )
    return replace(case, **changes)


def settled(**changes: Any) -> Case:
    """The same, settled by a person: the provider need not know."""
    case = returned(
        faults=(Planned("refund_payment", Fault.REFUSES, 99),),
        row=_row("SHIPPING_FAILED", {"CHARGED", "CAPTURED", "UNDOING", "SETTLED", "SHIPPING_FAILED"}),
        payments=[_payment("CAPTURED")],
    )
    return replace(case, **changes)


def _question(expires: timedelta = timedelta(seconds=1), **changes: Any) -> dict[str, Any]:
    asked = {"question": "STUCK", "status": "OPEN", "askedOf": "orders-team", "expiresAt": written(NOW + expires)}
    return {"orderId": "a", **asked, **changes}


SOLD_OUT = {"items": [{"sku": "gone", "quantity": 3}]}
GOLD = {"items": [{"sku": "cup", "quantity": 5}]}
BOUGHT: dict[str, Any] = {"left": {"tea": 100, "cup": 100, "gone": 0}}
"""Sold out things for the price of a good order."""

GOOD: Mapping[str, tuple[Case, str]] = {
    "delivered": (Case(), "delivered"),
    "returned": (returned(), "refunded"),
    "lost": (lost(), "refunded"),
    "declined": (declined(), "not charged"),
    "stuck": (stuck(), "with a person"),
    "settled": (settled(), "settled"),
    "never shipped": (
        returned(
            faults=(Planned("charge_payment", Fault.REFUSES, 99),),
            row=_row("PAYMENT_UNCERTAIN", {"UNDOING", "REFUNDED", "PAYMENT_UNCERTAIN"}),
            payments=[],
            parcel=None,
            notices=[_notice("PAYMENT_UNCERTAIN", 0)],
            entries=[],
        ),
        "refunded",
    ),
    "delivered before the stock said no": (
        Case(order=SOLD_OUT, row=_row("DELIVERED", {"UNDOING", "RESUMED", "DELIVERED"}), **BOUGHT),
        "delivered",
    ),
    "told again by the call after one that broke off": (
        Case(
            faults=(Planned("send_confirmation", Fault.KILLED, 1),),
            notices=[_notice("DELIVERED", CENTS), _notice("DELIVERED", CENTS)],
        ),
        "delivered",
    ),
}


@pytest.mark.parametrize(("case", "outcome"), GOOD.values(), ids=GOOD)
def test_nothing_is_said_of_a_promise_that_was_kept(case: Case, outcome: str) -> None:
    judgement = case.judged()
    assert judgement.problems == []
    assert [verdict.outcome for verdict in judgement.verdicts] == [outcome]
    assert judgement.outcomes == {outcome: 1}


BAD: Mapping[str, tuple[Case, str]] = {
    # What has become of it.
    "no row": (Case(row=None, execution={"status": "FAILED", "error": "Boom"}), "a is lost: Boom"),
    "never started": (Case(row=None, execution={}), "a is lost: never started"),
    "stopped half-way": (
        stuck(decision=None, execution={"status": "SUCCEEDED"}),
        "a is lost: UNDOING, SUCCEEDED, and nobody is asked about it",
    ),
    "an expired question": (
        stuck(decision=_question(timedelta(0))),
        "a is lost: UNDOING, RUNNING, and the question STUCK expired at 2026-03-01T12:00:00.000Z",
    ),
    "a question whose asker has ended": (
        stuck(execution={"status": "FAILED", "error": "CompensationStuck"}),
        "a is lost: UNDOING, CompensationStuck, and no execution waits for the answer to STUCK",
    ),
    "a question that was answered": (
        stuck(decision=_question(status="DECIDED")),
        "a is lost: UNDOING, RUNNING, and nobody is asked about it",
    ),
    "a question to nobody": (
        stuck(decision=_question(askedOf="")),
        "a is lost: UNDOING, RUNNING, and nobody is asked about it",
    ),
    # Against the plan.
    "delivered though it was to come back": (
        Case(order=_address("00001"), parcel=_parcel()),
        "a ended as DELIVERED, and should have ended as SHIPPING_FAILED",
    ),
    "sold though there is none": (
        Case(order=SOLD_OUT, **BOUGHT),
        "a ended as DELIVERED, and should have ended as OUT_OF_STOCK",
    ),
    "a parcel that nothing was taken for": (
        Case(order=SOLD_OUT, **BOUGHT),
        "the stock has 0 of gone, and should have -3: 0 less 3 that were delivered or lost",
    ),
    "approved too late": (
        Case(order=GOLD, people="reject", row=_row("DELIVERED", {"UNDOING", "RESUMED", "DELIVERED"})),
        "a ended as DELIVERED, and should have ended as NOT_APPROVED",
    ),
    "settled without need": (settled(faults=()), "a is settled, and should be refunded"),
    "with a person who was there": (stuck(people="approve"), "a is with a person, and should be refunded or settled"),
    "with a person for another reason": (
        stuck(row=_row("UNDOING", {"UNDOING"}, outcome="OUT_OF_STOCK")),
        "a ended as OUT_OF_STOCK, and should have ended as SHIPPING_FAILED",
    ),
    # The provider's money.
    "charged too little": (
        Case(payments=[_payment("CAPTURED", 900)]),
        "a has a payment of 900 cents, and what was ordered comes to 2100",
    ),
    "charged twice": (
        Case(payments=[_payment("CAPTURED"), _payment("AUTHORIZED", id="pay_b")]),
        "a has 2 payments at the provider, which has 2100 cents AUTHORIZED and 2100 cents CAPTURED",
    ),
    "not captured": (
        Case(payments=[_payment("AUTHORIZED")]),
        "a was delivered, and the provider has not taken its money: 2100 cents AUTHORIZED",
    ),
    "not charged at all": (
        Case(payments=[]),
        "a was delivered, and the provider has not taken its money: it has none",
    ),
    "not given back": (
        returned(payments=[_payment("CAPTURED")]),
        "a was refunded, and the provider still has 2100 cents CAPTURED",
    ),
    "still held": (
        returned(payments=[_payment("AUTHORIZED")]),
        "a was refunded, and the provider still has 2100 cents AUTHORIZED",
    ),
    "charged though it ended before": (
        declined(payments=[_payment("AUTHORIZED")]),
        "a ended before any charge, and the provider has 2100 cents AUTHORIZED",
    ),
    "lost with money": (
        stuck(decision=None),
        "a is lost, and the provider has 2100 cents CAPTURED",
    ),
    # The carrier's parcels.
    "still on its way": (
        Case(parcel=_parcel(due=NOW + timedelta(hours=1))),
        "a was delivered, and the carrier says that its parcel is IN_TRANSIT",
    ),
    "delivered without a parcel": (Case(parcel=None), "a was delivered, and the carrier says that its parcel is NONE"),
    "never canceled": (
        returned(parcel=_parcel("00001")),
        "a was refunded, and its parcel was never canceled: the carrier says that it is FAILED",
    ),
    "refunded and delivered": (returned(parcel=_parcel()), "a was refunded, and the carrier has delivered its parcel"),
    "settled and delivered": (settled(parcel=_parcel()), "a was settled, and the carrier has delivered its parcel"),
    "shipped and not charged": (
        declined(parcel=_parcel()),
        "a was not charged, and the carrier has its parcel DELIVERED",
    ),
    "shipped twice": (
        Case(more_parcels=[_parcel(due=NOW + timedelta(hours=1))]),
        "a has 2 parcels at the carrier, which says that they are DELIVERED and IN_TRANSIT",
    ),
    "one of two parcels never canceled": (
        returned(more_parcels=[_parcel("00001")]),
        "a was refunded, and its parcel was never canceled: the carrier says that it is FAILED",
    ),
    # What customers were told.
    "never told": (Case(notices=[]), "a has ended, and its customer was never told"),
    "told twice": (
        Case(notices=[_notice("DELIVERED", CENTS)] * 2),
        "a has ended, and its customer was told 2 times",
    ),
    "told three times, though one call broke off": (
        Case(faults=(Planned("send_confirmation", Fault.KILLED, 1),), notices=[_notice("DELIVERED", CENTS)] * 3),
        "a has ended, and its customer was told 3 times",
    ),
    "told something else": (
        Case(notices=[_notice("OUT_OF_STOCK", CENTS)]),
        "a ended as DELIVERED, and its customer was told OUT_OF_STOCK",
    ),
    "told before the end": (
        stuck(notices=[_notice("SHIPPING_FAILED", CENTS)]),
        "a has not ended, and its customer was told SHIPPING_FAILED",
    ),
    "told another amount": (
        Case(notices=[_notice("DELIVERED", 900)]),
        "a cost 2100 cents, and its customer was told 900",
    ),
    "told of a charge that was none": (
        declined(notices=[_notice("DECLINED", CENTS)]),
        "a cost 0 cents, and its customer was told 2100",
    ),
    "told of another refund": (
        returned(notices=[_notice("SHIPPING_FAILED", 900)]),
        "a cost 0 or 2100 cents, and its customer was told 900",
    ),
    # Our own entries.
    "one-sided": (
        Case(entries=[{"entryId": "a#X", "orderId": "a", "lines": [{"account": "cash", "cents": 7}]}]),
        "a has entries that are one-sided: {'cash': 7}",
    ),
    "the customer owes": (
        returned(entries=_entries(CHARGED=entries.charged(CENTS))),
        "a has ended, and its customer's account stands at -2100",
    ),
    "earned too little": (
        Case(
            entries=_entries(CHARGED=entries.charged(9), CAPTURED=entries.captured(9), DELIVERED=entries.delivered(9))
        ),
        "a should have earned 2100 cents, and its entries say 9",
    ),
    "earned by a refund": (
        returned(entries=_entries(CHARGED=entries.charged(CENTS), DELIVERED=entries.delivered(CENTS))),
        "a should have earned 0 cents, and its entries say 2100",
    ),
    # The stock.
    "stock that did not come back": (
        returned(left={"tea": 98, "cup": 100, "gone": 0}),
        "the stock has 98 of tea, and should have 100: 100 less 0 that were delivered or lost",
    ),
    "stock that was not taken": (
        Case(left={"tea": 98, "cup": 100, "gone": 0}),
        "the stock has 100 of cup, and should have 99: 100 less 1 that were delivered or lost",
    ),
    "lost goods back in stock": (
        lost(left={"tea": 100, "cup": 99, "gone": 0}),
        "the stock has 100 of tea, and should have 98: 100 less 2 that were delivered or lost",
    ),
}


@pytest.mark.parametrize(("case", "sentence"), BAD.values(), ids=BAD)
def test_a_broken_promise_is_told(case: Case, sentence: str) -> None:
    assert sentence in case.judged().problems


def test_what_belongs_to_no_order_is_told() -> None:
    evidence = Case().evidence()
    stranger = {"x": {**_payment("AUTHORIZED", id="x"), "orderId": "nobody"}}
    evidence = replace(
        evidence,
        books=replace(evidence.books, payments={**evidence.books.payments, **stranger}),
        parcels={**evidence.parcels, "stray": [_parcel()]},
        notices={**evidence.notices, "unknown": [_notice("DELIVERED", 1)]},
    )
    assert judge([PlannedOrder(_order(), "")], evidence, SHOP).others == (
        "the provider has a payment of 'nobody', which nobody ordered",
        "the carrier has a parcel of 'stray', which nobody ordered",
        "a customer was told of 'unknown', which nobody ordered",
    )
