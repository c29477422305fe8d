"""Onboarding: no finding, its promise proven and explored, and what breaks it found; its picture and its outcomes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import asl
from tests.unit.workflows.shipped import onboard
from workflows import ONBOARDING_PROMISES

PAGE = Path(__file__).parents[3] / "docs" / "workflows.md"
OUTCOMES: dict[str, Any] = {
    "CheckApplication": [{"applicantId": "a", "hasFirstOrder": True}, {"applicantId": "a", "hasFirstOrder": False}],
    "CheckIdentity": [
        {"StatusCode": 200, "ResponseBody": {"verdict": "PASSED"}},
        {"StatusCode": 200, "ResponseBody": {"verdict": "FAILED"}},
        {"StatusCode": 200, "ResponseBody": "<html>"},
    ],
    "ScanDocument": {},
    "ReadScan": [{"Item": {"documentStatus": {"S": status}}} for status in ("CLEAR", "EXPIRED", "MISMATCH")],
    "AskReviewer": [{"verdict": "APPROVED"}, {"verdict": "REJECTED"}],
    "CreateAccount": {"accountId": "acc-a"},
    "ReadFirstOrder": {"Item": {"firstOrder": {"S": '{"orderId": "o"}'}}},
    "FirstOrder": [{"Output": {"ended": {"outcome": outcome}}} for outcome in ("DELIVERED", "DECLINED")],
    "CloseAccount": {"accountId": "acc-a"},
    **{name: {"MessageId": "m"} for name in ("Welcome", "NotifyClosed", "NotifyDeclined")},
}


def test_it_has_no_finding_and_keeps_its_promise() -> None:
    assert asl.check(onboard(), promises=ONBOARDING_PROMISES) == []


def test_no_combination_of_outcomes_leaves_an_account_that_nobody_knows_of() -> None:
    """Asked once: how often makes no difference."""
    with patch("workflows.onboarding.TIMES_ASKED", 1):
        found = asl.explore(onboard(), {"applicantId": "a"}, OUTCOMES, must_reach=ONBOARDING_PROMISES)
    assert found.broken == (), "\n".join(map(str, found.broken))
    assert (found.uncaught, found.out_of_time, found.too_long, found.cut) == ((), (), (), ())
    assert found.ok
    assert found.unreached == ()


def next_of(state: str, to: str) -> Callable[[Any], None]:
    return lambda states: states[state].update(Next=to)


def not_caught(state: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        states[state]["Catch"] = [one for one in states[state]["Catch"] if one["ErrorEquals"] != ["States.ALL"]]

    return change


def caught_to(state: str, to: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        states[state]["Catch"][-1]["Next"] = to

    return change


BROKEN: dict[str, Callable[[Any], None]] = {
    "an account that may be open is not closed": caught_to("CreateAccount", "NotifyDeclined"),
    "an account that cannot be opened for sure is not caught": not_caught("CreateAccount"),
    "an account without a welcome is left open": caught_to("Welcome", "ApplicantNotTold"),
    "a closing that fails is called one": caught_to("CloseAccount", "NotifyClosed"),
}


@pytest.mark.parametrize("wrong", BROKEN)
def test_what_breaks_its_promise_is_found(wrong: str) -> None:
    broken = json.loads(json.dumps(onboard()))
    BROKEN[wrong](broken["States"])
    assert "ASL071" in {one.rule.id for one in asl.check(broken, promises=ONBOARDING_PROMISES)}


def test_every_call_has_a_timeout_and_every_end_a_name() -> None:
    for state in asl.walk(onboard()).states:
        if state.type == "Task":
            assert "TimeoutSeconds" in state.node, state.path
            assert state.node["Catch"][-1]["ErrorEquals"] == ["States.ALL"], state.path  # type: ignore[index]
        if state.type == "Fail":
            assert state.node["Error"] == state.name


def test_the_generated_picture_on_the_page_is_the_workflow() -> None:
    """`make golden` draws it anew."""
    page, drawn = PAGE.read_text(), asl.mermaid(onboard()).rstrip("\n")
    own = page[page.index("## Onboarding") :]
    shown = own.partition("```mermaid\n")[2].partition("\n```")[0]
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page.replace(shown, drawn))
        shown = drawn
    assert shown == drawn


def test_every_end_is_told_of_on_the_page() -> None:
    own = PAGE.read_text().partition("## Onboarding")[2]
    ends = [state.name for state in asl.walk(onboard()).states if state.type in ("Succeed", "Fail")]
    assert [name for name in ends if f"`{name}`" not in own] == []
