"""Where an execution stands, by its history: the state that matters, with what input, and what went wrong.

This is of any machine. What a workflow counts on, such as waits that nobody ends, is told by whoever asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from orderflow.documents import at, parse, parse_object
from orderflow.executions import LATEST_EVENTS, events
from orderflow.history import History, Visit, begun_by, cause_summary, read_history
from orderflow.text import one_line
from orderflow.way import Leg

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef, HistoryEventTypeDef

SILENCE = frozenset({"States.Timeout", "States.HeartbeatTimeout"})
"""The errors of a wait that nobody ended: no failure where the workflow counts on it."""

CAUSE_CHARACTERS = 600
"""How much of a cause is told: AWS names what it refused at the end of a long sentence."""


@dataclass(frozen=True, slots=True)
class Ran:
    """An execution, and how often AWS has redriven it."""

    name: str
    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    redrives: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A state that failed on the way, how often, and its last error with the cause on one line."""

    state: str
    times: int
    failure: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an execution stands.

    `state` is the one that it is in, or that ended it, entered at `since` and tried `attempts` times with `input`;
    `until` is when a wait ends by itself. `error` and `cause` are what went wrong last, in the state `failed_in`.
    `ended_in` is the Fail state that this led to. `function` is what works for the state. `troubles` are all failures
    on the way, oldest first, and `way` is how it went.
    """

    execution: Ran | None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    attempts: int = 0
    ended_in: str | None = None
    failed_in: str | None = None
    error: str | None = None
    cause: str | None = None
    function: str | None = None
    input: Any = None
    troubles: tuple[Trouble, ...] = ()
    way: tuple[Leg, ...] = ()


@dataclass(frozen=True)
class Seen:
    """The stays in states that an execution's standing was found from.

    `state` is the one that matters, `work` the ARN of the function that works for it, and `began` that of the Map Run
    or execution that it began. `failed` is the one whose failure explains it, `failures` are all that failed,
    `unfinished` those that have neither succeeded nor been caught, without the states around them. `ended_in` is the
    Fail state that ended it, and `history` all that they were found in.
    """

    state: Visit | None
    failed: Visit | None
    failures: Sequence[Visit]
    unfinished: Sequence[Visit] = ()
    ended_in: str | None = None
    work: str = ""
    began: str | None = None
    history: History = field(default_factory=History)


def look(
    client: SFNClient,
    execution: DescribeExecutionOutputTypeDef,
    *,
    expected: Collection[str] = (),
    asks_for_help: str | None = None,
) -> tuple[Standing, Seen]:
    """Where the execution stands, and the stays in states that this was found from.

    In the states `expected` a timeout is no failure. `asks_for_help` is the state in which an execution waits since
    another one has failed.
    """
    arn, status = execution["executionArn"], execution["status"]
    history = read_history(events(client, arn, data=False))
    seen = _seen(status, history.visits, expected, asks_for_help)
    state, failed = seen.state, seen.failed
    entered = _entered(client, arn, state) if state else _Entered()
    error = failed.error if failed else execution.get("error")
    cause = failed.cause if failed else execution.get("cause")
    standing = Standing(
        execution=_ran(execution),
        state=state.name if state else None,
        since=state.since if state else None,
        until=state.until if state and status == "RUNNING" else None,
        attempts=state.attempts if state else 0,
        input=entered.input,
        function=function_name(entered.work) if entered.work else None,
        ended_in=seen.ended_in,
        failed_in=failed.name if failed else None,
        error=one_line(error) if error else None,
        cause=cause_summary(cause, CAUSE_CHARACTERS) if cause else None,
        troubles=tuple(_troubles(seen.failures)),
    )
    return standing, replace(seen, work=entered.work, began=entered.began, history=history)


def function_name(arn: str) -> str:
    """`arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS` is NAME, and so is NAME itself."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else parts[0]


def _seen(status: str, visits: Sequence[Visit], expected: Collection[str], asks_for_help: str | None) -> Seen:
    last = visits[-1] if visits else None
    failures = [visit for visit in visits if visit.failure and not _is_silence(visit, expected)]
    if last is not None and last.kind == "Fail":
        state = next((visit for visit in reversed(visits) if visit.failure), last)
        return Seen(state, failures[-1] if failures else None, failures, [last], last.name)
    if status == "SUCCEEDED":
        return Seen(last, None, failures)
    leaves = _innermost([visit for visit in visits if visit.left is None])
    unfinished = _innermost([visit for visit in visits if visit.left is None or visit.aborted])
    state = next((visit for visit in reversed(leaves) if visit.failure), leaves[-1] if leaves else last)
    if state in failures:
        return Seen(state, state, failures, unfinished)
    is_stuck = state is not None and state.name == asks_for_help and failures
    return Seen(state, failures[-1] if is_stuck else None, failures, unfinished)


def _innermost(visits: Sequence[Visit]) -> list[Visit]:
    outer = {around for visit in visits for around in visit.inside}
    return [visit for visit in visits if visit not in outer]


def _is_silence(visit: Visit, expected: Collection[str]) -> bool:
    return visit.name in expected and visit.error in SILENCE


def _troubles(failures: Sequence[Visit]) -> Iterator[Trouble]:
    """Each failure, a Parallel or Map only where nothing inside it says more, and repeated ones counted."""
    explained = {outer for visit in failures for outer in visit.inside}
    for (name, failure), same in groupby(
        (visit for visit in failures if visit not in explained), key=lambda visit: (visit.name, visit.failure)
    ):
        visits = list(same)
        yield Trouble(name, sum(visit.attempts for visit in visits), failure, visits[-1].failed_at or visits[-1].since)


@dataclass(frozen=True)
class _Entered:
    """What a state was given, the ARN of the function that works for it, and of what it has begun."""

    input: Any = None
    work: str = ""
    began: str | None = None


def _entered(client: SFNClient, execution_arn: str, visit: Visit) -> _Entered:
    work, began = visit.work, visit.began
    for event in events(client, execution_arn, data=True, newest_first=True, at_once=LATEST_EVENTS):
        if event["id"] == visit.event_id:
            return _Entered(parse(event.get("stateEnteredEventDetails", {}).get("input")), work, began)
        if event["id"] > visit.event_id and visit.kind == "Task":
            work = work or _function(event)
            began = began or (begun_by(event) if visit.calls.startswith("states:") else None)
    return _Entered(work=work, began=began)


def _function(scheduled: HistoryEventTypeDef) -> str:
    """The ARN of the function that a task calls by the optimised integration; empty for another event."""
    details = scheduled.get("taskScheduledEventDetails", {})
    return str(at(parse_object(details.get("parameters")), "FunctionName") or "")


def _ran(execution: DescribeExecutionOutputTypeDef) -> Ran:
    return Ran(
        execution["name"],
        execution["executionArn"],
        execution["status"],
        execution["startDate"],
        execution.get("stopDate"),
        execution.get("redriveCount", 0),
    )
