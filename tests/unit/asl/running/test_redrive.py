"""Redrive: going on from where an execution stopped.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from asl.running.execution import Execution, Names, NotRedrivableError
from asl.running.steps import Program
from asl.testing.outcomes import Given, Never, Raises, Returns
from asl.testing.run import STARTS_AT, prepared
from tests.unit.asl.running.machines import distributed, each, jsonata, machine, seconds_of, task, types


def finish(execution: Execution) -> Execution:
    execution.loop.run(lambda: execution.status != "RUNNING")
    return execution


def ran(definition: dict[str, Any], input: Any, tasks: dict[str, Given], type: str = "STANDARD") -> Execution:
    program = Program.read(definition, type=type)
    return finish(prepared(program, input, tasks, None, Random(0), STARTS_AT, Names()))


def redriven(execution: Execution) -> Execution:
    execution.redrive()
    return finish(execution)


def calls(execution: Execution, state: str) -> int:
    """How often a state's task was called."""
    return sum(
        event.type == "LambdaFunctionScheduled" and state in str(event.details["input"]) for event in execution.events
    )


def test_the_failed_task_is_called_again_and_what_succeeded_is_not() -> None:
    states = {"First": task(Next="Second"), "Second": task(Next="Third"), "Third": task()}
    execution = ran(machine(states), {}, {"First": ["one"], "Second": [Raises("Late"), "two"], "Third": ["three"]})
    assert execution.status == "FAILED"
    before = len(execution.events)
    assert (redriven(execution).status, execution.output) == ("SUCCEEDED", "three")
    assert types(execution)[before - 1 : before + 3] == [
        "ExecutionFailed",
        "ExecutionRedriven",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
    ]
    assert [event.id for event in execution.events] == list(range(1, len(execution.events) + 1))
    assert (execution.redrives, execution.error, execution.cause) == (1, None, None)


def test_the_context_object_tells_how_often_and_when() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-format"""
    state = task(Parameters={"redrives.$": "$$.Execution.RedriveCount"})
    seen: list[Any] = []

    def answer(arguments: Any, context: Any) -> Any:
        seen.append(arguments["redrives"])
        assert context["Execution"].get("RedriveTime") == (None if len(seen) == 1 else "2025-01-01T00:00:00Z")
        return "done" if len(seen) == 3 else Raises("Late")

    execution = ran(machine({"Work": state}), {}, {"Work": answer})
    assert redriven(execution).status == "FAILED"
    assert redriven(execution).output == "done"
    assert seen == [0, 1, 2]


def test_variables_are_as_they_were() -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 7}, "Next": "Work"},
        "Work": task(Next="Tell"),
        "Tell": {"Type": "Pass", "Output": "{% $x %}", "End": True},
    }
    assert redriven(ran(jsonata(states), {}, {"Work": [Raises("Late"), 1]})).output == 7


def test_retries_count_from_the_start() -> None:
    state = task(Retry=[{"ErrorEquals": ["Late"], "MaxAttempts": 1}])
    execution = ran(machine({"Work": state}), {}, {"Work": [Raises("Late")] * 3 + ["done"]})
    assert types(execution).count("LambdaFunctionScheduled") == 2
    assert redriven(execution).output == "done"


def test_the_timeouts_of_task_and_machine_count_from_the_start() -> None:
    states = {"Work": task(TimeoutSeconds=8)}
    execution = ran(machine(states, TimeoutSeconds=10), {}, {"Work": [Returns(1, after=9), Returns(2, after=7)]})
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")
    assert redriven(execution).output == 2
    assert seconds_of(execution, "ExecutionSucceeded") == [15]


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED"])
def test_what_timed_out_or_was_stopped_goes_on(status: str) -> None:
    definition = machine({"Work": task(Next="Done"), "Done": {"Type": "Succeed"}}, TimeoutSeconds=10)
    program = Program.read(definition)
    execution = prepared(program, {}, {"Work": [Never(), "done"]}, None, Random(0), STARTS_AT, Names())
    if status == "ABORTED":
        execution.loop.run_ready()
        execution.stop("Changed", "my mind")
    assert finish(execution).status == status
    assert redriven(execution).output == "done"


def test_only_the_branches_that_failed_or_were_stopped_run_again() -> None:
    branches = [machine({name: task()}) for name in ("Quick", "Bad", "Slow")]
    states = {"All": {"Type": "Parallel", "Branches": branches, "End": True}}
    answers = {
        "Quick": ["q"],
        "Bad": [Raises("Late", after=1), "b"],
        "Slow": [Returns("s", after=5), Returns("s", after=5)],
    }
    execution = ran(machine(states), {}, answers)
    assert execution.error == "Late"
    assert redriven(execution).output == ["q", "b", "s"]


def test_only_the_iterations_that_failed_were_stopped_or_never_started_run_again() -> None:
    given: list[Any] = []

    def answer(arguments: Any, context: Any) -> Any:
        given.append(arguments)
        return Raises("Late") if given == [1, 2] else arguments * 10

    execution = ran(machine({"Each": each({"Work": task()}, MaxConcurrency=1)}), [1, 2, 3], {"Work": answer})
    assert execution.error == "Late"
    assert redriven(execution).output == [10, 20, 30]
    assert given == [1, 2, 2, 3]


def test_an_iteration_goes_on_from_the_state_that_failed() -> None:
    inner = {"First": task(Next="Second"), "Second": task()}
    outer = {"Outer": each({"Inner": each(inner)})}
    answers = {"First": ["one"], "Second": [Raises("Late"), "two"]}
    assert redriven(ran(machine(outer), [[0]], answers)).output == [["two"]]


def test_a_parallel_whose_output_was_too_long_runs_all_of_its_branches_again() -> None:
    """ "If the state failed because of a States.DataLimitExceeded error, the Parallel state is rerun"."""
    states = {"All": {"Type": "Parallel", "Branches": [machine({name: task()}) for name in "AB"], "End": True}}
    long = "x" * 140_000
    execution = ran(machine(states), {}, {"A": [long, "a"], "B": [long, "b"]})
    assert execution.error == "States.DataLimitExceeded"
    assert redriven(execution).output == ["a", "b"]


@pytest.mark.parametrize(
    ("at", "seconds"), [("2025-01-01T00:01:00Z", 60), ("2025-01-01T00:00:05Z", 10)], ids=["to come", "past"]
)
def test_a_wait_for_a_time_that_has_passed_is_left_at_once(at: str, seconds: int) -> None:
    states = {"Pause": {"Type": "Wait", "Timestamp": at, "End": True}}
    program = Program.read(machine(states))
    execution = prepared(program, {}, {}, None, Random(0), STARTS_AT, Names())
    execution.loop.move_on(STARTS_AT + 2)
    execution.stop()
    execution.loop.move_on(STARTS_AT + 10)
    redriven(execution)
    assert seconds_of(execution, "ExecutionSucceeded") == [seconds]


def test_what_runs_or_succeeded_is_not_redriven() -> None:
    execution = ran(machine({"Done": {"Type": "Succeed"}}), {}, {})
    with pytest.raises(NotRedrivableError, match="SUCCEEDED"):
        execution.redrive()


def test_express_executions_are_not_redriven() -> None:
    execution = ran(machine({"Work": task()}), {}, {"Work": Raises("Late")}, type="EXPRESS")
    with pytest.raises(NotRedrivableError):
        execution.redrive()


def test_a_full_history_leaves_no_room_for_a_redrive() -> None:
    """Fewer than 24,999 events."""
    loop = {"Again": {"Type": "Pass", "Next": "Again2"}, "Again2": {"Type": "Pass", "Next": "Again"}}
    execution = ran(machine(loop), {}, {})
    with pytest.raises(NotRedrivableError):
        execution.redrive()


@pytest.mark.parametrize(("days", "possible"), [(13.9, True), (14.1, False)])
def test_an_execution_can_be_redriven_for_fourteen_days(days: float, possible: bool) -> None:
    execution = ran(machine({"Work": task()}), {}, {"Work": [Raises("Late"), "done"]})
    execution.loop.move_on(execution.loop.now + days * 86_400)
    if possible:
        assert redriven(execution).output == "done"
    else:
        with pytest.raises(NotRedrivableError):
            execution.redrive()


@pytest.mark.parametrize(("type", "again"), [("STANDARD", ["Second"]), ("EXPRESS", ["First", "Second"])])
def test_a_map_run_s_failed_children_go_on_and_express_ones_start_again(type: str, again: list[str]) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html#redrive-child-workflow-behavior"""
    called: list[str] = []
    inner = {"First": task(Next="Second"), "Second": task()}

    def first(arguments: Any, context: Any) -> Any:
        called.append("First")
        return arguments

    def second(arguments: Any, context: Any) -> Any:
        called.append("Second")
        return Raises("Late") if arguments == 2 and called.count("Second") <= 2 else arguments * 10

    execution = ran(machine({"Each": distributed(inner, type)}), [1, 2], {"First": first, "Second": second})
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    called.clear()
    called += ["Second", "Second"]
    assert redriven(execution).output == [10, 20]
    assert called[2:] == again
    assert types(execution).count("MapRunStarted") == 1
    assert "MapRunRedriven" in types(execution)
