"""A template's values with the lines they stand in, and what is found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

from asl.reading.building import Place, Text, UnreadableError

Load: TypeAlias = Callable[[str], str]
"""The text of a file whose path is relative to the template's folder; raises OSError, or UnreadableError."""


class Block(Place):
    """Where a text stands whose lines are lines of the file, `line` being its first."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A value and where it stands. What is not there is a part without value."""

    value: object
    place: Place

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def text(self) -> str:
        """The value if it is a text, else an empty one."""
        return self.value if isinstance(self.value, str) else ""

    def get(self, *keys: str) -> Part:
        """What stands under the keys, one inside the other."""
        here = self
        for key in keys:
            here = Part(here._fields().get(key), here.place.inner.get(key, here.place))
        return here

    def items(self) -> Iterator[tuple[str, Part]]:
        """The keys and parts of an object; of anything else none."""
        for key in self._fields():
            yield key, self.get(key)

    def elements(self) -> list[Part]:
        """The parts of an array; of anything else none."""
        value: object = self.value
        inside = cast("list[object]", value) if isinstance(value, list) else []
        return [Part(one, self.place.inner.get(index, self.place)) for index, one in enumerate(inside)]

    def _fields(self) -> dict[str, object]:
        value: object = self.value
        return cast("dict[str, object]", value) if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class TemplateMachine:
    """A state machine that a template holds.

    `type` is None where the template does not tell it; `file` is another file that the definition stands in, relative
    to the template's folder. In place of `text` stands the `problem` if there is no reading it. `reading` says what the
    template's conditions are taken to be where the definition depends on them.
    """

    name: str
    type: str | None
    file: str
    text: Text | None
    problem: UnreadableError | None = None
    reading: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A machine whose definition the template does not tell, and why."""

    name: str
    line: int
    why: str


Found: TypeAlias = TemplateMachine | PassedOver


class NotToldError(Exception):
    """The definition is not to be had before deployment; the message says why, and what to do."""
