"""What the reconciliation says, against the differences that were made on purpose."""

from __future__ import annotations

from typing import Any, cast

from emulator.chaos.judge import Verdict
from emulator.chaos.nightly import Reconciled, misjudged
from emulator.chaos.thefts import steal
from emulator.cloud import Cloud
from orderflow.issues import Issue

PLANTED = {"a": "MONEY_GONE", "b": "NOT_DELIVERED"}
POISON = ("poison-1", "poison-2")


def issues(*found: tuple[str, str]) -> list[Issue]:
    return [Issue(order_id, kind, "", "CANCELED", "CHARGED", "", "") for order_id, kind in found]


RIGHT = issues(*PLANTED.items(), *((id, "ORDER_UNREADABLE") for id in POISON))


def report(issues: int, **unlisted: str) -> dict[str, Any]:
    return {"issues": {"ANY": issues}, "unlisted": unlisted, "lookedAt": {}}


def test_a_reconciliation_that_finds_just_what_is_there_is_right() -> None:
    assert misjudged(PLANTED, POISON, Reconciled("SUCCEEDED", report(4), RIGHT)) == []


def test_what_it_did_not_find_or_made_up_is_told() -> None:
    found = [("a", "NOT_DELIVERED"), ("b", "NOT_DELIVERED"), ("c", "MONEY_GONE")]
    found += [("poison-1", "ORDER_UNREADABLE"), ("poison-2", "VIEW_MISSING")]
    unlisted = Issue("", "BOOK_NOT_LISTED", "parcels", "no answer", "nobody's", "", "")
    assert misjudged(PLANTED, POISON, Reconciled("FAILED", {}, [unlisted, *issues(*found)])) == [
        "the reconciliation ended FAILED",
        "the reconciliation did not find MONEY_GONE of a",
        "the reconciliation did not find ORDER_UNREADABLE of poison-2",
        "the reconciliation found BOOK_NOT_LISTED of parcels: no answer; the ledger says nobody's",
        "the reconciliation found NOT_DELIVERED of a: CANCELED; the ledger says CHARGED",
        "the reconciliation found MONEY_GONE of c: CANCELED; the ledger says CHARGED",
        "the reconciliation found VIEW_MISSING of poison-2: CANCELED; the ledger says CHARGED",
    ]


def test_a_report_that_is_not_true_or_not_whole_is_told() -> None:
    assert misjudged(PLANTED, POISON, Reconciled("SUCCEEDED", report(3, parcels="no answer"), RIGHT)) == [
        "the reconciliation reports {'ANY': 3}, and 4 issues are open",
        "the reconciliation could not list parcels: no answer",
    ]


class Writes:
    """In the place of DynamoDB: which rows of which table are written."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []

    def client(self, service: str) -> Writes:
        return self

    def update_item(self, *, TableName: str, Key: dict[str, Any], **_: Any) -> None:  # noqa: N803 the SDK's names
        self.made += [(TableName, key["S"]) for key in Key.values()]

    delete_item = update_item

    def put_item(self, *, TableName: str, Item: dict[str, Any]) -> None:  # noqa: N803 the SDK's names
        self.made.append((TableName, Item["paymentId"]["S"]))


def test_each_theft_is_from_an_order_of_its_own_that_ended_as_it_needs() -> None:
    tables = {name: {"name": name} for name in ("payments", "parcels", "entries", "orders", "reservations")}
    ended = [
        *(Verdict(f"d{n}", "delivered", "DELIVERED", ()) for n in range(10)),
        Verdict("settled", "settled", "PARCEL_OVERDUE", ()),
        Verdict("late", "refunded", "PARCEL_OVERDUE", ()),
        Verdict("back", "refunded", "SHIPPING_FAILED", ()),
    ]
    writes = Writes()
    planted = steal(cast(Cloud, writes), tables, ended)
    assert planted == {
        "d0": "MONEY_GONE",
        "d1": "AMOUNT_DIFFERS",
        "d2": "ENTRIES_DIFFER",
        "d3": "NOT_DELIVERED",
        "d4": "AMOUNT_WRONG",
        "d5": "UNKNOWN_PAYMENT",
        "d6": "RESERVATION_MISSING",
        "d7": "PAYMENT_UNREADABLE",
        "d8": "PARCEL_UNREADABLE",
        "late": "NOT_GIVEN_BACK",
        "back": "DELIVERED_AND_REFUNDED",
    }
    assert writes.made == [
        ("payments", "pay_d0"),
        ("payments", "pay_d1"),
        ("entries", "d2#DELIVERED"),
        ("parcels", "shp_d3"),
        ("orders", "d4"),
        ("payments", "pay_d5_again"),
        ("reservations", "d6"),
        ("payments", "pay_d7"),
        ("parcels", "shp_d8"),
        ("payments", "pay_late"),
        ("parcels", "shp_back"),
    ]
    assert steal(cast(Cloud, Writes()), tables, ended[10:11]) == {}
