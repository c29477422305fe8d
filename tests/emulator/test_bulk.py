"""Bulk intake on the deployed stack: S3 starts it, a Distributed Map starts the orders, SNS has the summary."""

from __future__ import annotations

from emulator.cloud import cloud
from emulator.demos.bulk import FILES, LATER, take_in
from emulator.deploy import deploy

NAMES = ("windows.csv", "untidy.jsonl", "photo.jpg")


def test_files_become_orders_once_and_their_senders_are_told_with_the_permissions_that_the_stack_gives() -> None:
    few = [file for file in FILES if file.name in NAMES]
    again = [file for file in LATER if file.name == "windows-again.csv"]
    with cloud(wait_scale=0.55, enforce_permissions=True) as running:
        came = take_in(running, deploy(running, config={"orderflow:workflows": "bulk"}), few, again)
    assert came.problems == []
    assert [one.title for one in came.books if not one.ok] == []
    assert sum(one.outcome == "order started" for one in came.ended) == 5 + 2
