"""Returns on the deployed stack: its people decide, the provider gives back parts, and every book agrees afterwards."""

from __future__ import annotations

from emulator.cloud import cloud
from emulator.demos.returns import CASES, run
from emulator.deploy import deploy

NAMES = ("one-tea", "decided-twice", "undelivered", "nothing")
CONFIG = {"orderflow:workflows": "returns", "orderflow:decisionSeconds": "60"}


def test_orders_come_back_in_part_with_the_permissions_that_the_stack_gives() -> None:
    few = [case for case in CASES if case.name in NAMES]
    with cloud(wait_scale=0.55, enforce_permissions=True) as running:
        came = run(running, deploy(running, config=CONFIG), few)
    assert came.problems == []
    assert [one.title for one in came.books if not one.ok] == []
    assert {one.case: one.outcome for one in came.ended} == {
        "one-tea": "RETURN_REFUNDED",
        "decided-twice": "RETURN_REFUSED",
        "undelivered": "RETURN_REJECTED",
        "nothing": "RETURN_REJECTED",
    }
