"""Retriers, in virtual time: when a state is tried again, how often, and after how long.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from asl.running.execution import Execution
from asl.testing.outcomes import Raises, Returns
from asl.testing.run import run
from tests.unit.asl.running.machines import each, machine, seconds_of, task, types


def retried(*retriers: dict[str, Any], outcomes: list[Any], seed: int = 0) -> Execution:
    return run(machine({"Work": task(Retry=list(retriers))}), {}, {"Work": outcomes}, seed=seed)


def pauses(execution: Execution) -> list[float]:
    """Seconds between the attempts."""
    return [later - sooner for sooner, later in pairwise(seconds_of(execution, "LambdaFunctionScheduled"))]


def test_without_a_number_there_are_three_retries_after_one_two_and_four_seconds() -> None:
    execution = retried({"ErrorEquals": ["Late"]}, outcomes=[Raises("Late")] * 4)
    assert (execution.status, execution.error) == ("FAILED", "Late")
    assert pauses(execution) == [1, 2, 4]


def test_intervals_grow_by_the_rate_up_to_the_longest_delay() -> None:
    """The page's example: 3 seconds, times 2, at most 5."""
    retrier = {
        "ErrorEquals": ["Late"],
        "IntervalSeconds": 3,
        "BackoffRate": 2,
        "MaxDelaySeconds": 5,
        "MaxAttempts": 4,
    }
    assert pauses(retried(retrier, outcomes=[Raises("Late")] * 4 + [1])) == [3, 5, 5, 5]


def test_a_rate_may_be_a_fraction_and_an_interval_nothing() -> None:
    assert pauses(retried({"ErrorEquals": ["Late"], "BackoffRate": 1.5}, outcomes=[Raises("Late")] * 3 + [1])) == [
        1,
        1.5,
        2.25,
    ]
    at_once = {"ErrorEquals": ["Late"], "IntervalSeconds": 0}
    assert pauses(retried(at_once, outcomes=[Raises("Late")] * 2 + [1])) == [0, 0]


def test_with_jitter_each_pause_lies_between_nothing_and_what_it_would_have_been() -> None:
    """By the seed: the same gives the same, another one another."""
    retrier = {"ErrorEquals": ["Late"], "IntervalSeconds": 10, "MaxAttempts": 6, "JitterStrategy": "FULL"}
    taken = [pauses(retried(retrier, outcomes=[Raises("Late")] * 6 + [1], seed=seed)) for seed in (1, 1, 2)]
    assert taken[0] == taken[1] != taken[2]
    assert all(0 <= pause <= 10 * 2**number for pauses in taken for number, pause in enumerate(pauses))
    assert all(pause % 10 for pause in taken[0])


def test_no_attempts_means_that_an_error_is_not_retried_even_by_a_later_retrier() -> None:
    """The first retrier that names the error decides."""
    never, always = {"ErrorEquals": ["Late"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}
    assert retried(never, always, outcomes=[Raises("Late")]).error == "Late"
    assert retried(never, always, outcomes=[Raises("Other"), 1]).output == 1


def test_each_retrier_counts_for_itself() -> None:
    """The page's example: two retriers, each with its own number of attempts in one visit of the state."""
    a = {"ErrorEquals": ["A", "B"], "IntervalSeconds": 1, "MaxAttempts": 2}
    c = {"ErrorEquals": ["C"], "IntervalSeconds": 5, "MaxAttempts": 1}
    execution = retried(a, c, outcomes=[Raises("A"), Raises("C"), Raises("B"), Raises("A")])
    assert execution.error == "A"
    assert pauses(execution) == [1, 5, 2]


def test_a_new_visit_counts_from_the_start() -> None:
    inner = {"Work": task(Retry=[{"ErrorEquals": ["Late"], "MaxAttempts": 1}])}
    outcomes = [Raises("Late"), 1, Raises("Late"), 2]
    assert run(machine({"Each": each(inner, MaxConcurrency=1)}), [0, 0], {"Work": outcomes}).output == [1, 2]


def test_task_failed_stands_for_every_error_but_a_timeout() -> None:
    failed = {"ErrorEquals": ["States.TaskFailed"]}
    assert retried(failed, outcomes=[Raises("Late"), 1]).output == 1
    assert retried(failed, outcomes=[Raises("States.Timeout")]).error == "States.Timeout"


def test_states_all_does_not_stand_for_states_runtime() -> None:
    """Nothing retries it, and nothing catches it: see the page's list of errors."""
    broken = task(
        InputPath="$.missing",
        Retry=[{"ErrorEquals": ["States.ALL"]}],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    )
    execution = run(machine({"Work": broken, "Caught": {"Type": "Succeed"}}), {}, {"Work": 1})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert "LambdaFunctionScheduled" not in types(execution)


def test_the_context_object_counts_the_retries() -> None:
    work = task(Retry=[{"ErrorEquals": ["Late"]}], Parameters={"tried.$": "$$.State.RetryCount"})
    given: list[Any] = []

    def answer(arguments: Any, context: Any) -> Any:
        given.append(arguments["tried"])
        return Raises("Late") if len(given) < 3 else Returns("done")

    assert run(machine({"Work": work}), {}, {"Work": answer}).output == "done"
    assert given == [0, 1, 2]


def test_a_retry_is_a_state_transition_and_enters_the_state_no_second_time() -> None:
    """Retries are billed as transitions: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html"""
    execution = retried({"ErrorEquals": ["Late"]}, outcomes=[Raises("Late"), Raises("Late"), 1])
    assert execution.transitions == 3
    assert types(execution).count("TaskStateEntered") == 1


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_a_retry_runs_all_branches_or_iterations_again(kind: str) -> None:
    inner = {"Work": task()}
    retrier = {"Retry": [{"ErrorEquals": ["Late"], "IntervalSeconds": 7}]}
    state = (
        {"Type": "Parallel", "Branches": [machine(inner), machine({"Other": task()})], "End": True, **retrier}
        if kind == "Parallel"
        else each({**inner}, **retrier)
    )
    calls: list[str] = []

    def work(arguments: Any, context: Any) -> Any:
        calls.append("work")
        return Raises("Late") if calls.count("work") == 1 else Returns("w")

    def other(arguments: Any, context: Any) -> Any:
        calls.append("other")
        return "o"

    execution = run(machine({"Outer": state}), [1, 2], {"Work": work, "Other": other})
    assert execution.output == (["w", "o"] if kind == "Parallel" else ["w", "w"])
    assert seconds_of(execution, f"{kind}StateStarted") == [0, 7]
    assert f"{kind}StateFailed" not in types(execution)
