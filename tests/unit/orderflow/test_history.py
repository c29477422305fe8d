"""Histories as AWS writes them, with `previousEventId`, and as the embedded cloud does, without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderflow.history import cause_summary, read_history, steps

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(number: int, kind: str, previous: int | None = None, **details: Any) -> Any:
    named = {"stateEnteredEventDetails": details} if kind.endswith("Entered") else {}
    named = {"stateExitedEventDetails": details} if kind.endswith("Exited") else named
    named = named or ({"someEventDetails": details} if details else {})
    at = START + timedelta(seconds=number - 1)
    before = {} if previous is None else {"previousEventId": previous}
    return {"id": number, "type": kind, "timestamp": at, **before, **named}


def told(events: list[Any]) -> list[tuple[str | None, str, str]]:
    return [(step.state, step.event, step.detail) for step in steps(events)]


def test_a_retry_and_a_catch_are_told_apart_from_a_plain_exit() -> None:
    error = {"error": "Lambda.SdkClientException", "cause": "try later"}
    history = [
        event(1, "ExecutionStarted", 0),
        event(2, "TaskStateEntered", 0, name="Charge"),
        event(3, "LambdaFunctionScheduled", 2),
        event(4, "LambdaFunctionStarted", 3),
        event(5, "LambdaFunctionFailed", 4, **error),
        event(6, "LambdaFunctionScheduled", 5),
        event(7, "LambdaFunctionSucceeded", 6),
        event(8, "TaskStateExited", 7, name="Charge"),
        event(9, "TaskStateEntered", 8, name="Tell"),
        event(10, "LambdaFunctionScheduled", 9),
        event(11, "LambdaFunctionTimedOut", 10, error="States.Timeout"),
        event(12, "TaskStateExited", 11, name="Tell"),
        event(13, "SucceedStateEntered", 12, name="Done"),
        event(14, "SucceedStateExited", 13, name="Done"),
        event(15, "ExecutionSucceeded", 14),
    ]
    assert told(history) == [
        (None, "started", ""),
        ("Charge", "entered", ""),
        ("Charge", "failed", "Lambda.SdkClientException: try later"),
        ("Charge", "retried", "attempt 2"),
        ("Charge", "exited", ""),
        ("Tell", "entered", ""),
        ("Tell", "failed", "States.Timeout"),
        ("Tell", "caught", "States.Timeout"),
        ("Done", "entered", ""),
        ("Done", "exited", ""),
        (None, "succeeded", ""),
    ]
    assert [step.seconds for step in steps(history)][:4] == [0, 1, 4, 5]
    assert steps(history)[2].at == START + timedelta(seconds=4)


def parallel(previous: bool) -> list[Any]:
    def at(number: int) -> int | None:
        return number if previous else None

    return [
        event(1, "ExecutionStarted", at(0)),
        event(2, "ParallelStateEntered", at(0), name="Both"),
        event(3, "ParallelStateStarted", at(2)),
        event(4, "TaskStateEntered", at(3), name="Reserve"),
        event(5, "TaskStateEntered", at(3), name="Ship"),
        event(6, "TaskScheduled", at(4)),
        event(7, "TaskScheduled", at(5)),
        event(8, "TaskFailed", at(6), error="OutOfStock", cause="none left"),
        event(9, "TaskStateAborted", at(7)),
        event(10, "ParallelStateStarted", at(8)),
        event(11, "TaskStateEntered", at(10), name="Reserve"),
        event(12, "TaskScheduled", at(11)),
        event(13, "TaskFailed", at(12), error="OutOfStock", cause="none left"),
        event(14, "ParallelStateFailed", at(13)),
        event(15, "ParallelStateExited", at(14), name="Both"),
        event(16, "FailStateEntered", at(15), name="Held"),
        event(17, "ExecutionFailed", at(16), error="Held", cause="Refund 5 cents"),
    ]


def test_events_of_branches_are_those_of_their_own_states() -> None:
    assert told(parallel(previous=True)) == [
        (None, "started", ""),
        ("Both", "entered", ""),
        ("Reserve", "entered", ""),
        ("Ship", "entered", ""),
        ("Reserve", "failed", "OutOfStock: none left"),
        ("Ship", "aborted", ""),
        ("Both", "retried", "attempt 2"),
        ("Reserve", "entered", ""),
        ("Reserve", "failed", "OutOfStock: none left"),
        ("Both", "failed", "OutOfStock: none left"),
        ("Both", "caught", "OutOfStock: none left"),
        ("Held", "entered", ""),
        (None, "failed", "Held: Refund 5 cents"),
    ]


def test_a_history_without_previous_events_still_reads() -> None:
    assert told(parallel(previous=False))[-4:] == [
        ("Both", "failed", "OutOfStock: none left"),
        ("Both", "caught", "OutOfStock: none left"),
        ("Held", "entered", ""),
        (None, "failed", "Held: Refund 5 cents"),
    ]


def test_a_branch_failure_that_only_the_parallel_shows_is_caught_there() -> None:
    history = [
        event(1, "ParallelStateEntered", name="Both"),
        event(2, "TaskScheduled"),
        event(3, "TaskScheduled"),
        event(4, "TaskFailed", error="OutOfStock", cause="none left"),
        event(5, "ParallelStateExited", name="Both"),
    ]
    assert told(history) == [
        ("Both", "entered", ""),
        ("Both", "failed", "OutOfStock: none left"),
        ("Both", "caught", "OutOfStock: none left"),
    ]


def test_what_went_on_inside_a_parallel_that_was_left_is_left_too() -> None:
    history = [one for one in parallel(previous=True) if one["type"] != "TaskStateAborted"]
    stays = [(visit.name, visit.left is not None) for visit in read_history(history[:-2]).visits]
    assert set(stays) == {("Both", True), ("Reserve", True), ("Ship", True)}


@pytest.mark.parametrize(("kind", "happening"), [("ExecutionAborted", "aborted"), ("ExecutionTimedOut", "timed out")])
def test_an_execution_can_end_from_outside(kind: str, happening: str) -> None:
    history = [event(1, "ExecutionStarted", 0), event(2, "WaitStateEntered", 0, name="W"), event(3, kind, 2)]
    assert told(history)[-1] == (None, happening, "")


def test_events_that_belong_to_nothing_are_passed_over() -> None:
    assert told([event(1, "TaskFailed", 99, error="E"), event(2, "MapIterationStarted", 1)]) == []


def test_a_cause_is_one_line_and_of_a_functions_error_only_its_message() -> None:
    assert cause_summary('{"errorMessage": "sku 7\\nis unknown", "errorType": "ValidationError"}') == "sku 7 is unknown"
    assert cause_summary("Refund 5\n cents \x1b[0m") == "Refund 5 cents \\x1b[0m"
    assert len(cause_summary("x" * 30_000)) == 200
    assert cause_summary('{"other": 1}') == '{"other": 1}'
