"""Parallel and inline Map: what runs beside what, what fails all of it, and in what order it comes out.

https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html,
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

from __future__ import annotations

from typing import Any

import pytest

from asl.running.execution import Execution
from asl.testing.outcomes import Never, Raises, Returns
from asl.testing.run import run
from tests.unit.asl.running.machines import each, jsonata, machine, seconds_of, task, types

WORK = {"Work": task()}


def by_item(answers: dict[Any, Any]) -> Any:
    return lambda arguments, context: answers[arguments]


def mapped(items: list[Any], answers: dict[Any, Any], **fields: Any) -> Execution:
    return run(machine({"Each": each(WORK, **fields)}), items, {"Work": by_item(answers)})


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [machine(one) for one in branches], "End": True, **fields}


def test_branches_run_at_the_same_time_and_their_outputs_come_in_their_order() -> None:
    state = parallel({"Slow": task()}, {"Fast": task()})
    execution = run(machine({"Both": state}), {"a": 1}, {"Slow": Returns("s", after=10), "Fast": Returns("f", after=1)})
    assert execution.output == ["s", "f"]
    assert seconds_of(execution, "ExecutionSucceeded") == [10]
    assert [event.details["input"] for event in execution.events if event.type == "TaskStateEntered"] == [{"a": 1}] * 2


def test_a_parallel_applies_its_fields_to_the_array_of_outputs() -> None:
    state = parallel(
        {"A": task()},
        {"B": task()},
        Parameters={"n.$": "$.n"},
        ResultSelector={"first.$": "$[0]"},
        ResultPath="$.both",
    )
    execution = run(machine({"Both": state}), {"n": 1}, {"A": lambda given, context: given["n"] + 1, "B": 0})
    assert execution.output == {"n": 1, "both": {"first": 2}}


def test_the_first_branch_that_fails_stops_the_others_and_fails_the_state() -> None:
    """ "If any branch fails, because of an unhandled error or by transitioning to a Fail state, the entire Parallel
    state is considered to have failed and all the branches are stopped"."""
    state = parallel({"Bad": task()}, {"Good": task(Next="After"), "After": task()})
    execution = run(
        machine({"Both": state}), {}, {"Bad": Raises("Late", after=1), "Good": Returns("g", after=5), "After": "never"}
    )
    assert (execution.status, execution.error) == ("FAILED", "Late")
    assert seconds_of(execution, "ExecutionFailed") == [1]
    assert "States.Both.Branches[1].States.After" not in execution.visited
    assert types(execution)[-2:] == ["ParallelStateFailed", "ExecutionFailed"]


def test_an_error_handled_inside_a_branch_does_not_reach_the_others() -> None:
    caught = {"Catch": [{"ErrorEquals": ["Late"], "Next": "Mend"}]}
    bad = {"Bad": task(**caught), "Mend": {"Type": "Pass", "Result": "mended", "End": True}}
    assert run(machine({"Both": parallel(bad, WORK)}), {}, {"Bad": Raises("Late"), "Work": "w"}).output == [
        "mended",
        "w",
    ]


def test_a_catcher_of_a_parallel_gets_the_error_of_the_branch() -> None:
    state = parallel({"Stop": {"Type": "Fail", "Error": "Late", "Cause": "rain"}}, WORK)
    state |= {"Catch": [{"ErrorEquals": ["Late"], "ResultPath": "$.problem", "Next": "Done"}]}
    execution = run(machine({"Both": state, "Done": {"Type": "Succeed"}}), {"order": 1}, {"Work": Never()})
    assert execution.output == {"order": 1, "problem": {"Error": "Late", "Cause": "rain"}}


def test_a_map_gives_its_outputs_in_the_order_of_its_items() -> None:
    answers = {1: Returns("one", after=9), 2: Returns("two", after=1), 3: Returns("three", after=5)}
    assert mapped([1, 2, 3], answers).output == ["one", "two", "three"]


def test_a_map_over_nothing_gives_nothing() -> None:
    execution = mapped([], {})
    assert execution.output == []
    assert types(execution)[1:-1] == ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"]


@pytest.mark.parametrize("field", ["ItemSelector", "Parameters"])
def test_an_item_selector_reads_the_state_s_input_and_the_item(field: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemselector.html"""
    template = {"order.$": "$.id", "item.$": "$$.Map.Item.Value.sku", "number.$": "$$.Map.Item.Index"}
    given = {"id": 7, "items": [{"sku": "tea"}, {"sku": "cup"}]}
    state = each({"Tell": {"Type": "Pass", "End": True}}, ItemsPath="$.items", **{field: template})
    assert run(machine({"Each": state}), given).output == [
        {"order": 7, "item": "tea", "number": 0},
        {"order": 7, "item": "cup", "number": 1},
    ]


def test_the_context_of_an_inline_iteration_has_the_item_and_its_number() -> None:
    """No Source, by an execution at AWS, whatever the page says."""
    state = each({"Tell": {"Type": "Pass", "End": True}}, ItemSelector={"it.$": "$$.Map.Item"})
    assert run(machine({"Each": state}), ["tea"]).output == [{"it": {"Index": 0, "Value": "tea"}}]


def test_the_older_iterator_is_a_processor() -> None:
    state = {"Type": "Map", "Iterator": machine({"Tell": {"Type": "Pass", "End": True}}), "End": True}
    assert run(machine({"Each": state}), [1, 2]).output == [1, 2]


def test_jsonata_items_are_computed_and_the_context_has_each() -> None:
    tell = {"Type": "Pass", "Output": "{% $states.context.Map.Item.Value * 2 %}", "End": True}
    execution = run(jsonata({"Each": each({"Tell": tell}, Items="{% $states.input.numbers %}")}), {"numbers": [1, 2]})
    assert execution.output == [2, 4]


@pytest.mark.parametrize(("most", "seconds"), [(1, 6), (2, 3), (0, 1)])
def test_max_concurrency_bounds_what_runs_at_once(most: int, seconds: int) -> None:
    """0 stands for as many as possible."""
    execution = mapped(list(range(6)), dict.fromkeys(range(6), Returns("w", after=1)), MaxConcurrency=most)
    assert seconds_of(execution, "ExecutionSucceeded") == [seconds]


def test_an_inline_map_runs_forty_iterations_at_once_at_most() -> None:
    """By the page on inline mode."""
    execution = mapped(list(range(80)), dict.fromkeys(range(80), Returns("w", after=1)), MaxConcurrency=60)
    assert seconds_of(execution, "ExecutionSucceeded") == [2]


def test_after_a_failed_item_no_further_one_is_started() -> None:
    """At MaxConcurrency 1 the items come one after the other, and those after the failed one never do."""
    execution = mapped([1, 2, 3], {1: "one", 2: Raises("Late"), 3: "never"}, MaxConcurrency=1)
    assert (execution.status, execution.error) == ("FAILED", "Late")
    assert [event.details["index"] for event in execution.events if event.type == "MapIterationStarted"] == [0, 1]


def test_a_failed_item_stops_those_that_run() -> None:
    execution = mapped([1, 2, 3], {1: Never(), 2: Raises("Late", after=5), 3: Never()})
    assert (execution.status, execution.error) == ("FAILED", "Late")
    ends = {event.details["index"]: event.type for event in execution.events if event.type.startswith("MapIteration")}
    assert ends == {0: "MapIterationAborted", 1: "MapIterationFailed", 2: "MapIterationAborted"}
    assert seconds_of(execution, "ExecutionFailed") == [5]


def test_an_item_that_is_stopped_is_not_answered_later() -> None:
    """What a stopped branch was waiting for changes nothing any more."""
    catch = {"Catch": [{"ErrorEquals": ["Late"], "Next": "Pause"}]}
    states = {"Each": each(WORK, **catch), "Pause": {"Type": "Wait", "Seconds": 60, "End": True}}
    answers = {1: Returns("one", after=30), 2: Raises("Late", after=5)}
    execution = run(machine(states), [1, 2], {"Work": by_item(answers)})
    assert execution.status == "SUCCEEDED"
    assert "LambdaFunctionSucceeded" not in types(execution)


def test_what_is_no_array_fails_the_map() -> None:
    execution = run(machine({"Each": each(WORK, ItemsPath="$.items")}), {"items": {"a": 1}})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")


def test_maps_nest() -> None:
    inner = each({"Tell": {"Type": "Pass", "End": True}})
    execution = run(machine({"Outer": each({"Inner": inner})}), [[1, 2], [], [3]])
    assert execution.output == [[1, 2], [], [3]]


def test_a_failure_inside_nested_maps_ends_all_of_them_once() -> None:
    outer = each({"Inner": each(WORK)}, Catch=[{"ErrorEquals": ["Late"], "Next": "Done"}])
    answers = {1: Never(), 2: Raises("Late", after=1), 3: Never()}
    execution = run(machine({"Outer": outer, "Done": {"Type": "Succeed"}}), [[1, 2], [3]], {"Work": by_item(answers)})
    assert execution.output == {"Error": "Late", "Cause": None}
    ends = [
        (event.details["name"], event.details["index"], event.type.removeprefix("MapIteration"))
        for event in execution.events
        if event.type in ("MapIterationFailed", "MapIterationAborted")
    ]
    assert ends == [("Inner", 1, "Failed"), ("Inner", 0, "Aborted"), ("Outer", 0, "Failed"), ("Outer", 1, "Aborted")]
