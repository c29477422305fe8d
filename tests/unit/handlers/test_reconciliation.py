"""The books of an order held against each other: each kind of difference by itself, and none where all agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest

from handlers.shared import entries
from handlers.shared.catalogue import Price
from handlers.shared.ledger import FAILURES
from handlers.shared.payments import PaymentStatus
from handlers.shared.reconciliation import records
from handlers.shared.reconciliation.books import Books, Ordered
from handlers.shared.reconciliation.comparing import ALL, differences
from handlers.shared.reconciliation.difference import KINDS, THINGS, UNSEEN
from handlers.shared.reconciliation.money import HOLDS_MONEY, is_priced_by_quote, stage_of
from handlers.shared.stockroom import Reservation
from handlers.shared.unread import Unread
from tests.unit.handlers.books_of import (
    BACK_CENTS,
    CAPTURED,
    CENTS,
    CHARGED,
    DELIVERED,
    FAILED,
    PRICES,
    REFUNDED,
    SETTLED,
    SHIPPED,
    STOCKED,
    UNDOING,
    back,
    books,
    entry,
    item,
    parcel,
    payment,
    sent_back,
    stocked,
    stranger,
)


def kinds(found: Books) -> list[tuple[str, bool]]:
    return [(one.kind, one.passes) for one in differences(found)]


def paid(found: Books, status: PaymentStatus, **more: Any) -> Books:
    """The same, where the provider says something else of the order's payment."""
    return replace(found, payments={"pay_1": payment(status, **more)})


def sent(found: Books, status: Any, **more: Any) -> Books:
    """The same, where the carrier says something else of the order's parcel."""
    return replace(found, parcels={"shp_1": parcel(status, **more)})


def both(found: Books, name: str, more: Mapping[str, Any]) -> Books:
    """The same with more payments or parcels."""
    return replace(found, **{name: {**getattr(found, name), **more}})


def half(found: Books, **changes: Any) -> Books:
    """The same, where the return's row says something else."""
    return replace(found, returns={"1": replace(back("RESTOCKED"), **changes)})


ALL_BACK = replace(
    paid(sent_back("RESTOCKED", refundedCents=CENTS, returned=STOCKED, claimed=STOCKED, restocked=STOCKED), "REFUNDED"),
    returns={"1": back("RESTOCKED", lines=STOCKED, cents=CENTS)},
    reservation=Reservation("RESERVED", STOCKED, STOCKED),
    entries=[*books(*DELIVERED).entries, entry(entries.of_return("1"), entries.sent_back(CENTS))],  # type: ignore[misc]
)
"""An order of which all pieces came back, so that the provider knows it as refunded."""

TOO_MUCH = replace(
    sent_back("RESTOCKED", claimed={"1029743": 3}, returned={"1029743": 3}, restocked={"1029743": 3}),
    returns={"1": back("RESTOCKED", lines={"1029743": 3})},
    reservation=Reservation("RESERVED", STOCKED, {"1029743": 3}),
)
"""Where more pieces came back than were delivered."""

VALIDATED = ("VALIDATED", "PAYMENT_OPENED")
RESUMED = (*CHARGED, "SHIPPED", "UNDOING", "RESUMED", "CAPTURED", "DELIVERED")
UNCERTAIN = (*VALIDATED, "UNDOING", "SHIPMENT_CANCELED", "RELEASED", "REFUNDED", "PAYMENT_UNCERTAIN")
LIFE = [
    # The way forward: after each act at the provider, before and after its record.
    books("VALIDATED"),
    paid(books(*VALIDATED), "OPEN"),
    books(*CHARGED),
    books(*CHARGED, "RESERVED"),
    books(*SHIPPED),
    books(*CAPTURED),
    books(*DELIVERED),
    # Without a charge.
    paid(books(*VALIDATED), "DECLINED"),
    paid(books(*VALIDATED, "DECLINED"), "DECLINED"),
    both(books("VALIDATED", "DECLINED"), "payments", {"pay_9": payment("OPEN", "pay_9")}),
    books("VALIDATED", "NOT_APPROVED"),
    books("REJECTED", amountCents=0, quote=None),
    stranger(payments={"pay_1": payment("OPEN")}),
    stranger(parcels={"shp_1": parcel("FAILED", canceled=True)}),
    # Undone: canceled or refunded, and given up for good.
    books(*CHARGED, "UNDOING", "SHIPMENT_CANCELED", "RELEASED", "REFUNDED"),
    books(*REFUNDED),
    *(books(*REFUNDED, failure) for failure in FAILURES),
    paid(books(*UNCERTAIN), "CANCELED"),
    paid(books(*UNCERTAIN), "DECLINED"),
    both(books(*UNCERTAIN), "parcels", {"shp_1": parcel("FAILED", canceled=True)}),
    replace(books(*FAILED, goods="LOST"), reservation=stocked("WRITTEN_OFF")),
    # Settled by a person, by other means: the provider need not know.
    books(*SETTLED),
    paid(books(*SETTLED, "SHIPPING_FAILED"), "CANCELED", cents=1),
    # It was being undone when the parcel turned out to have arrived; it was out of stock, too.
    replace(books(*RESUMED), reservation=None),
    sent(books(*CHARGED, "SHIPPED", "UNDOING", "RESUMED", status="SHIPPED"), "IN_TRANSIT"),
    # Opened anew after a day, since the first id was never noted.
    both(books(*CAPTURED), "payments", {"pay_0": payment("OPEN", "pay_0")}),
    both(books(*CAPTURED), "parcels", {"shp_0": parcel("FAILED", "shp_0", canceled=True)}),
    # Returned: each way that a return can stand for long, or end.
    *(sent_back("LABELED", where) for where in ("CREATED", "IN_TRANSIT")),
    *(sent_back(end) for end in ("RESTOCKED", "WRITTEN_OFF", "REFUSED", "EXPIRED", "CANCELED")),
    both(books(*DELIVERED), "returns", {}),
    ALL_BACK,
    # Prices that have risen since, or that the catalogue no longer has, are not what was ordered at.
    replace(books(*DELIVERED), prices={"1029743": Price(700, "2026-03-01T09:00:00.001Z")}),
    replace(books(*DELIVERED), prices={"1029743": Price(700, None), "995242": PRICES["995242"]}),
]


@pytest.mark.parametrize("found", LIFE)
def test_books_of_an_order_whose_steps_are_done_agree(found: Books) -> None:
    assert kinds(found) == []


def test_the_lives_come_through_every_stage() -> None:
    stages = {stage_of(found.ordered.row) for found in LIFE if found.ordered}
    assert stages == {"UNCHARGED", "VALIDATED", "CHARGED", "CAPTURED", "REFUNDED", "SETTLED"}


BROKEN = Unread("order-1", "it has no status")
PASSING: list[tuple[str, Books]] = [
    ("CHARGE_NOT_RECORDED", paid(books(*VALIDATED), "AUTHORIZED")),
    ("CAPTURE_NOT_RECORDED", paid(books(*SHIPPED), "CAPTURED")),
    *(("UNDO_UNFINISHED", paid(books(*UNDOING), status)) for status in ("OPEN", "DECLINED", *HOLDS_MONEY)),
    ("REFUND_NOT_RECORDED", paid(books(*UNDOING), "REFUNDED")),
    ("REFUND_NOT_RECORDED", paid(books(*UNDOING), "CANCELED")),
    ("DELIVERY_NOT_RECORDED", sent(books(*SHIPPED), "DELIVERED")),
    ("DELIVERY_NOT_RECORDED", sent(books(*CAPTURED), "DELIVERED")),
    ("PARCEL_NOT_RECORDED", both(books(*CHARGED), "parcels", {"shp_1": parcel("CREATED")})),
    ("VIEW_MISSING", replace(books(*DELIVERED), view=None)),
    # Between an act of the return's workflow and its record, and where it should go on.
    ("RETURN_NOT_RECEIVED", sent_back("LABELED", "DELIVERED")),
    *(("RETURN_UNFINISHED", sent_back(status)) for status in ("OPENED", "RECEIVED", "ACCEPTED", "REFUNDED", "SETTLED")),
    ("RETURN_REFUND_NOT_RECORDED", paid(sent_back("REFUSED"), "CAPTURED", cents=CENTS - BACK_CENTS)),
    ("RETURN_REFUND_NOT_RECORDED", paid(sent_back("RESTOCKED"), "CAPTURED", cents=CENTS - 2 * BACK_CENTS)),
    ("RETURN_REFUND_NOT_RECORDED", paid(sent_back("RESTOCKED"), "REFUNDED")),
    ("RETURN_REFUND_NOT_RECORDED", paid(sent_back("WRITTEN_OFF"), "CAPTURED", cents=CENTS - BACK_CENTS)),
    *(
        ("VIEW_DIFFERS", replace(sent_back("RESTOCKED"), view={**sent_back("RESTOCKED").ordered.shown, name: other}))  # type: ignore[union-attr]
        for name, other in {"refundedCents": 0, "returned": {}, "restocked": {}}.items()
    ),
    *(
        ("VIEW_DIFFERS", replace(books(*DELIVERED), view={**dict(books(*DELIVERED).view or {}), name: "other"}))  # type: ignore[call-overload]
        for name in ("customerId", "status", "version", "amountCents", "chargedCents", "timeline")
    ),
]
LASTING: list[tuple[str, Books]] = [
    # Money.
    *(("CHARGE_NOT_RECORDED", paid(books(*VALIDATED, "DECLINED"), status)) for status in sorted(HOLDS_MONEY)),
    ("CHARGE_NOT_RECORDED", paid(books(*VALIDATED), "CAPTURED")),
    *(("MONEY_GONE", paid(books(*CHARGED), status)) for status in ("CANCELED", "REFUNDED")),
    *(("MONEY_GONE", paid(books(*DELIVERED), status)) for status in ("CANCELED", "REFUNDED")),
    *(("NEVER_CHARGED", paid(books(*CHARGED), status)) for status in ("OPEN", "DECLINED")),
    *(("NEVER_CHARGED", paid(books(*DELIVERED), status)) for status in ("OPEN", "DECLINED")),
    *(("NEVER_CHARGED", paid(books(*FAILED), status)) for status in ("OPEN", "DECLINED")),
    *(("NEVER_CHARGED", paid(books(*SETTLED), status)) for status in ("OPEN", "DECLINED")),
    ("NOT_CAPTURED", paid(books(*DELIVERED), "AUTHORIZED")),
    *(("NOT_GIVEN_BACK", paid(books(*FAILED), status)) for status in sorted(HOLDS_MONEY)),
    *(("MONEY_KEPT", books(*CAPTURED, failure)) for failure in FAILURES),
    *(("MONEY_KEPT", books(*CHARGED, end)) for end in ("DECLINED", "NOT_APPROVED", "REJECTED", "OUT_OF_STOCK")),
    ("DELIVERED_UNPAID", books(*SHIPPED, "DELIVERED")),
    ("DELIVERED_UNPAID", books("VALIDATED", "RESERVED", "SHIPPED", "CAPTURED", "DELIVERED")),
    ("REFUNDED_AND_SETTLED", paid(books(*SETTLED, "SHIPPING_FAILED"), "REFUNDED")),
    ("AMOUNT_DIFFERS", paid(books(*CHARGED), "AUTHORIZED", cents=CENTS - 500)),
    ("AMOUNT_DIFFERS", paid(books(*DELIVERED), "CAPTURED", cents=CENTS - 500)),
    ("UNKNOWN_PAYMENT", both(books(*DELIVERED), "payments", {"pay_2": payment("AUTHORIZED", "pay_2")})),
    ("UNKNOWN_PAYMENT", both(books("VALIDATED", "NOT_APPROVED"), "payments", {"pay_1": payment("CAPTURED")})),
    ("PAYMENT_OF_ANOTHER", paid(books(*DELIVERED), "CAPTURED", order_id="order-2")),
    *(("PAYMENT_WITHOUT_ORDER", stranger(payments={"p": payment(status, "p")})) for status in sorted(HOLDS_MONEY)),
    ("PAYMENT_MISSING", replace(books(*DELIVERED), payments={"pay_1": None})),
    ("PAYMENT_MISSING", replace(books(*DELIVERED, paymentId=None), payments={})),
    ("AMOUNT_WRONG", books("VALIDATED", amountCents=2 * 649)),
    ("AMOUNT_WRONG", paid(books(*DELIVERED, amountCents=2 * 649, chargedCents=2 * 649), "CAPTURED", cents=2 * 649)),
    ("AMOUNT_WRONG", paid(books(*DELIVERED, chargedCents=1), "CAPTURED", cents=1)),
    ("AMOUNT_WRONG", replace(books(*DELIVERED), prices={**PRICES, "995242": Price(999, "2026-03-01T09:00:00.000Z")})),
    # Goods.
    ("DELIVERED_AND_REFUNDED", sent(books(*FAILED), "DELIVERED")),
    ("DELIVERED_AND_REFUNDED", sent(books(*SETTLED), "DELIVERED")),
    *(("NOT_DELIVERED", sent(books(*DELIVERED), status)) for status in ("CREATED", "IN_TRANSIT", "FAILED")),
    ("NOT_DELIVERED", sent(books(*DELIVERED), "FAILED", canceled=True)),
    *(("PARCEL_NOT_CANCELED", sent(books(*FAILED), status)) for status in ("CREATED", "IN_TRANSIT", "FAILED")),
    ("PARCEL_NOT_CANCELED", both(books(*UNCERTAIN), "parcels", {"shp_1": parcel("CREATED")})),
    ("PARCEL_NOT_CANCELED", sent(replace(books(*UNDOING, "SHIPMENT_CANCELED"), payments={}), "IN_TRANSIT")),
    ("UNKNOWN_PARCEL", both(books(*CAPTURED), "parcels", {"shp_2": parcel("CREATED", "shp_2")})),
    ("UNKNOWN_PARCEL", both(books(*DELIVERED), "parcels", {"shp_2": parcel("DELIVERED", "shp_2")})),
    ("PARCEL_OF_ANOTHER", sent(books(*DELIVERED), "DELIVERED", order_id="order-2")),
    ("PARCEL_WITHOUT_ORDER", stranger(parcels={"shp_1": parcel("IN_TRANSIT")})),
    ("PARCEL_WITHOUT_ORDER", both(books("VALIDATED", "NOT_APPROVED"), "parcels", {"shp_1": parcel("CREATED")})),
    ("PARCEL_MISSING", replace(books(*DELIVERED), parcels={"shp_1": None})),
    ("PARCEL_MISSING", replace(books(*CAPTURED, shipmentId=None), parcels={})),
    ("RESERVATION_REMAINS", replace(books(*FAILED), reservation=stocked("RESERVED"))),
    ("RESERVATION_REMAINS", replace(books(*UNDOING, "SHIPMENT_CANCELED", "SETTLED"), reservation=stocked("RESERVED"))),
    ("RESERVATION_MISSING", replace(books(*DELIVERED), reservation=None)),
    ("RESERVATION_MISSING", books(*CHARGED, "SHIPPED", "CAPTURED")),
    ("RESERVATION_DIFFERS", replace(books(*DELIVERED), reservation=stocked("RESERVED", **{"1029743": 2}))),
    ("RESERVATION_DIFFERS", replace(books(*DELIVERED), reservation=stocked("RELEASED"))),
    ("RESERVATION_DIFFERS", books(*FAILED, goods="LOST")),
    ("RESERVATION_DIFFERS", replace(books(*FAILED), reservation=stocked("WRITTEN_OFF"))),
    ("RESERVATION_WITHOUT_ORDER", stranger(reservation=stocked("RESERVED"))),
    ("RESERVATION_WITHOUT_ORDER", replace(books(*CHARGED), reservation=stocked("RESERVED"))),
    # Our own records.
    ("ENTRIES_DIFFER", replace(books(*DELIVERED), entries=books(*CAPTURED).entries)),
    ("ENTRIES_DIFFER", replace(books(*CAPTURED), entries=books(*DELIVERED).entries)),
    ("ENTRIES_DIFFER", replace(books(*CHARGED), entries=())),
    ("ENTRIES_DIFFER", replace(books(*FAILED), entries=books(*CAPTURED).entries)),
    ("ENTRIES_DIFFER", replace(books("VALIDATED"), entries=[entry("BONUS", entries.charged(5))], strays=("b",))),
    ("ENTRIES_WITHOUT_ORDER", stranger(entries=books(*CHARGED).entries)),
    ("VIEW_WITHOUT_ORDER", stranger(view=books(*CHARGED).view)),
    # Returns.
    ("RETURN_NOT_GIVEN_BACK", paid(sent_back("RESTOCKED"), "CAPTURED")),
    ("RETURN_NOT_GIVEN_BACK", paid(ALL_BACK, "CAPTURED", cents=1)),
    ("RETURN_MISSING", replace(sent_back("RESTOCKED"), returns={"1": None})),
    ("RETURN_WITHOUT_ORDER", both(books(*DELIVERED), "returns", {"1": back("LABELED")})),
    ("RETURN_WITHOUT_ORDER", stranger(returns={"1": back("LABELED")})),
    ("RETURNS_DIFFER", half(sent_back("RESTOCKED"), cents=1)),
    ("RETURNS_DIFFER", half(sent_back("RESTOCKED"), lines={"1029743": 2})),
    ("RETURNS_DIFFER", sent_back("LABELED", "CREATED", claimed={})),
    ("RETURNED_TOO_MUCH", TOO_MUCH),
    ("RESTOCK_DIFFERS", replace(sent_back("RESTOCKED"), reservation=stocked("RESERVED"))),
    ("ENTRIES_DIFFER", replace(sent_back("RESTOCKED"), entries=books(*DELIVERED).entries)),
    ("UNKNOWN_PARCEL", both(books(*DELIVERED), "parcels", {"rtn_1": sent_back("LABELED").parcels["rtn_1"]})),
    *(
        ("PARCEL_NOT_CANCELED", replace(sent_back(end), parcels=sent_back("LABELED", "CREATED").parcels))
        for end in ("EXPIRED", "CANCELED")
    ),
    ("RETURN_UNREADABLE", replace(sent_back("RESTOCKED"), returns={"1": Unread("1", "it has no cents")})),
    # What cannot be read: of the order nothing else can be said then, of the others all the rest.
    ("ORDER_UNREADABLE", replace(paid(books(*DELIVERED), "REFUNDED"), order=BROKEN, entries=(), view=None)),
    ("PAYMENT_UNREADABLE", replace(books(*DELIVERED), payments={"pay_1": Unread("pay_1", "no answer")})),
    ("PARCEL_UNREADABLE", replace(books(*DELIVERED), parcels={"shp_1": Unread("shp_1", "no answer")})),
    ("ENTRIES_UNREADABLE", replace(books(*DELIVERED), entries=BROKEN)),
    ("RESERVATION_UNREADABLE", replace(books(*DELIVERED), reservation=BROKEN)),
    ("VIEW_UNREADABLE", replace(books(*DELIVERED), view=BROKEN)),
    ("PRICES_UNREADABLE", replace(books(*DELIVERED), prices=BROKEN)),
]


@pytest.mark.parametrize(("kind", "found"), PASSING)
def test_what_a_step_under_way_explains_may_pass(kind: str, found: Books) -> None:
    assert kinds(found) == [(kind, True)]


@pytest.mark.parametrize(("kind", "found"), LASTING)
def test_what_no_step_leads_to_is_that_difference_and_no_other(kind: str, found: Books) -> None:
    assert kinds(found) == [(kind, False)]


def test_every_kind_is_shown_here_or_by_whoever_finds_it() -> None:
    elsewhere = {"STOCK_NEGATIVE", "STOCK_UNREADABLE", "BOOK_NOT_LISTED", "NOT_COMPARED"}
    assert {kind for kind, _ in (*PASSING, *LASTING)} | elsewhere == KINDS
    assert THINGS.keys() | UNSEEN <= KINDS


def test_what_cannot_be_read_keeps_nothing_else_from_being_seen() -> None:
    found = replace(paid(books(*DELIVERED), "REFUNDED"), parcels={"shp_1": Unread("shp_1", "no answer")})
    assert kinds(found) == [("PARCEL_UNREADABLE", False), ("MONEY_GONE", False)]


def test_of_what_cannot_be_read_it_is_told_where_its_order_stands_in_the_ledger() -> None:
    parcels = {"shp_1": Unread("shp_1", "no answer")}
    (found,) = differences(replace(books(*DELIVERED), parcels=parcels))
    assert (found.provider, found.ledger) == ("no answer", "DELIVERED")


def test_books_that_are_too_odd_for_a_check_are_a_difference_with_its_reason_and_the_others_go_on() -> None:
    odd = replace(paid(books(*DELIVERED), "REFUNDED"), entries=[{"lines": [{"account": "cash", "cents": "a lot"}]}])
    found = {one.kind: one for one in differences(odd)}
    assert set(found) == {"NOT_COMPARED", "MONEY_GONE"}
    assert found["NOT_COMPARED"].provider == "entries: invalid literal for int() with base 10: 'a lot'"
    assert records.entries in ALL


def test_a_difference_says_what_each_side_has() -> None:
    (found,) = differences(paid(books(*DELIVERED), "CAPTURED", cents=1395))
    assert (found.provider, found.ledger, found.about) == (
        "CAPTURED, 1395 cents, pay_1",
        "DELIVERED, 1895 cents, pay_1",
        "pay_1",
    )
    (found,) = differences(books("VALIDATED", amountCents=2 * 649))
    assert (found.provider, found.ledger) == (
        "1895 cents: 2 x 649 1029743 + 3 x 199 995242",
        "VALIDATED, 1298 cents quoted, 0 cents charged",
    )
    (found,) = differences(replace(books(*DELIVERED), reservation=stocked("RELEASED")))
    assert (found.provider, found.ledger) == (
        "RELEASED, 2 1029743, 3 995242",
        "DELIVERED, RESERVED, 2 1029743, 3 995242",
    )
    assert STOCKED == {"1029743": 2, "995242": 3}


def test_an_order_is_priced_by_its_quote_where_the_catalogue_has_another_price_by_now_or_none() -> None:
    assert not is_priced_by_quote(books(*DELIVERED))
    newer = {**PRICES, "995242": Price(200, "2026-03-01T09:00:00.001Z")}
    for prices in ({}, newer, {**PRICES, "995242": Price(199, None)}):
        assert is_priced_by_quote(replace(books(*DELIVERED), prices=prices))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 7}, "its status is 7, which no order has"),
        ({"status": "MISLAID"}, "its status is MISLAID, which no order has"),
        ({"events": {1, 2}}, "its events are no names"),
        ({"updatedAt": "yesterday"}, "Invalid isoformat string: 'yesterday'"),
        ({"updatedAt": "2026-03-01T09:00:00"}, "2026-03-01T09:00:00 has no time zone"),
        ({"chargedCents": "much"}, "invalid literal for int() with base 10: 'much'"),
        ({"quote": "{"}, "its quote cannot be read: Expecting property name"),
        ({"quote": '{"lines": [{"sku": "a"}]}'}, "its quote cannot be read: 'quantity'"),
    ],
)
def test_a_row_that_no_order_has_says_what_is_odd_about_it(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 the message is compared
        Ordered.of(item(*CHARGED, **changes))
    assert str(refused.value).startswith(reason)


def test_every_status_of_a_payment_is_known_at_every_stage() -> None:
    """None of the combinations of stage and status fails."""
    for events in (VALIDATED, CHARGED, CAPTURED, UNDOING, REFUNDED, SETTLED):
        for status in get_args(PaymentStatus):
            assert len(kinds(paid(books(*events), status))) <= 1
