"""Quotes in the embedded cloud, where roles allow what they say: the demo with few baskets."""

from __future__ import annotations

from emulator.cloud import cloud
from emulator.demos.quote import FAILED, LATE, MALFORMED, SHOWN, run
from emulator.deploy import up
from emulator.flow import cases_page


def test_each_request_is_answered_as_it_should_be_and_no_table_changes() -> None:
    with cloud(wait_scale=0.55, enforce_permissions=True) as running:
        outputs = up(running, config={"orderflow:workflows": "quote"})
        came = run(running, outputs, baskets=24, ordered=2)
        assert cases_page(running, outputs["machines"]["quote"]["aliasArn"], SHOWN) is None, "it keeps no history"
    assert came.problems == []
    assert [one for one in came.books if not one.ok] == []
    assert came.books[0].right[1] > 0, "something was charged"
    outcomes = [one.outcome for one in came.ended]
    assert outcomes.count("malformed") == len(MALFORMED)
    assert sum("stock late" in one for one in outcomes) >= LATE
    assert sum("stock failed" in one for one in outcomes) == FAILED == outcomes.count("nothing answered")
    assert "unknown product" in outcomes
