"""An execution as a page shows it, read from its history: from AWS's, or from the interpreter's `Event.as_aws`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, cast

from asl.syntax.shapes import Object, as_object, as_text
from asl.syntax.walk import walk
from asl.viewer.data import UNKNOWN, Outcome, ShownAttempt, ShownExecution, ShownVisit, Status, Way

_ENDS: Mapping[str, Status] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_AROUND = ("Parallel", "Map")
_FAILED = ("Failed", "TimedOut")


def shown_execution(
    definition: Object,
    events: Iterable[Mapping[str, object]],
    *,
    name: str,
    children: Iterable[Iterable[Mapping[str, object]]] = (),
    links: Sequence[tuple[str, str]] = (),
    masked: bool = False,
) -> ShownExecution:
    """The execution that `events` tell of, oldest first, as GetExecutionHistory gives them: without their data, too.

    `children` are the histories of its Map Runs' children, in the order of their items. It is running unless the
    events say how it ended. https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
    """
    paths = {state.name: state.path for state in walk(definition).states}
    reader = _Reader(paths)
    for event in events:
        reader.read(event)
    reader.close()
    visits = list(reader.shown(0))
    for number, history in enumerate(children):
        child = _Reader(paths, (number,))
        for event in history:
            child.read(event)
        child.close()
        visits += child.shown(len(visits))
    return ShownExecution(
        name, reader.status, reader.started, reader.ended, reader.input, reader.output, reader.error, reader.cause,
        tuple(visits), tuple(links), masked,
    )  # fmt: skip


def way(execution: ShownExecution, outcome: str = "") -> Way:
    """The way that an execution took; its `outcome` in a word, or else how it ended."""
    visits = execution.visits
    taken: list[tuple[str, str]] = []
    caught: set[int] = set()
    for visit in visits:
        before = visits[visit.after] if visit.after is not None else None
        if before and before.outcome == "caught":
            caught.add(len(taken))
        taken.append((before.state if before else "", visit.state))
    seconds = (execution.ended or execution.started) - execution.started
    return Way(execution.name, outcome or execution.error or execution.status, tuple(taken), seconds, frozenset(caught))


@dataclass(slots=True)
class _Attempt:
    began: float
    input: object
    ended: float | None = None
    output: object = UNKNOWN
    error: str = ""
    cause: str = ""


@dataclass(slots=True)
class _Visit:
    """One stay; `around` is the number of the Parallel's or Map's visit that it is part of."""

    name: str
    type: str
    entered: float
    around: int | None
    after: int | None
    items: tuple[int, ...]
    input: object
    left: float | None = None
    output: object = UNKNOWN
    outcome: Outcome = "running"
    error: str = ""
    cause: str = ""
    has_given_up: bool = False
    """Of a Parallel or Map: what fails next is the one around it. Of a try that is followed by another none tells."""
    assigned: Mapping[str, object] = field(default_factory=dict[str, object])
    attempts: list[_Attempt] = field(default_factory=list[_Attempt])


class _Place(NamedTuple):
    """Where an event stands: the innermost open visit, the one left last beside it, the items around both."""

    visit: int | None
    left: int | None
    items: tuple[int, ...]


class _Reader:
    """Follows a history by each event's `previousEventId`, for branches and items are told side by side."""

    def __init__(self, paths: Mapping[str, str], items: tuple[int, ...] = ()) -> None:
        self.status: Status = "RUNNING"
        self.started: float = 0
        self.ended: float | None = None
        self.input: object = UNKNOWN
        self.output: object = UNKNOWN
        self.error, self.cause = "", ""
        self._paths = paths
        self._outermost = _Place(None, None, items)
        self._places: dict[int, _Place] = {}
        self._visits: list[_Visit] = []

    def read(self, event: Mapping[str, object]) -> None:
        number, previous = cast(int, event["id"]), cast(int, event.get("previousEventId", 0))
        place = self._places.get(previous, self._outermost)
        self._places[number] = self._after(as_text(event["type"]), _details(event), _seconds(event["timestamp"]), place)

    def _after(self, type: str, details: Object, at: float, place: _Place) -> _Place:
        if type.startswith("Execution"):
            self._tell(type, details, at)
            return place
        if type.endswith("StateEntered"):
            return self._enter(type.removesuffix("StateEntered"), details, at, place)
        if type.endswith("StateExited"):
            return self._leave(details, at, place)
        if type.startswith("MapIteration"):
            return self._iterate(details, place)
        number = self._belongs_to(type, place)
        if number is not None:
            self._happen(self._visits[number], type, details, at)
            if type.startswith(_AROUND):
                return place._replace(visit=number, left=None, items=self._visits[number].items)
        return place

    def _tell(self, type: str, details: Object, at: float) -> None:
        if type == "ExecutionStarted":
            self.started, self.input = at, _value(details, "input")
        elif type == "ExecutionRedriven":
            self.status, self.ended, self.error, self.cause = "RUNNING", None, "", ""
            for visit in self._visits:
                visit.has_given_up = False
        elif type in _ENDS:
            self.status, self.ended, self.output = _ENDS[type], at, _value(details, "output")
            self.error, self.cause = as_text(details.get("error")), as_text(details.get("cause"))

    def _enter(self, type: str, details: Object, at: float, place: _Place) -> _Place:
        name = as_text(details.get("name"))
        visit = _Visit(name, type, at, place.visit, place.left, place.items, _value(details, "input"))
        self._visits.append(visit)
        return _Place(len(self._visits) - 1, None, place.items)

    def _leave(self, details: Object, at: float, place: _Place) -> _Place:
        number = self._up(place.visit, lambda visit: visit.name == details.get("name"))
        if number is None:
            return place
        visit = self._visits[number]
        visit.left, visit.output = at, _value(details, "output")
        visit.outcome = "caught" if visit.error else "succeeded"
        if visit.type in _AROUND:
            self._break_off(number, at)
        given = as_object(details.get("assignedVariables"))
        visit.assigned = {name: _parsed(value) for name, value in given.items()}
        return _Place(visit.around, number, visit.items)

    def _break_off(self, outer: int, at: float) -> None:
        """What is still open inside a Parallel or Map that has been left goes on no more."""
        inside = {outer}
        for number in range(outer + 1, len(self._visits)):
            visit = self._visits[number]
            if visit.around in inside:
                inside.add(number)
                if visit.outcome == "running":
                    has_failed = visit.error or visit.type == "Fail"
                    visit.outcome, visit.left = "failed" if has_failed else "aborted", at

    def _iterate(self, details: Object, place: _Place) -> _Place:
        """An iteration for which another one made room follows on that one's last event."""
        name, index = details.get("name"), details.get("index")
        number = self._up(place.visit, lambda visit: visit.name == name)
        if number is None:
            return place
        items = self._visits[number].items
        if isinstance(index, int):
            items = (*items, index)
        return _Place(number, None, items)

    def _belongs_to(self, type: str, place: _Place) -> int | None:
        kind = next((kind for kind in _AROUND if type.startswith(kind)), "")
        if not kind:
            return place.visit
        return self._up(place.visit, lambda visit: visit.type == kind and not visit.has_given_up)

    def _up(self, number: int | None, wanted: Callable[[_Visit], bool]) -> int | None:
        while number is not None and not wanted(self._visits[number]):
            number = self._visits[number].around
        return number

    def _happen(self, visit: _Visit, type: str, details: Object, at: float) -> None:
        last = visit.attempts[-1] if visit.attempts and visit.attempts[-1].ended is None else None
        if type.endswith(("Scheduled", "ParallelStateStarted", "MapStateStarted")):
            given = _value(details, "parameters")
            visit.attempts.append(_Attempt(at, _value(details, "input") if given is UNKNOWN else given))
            visit.error = visit.cause = ""
            visit.outcome = "running"
        elif type.endswith(_FAILED):
            default = "States.Timeout" if type.endswith("TimedOut") else ""
            error, cause = as_text(details.get("error")) or default, as_text(details.get("cause"))
            if not error and type.startswith(_AROUND):
                # A Map Run has told its error just before.
                error, cause = (visit.error, visit.cause) if visit.error else self._inner_error(visit)
            visit.error, visit.cause = error or "an error without a name", cause
            visit.has_given_up = type == f"{visit.type}StateFailed"
            if last:
                last.ended, last.error, last.cause = at, visit.error, visit.cause
        elif type.endswith("Succeeded"):
            if last:
                last.ended, last.output = at, _value(details, "output")
        elif type.endswith("Aborted"):
            # What failed inside a Parallel or Map is aborted besides.
            visit.outcome, visit.left = "failed" if visit.error else "aborted", at

    def _inner_error(self, outer: _Visit) -> tuple[str, str]:
        """What failed inside a Parallel or Map, of which AWS tells only that it failed."""
        for visit in reversed(self._visits):
            if visit is outer:
                break
            if visit.error and visit.around is not None and self._visits[visit.around] is outer:
                return visit.error, visit.cause
        return "", ""

    def close(self) -> None:
        """What is open when the execution has ended failed, or was broken off."""
        if self.status == "RUNNING":
            return
        for number, visit in enumerate(self._visits):
            if visit.outcome != "running":
                continue
            is_last = number == len(self._visits) - 1
            if visit.type == "Succeed":
                visit.outcome = "succeeded"
            elif visit.type == "Fail" or visit.error:
                visit.outcome = "failed"
                if is_last and not visit.error:
                    visit.error, visit.cause = self.error, self.cause
            else:
                visit.outcome = "aborted"

    def shown(self, offset: int) -> Iterable[ShownVisit]:
        """The visits; `offset` is how many stand before them."""
        for visit in self._visits:
            attempts = tuple(
                ShownAttempt(one.began, one.ended, one.input, one.output, one.error, one.cause)
                for one in visit.attempts
            )
            yield ShownVisit(
                self._paths.get(visit.name, visit.name), visit.entered, visit.left, visit.outcome,
                None if visit.after is None else visit.after + offset, visit.items, visit.input, visit.output,
                visit.assigned, visit.error, visit.cause, attempts,
            )  # fmt: skip


def _details(event: Mapping[str, object]) -> Object:
    return as_object(next((value for key, value in event.items() if key.endswith("EventDetails")), None))


def _value(details: Object, name: str) -> object:
    return _parsed(details[name]) if name in details else UNKNOWN


def _parsed(text: object) -> object:
    """Data is JSON in a string; what is cut off or hidden is shown as it is."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _seconds(at: object) -> float:
    """A time as boto3 gives it, as seconds, or as ISO 8601 writes it."""
    if isinstance(at, datetime):
        return at.timestamp()
    if isinstance(at, str):
        read = datetime.fromisoformat(at)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    return cast(float, at)
