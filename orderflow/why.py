"""Where an order is stuck, with what input and why, and what to do next: everything that is known, put together.

What cannot be read, because these credentials may not or AWS has forgotten it, is a note and no failure: at night any
part of the picture is better than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from orderflow.books import OrderBooks, books_of
from orderflow.decisions import Question, question_about
from orderflow.documents import at, parse_object
from orderflow.errors import OrderflowError, OrderNotFound, aws_errors
from orderflow.history import Visit, cause_summary, read_history
from orderflow.issues import Issue, issues_of
from orderflow.logs import LogLine, log_lines
from orderflow.next_steps import ASKS_FOR_HELP, WAITING, NextStep, next_steps
from orderflow.order_executions import OrderExecutions
from orderflow.outputs import ORDER_MACHINE, Deployment
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef, HistoryEventTypeDef

SILENCE = frozenset({"States.Timeout", "States.HeartbeatTimeout"})
"""The errors of a wait that nobody ended: no failure, but what the workflow counts on."""

FUNCTIONS, LOG_LINES = 3, 10
"""Of how many functions the log is shown, those that failed last, and how many lines of each."""

LOGGED_LATE = timedelta(minutes=1)
"""What is added to the time of a state to find its log lines: clocks differ, and lines are written late."""

PAGE = 20
"""How many of the latest events are fetched at a time: with their data they are large."""

CAUSE_CHARACTERS = 600
"""How much of a cause is told: AWS names what it refused at the end of a long sentence."""

_Read = TypeVar("_Read")


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


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything about one order that whoever is called at night wants to know first.

    `state` is the one that the order is in, or that ended it, entered at `since` and tried `attempts` times with
    `input`; `until` is when a wait ends by itself. `error` and `cause` are what went wrong last, in the state
    `failed_in`. `ended_in` is the Fail state that this led to. `troubles` are all failures on the way, oldest first.
    `notes` say what could not be read.
    """

    order_id: str
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
    input: dict[str, Any] | None = None
    troubles: tuple[Trouble, ...] = ()
    log: tuple[LogLine, ...] = ()
    books: OrderBooks | None = None
    question: Question | None = None
    issues: tuple[Issue, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    notes: tuple[str, ...] = ()


def diagnose(deployment: Deployment, order_id: str, now: datetime) -> Diagnosis:
    """Everything that is known about the order.

    Raises:
        OrderNotFound: when neither AWS nor the ledger knows it.
        OrderflowError: when its execution cannot be read.
    """
    notes: list[str] = []
    books = _read(notes, lambda: books_of(deployment, order_id))
    question = _read(notes, lambda: question_about(deployment, order_id, now))
    issues = tuple(_read(notes, lambda: issues_of(deployment, order_id)) or ())
    client: SFNClient = deployment.connect("stepfunctions")
    try:
        execution = OrderExecutions(deployment.machine(ORDER_MACHINE), client).latest(order_id).execution
    except OrderNotFound:
        if books is None:
            raise
        steps = next_steps(order_id, status=None, state=None, ended_in=None, error=None)
        return Diagnosis(
            order_id, None, books=books, question=question, issues=issues, next_steps=steps, notes=tuple(notes)
        )
    arn, status = execution["executionArn"], execution["status"]
    found = _found(status, _visits(client, arn))
    state, failed = found.state, found.failed
    entered = _entered(client, arn, state) if state else _Entered()
    error = failed.error if failed else execution.get("error")
    cause = failed.cause if failed else execution.get("cause")
    logged = _logged(found, entered.work, execution.get("stopDate", now))
    return Diagnosis(
        order_id,
        _ran(execution),
        state=state.name if state else None,
        since=state.since if state else None,
        until=state.until if state and status == "RUNNING" else None,
        attempts=state.attempts if state else 0,
        input=entered.input,
        function=_function_name(entered.work) if entered.work else None,
        ended_in=found.ended_in,
        failed_in=failed.name if failed else None,
        error=one_line(error) if error else None,
        cause=cause_summary(cause, CAUSE_CHARACTERS) if cause else None,
        troubles=tuple(_troubles(found.failures)),
        log=tuple(_log(deployment, order_id, logged, notes)),
        books=books,
        question=question,
        issues=issues,
        next_steps=next_steps(
            order_id, status=status, state=state.name if state else None, ended_in=found.ended_in, error=error
        ),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Found:
    """The state that matters, the one whose failure explains it, all that failed, and the Fail state that ended it."""

    state: Visit | None
    failed: Visit | None
    failures: Sequence[Visit]
    ended_in: str | None = None


def _found(status: str, visits: Sequence[Visit]) -> _Found:
    last = visits[-1] if visits else None
    failures = [visit for visit in visits if visit.failure and not _is_silence(visit)]
    if last is not None and last.kind == "Fail":
        state = next((visit for visit in reversed(visits) if visit.failure), last)
        return _Found(state, failures[-1] if failures else None, failures, last.name)
    if status == "SUCCEEDED":
        return _Found(last, None, failures)
    open_ = [visit for visit in visits if visit.left is None]
    leaves = [visit for visit in open_ if not any(visit in other.inside for other in open_)]
    state = next((visit for visit in reversed(leaves) if visit.failure), leaves[-1] if leaves else last)
    if state in failures:
        return _Found(state, state, failures)
    is_stuck = state is not None and state.name == ASKS_FOR_HELP and failures
    return _Found(state, failures[-1] if is_stuck else None, failures)


def _is_silence(visit: Visit) -> bool:
    return visit.name in WAITING and visit.error in SILENCE


def _troubles(failures: Sequence[Visit]) -> Iterator[Trouble]:
    """Each failure, a Parallel or Map only where nothing inside it says more, and repeated ones counted."""
    explained = {outer for visit in failures for outer in visit.inside}
    for (name, failure), same in groupby(
        (visit for visit in failures if visit not in explained), key=lambda visit: (visit.name, visit.failure)
    ):
        visits = list(same)
        yield Trouble(name, sum(visit.attempts for visit in visits), failure, visits[-1].failed_at or visits[-1].since)


def _visits(client: SFNClient, execution_arn: str) -> Sequence[Visit]:
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, includeExecutionData=False, PaginationConfig={"PageSize": 1000}
    )
    with aws_errors():
        return read_history(event for page in pages for event in page["events"]).visits


@dataclass(frozen=True)
class _Entered:
    """What a state was given, and the ARN of the function that works for it."""

    input: dict[str, Any] | None = None
    work: str = ""


def _entered(client: SFNClient, execution_arn: str, visit: Visit) -> _Entered:
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn,
        reverseOrder=True,
        includeExecutionData=True,
        PaginationConfig={"PageSize": PAGE},
    )
    work = visit.work
    with aws_errors():
        for event in (event for page in pages for event in page["events"]):
            if event["type"] == "TaskScheduled" and not work and event["id"] > visit.event_id:
                work = _function(event)
            if event["id"] == visit.event_id:
                return _Entered(parse_object(event.get("stateEnteredEventDetails", {}).get("input")), work)
    return _Entered(work=work)


def _function(scheduled: HistoryEventTypeDef) -> str:
    """The ARN of the function that a task calls by the optimised integration."""
    details = scheduled.get("taskScheduledEventDetails", {})
    return str(at(parse_object(details.get("parameters")), "FunctionName") or "")


def _function_name(arn: str) -> str:
    """`arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS` is NAME, and so is NAME itself."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else parts[0]


def _ran(execution: DescribeExecutionOutputTypeDef) -> Ran:
    return Ran(
        execution["name"],
        execution["executionArn"],
        execution["status"],
        execution["startDate"],
        execution.get("stopDate"),
        execution.get("redriveCount", 0),
    )


def _logged(found: _Found, work: str, ended: datetime) -> dict[str, tuple[datetime, datetime]]:
    """Of which functions the log tells most, and when: of the state that matters and of those that failed last."""
    visits = [(visit.work, visit) for visit in found.failures]
    visits += [(work, found.state)] if found.state else []
    worked: dict[str, tuple[datetime, datetime]] = {}
    for arn, visit in reversed(visits):
        if arn and len(worked) < FUNCTIONS:
            worked.setdefault(arn, (visit.since - LOGGED_LATE, (visit.left or ended) + LOGGED_LATE))
    return worked


def _log(
    deployment: Deployment, order_id: str, logged: Mapping[str, tuple[datetime, datetime]], notes: list[str]
) -> list[LogLine]:
    groups = {function.name: function.log_group for function in deployment.functions.values()}
    found: list[LogLine] = []
    for arn, (since, until) in logged.items():
        name = _function_name(arn)
        group = groups.get(name, f"/aws/lambda/{name}")
        found += _read(notes, partial(log_lines, deployment, group, order_id, since, until, LOG_LINES)) or []
    return sorted(found, key=lambda line: line.at)


def _read(notes: list[str], read: Callable[[], _Read]) -> _Read | None:
    """What `read` gives; None where it does not work, which is noted."""
    try:
        return read()
    except OrderflowError as error:
        notes.append(str(error))
        return None
