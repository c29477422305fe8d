"""Catchers: who takes over from a state that failed, and with what.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-fallback-states
"""

from __future__ import annotations

from typing import Any

import pytest

from asl.running.execution import Execution
from asl.testing.outcomes import Never, Raises
from asl.testing.run import run
from tests.unit.asl.running.machines import jsonata, machine, task, types


def caught(*catchers: dict[str, Any], outcome: Any, input: Any = None, **fields: Any) -> Execution:
    """A task with catchers; First and Second are where they lead."""
    others = {name: {"Type": "Pass", "End": True} for name in ("First", "Second")}
    work = task(Catch=[{"Next": "First", **one} for one in catchers], Next="Second", **fields)
    return run(machine({"Work": work, **others}), {} if input is None else input, {"Work": outcome})


def test_the_error_replaces_the_input() -> None:
    execution = caught({"ErrorEquals": ["Late"]}, outcome=Raises("Late", "rain"), input={"order": 1})
    assert execution.output == {"Error": "Late", "Cause": "rain"}
    assert execution.visited == ["States.Work", "States.First"]


def test_result_path_keeps_the_input() -> None:
    execution = caught(
        {"ErrorEquals": ["Late"], "ResultPath": "$.problem"}, outcome=Raises("Late", "rain"), input={"order": 1}
    )
    assert execution.output == {"order": 1, "problem": {"Error": "Late", "Cause": "rain"}}


def test_result_path_of_a_catcher_places_into_the_raw_input() -> None:
    execution = caught(
        {"ErrorEquals": ["Late"], "ResultPath": "$.problem"},
        outcome=Raises("Late"),
        input={"order": {"id": 1}},
        InputPath="$.order",
        OutputPath="$.order",
    )
    assert execution.output == {"order": {"id": 1}, "problem": {"Error": "Late", "Cause": None}}


def test_the_first_catcher_that_names_the_error_takes_it() -> None:
    first, second = {"ErrorEquals": ["A", "B"]}, {"ErrorEquals": ["States.ALL"], "Next": "Second"}
    assert caught(first, second, outcome=Raises("B")).visited[-1] == "States.First"
    assert caught(first, second, outcome=Raises("C")).visited[-1] == "States.Second"


def test_an_error_that_nobody_names_fails_the_execution() -> None:
    execution = caught({"ErrorEquals": ["A"]}, outcome=Raises("B", "why"))
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "B", "why")
    assert types(execution)[-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]


def test_a_state_that_is_caught_is_left_as_any_other() -> None:
    execution = caught({"ErrorEquals": ["A"]}, outcome=Raises("A"))
    assert types(execution)[1:6] == [
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "TaskStateExited",
    ]


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["States.Timeout"], True),
        (["States.ALL"], True),
        (["States.TaskFailed"], False),
        (["States.HeartbeatTimeout"], False),
    ],
)
def test_who_catches_a_timeout(names: list[str], taken: bool) -> None:
    execution = caught({"ErrorEquals": names}, outcome=Never(), TimeoutSeconds=5)
    assert execution.status == ("SUCCEEDED" if taken else "FAILED")


@pytest.mark.parametrize(
    ("names", "taken"),
    [(["States.HeartbeatTimeout"], True), (["States.Timeout"], True), (["States.TaskFailed"], False)],
)
def test_who_catches_a_missed_heartbeat(names: list[str], taken: bool) -> None:
    execution = caught({"ErrorEquals": names}, outcome=Never(), TimeoutSeconds=60, HeartbeatSeconds=5)
    assert execution.status == ("SUCCEEDED" if taken else "FAILED")


def test_an_error_without_a_name_is_caught_by_states_all_alone() -> None:
    assert caught({"ErrorEquals": ["States.ALL"]}, outcome=Raises(None)).output == {"Error": None, "Cause": None}


def test_a_jsonata_catcher_makes_its_output_from_the_error_and_the_input() -> None:
    catcher = {
        "ErrorEquals": ["Late"],
        "Output": {"order": "{% $states.input.order %}", "why": "{% $states.errorOutput.Cause %}"},
        "Next": "Done",
    }
    states = {"Work": task(Catch=[catcher], Output="{% 'not this' %}"), "Done": {"Type": "Succeed"}}
    assert run(jsonata(states), {"order": 1}, {"Work": Raises("Late", "rain")}).output == {"order": 1, "why": "rain"}


def test_a_jsonata_expression_that_fails_after_the_task_is_caught_with_an_event_of_its_own() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html: States.QueryEvaluationError"""
    catcher = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Done"}
    states = {
        "Work": task(Output="{% $states.result.missing.more %}", Catch=[catcher]),
        "Done": {"Type": "Succeed"},
    }
    execution = run(jsonata(states), {}, {"Work": {"there": 1}})
    assert execution.status == "SUCCEEDED"
    assert types(execution).index("EvaluationFailed") == types(execution).index("LambdaFunctionSucceeded") + 1


def test_retriers_come_before_catchers() -> None:
    execution = caught(
        {"ErrorEquals": ["Late"]}, outcome=[Raises("Late")] * 3, Retry=[{"ErrorEquals": ["Late"], "MaxAttempts": 2}]
    )
    assert execution.visited[-1] == "States.First"
    assert types(execution).count("LambdaFunctionFailed") == 3
