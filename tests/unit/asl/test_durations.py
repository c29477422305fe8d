"""The longest path: added up by hand from AWS's rules for retries."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from asl.analysis.history_size import events_of


def seconds(states: dict[str, Any], **visits: int) -> float:
    return asl.longest_seconds(asl.walk({"StartAt": next(iter(states)), "States": states}), visits)


def task(timeout: int, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "f", "TimeoutSeconds": timeout, **more}


def test_retries_add_their_attempts_and_their_growing_delays() -> None:
    retrier = {"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 4, "MaxDelaySeconds": 20}
    assert seconds({"A": task(10, Retry=[retrier], End=True)}) == 5 * 10 + (2 + 6 + 18 + 20)


def test_defaults_are_those_of_aws_one_second_doubling_three_attempts() -> None:
    assert seconds({"A": task(10, Retry=[{"ErrorEquals": ["E"]}], End=True)}) == 4 * 10 + (1 + 2 + 4)


def test_huge_retriers_neither_overflow_nor_take_long() -> None:
    retrier = {"ErrorEquals": ["E"], "BackoffRate": 10, "MaxAttempts": 99_999_999}
    assert seconds({"A": task(1, Retry=[retrier], End=True)}) > 1e15


def test_a_wait_for_a_token_is_waited_again_only_when_its_timeout_is_retried() -> None:
    """Whatever else fails it is the call that hands the token on, and no call takes longer than 900 seconds."""
    never = {"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "MaxAttempts": 0}
    others = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2}
    wait = task(86_400, Resource="arn:aws:states:::lambda:invoke.waitForTaskToken", End=True)
    assert seconds({"A": {**wait, "Retry": [never, others]}}) == 86_400 + 2 * 900 + (2 + 4)
    assert seconds({"A": {**wait, "Retry": [others, never]}}) == 3 * 86_400 + (2 + 4)
    assert seconds({"A": {**wait, "TimeoutSeconds": 10, "Retry": [never, others]}}) == 3 * 10 + (2 + 4)
    lambda_only = {"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 1}
    assert seconds({"A": {**wait, "Retry": [lambda_only, others]}}) == 3 * 86_400 + 900 + 1 + (2 + 4)


def test_the_longer_of_two_ways_counts_catchers_included() -> None:
    states = {
        "A": task(1, Next="B", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}]),
        "B": task(10, End=True),
        "C": {"Type": "Wait", "Seconds": 60, "End": True},
    }
    assert seconds(states) == 61


def test_a_parallel_takes_as_long_as_its_longest_branch() -> None:
    branch = lambda timeout: {"StartAt": f"T{timeout}", "States": {f"T{timeout}": task(timeout, End=True)}}  # noqa: E731
    parallel = {
        "Type": "Parallel",
        "Branches": [branch(5), branch(9)],
        "End": True,
        "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}],
    }
    assert seconds({"P": parallel}) == 2 * 9 + 1


def test_a_loop_counts_as_often_as_said() -> None:
    states = {
        "W": {"Type": "Wait", "Seconds": 100, "Next": "A"},
        "A": task(10, Next="C"),
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "W"}], "Default": "Z"},
        "Z": task(7, End=True),
    }
    assert seconds(states, W=3, A=3) == 3 * 110 + 7
    assert seconds(states) == 117


INNER: dict[str, Any] = {
    "StartAt": "Which",
    "States": {
        "Which": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Far"}], "Default": "Near"},
        "Far": task(1, End=True),
        "Near": {"Type": "Succeed"},
    },
}
SHORT: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.mark.parametrize(
    ("state", "least"),
    [
        ({"Type": "Pass", "End": True}, 2),
        ({"Type": "Fail"}, 1),
        (task(1, Resource="arn:aws:states:::sqs:sendMessage", End=True), 5),
        (task(1, Resource="arn:aws:states:::glue:startJobRun.sync", End=True), 6),
        ({"Type": "Parallel", "Branches": [INNER, SHORT], "End": True}, 4 + (2 + 2) + 2),
        ({"Type": "Map", "ItemProcessor": SHORT, "End": True}, 4 + 3 * (2 + 2)),
        ({"Type": "Map", "ItemProcessor": {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}, "End": True}, 6),
    ],
    ids=lambda value: value["Type"] if isinstance(value, dict) else "",
)
def test_the_least_that_a_visit_writes_is_the_shortest_way_through_what_is_inside(
    state: dict[str, Any], least: int
) -> None:
    """Entered and exited; a task is scheduled, started and over, and submitted where it is a job; what holds others is
    started and over, and so is each of three rounds of a Map."""
    (found, *_) = asl.walk({"StartAt": "A", "States": {"A": state}}).states
    assert events_of(found, lambda _: 3) == least
