"""What the reconciliation says, against the differences that were made on purpose."""

from __future__ import annotations

from typing import Any, cast

from emulator.chaos.judge import Verdict
from emulator.chaos.thefts import misjudged, steal
from emulator.cloud import Cloud

PLANTED = {"a": "MONEY_GONE", "b": "NOT_DELIVERED"}


def test_a_reconciliation_that_finds_just_what_is_there_is_right() -> None:
    assert misjudged(PLANTED, "SUCCEEDED", {("a", "MONEY_GONE"), ("b", "NOT_DELIVERED"), ("poison-1", "ANY")}) == []


def test_what_it_did_not_find_or_made_up_is_told() -> None:
    found = {("a", "NOT_DELIVERED"), ("b", "NOT_DELIVERED"), ("c", "MONEY_GONE")}
    assert misjudged(PLANTED, "FAILED", found) == [
        "the reconciliation ended FAILED",
        "the reconciliation did not find MONEY_GONE of a",
        "the reconciliation found MONEY_GONE of c, where nothing is wrong",
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


def test_each_theft_is_from_an_order_of_its_own_that_ended_as_it_needs() -> None:
    tables = {name: {"name": name} for name in ("payments", "parcels", "entries")}
    ended = [
        *(Verdict(f"d{n}", "delivered", "DELIVERED", ()) for n in range(5)),
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
        "late": "NOT_GIVEN_BACK",
        "back": "DELIVERED_AND_REFUNDED",
    }
    assert writes.made == [
        ("payments", "pay_d0"),
        ("payments", "pay_d1"),
        ("entries", "d2#DELIVERED"),
        ("parcels", "shp_d3"),
        ("payments", "pay_late"),
        ("parcels", "shp_back"),
    ]
    assert steal(cast(Cloud, Writes()), tables, ended[5:6]) == {}
