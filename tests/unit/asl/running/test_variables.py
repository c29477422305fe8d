"""Variables: what they are when, and who sees them.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from typing import Any

import pytest

from asl.testing.outcomes import Raises
from asl.testing.run import run
from tests.unit.asl.running.machines import each, jsonata, machine, task

BIG = "x" * 200_000


def tell(**expressions: str) -> dict[str, Any]:
    return {"Type": "Pass", "Output": expressions, "End": True}


def test_all_of_an_assign_is_evaluated_before_any_of_it_is_assigned() -> None:
    """The page's own example: from x=3 and a=6, x becomes 6 and nextX 3."""
    states = {
        "Begin": {"Type": "Pass", "Assign": {"x": 3, "a": 6}, "Next": "Swap"},
        "Swap": {"Type": "Pass", "Assign": {"x": "{% $a %}", "nextX": "{% $x %}"}, "Next": "Tell"},
        "Tell": tell(x="{% $x %}", nextX="{% $nextX %}"),
    }
    assert run(jsonata(states)).output == {"x": 6, "nextX": 3}


def test_what_a_state_assigns_is_there_from_the_next_state_on() -> None:
    states = {
        "Begin": {"Type": "Pass", "Assign": {"x": 1}, "Next": "Change"},
        "Change": {"Type": "Pass", "Assign": {"x": 2}, "Output": {"then": "{% $x %}"}, "Next": "Tell"},
        "Tell": tell(then="{% $states.input.then %}", now="{% $x %}"),
    }
    assert run(jsonata(states)).output == {"then": 1, "now": 2}


def test_in_jsonpath_an_assign_reads_the_result_and_not_what_result_selector_leaves_out() -> None:
    """`$` of an Assign is a task's result."""
    states = {
        "Work": task(Assign={"code.$": "$.code"}, ResultPath="$.result", Next="Tell"),
        "Tell": {"Type": "Pass", "Parameters": {"code.$": "$code", "order.$": "$.order"}, "End": True},
    }
    assert run(machine(states), {"order": 1}, {"Work": {"code": 7}}).output == {"code": 7, "order": 1}


def test_branches_read_variables_from_outside_and_keep_their_own_to_themselves() -> None:
    def branch(name: str) -> dict[str, Any]:
        first = {"Type": "Pass", "Assign": {f"own{name}": f"{{% $outer & '{name}' %}}"}, "Next": f"Tell{name}"}
        return jsonata({f"Set{name}": first, f"Tell{name}": tell(own=f"{{% $own{name} %}}")})

    branches = [branch("A"), branch("B")]
    for one in branches:
        del one["QueryLanguage"]
    states = {
        "Begin": {"Type": "Pass", "Assign": {"outer": "o"}, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": branches, "Next": "Tell"},
        "Tell": tell(branches="{% $states.input %}", seen="{% $exists($ownA) %}"),
    }
    assert run(jsonata(states)).output == {"branches": [{"own": "oA"}, {"own": "oB"}], "seen": False}


def test_each_iteration_has_variables_of_its_own() -> None:
    inner = {
        "Keep": {"Type": "Pass", "Assign": {"mine": "{% $states.input %}"}, "Next": "Pause"},
        "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": "{% $mine %}", "End": True},
    }
    assert run(jsonata({"Each": each(inner)}), [3, 1, 2]).output == [3, 1, 2]


def test_a_catcher_assigns_in_the_scope_of_its_state() -> None:
    caught = {"ErrorEquals": ["Late"], "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Next": "Tell"}
    work: dict[str, Any] = {"Type": "Parallel", "Branches": [machine({"Work": task()})], "Catch": [caught]}
    states = {"Both": {**work, "Next": "Tell"}, "Tell": tell(why="{% $why %}")}
    assert run(jsonata(states), tasks={"Work": Raises("Late", "rain")}).output == {"why": "rain"}


def test_a_state_that_is_caught_assigns_nothing_of_its_own() -> None:
    states = {
        "Begin": {"Type": "Pass", "Assign": {"done": False}, "Next": "Work"},
        "Work": task(Assign={"done": True}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Tell"}], Next="Tell"),
        "Tell": tell(done="{% $done %}"),
    }
    assert run(jsonata(states), tasks={"Work": Raises("Late")}).output == {"done": False}


@pytest.mark.parametrize(
    "assign",
    [{"one": "{% $states.input & $states.input %}"}, {"one": "{% $states.input %}", "two": "{% $states.input %}"}],
    ids=["one variable", "all of an Assign"],
)
def test_what_one_assign_sets_may_not_exceed_256_kib(assign: dict[str, Any]) -> None:
    """The page's limits: 256 KiB for a variable, and for all those of one Assign together."""
    states = {"Set": {"Type": "Pass", "Assign": assign, "Output": 1, "End": True}}
    assert run(jsonata(states), BIG[:100_000]).status == "SUCCEEDED"
    execution = run(jsonata(states), BIG)
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")


def test_all_variables_together_may_not_exceed_10_mib() -> None:
    """The page's limit for an execution."""

    def sets(count: int) -> dict[str, Any]:
        states = {
            f"Set{number}": {
                "Type": "Pass",
                "Assign": {f"v{number}": "{% $states.input %}"},
                **({"End": True} if number == count - 1 else {"Next": f"Set{number + 1}"}),
            }
            for number in range(count)
        }
        return jsonata(states)

    assert run(sets(52), BIG).status == "SUCCEEDED"
    execution = run(sets(54), BIG)
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")
