"""Where an order or any execution is stuck, with what input and why, and what to do next: all that is known.

What cannot be read, because these credentials may not or AWS has forgotten it, is a note and no failure: at night any
part of the picture is better than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from orderflow.arns import read_arn
from orderflow.books import OrderBooks, books_of
from orderflow.decisions import Question, question_about
from orderflow.errors import OrderflowError, OrderNotFound
from orderflow.executions import described
from orderflow.issues import Issue, issues_of
from orderflow.logs import LogLine, log_lines
from orderflow.map_runs import MapRun, map_run
from orderflow.next_steps import ASKS_FOR_HELP, WAITING, NextStep, mending, next_steps
from orderflow.order_executions import OrderExecutions
from orderflow.outputs import ORDER_MACHINE, Deployment
from orderflow.redrive import redrive_obstacle
from orderflow.standing import Seen, Standing, function_name, look
from orderflow.waiting import waiting_for
from orderflow.way import way

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

FUNCTIONS, LOG_LINES = 3, 10
"""Of how many functions the log is shown, those that failed last, and how many lines of each."""

LOGGED_LATE = timedelta(minutes=1)
"""What is added to the time of a state to find its log lines: clocks differ, and lines are written late."""

LEGS = 40
"""How many legs of the way are told at most: the way is one of many facts."""

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Standing):
    """Everything about one order that whoever is called at night wants to know first.

    `notes` say what could not be read.
    """

    order_id: str
    log: tuple[LogLine, ...] = ()
    books: OrderBooks | None = None
    question: Question | None = None
    issues: tuple[Issue, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Standing):
    """Where an execution of any machine is stuck, and why.

    `waits_for` says what a running one waits for, `map_run` is that of the state that it is in, and `began` the ARN of
    an execution that the state has begun. `others` are the states that it is in besides.
    """

    machine: str
    waits_for: str | None = None
    began: str | None = None
    map_run: MapRun | None = None
    others: tuple[str, ...] = ()
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
    standing, log = Standing(execution=None), []
    try:
        execution = OrderExecutions(deployment.machine(ORDER_MACHINE), client).latest(order_id).execution
    except OrderNotFound:
        if books is None:
            raise
    else:
        standing, seen = look(client, execution, expected=WAITING, asks_for_help=ASKS_FOR_HELP)
        standing = replace(standing, way=way(seen.history, now, most=LEGS))
        log = _log(deployment, order_id, _logged(seen, execution.get("stopDate", now)), notes)
    return Diagnosis(
        **_fields(standing),
        order_id=order_id,
        log=tuple(log),
        books=books,
        question=question,
        issues=issues,
        next_steps=next_steps(
            order_id,
            status=standing.execution.status if standing.execution else None,
            state=standing.state,
            ended_in=standing.ended_in,
            error=standing.error,
        ),
        notes=tuple(notes),
    )


def explain(deployment: Deployment, execution_arn: str) -> Explanation:
    """Where an execution of any machine is stuck, and why.

    Raises:
        ExecutionNotFound: when there is none.
        ExpressMachine: when its machine is an Express one, unless a Map Run began it.
        OrderflowError: when its history cannot be read.
    """
    notes: list[str] = []
    client: SFNClient = deployment.connect("stepfunctions")
    execution = described(client, execution_arn)
    standing, seen = look(client, execution)
    state, waiting = seen.state, None
    if state and execution["status"] == "RUNNING":
        waiting = _read(notes, lambda: waiting_for(client, execution_arn, state, standing.input, seen.began))
    began = seen.began
    run = _read(notes, lambda: map_run(client, began)) if began and ":mapRun:" in began else None
    arn = read_arn(execution_arn)
    taken = way(seen.history, datetime.now(UTC), {run.map_run_arn: run} if run else {}, LEGS)
    return Explanation(
        **_fields(replace(standing, until=waiting.until if waiting else None, way=taken)),
        machine=arn.machine if arn else "",
        waits_for=waiting.what if waiting else None,
        began=began if run is None else None,
        map_run=run,
        others=tuple(visit.name for visit in seen.unfinished if visit is not state),
        next_steps=tuple(_steps(execution, standing, began)),
        notes=tuple(notes),
    )


def _fields(standing: Standing) -> dict[str, Any]:
    return {field.name: getattr(standing, field.name) for field in fields(standing)}


def _steps(execution: DescribeExecutionOutputTypeDef, standing: Standing, began: str | None) -> Iterator[NextStep]:
    """What to do about an execution of which nothing is known but what AWS says."""
    arn, status = execution["executionArn"], execution["status"]
    yield from mending(standing.error)
    if began and ":mapRun:" in began:
        yield NextStep("Look at the children that failed.", (f"list {began} --status FAILED",))
    elif began:
        yield NextStep("Look into the execution that the state has begun.", (f"why {began}",))
    if status == "SUCCEEDED":
        yield NextStep("Nothing.", ())
    elif status == "RUNNING":
        yield NextStep("Wait, or stop it: what it has begun then stays as it is.", (f"stop {arn}",))
    elif obstacle := redrive_obstacle(execution, standing.ended_in):
        yield NextStep(f"Start it again with the same input: {obstacle}.", (f"status {arn} --json",))
    else:
        yield NextStep("Mend what went wrong, then have it go on where it failed.", (f"redrive {arn}",))


def _logged(seen: Seen, ended: datetime) -> dict[str, tuple[datetime, datetime]]:
    """Of which functions the log tells most, and when: of the state that matters and of those that failed last."""
    visits = [(visit.work, visit) for visit in seen.failures]
    visits += [(seen.work, seen.state)] if seen.state else []
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
        name = function_name(arn)
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
