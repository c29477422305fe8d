"""What checks are given, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from orderflow.documents import at, is_object, text_at
from orderflow.errors import OrderflowError

State: TypeAlias = Literal["ok", "warning", "waiting", "unseen", "wrong"]
"""`warning`: it works, and someone should know. `waiting`: it will change by itself. `unseen`: it could not be looked
at. All but the first two are not right."""

HEALTHY: tuple[State, ...] = ("ok", "warning")

DEPLOY = "bring it back: pulumi up --refresh"
"""A deployment alone compares with what it last did, not with what is there."""

OLDER = "deploy it with the program that this orderflow belongs to"


class Seen(NamedTuple):
    """How a check found a part."""

    state: State
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one part: of a `part`, such as "table", called `name`, what was `found`, and what to `do`."""

    part: str
    name: str
    state: State
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the output `kind` of a stack tells of its part `name`."""

    kind: str
    name: str
    value: Any

    def text(self, *path: str) -> str:
        """The text at `path` of what is told. Raises OrderflowError where there is none."""
        found = text_at(self.value, *path)
        if found is None:
            raise self.lacking(*path)
        return found

    def number(self) -> int:
        """The whole number that is told, which may come as 7.0. Raises OrderflowError where there is none."""
        if not isinstance(self.value, int | float):
            raise self.lacking()
        return int(self.value)

    def lacking(self, *path: str) -> OrderflowError:
        where = ".".join((self.kind, self.name, *path))
        return OrderflowError(f"the stack's outputs do not tell {where}; {OLDER}")


Connect: TypeAlias = Callable[[str], Any]
"""From a service's name to a boto3 client."""

Look: TypeAlias = Callable[[Connect, Told], Iterator[Seen]]


def told_by(outputs: Any, kind: str) -> Iterator[Told]:
    """What a stack's outputs tell of its parts of one kind. Raises OrderflowError where they tell nothing."""
    parts = at(outputs, kind)
    if not is_object(parts):
        raise OrderflowError(f"the stack's outputs have no '{kind}'; {OLDER}")
    return (Told(kind, name, value) for name, value in parts.items())
