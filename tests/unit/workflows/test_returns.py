"""The workflow of returns: whatever its tasks come to, it keeps its promises, and what breaks one is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

import asl
from workflows import RETURN_PROMISES, Decisions, Delivery, ReturnFunctions, returns
from workflows.returns import UNINSPECTED

ARNS = {f.name: f"arn:aws:lambda:us-east-1:123456789012:function:{f.name}:live" for f in fields(ReturnFunctions)}
YEAR = 365 * 86_400
DELIVERIES = [Delivery(1, 6), Delivery(60, 3_600), Delivery(21_600, 1_209_600), Delivery(21_600, YEAR // 8)]
RETURN = {"returnId": "return-1", "orderId": "order-1", "items": [{"sku": "tea", "quantity": 1}]}
TOLD = {"returnId": "return-1", "outcome": "RETURN_REFUNDED", "why": "", "refundedCents": 450}
SAID = [{"verdict": verdict, "by": "ada", "why": "so it is"} for verdict in ("RESTOCKED", "REFUSED")]
OUTCOMES: dict[str, Any] = {
    "OpenReturn": {"returnId": "return-1", "orderId": "order-1", "cents": 450, "goods": "1 tea"},
    "MakeLabel": {"labelId": "rtn_return-1", "until": "2026-03-15T12:00:00.000Z"},
    "CancelReturn": {"returnId": "return-1", "status": "CANCELED"},
    "CheckReturn": [{"where": where} for where in ("COMING", "HERE", "NOT_SENT", "ACCEPTED", "REFUSED")],
    "AskInspector": SAID,
    "RecordInspection": [{"verdict": "RESTOCKED"}, {"verdict": "REFUSED"}],
    "RefundReturn": {"returnId": "return-1", "refundedCents": 450},
    "RestockReturn": {"returnId": "return-1", "status": "RESTOCKED"},
    "AskForHelp": [{"verdict": verdict, "by": "ada", "why": "so it is"} for verdict in ("SETTLED", "RETRIED")],
    "SettleReturn": {"returnId": "return-1", "by": "ada"},
    **{f"Tell{end}": TOLD for end in ("Rejected", "Canceled", "Expired", "Refused", "Refunded")},
    "SendLabel": TOLD,
}


def definition(delivery: Delivery = DELIVERIES[0]) -> Any:
    return returns(ReturnFunctions(**ARNS), delivery, Decisions(0, 600))


@pytest.mark.parametrize("delivery", DELIVERIES, ids=str)
def test_it_has_no_finding_keeps_its_promises_and_ends_within_a_year(delivery: Delivery) -> None:
    whole = definition(delivery)
    assert asl.check(whole, promises=RETURN_PROMISES) == []
    assert whole["TimeoutSeconds"] < YEAR


def test_whatever_its_tasks_come_to_it_keeps_its_promises() -> None:
    found = asl.explore(definition(Delivery(5, 5)), RETURN, OUTCOMES, must_reach=RETURN_PROMISES)
    assert found.broken == (), "\n".join(map(str, found.broken))
    assert found.ok
    assert found.cut == ()


def caught_by(state: str, error: str, to: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        (catcher,) = [one for one in states[state]["Catch"] if error in one["ErrorEquals"]]
        catcher["Next"] = to

    return change


def chosen(state: str, was: str, to: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        for rule in (*states[state]["Choices"], states[state]):
            rule.update({key: to for key in ("Next", "Default") if rule.get(key) == was})

    return change


BROKEN: dict[str, tuple[Callable[[Any], None], str]] = {
    "goods that are here are taken for never sent": (
        chosen("WhereIsIt", "AskInspector", "ReturnNotSent"),
        "WhereIsIt → ReturnNotSent and the execution ends",
    ),
    "a refund that fails is called one": (
        caught_by("RefundReturn", "States.ALL", "ReturnRefunded"),
        "RefundReturn → ReturnRefunded and the execution ends",
    ),
    "who refuses tells nobody": (
        chosen("IsAccepted", "TellRefused", "ReturnRefused"),
        "RecordInspection → IsAccepted → ReturnRefused and the execution ends",
    ),
    "a question that nobody answers is called settled": (
        caught_by("AskForHelp", "States.ALL", "ReturnRefunded"),
        "AskForHelp → ReturnRefunded and the execution ends",
    ),
}
"""By what is wrong: how the workflow is broken, and by which way the promise is found broken."""


@pytest.mark.parametrize("wrong", BROKEN)
def test_what_breaks_a_promise_is_found_with_the_way_that_breaks_it(wrong: str) -> None:
    break_it, way = BROKEN[wrong]
    broken = json.loads(json.dumps(definition()))
    break_it(broken["States"])
    found = [str(one) for one in asl.check(broken, promises=RETURN_PROMISES) if one.rule.id == "ASL071"]
    assert any(way in one for one in found), found


def test_goods_that_nobody_inspects_are_accepted_and_no_other_failure_to_ask_is_taken_for_that() -> None:
    timed_out, other = definition()["States"]["AskInspector"]["Catch"]
    assert (timed_out["ErrorEquals"], timed_out["Assign"]) == (["States.Timeout"], {"decision": UNINSPECTED})
    assert (timed_out["Next"], other["Next"]) == ("RecordInspection", "ReturnStuck")


def test_a_parcel_is_asked_for_until_its_label_and_its_way_are_over_and_no_longer() -> None:
    delivery = Delivery(600, 6_000)
    rounds = [rule for rule in definition(delivery)["States"]["WhereIsIt"]["Choices"] if "$polls" in rule["Condition"]]
    assert rounds == [{"Condition": "{% $polls >= 24 %}", "Next": "ReturnStuck"}]
