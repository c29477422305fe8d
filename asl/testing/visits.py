"""What an execution did, state by state: read from its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asl.running.calls import Call
from asl.running.execution import Execution
from asl.running.history import Event
from asl.syntax.shapes import as_object, as_text


def moment(seconds: float) -> datetime:
    """A point in virtual time, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a task: `arguments` is what it was called with, `result` None until it is answered."""

    call: Call = field(repr=False)
    at: datetime

    @property
    def arguments(self) -> Any:
        return self.call.arguments

    @property
    def result(self) -> Any:
        return self.call.answer

    @property
    def error(self) -> str | None:
        return self.call.failure.error if self.call.failure else None

    @property
    def cause(self) -> str | None:
        return self.call.failure.cause if self.call.failure else None


@dataclass(slots=True)
class Visit:
    """A state from being entered to being left; one that failed or is not over was not `left`, and has no output."""

    name: str
    type: str
    input: Any
    entered: datetime
    items: tuple[int, ...] = ()
    """The places of the items that it is for, of each Map around it from the outermost."""
    output: Any = None
    assigned: Mapping[str, Any] = field(default_factory=dict[str, Any])
    left: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    @property
    def error(self) -> str | None:
        """What the last attempt failed with, if it did."""
        return self.attempts[-1].error if self.attempts else None

    @property
    def cause(self) -> str | None:
        """The cause of that error."""
        return self.attempts[-1].cause if self.attempts else None


def executions(execution: Execution) -> Iterator[Execution]:
    """An execution, and those that its Map Runs started."""
    yield execution
    for run in execution.map_runs:
        for child in run.children:
            yield from executions(child)


def visits(execution: Execution, attempts: list[Attempt]) -> list[Visit]:
    """Every visit of a state, in the order in which they began; those of Map Runs' children among them."""
    found: list[Visit] = []
    for one in executions(execution):
        by_event = _visits(one.events)
        for attempt in attempts:
            frame = attempt.call.frame
            if frame.execution is one and frame.entered_id in by_event:
                by_event[frame.entered_id].attempts.append(attempt)
        found += by_event.values()
    return sorted(found, key=lambda visit: visit.entered)


def _visits(events: list[Event]) -> dict[int, Visit]:
    """By the number of the event that told of it."""
    found: dict[int, Visit] = {}
    has_items = any(event.type == "MapIterationStarted" for event in events)
    for event in events:
        if event.type.endswith("StateEntered"):
            name, type = as_text(event.details["name"]), event.type.removesuffix("StateEntered")
            found[event.id] = Visit(name, type, event.details["input"], moment(event.timestamp))
            if has_items:
                found[event.id].items = _items(events, event)
        elif event.type.endswith("StateExited") and (visit := found.get(_entered(events, event))):
            visit.output, visit.left = event.details["output"], moment(event.timestamp)
            visit.assigned = as_object(event.details.get("assigned"))
    return found


def _entered(events: list[Event], exited: Event) -> int:
    """The number of the event that told of entering what was `exited`: the nearest that led to it."""
    name, number = exited.details["name"], exited.previous
    while number:
        event = events[number - 1]
        if event.type.endswith("StateEntered") and event.details["name"] == name:
            return number
        number = event.previous
    return 0


def _items(events: list[Event], entered: Event) -> tuple[int, ...]:
    """The places of the items around a visit: of each Map that began one on the way there, and is not over."""
    found: dict[str, int] = {}
    over: set[str] = set()
    number = entered.previous
    while number:
        event = events[number - 1]
        name, index = as_text(event.details.get("name")), event.details.get("index")
        if event.type == "MapStateExited":
            over.add(name)
        elif event.type == "MapStateEntered":
            over.discard(name)
        elif event.type == "MapIterationStarted" and name not in over and isinstance(index, int):
            # An iteration for which another one made room follows on that one's last event.
            found.setdefault(name, index)
        number = event.previous
    return tuple(reversed(found.values()))
