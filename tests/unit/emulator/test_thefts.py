"""What the reconciliation says, against the differences that were made on purpose."""

from __future__ import annotations

from emulator.chaos.thefts import misjudged

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
