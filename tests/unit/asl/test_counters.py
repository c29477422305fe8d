"""After how many rounds a loop is left: counted by hand, and by going round."""

from __future__ import annotations

from typing import Any

import pytest

from asl.analysis.counters import Bound, bounds, counters, is_asked_for
from asl.analysis.loops import loops
from asl.syntax.walk import State, walk


def loop(count: dict[str, Any], choice: dict[str, Any], **more: Any) -> list[State]:
    """The one loop of a machine that counts in `Count` and asks in `Ask`, whose rules may go to `Again` and `Out`."""
    machine = walk(
        {
            "StartAt": "Again",
            "States": {
                "Again": {"Type": "Wait", "Seconds": 1, "Next": "Count"},
                "Count": {"Type": "Pass", "Next": "Ask", **count},
                "Ask": {"Type": "Choice", **choice},
                "Out": {"Type": "Succeed"},
            },
            **more,
        }
    )
    (found,) = loops(machine)
    return list(found)


def added(step: int = 1, at: str = "$.polls") -> dict[str, Any]:
    return {"Parameters": {"count.$": f"States.MathAdd({at}.count, {step})"}, "ResultPath": at}


def asked(operator: str, limit: float, then: str, otherwise: str) -> dict[str, Any]:
    return {"Choices": [{"Variable": "$.polls.count", operator: limit, "Next": then}], "Default": otherwise}


def passes(operator: str, count: float, limit: float) -> bool:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""
    return {
        "NumericGreaterThan": count > limit,
        "NumericGreaterThanEquals": count >= limit,
        "NumericEquals": count == limit,
        "NumericLessThan": count < limit,
        "NumericLessThanEquals": count <= limit,
    }[operator]


def gone_round(operator: str, limit: float, step: int, begin: float, *, leads_out: bool) -> int:
    """How often the loop counts until the rule lets it out."""
    count, rounds = begin, 0
    while True:
        count, rounds = count + step, rounds + 1
        if passes(operator, count, limit) == leads_out:
            return rounds


@pytest.mark.parametrize("begin", [0, 3, 50])
@pytest.mark.parametrize("step", [1, 2, 5])
@pytest.mark.parametrize("limit", [10, 10.5, 12])
@pytest.mark.parametrize(
    ("operator", "leads_out"),
    [
        ("NumericGreaterThan", True),
        ("NumericGreaterThanEquals", True),
        ("NumericLessThan", False),
        ("NumericLessThanEquals", False),
    ],
)
def test_a_loop_is_left_after_as_many_rounds_as_it_goes(
    operator: str, leads_out: bool, limit: float, step: int, begin: int
) -> None:
    ways = ("Out", "Again") if leads_out else ("Again", "Out")
    (bound,) = bounds(loop(added(step), asked(operator, limit, *ways)))
    assert bound.rounds(begin) == gone_round(operator, limit, step, begin, leads_out=leads_out)
    assert (bound.path, bound.limit) == ("States.Ask.Choices[0]", limit)


def test_a_count_that_is_met_ends_the_loop() -> None:
    (bound,) = bounds(loop(added(), asked("NumericEquals", 4, "Out", "Again")))
    assert bound.rounds() == gone_round("NumericEquals", 4, 1, 0, leads_out=True) == 4


@pytest.mark.parametrize(
    ("operator", "then", "otherwise"),
    [
        ("NumericLessThan", "Out", "Again"),  # leaves in the first round, or never by the count
        ("NumericLessThanEquals", "Out", "Again"),
        ("NumericGreaterThan", "Again", "Out"),
        ("NumericGreaterThanEquals", "Again", "Out"),
        ("NumericEquals", "Again", "Out"),
        ("NumericLessThan", "Again", "Again"),  # leads nowhere else
        ("NumericGreaterThan", "Again", "Again"),
    ],
)
def test_a_comparison_that_ends_no_growing_loop_bounds_nothing(operator: str, then: str, otherwise: str) -> None:
    extra = {"Variable": "$.done", "IsPresent": True, "Next": "Out"}
    choice = asked(operator, 10, then, otherwise)
    assert list(bounds(loop(added(), {**choice, "Choices": [*choice["Choices"], extra]}))) == []


@pytest.mark.parametrize("step", [0, -1])
def test_a_count_that_does_not_grow_bounds_nothing(step: int) -> None:
    states = loop(added(step), asked("NumericGreaterThan", 10, "Out", "Again"))
    assert [counter.step for counter in counters(states)] == [step]
    assert list(bounds(states)) == []


ASK = asked("NumericGreaterThan", 10, "Out", "Again")
NO_COUNTS: dict[str, dict[str, Any]] = {
    "another place": {"Parameters": {"count.$": "States.MathAdd($.other.count, 1)"}, "ResultPath": "$.polls"},
    "another field": {"Parameters": {"sum.$": "States.MathAdd($.polls.count, 1)"}, "ResultPath": "$.polls"},
    "a text": {"Parameters": {"count": "States.MathAdd($.polls.count, 1)"}, "ResultPath": "$.polls"},
    "what OutputPath leaves": {**added(), "OutputPath": "$.polls"},
    "the result of a task": {**added(), "Type": "Task", "Resource": "${f.arn}"},
    "the context": {"Parameters": {"count.$": "States.MathAdd($$.polls.count, 1)"}, "ResultPath": "$.polls"},
    "several places": {"Parameters": {"count.$": "States.MathAdd($.polls[*].count, 1)"}, "ResultPath": "$.polls"},
}


@pytest.mark.parametrize("count", NO_COUNTS.values(), ids=NO_COUNTS)
def test_what_is_added_elsewhere_is_no_count(count: dict[str, Any]) -> None:
    assert counters(loop(count, ASK)) == []


def test_a_variable_counts_too() -> None:
    states = loop(
        {"Assign": {"polls.$": "States.MathAdd($polls, 3)"}},
        {"Choices": [{"Variable": "$polls", "NumericGreaterThanEquals": 9, "Next": "Out"}], "Default": "Again"},
    )
    (bound,) = bounds(states)
    assert (bound.counter.place, bound.counter.step, bound.rounds()) == (("$polls",), 3, 3)


JSONATA: dict[str, tuple[dict[str, Any], str]] = {
    "a variable": ({"Assign": {"n": "{% $n + 2 %}"}}, "$n"),
    "a field": ({"Output": {"n": "{% $states.input.n + 2 %}"}}, "$states.input.n"),
    "a field of a whole object": ({"Output": "{% {'n': $states.input.n + 2} %}"}, "$states.input.n"),
    "a field that is merged": (
        {"Output": "{% $merge([$states.input, {'n': $states.input.n + 2}]) %}"},
        "$states.input.n",
    ),
    "minus a negative number": ({"Assign": {"n": "{% $n - -2 %}"}}, "$n"),
}


@pytest.mark.parametrize(("count", "place"), JSONATA.values(), ids=JSONATA)
@pytest.mark.parametrize(
    ("condition", "then", "otherwise", "rounds"),
    [
        ("{} > 6", "Out", "Again", 4),
        ("{} >= 6", "Out", "Again", 3),
        ("{} = 6", "Out", "Again", 3),
        ("{} < 6", "Again", "Out", 3),
        ("{} <= 6", "Again", "Out", 4),
        ("$states.input.done or {} >= 6", "Out", "Again", 3),
    ],
)
def test_loops_in_jsonata_are_counted_alike(
    count: dict[str, Any], place: str, condition: str, then: str, otherwise: str, rounds: int
) -> None:
    rule = {"Condition": f"{{% {condition.format(place)} %}}", "Next": then}
    (bound,) = bounds(loop(count, {"Choices": [rule], "Default": otherwise}, QueryLanguage="JSONata"))
    assert bound.rounds() == rounds


@pytest.mark.parametrize(
    "count",
    [
        {"Assign": {"n": "{% $m + 2 %}"}},
        {"Assign": {"n": "{% $n * 2 %}"}},
        {"Assign": {"n": "{% $n + $m %}"}},
        {"Assign": {"n": "{% 2 + $n %}"}},
        {"Assign": {"n": "$n + 2"}},
        {"Assign": {"deep": {"n": "{% $n + 2 %}"}}},
        {"Output": {"n": "{% $states.input.m + 2 %}"}},
    ],
    ids=str,
)
def test_what_is_no_count_in_jsonata(count: dict[str, Any]) -> None:
    choice = {"Choices": [{"Condition": "{% $n > 6 %}", "Next": "Out"}], "Default": "Again"}
    assert counters(loop(count, choice, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize("word", ["And", "Or"])
def test_one_of_several_conditions_ends_the_loop_and_one_of_those_that_must_all_hold_does_not(word: str) -> None:
    parts = [
        {"Variable": "$.done", "IsPresent": True},
        {"Variable": "$.polls.count", "NumericGreaterThanEquals": 5},
    ]
    found = list(bounds(loop(added(), {"Choices": [{word: parts, "Next": "Out"}], "Default": "Again"})))
    assert [bound.rounds() for bound in found] == ([5] if word == "Or" else [])


@pytest.mark.parametrize("condition", ["$n > 6", "<%$n > 6%>", True, None])
def test_what_is_no_expression_ends_no_loop(condition: object) -> None:
    choice = {"Choices": [{"Condition": condition, "Next": "Out"}], "Default": "Again"}
    assert list(bounds(loop({"Assign": {"n": "{% $n + 1 %}"}}, choice, QueryLanguage="JSONata"))) == []


def test_a_condition_in_jsonata_that_asks_for_more_ends_no_loop() -> None:
    choice = {"Choices": [{"Condition": "{% $n > 6 and $states.input.done %}", "Next": "Out"}], "Default": "Again"}
    states = loop({"Assign": {"n": "{% $n + 1 %}"}}, choice, QueryLanguage="JSONata")
    assert list(bounds(states)) == []
    (counter,) = counters(states)
    assert is_asked_for(counter, states), "and yet the loop looks at it"


@pytest.mark.parametrize(
    ("rule", "is_asked"),
    [
        ({"Variable": "$.polls.count", "NumericGreaterThanPath": "$.limit"}, True),
        ({"Variable": "$.limit", "NumericLessThanPath": "$.polls.count"}, True),
        ({"Variable": "$.polls.other", "NumericGreaterThan": 4}, False),
        ({"Variable": "$.done", "StringEquals": "$.polls.count"}, False),
    ],
    ids=str,
)
def test_whether_a_loop_looks_at_its_count(rule: dict[str, Any], is_asked: bool) -> None:
    states = loop(added(), {"Choices": [{**rule, "Next": "Out"}], "Default": "Again"})
    (counter,) = counters(states)
    assert is_asked_for(counter, states) is is_asked


@pytest.mark.parametrize(("reads", "is_asked"), [("$states.input", True), ("$states.input.m", False), ("$n", False)])
def test_a_whole_object_that_holds_the_count_is_looked_at_with_it(reads: str, is_asked: bool) -> None:
    count = {"Output": {"n": "{% $states.input.n + 1 %}"}}
    choice = {"Choices": [{"Condition": f"{{% $f({reads}) %}}", "Next": "Out"}], "Default": "Again"}
    states = loop(count, choice, QueryLanguage="JSONata")
    (counter,) = counters(states)
    assert is_asked_for(counter, states) is is_asked


def test_a_loop_is_gone_round_once_at_least() -> None:
    (bound,) = bounds(loop(added(), ASK))
    assert isinstance(bound, Bound)
    assert bound.rounds(1_000) == 1
