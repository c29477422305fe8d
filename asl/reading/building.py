"""Putting values together one after the other. No recursion: a deeply nested file must not end in a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

DEEPEST = 200
"""Levels of nesting. States inside four Maps stand at level 17; nothing that AWS runs comes near this."""

Container: TypeAlias = dict[str, object] | list[object]

_INDEX = re.compile(r"\[(\d{1,9})\]")
_SEPARATOR = re.compile(r"[.\[]")


class UnreadableError(ValueError):
    """A text is no JSON or YAML that AWS would take. `line` and `column` count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        self.line, self.column, self.message = line, column, message
        super().__init__(f"line {line}, column {column}: {message}")


class Place:
    """Where a value stands, and the places inside it. `open` is a placeholder without quotes."""

    __slots__ = ("_inner", "_inside", "line", "open")

    def __init__(
        self,
        line: int,
        open: bool = False,
        inner: dict[str | int, Place] | None = None,
        inside: Callable[[], dict[str | int, Place]] = dict,
    ) -> None:
        """`inner` are the places inside; where they are not known yet, `inside` looks for them once somebody asks."""
        self.line, self.open = line, open
        self._inner, self._inside = inner, inside

    @property
    def inner(self) -> dict[str | int, Place]:
        """The places inside by key or index."""
        if self._inner is None:
            self._inner = self._inside()
        return self._inner

    def find(self, path: str) -> Place:
        """The place of a finding's path, or of as much of it as there is: a missing field's is its state's."""
        here = self
        while path and (step := here._first_step(path)):
            here, path = step
        return here

    def _first_step(self, path: str) -> tuple[Place, str] | None:
        """What the longest key that `path` begins with leads to, and the rest; keys may hold dots and brackets."""
        if (index := _INDEX.match(path)) and (place := self.inner.get(int(index[1]))):
            return place, path[index.end() :].removeprefix(".")
        ends = [len(path), *(match.start() for match in _SEPARATOR.finditer(path))]
        for end in sorted(ends, reverse=True):
            if place := self.inner.get(path[:end]):
                return place, path[end:].removeprefix(".")
        return None


class Text:
    """What a text holds, and where; the places are looked for only once somebody asks.

    `has_open` says whether any placeholder stands without quotes.
    """

    def __init__(self, value: object, locate: Callable[[], Place], *, has_open: bool = False) -> None:
        self.value, self.has_open = value, has_open
        self._locate = locate

    @cached_property
    def place(self) -> Place:
        return self._locate()

    def line(self, path: str) -> int:
        """The line of what stands at `path`, or of the nearest thing around it that is there."""
        return self.place.find(path).line

    def is_open(self, path: str) -> bool:
        """Whether at `path` stands a placeholder without quotes: of what deployment puts there nothing is known."""
        return self.has_open and self.place.find(path).open


class Builder:
    """Takes a document's parts in their order."""

    def __init__(self) -> None:
        self._root: tuple[object, Place] | None = None
        self._has_open = False
        self._open: list[tuple[Container, Place]] = []
        self._key: str | None = None

    @property
    def result(self) -> Text | None:
        """What was read; None before its first part."""
        if self._root is None:
            return None
        value, place = self._root
        return Text(value, lambda: place, has_open=self._has_open)

    @property
    def container(self) -> Container | None:
        """The object or array that the next part belongs to; None on the outside."""
        return self._open[-1][0] if self._open else None

    @property
    def wants_key(self) -> bool:
        return isinstance(self.container, dict) and self._key is None

    @property
    def last_key(self) -> str:
        """The key of the next value; empty in an array and on the outside."""
        return self._key or ""

    def key(self, key: str, line: int, column: int) -> None:
        """The key of the next value."""
        if isinstance(self.container, dict) and key in self.container:
            first = self._open[-1][1].inner[key].line
            raise UnreadableError(line, column, f"the key '{key}' stands twice in one object, first in line {first}")
        self._key = key

    def value(self, value: object, line: int, *, open: bool = False) -> None:
        """A value that holds no others."""
        self._has_open = self._has_open or open
        self._add(value, Place(line, open))

    def begin(self, container: Container, line: int, column: int) -> None:
        """An object or array, whose parts follow."""
        place = Place(line)
        if len(self._open) >= DEEPEST:
            raise UnreadableError(line, column, f"nested more than {DEEPEST} levels deep")
        self._add(container, place)
        self._open.append((container, place))

    def end(self) -> None:
        """The end of the innermost object or array."""
        self._open.pop()

    def _add(self, value: object, place: Place) -> None:
        if not self._open:
            self._root = value, place
            return
        container, around = self._open[-1]
        if isinstance(container, dict):
            assert self._key is not None  # noqa: S101 - the readers give a key first
            container[self._key] = value
            around.inner[self._key] = place
            self._key = None
        else:
            around.inner[len(container)] = place
            container.append(value)
