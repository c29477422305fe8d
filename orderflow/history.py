"""An execution's history as steps that a person can follow: one for each thing that happened to a state.

An event names the state it belongs to only when the state is entered or exited. The others are placed by following
`previousEventId` back: each event has the states that were open when it happened, the innermost last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from orderflow.documents import parse, parse_object, text_at
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

Happening: TypeAlias = Literal[
    "entered",
    "retried",
    "failed",
    "caught",
    "exited",
    "aborted",
    "began",
    "started",
    "succeeded",
    "timed out",
    "redriven",
]

ENDS = frozenset({"succeeded", "failed", "timed out", "aborted"})
"""What happens to an execution last, unless it is redriven."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to `state` at `at`, `seconds` after the start; `state` is None for the execution as a whole.

    `input` is what it was given where it is entered or started, `output` what it came to where it is left or succeeds:
    JSON, or None where there is none or it was not asked for. `took` is how many seconds were spent in the state that
    is left. `began` is the ARN of the Map Run or of the execution that the state has begun.
    """

    at: datetime
    seconds: float
    state: str | None
    event: Happening
    detail: str = ""
    input: Any = None
    output: Any = None
    took: float | None = None
    began: str | None = None


@dataclass
class Try:
    """One attempt at a state's work: when it was begun and was over, and how it failed, on one line; empty if not."""

    began: datetime
    ended: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """States that follow one another: a branch of a Parallel, an item of a Map, or the execution's own.

    `began` is the id of the event with which the first of them was entered, `round` which attempt of the state around
    it this is part of, and `item` which of a Map's items it is, counted from 0.
    """

    began: int = 0
    round: int = 0
    item: int | None = None


@dataclass(eq=False)
class Visit:
    """One stay in a state: its kind (`Task`, `Parallel`…), how often its work was begun, how it last failed.

    `failure` is on one line, `cause` as AWS has it, both of `failed_at`. `work` is the ARN of the function, where the
    state calls one by its ARN, and `calls` what it calls, such as `sqs:sendMessage.waitForTaskToken`. `until` is when
    the work times out where it shows no sign of life, after `timeout` or `heartbeat` seconds. `began` is the ARN of the
    Map Run or execution that it began last. `event_id` is that of the event with which the state was entered, `inside`
    the states that it is part of, and `line` which of their branches or items. `left` is when it was left, None where
    it never was; `exit` is how, None where it was only since what is around it was. `aborted` says that another state
    failed, or somebody stopped the execution. `input` and `output` are as in a `Step`.
    """

    name: str
    kind: str
    event_id: int
    since: datetime
    inside: tuple[Visit, ...] = ()
    line: Line = Line()
    tries: list[Try] = field(default_factory=list[Try])
    failure: str = ""
    failed_at: datetime | None = None
    error: str = ""
    cause: str = ""
    work: str = ""
    calls: str = ""
    until: datetime | None = None
    timeout: int | None = None
    heartbeat: int | None = None
    began: str | None = None
    left: datetime | None = None
    exit: Literal["exited", "caught"] | None = None
    aborted: bool = False
    input: Any = None
    output: Any = None

    @property
    def attempts(self) -> int:
        return len(self.tries)


@dataclass(frozen=True, slots=True)
class History:
    """What happened, step by step, and every stay in a state in the order in which they were entered."""

    steps: list[Step] = field(default_factory=list[Step])
    visits: list[Visit] = field(default_factory=list[Visit])


_Open: TypeAlias = tuple[Visit, ...]

_EXECUTION: Mapping[str, Happening] = {
    "ExecutionStarted": "started",
    "ExecutionSucceeded": "succeeded",
    "ExecutionFailed": "failed",
    "ExecutionTimedOut": "timed out",
    "ExecutionAborted": "aborted",
    "ExecutionRedriven": "redriven",
}


_LIMITS = ("heartbeatInSeconds", "timeoutInSeconds")


def steps(events: Iterable[HistoryEventTypeDef]) -> list[Step]:
    """The steps of a whole history, given oldest event first."""
    return read_history(events).steps


def read_history(events: Iterable[HistoryEventTypeDef]) -> History:
    """A whole history, given oldest event first."""
    reader = Reader()
    for event in events:
        reader.read(event)
    return reader.history


class Reader:
    """Reads a history event by event, oldest first, as they come to be known."""

    def __init__(self) -> None:
        self.history = History()
        self.last_event = 0
        """The id of the event that was read last; they count from 1."""
        self._open_after: dict[int, _Open] = {}
        self._line_after: dict[int, Line] = {}
        self._start: datetime | None = None

    def read(self, event: HistoryEventTypeDef) -> Step | None:
        """The step that the event adds, where it is worth telling."""
        self._start = start = self._start or event["timestamp"]
        previous = event.get("previousEventId", event["id"] - 1)
        before = self._open_after.get(previous, ())
        now, happened = _follow(event, before)
        self._open_after[event["id"]] = now
        self.last_event = event["id"]
        visits = self.history.visits
        given, came_to = _data(event, "input"), _data(event, "output")
        over = [visit for visit in before if visit not in now]
        if now and now[-1].event_id == event["id"]:
            visits.append(now[-1])
            now[-1].input = given
            now[-1].line = self._line_after.get(previous) or _first_line(event, now[-1])
        elif over and event["type"].endswith("StateExited"):
            over[0].output = came_to
            self._line_after[event["id"]] = over[0].line
        elif now and event["type"] == "MapIterationStarted":
            self._line_after[event["id"]] = Line(event["id"], now[-1].attempts, _details(event).get("index"))
        _close(visits, over, event["timestamp"])
        if happened is None:
            return None
        state, what, detail = happened
        took = (event["timestamp"] - over[0].since).total_seconds() if over and what in ("exited", "caught") else None
        step = Step(
            event["timestamp"],
            (event["timestamp"] - start).total_seconds(),
            state,
            what,
            detail,
            input=given,
            output=came_to if what != "began" else None,
            took=took,
            began=detail if what == "began" else None,
        )
        self.history.steps.append(step)
        return step


def cause_summary(cause: str, limit: int = 200) -> str:
    """A cause on one line of at most `limit` characters; of a Lambda function's error document only its message."""
    message = text_at(parse_object(cause), "errorMessage")
    return one_line(cause if message is None else message, limit)


def _follow(event: HistoryEventTypeDef, before: _Open) -> tuple[_Open, tuple[str | None, Happening, str] | None]:
    """The states open after `event`, and the state, happening and detail it is worth telling of, if it is."""
    kind, details = event["type"], _details(event)
    if kind in _EXECUTION:
        return before, (None, _EXECUTION[kind], _failure(details))
    if kind.endswith("StateEntered"):
        visit = Visit(details["name"], kind.removesuffix("StateEntered"), event["id"], event["timestamp"], before)
        return (*before, visit), (visit.name, "entered", "")
    if kind.endswith("StateExited"):
        outer, left = _leave(before, lambda visit: visit.name == details["name"])
        if not left:
            return before, (details["name"], "exited", "")
        failure = next((visit.failure for visit in left if visit.failure), "")
        left[0].exit = how = "caught" if failure else "exited"
        return outer, (details["name"], how, failure)

    now, left_behind = _innermost(before, kind)
    if not now:
        return before, None
    visit = now[-1]
    if kind.endswith("Aborted"):
        visit.left, visit.aborted = event["timestamp"], True
        return now, (visit.name, "aborted", "")
    if kind.endswith(("Failed", "TimedOut")) and not kind.startswith("MapIteration"):
        inner = next((inner.failure for inner in left_behind if inner.failure), "failed")
        visit.failure = _failure(details) or ("timed out" if kind.endswith("TimedOut") else inner)
        visit.error, visit.cause = details.get("error") or "", details.get("cause") or ""
        visit.failed_at = event["timestamp"]
        if visit.tries:
            visit.tries[-1].ended, visit.tries[-1].failure = event["timestamp"], visit.failure
        return now, (visit.name, "failed", visit.failure)
    if begun := begun_by(event):
        visit.began = begun
        return now, (visit.name, "began", begun)
    if _begins_work(kind, visit):
        visit.tries.append(Try(event["timestamp"]))
        visit.left, visit.aborted = None, False  # it may have been, before a redrive
        visit.failure = visit.error = visit.cause = ""
        resource = str(details.get("resource", ""))
        visit.work = resource if ":function:" in resource else ""
        visit.calls = f"{details['resourceType']}:{resource}" if "resourceType" in details else resource
        visit.heartbeat, visit.timeout = (details.get(name) for name in _LIMITS)
        seconds = min((details[name] for name in _LIMITS if details.get(name)), default=None)
        visit.until = None if seconds is None else event["timestamp"] + timedelta(seconds=int(seconds))
        return now, (visit.name, "retried", f"attempt {visit.attempts}") if visit.attempts > 1 else None
    return now, None


def _first_line(entered: HistoryEventTypeDef, visit: Visit) -> Line:
    """The line that begins with this state: a branch, or the execution's own."""
    return Line(entered["id"], visit.inside[-1].attempts) if visit.inside else Line()


def _close(visits: Sequence[Visit], over: Sequence[Visit], at: datetime) -> None:
    """Those that are `over` have been left, and with a Parallel or Map all that went on inside it, entered after it."""
    for visit in reversed(visits if over else ()):
        if visit.left is None and (visit in over or any(outer in over for outer in visit.inside)):
            visit.left = at
        if visit is over[0]:
            break


def begun_by(event: HistoryEventTypeDef) -> str | None:
    """The ARN of the Map Run or of the execution that this event says has begun; that of an execution is among data."""
    if event["type"] in ("MapRunStarted", "MapRunRedriven"):
        return text_at(_details(event), "mapRunArn")
    submitted = event.get("taskSubmittedEventDetails")
    if submitted and submitted.get("resourceType") == "states":
        return text_at(parse_object(submitted.get("output")), "ExecutionArn")
    return None


def _data(event: HistoryEventTypeDef, name: str) -> Any:
    return parse(_details(event).get(name)) if event["type"] in _EXECUTION or "State" in event["type"] else None


def _begins_work(kind: str, visit: Visit) -> bool:
    if visit.kind in ("Parallel", "Map"):
        return kind == f"{visit.kind}StateStarted"
    return kind.endswith("Scheduled")


def _innermost(before: _Open, kind: str) -> tuple[_Open, _Open]:
    """The open states up to the one that an event of `kind` belongs to, and those inside it that are over."""
    container = next((name for name in ("Parallel", "Map") if kind.startswith(name)), None)
    if container is None:
        return before, ()
    outer, left = _leave(before, lambda visit: visit.kind == container)
    return (*outer, *left[:1]), left[1:]


def _leave(before: _Open, wanted: Callable[[Visit], bool]) -> tuple[_Open, _Open]:
    """Split the open states before the innermost wanted one; where there is none, nothing is left."""
    for index in reversed(range(len(before))):
        if wanted(before[index]):
            return before[:index], before[index:]
    return before, ()


def _details(event: HistoryEventTypeDef) -> Mapping[str, Any]:
    fields = cast(Mapping[str, Mapping[str, Any]], event)
    key = next((key for key in fields if key.endswith("EventDetails")), None)
    return fields[key] if key else {}


def _failure(details: Mapping[str, Any]) -> str:
    """`Error: cause`, either of which may be missing."""
    error, cause = details.get("error") or "", cause_summary(details.get("cause") or "")
    return f"{one_line(error)}: {cause}" if error and cause else one_line(error) or cause
