"""Calls in JSONata that can never succeed, held against what JSONata itself was recorded to make of calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import asl
from asl.testing.run import run
from tests.unit.asl.running.machines import jsonata, machine

RECORDED = json.loads((Path(__file__).parent / "running" / "jsonata" / "recorded.json").read_text())["cases"]


def told(expression: str, rule: str = "ASL172") -> list[str]:
    """What the rule says of an expression."""
    definition = jsonata({"A": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}})
    return [one.message for one in asl.check(definition) if one.rule.id == rule]


def test_nothing_is_told_of_what_jsonata_evaluates() -> None:
    good = [case["expression"] for case in RECORDED if "result" in case or "undefined" in case]
    assert len(good) > 500
    assert {expression: said for expression in good if (said := told(expression))} == {}


@pytest.mark.parametrize(
    ("expression", "said"),
    {
        "$append($states.input.rows)": "$append gets 1 argument, and takes 2",
        "$exists()": "$exists gets 0 arguments, and takes 1",
        "$count($states.input.rows, 1)": "$count gets 2 arguments, and takes 1",
        "$map($states.input.rows)": "$map gets 1 argument, and takes 2",
        "$lookup($states.input.rates, 5)": "argument 2 of $lookup is a number, which it does not take",
        "$contains($states.input.id, 5)": "argument 2 of $contains is a number, which it does not take",
        "$states.input.old ? $uuid(1) : 'none'": "$uuid gets 1 argument, and takes 0",
        "{'all': [$sum($states.input.rows, 2)]}": "$sum gets 2 arguments, and takes 1",
        "$hash($states.input.id, 'SHA3')": "Unsupported algorithm: SHA3",
        "$fromMillis($states.input.at, '[Y0001')": "No matching closing bracket ']'",
        "$replace($states.input.id, '', '-')": "Second argument of replace function cannot be an empty string",
        "$formatBase($states.input.number, 99)": "must be between 2 and 36",
        "$toMillis('31 January')": "must be an ISO 8601 formatted timestamp",
        "$number('ten')": "Unable to cast value to a number",
    }.items(),
)
def test_a_call_that_fails_whatever_the_data_says_is_an_error(expression: str, said: str) -> None:
    (message,) = told(expression)
    assert said in message


@pytest.mark.parametrize(
    "expression",
    [
        "$error('too late')",
        "$states.input.ok ? 'ok' : $assert(false, 'bad')",
        "($hash := function($text) { $text }; $hash('a'))",
        "$map(['a'], $uppercase)",
        "['a', 'b'] ~> $append('c')",
        "$states.input.names.$uppercase($)",
        "($second := $substring(?, 1); $second('ab'))",
        "$fromMillis($states.input.at, '[Y0001]-[M01]')",
        "$hash($states.input.id, $states.input.kind)",
        "$number($states.input.id)",
        "$match('a', /b/)",
    ],
)
def test_a_call_that_may_succeed_or_is_to_fail_is_not_told(expression: str) -> None:
    assert told(expression) == []


def hiding(call: str) -> dict[str, Any]:
    """A machine that has a variable named `count`."""
    states = {
        "Set": {"Type": "Pass", "Assign": {"count": 42}, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": f"{{% {call} %}}", "End": True},
    }
    return jsonata(states)


def test_a_variable_that_hides_a_function_is_warned_of_where_that_is_called() -> None:
    """In JSONata what is bound by a name comes before the function of that name."""
    (found,) = [one for one in asl.check(hiding("$count([1, 2])")) if one.rule.id == "ASL173"]
    assert found.path == "States.Tell.Output"
    execution = run(hiding("$count([1, 2])"))
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")
    for call in ("$count", "$sum([1, 2])", "($count := function($all) { 1 }; $count([1]))"):
        assert [one for one in asl.check(hiding(call)) if one.rule.id == "ASL173"] == []
        assert run(hiding(call)).status == "SUCCEEDED"


def test_a_variable_of_a_branch_hides_no_function_beside_it() -> None:
    inner = machine({"Set": {"Type": "Pass", "Assign": {"count": 42}, "End": True}})
    states = {
        "Both": {"Type": "Parallel", "Branches": [inner], "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": "{% $count($states.input) %}", "End": True},
    }
    assert [one for one in asl.check(jsonata(states)) if one.rule.id == "ASL173"] == []
    assert run(jsonata(states)).output == 1


@pytest.mark.parametrize(
    ("expression", "output"),
    {
        "$map([19.994, 4.951], $round)": [20, 5],
        "$map([19.994, 4.951, 7.256], $round)": [20, 5, 7.26],
    }.items(),
)
def test_a_function_that_takes_the_index_for_its_own_argument_is_warned_of(expression: str, output: object) -> None:
    """As JSONata documents it: https://docs.jsonata.org/higher-order-functions#map"""
    (message,) = told(expression, "ASL174")
    assert message == "$map hands the index over to $round as well, as its second argument"
    definition = jsonata({"A": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}})
    assert run(definition).output == output


@pytest.mark.parametrize(
    "expression",
    [
        "$map(['a', 'b'], $uppercase)",
        "$map([1, 2], $string)",
        "$map([1.5, 2.5], function($one) { $round($one) })",
        "$filter([0, 1], $boolean)",
        "($round := function($one) { $one }; $map([1, 2], $round))",
        "$reduce([[1], [2]], $append)",
        "$sum([1, 2])",
    ],
)
def test_a_function_that_takes_one_argument_is_handed_over_without_a_warning(expression: str) -> None:
    assert told(expression, "ASL174") == []
    assert run(jsonata({"A": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}})).status == "SUCCEEDED"
