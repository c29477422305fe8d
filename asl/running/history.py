"""An execution's history: what GetExecutionHistory returns.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from asl.running.sizes import text

MAX_EVENTS = 25_000
"""Of a Standard execution: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_JSON = ("input", "output", "parameters")
_TRUNCATED: Mapping[str, object] = {"truncated": False}


class Event:
    """One event. `details` has the fields of the type's `…EventDetails`, with values where AWS has their JSON text."""

    __slots__ = ("details", "id", "previous", "timestamp", "type")

    def __init__(self, id: int, previous: int, type: str, timestamp: float, details: Mapping[str, object]) -> None:
        self.id = id
        self.previous = previous
        self.type = type
        self.timestamp = timestamp
        self.details = details

    def __repr__(self) -> str:
        return f"Event({self.id} < {self.previous}, {self.type}, {self.details})"

    def as_aws(self) -> dict[str, object]:
        """The event as AWS's API writes it, with `timestamp` as a datetime in UTC."""
        event: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(self.timestamp, UTC),
            "type": self.type,
            "id": self.id,
            "previousEventId": self.previous,
        }
        if self.details:
            event[_field(self.type)] = _as_aws(self.details)
        return event


def _as_aws(details: Mapping[str, object]) -> dict[str, object]:
    written: dict[str, object] = {}
    for name, value in details.items():
        if name in _JSON:
            written[name] = text(value)
            if name != "parameters":
                written[f"{name}Details"] = _TRUNCATED
        elif name == "assigned" and isinstance(value, Mapping):
            variables: Mapping[str, object] = value  # pyright: ignore[reportUnknownVariableType]
            written["assignedVariables"] = {key: text(one) for key, one in variables.items()}
            written["assignedVariablesDetails"] = _TRUNCATED
        elif value is not None:
            written[name] = value
    return written


def _field(type: str) -> str:
    """The field that holds the details of a `type`: `PassStateEntered` has its in stateEnteredEventDetails."""
    for ending in ("StateEntered", "StateExited"):
        if type.endswith(ending):
            return f"s{ending[1:]}EventDetails"
    return f"{type[0].lower()}{type[1:]}EventDetails"


class History:
    """The events of one execution, in the order in which they happened."""

    def __init__(self, most: int | None) -> None:
        self.events: list[Event] = []
        self.most = most
        """How many there may be; None where there is no limit."""

    def add(self, type: str, previous: int, timestamp: float, details: Mapping[str, object]) -> int:
        """Add an event and give its number.

        Raises:
            FullError: when only the execution's end may still be told.
        """
        events = self.events
        number = len(events) + 1
        if number == self.most and type != "ExecutionSucceeded":
            raise FullError
        events.append(Event(number, previous, type, timestamp, details))
        return number

    def end(self, type: str, previous: int, timestamp: float, details: Mapping[str, object]) -> None:
        """Add the execution's end, for which there is always room."""
        self.events.append(Event(len(self.events) + 1, previous, type, timestamp, details))


class FullError(Exception):
    """The history has as many events as an execution may have.

    https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-history-limit. AWS then says
    States.Runtime and this cause: https://github.com/loads/ardere/issues/86
    """

    CAUSE = f"The execution reached the maximum number of history events ({MAX_EVENTS})."
