"""Bulk intake on the deployed stack: S3 starts it, a Distributed Map starts the orders, SNS has the summary."""

from __future__ import annotations

from emulator.cloud import cloud
from emulator.demos.bulk import FILES, LATER, SHOWN, take_in
from emulator.deploy import up
from emulator.flow import cases_page

NAMES = ("windows.csv", "untidy.jsonl", "photo.jpg")


def test_files_become_orders_once_and_their_senders_are_told_with_the_permissions_that_the_stack_gives() -> None:
    few = [file for file in FILES if file.name in NAMES]
    again = [file for file in LATER if file.name == "windows-again.csv"]
    with cloud(wait_scale=0.55, enforce_permissions=True) as running:
        outputs = up(running, config={"orderflow:workflows": "bulk"})
        came = take_in(running, outputs, few, again)
        drawn = cases_page(running, outputs["machines"]["bulk-intake"]["aliasArn"], SHOWN)
    assert came.problems == []
    assert [one.title for one in came.books if not one.ok] == []
    assert sum(one.outcome == "order started" for one in came.ended) == 5 + 2
    assert drawn is not None
    assert drawn.views[0].flow is not None
    assert {(way.name, way.outcome) for way in drawn.views[0].flow.ways} == {
        ("incoming/windows.csv", "TAKEN_IN"),
        ("incoming/windows-again.csv", "TAKEN_BEFORE"),
        ("incoming/untidy.jsonl", "TAKEN_IN"),
        ("incoming/photo.jpg", "REFUSED"),
    }
