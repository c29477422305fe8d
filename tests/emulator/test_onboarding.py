"""Onboarding on the deployed stack: an HTTP API by its connection, containers of ECS, people by SQS, a nested order."""

from __future__ import annotations

from emulator.cloud import cloud
from emulator.demos.onboarding import APPLICANTS, run
from emulator.deploy import up

NAMES = ("plain", "html-instead", "killed-once", "somebody-elses", "no-address", "same-address", "first-order")


def test_applicants_end_as_they_should_by_the_permissions_that_the_stack_gives_and_nothing_personal_gets_out() -> None:
    few = [one for one in APPLICANTS if one.id in NAMES]
    # People have a minute here: a busy machine is no reason to decline anyone.
    config = {"orderflow:workflows": "onboarding", "orderflow:decisionSeconds": "60"}
    with cloud(wait_scale=0.55, enforce_permissions=True) as running:
        came = run(running, up(running, config=config), few)
    assert came.problems == []
    assert [one.title for one in came.books if not one.ok] == []
    assert len(came.ended) == len(NAMES)
