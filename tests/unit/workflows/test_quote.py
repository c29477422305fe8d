"""The quote: whatever its parts come to, somebody who waits is answered in time, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from asl.syntax.walk import walk
from components.orders.settings import QUOTE_SECONDS
from components.triggers.http_api import LONGEST_SECONDS
from tests.unit.workflows.shipped import quoted
from workflows.quote import PARTS, QuoteFunctions, budget_seconds, quote

BASKET = {"items": [{"sku": "tea", "quantity": 1}], "shipTo": {"postcode": "98101"}}
ANSWERS = {
    "AskPrice": {"amountCents": 450, "currency": "usd", "lines": []},
    "AskStock": {"enough": True, "short": []},
    "AskDelivery": {"possible": True, "dueAt": "2025-01-03T00:00:00Z"},
}
REASON = '{"errorMessage": "items: is missing", "errorType": "ValidationError"}'
REFUSED = asl.Raises("ValidationError", REASON)
ANSWERED = frozenset({"Quoted", "Refused", "NothingAnswered"})


def test_it_has_no_finding_as_an_express_machine() -> None:
    assert asl.check(quoted(), type="EXPRESS") == []


@pytest.mark.parametrize("seconds", QUOTE_SECONDS)
def test_whatever_it_is_given_it_ends_before_its_timeout_and_while_an_api_waits(seconds: int) -> None:
    definition: Any = quote(
        QuoteFunctions(*(f"arn:aws:lambda:us-east-1:123456789012:function:{n}" for n in PARTS)), seconds
    )
    assert asl.longest_seconds(walk(definition)) == budget_seconds(seconds) < definition["TimeoutSeconds"]
    assert definition["TimeoutSeconds"] <= LONGEST_SECONDS


def test_every_combination_of_answers_late_parts_and_failures_is_an_answer() -> None:
    outcomes = {name: [answer, REFUSED] for name, answer in ANSWERS.items()}
    found = asl.explore(quoted(), BASKET, outcomes, type="EXPRESS", must_reach=[asl.MustReach("AskAll", ANSWERED)])
    assert found.ok, "\n".join(map(str, (*found.broken, *found.uncaught, *found.out_of_time)))
    assert (found.cut, found.unreached, found.untaken) == ((), (), ())
    assert found.ways > 500, "six ends of each of three parts, at least"
