"""Data of which nobody said what it is: the execution's input, results of tasks, and what is read of them.

A field of an unknown object is there, and unknown itself, until something is learned of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

Id: TypeAlias = tuple[object, ...]
"""Where a value comes from: the input or a task's result, and the names that lead to it from there."""


class Missing:
    """What is learned of a field that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()
INPUT: Id = ("input",)


class Unknown(dict[str, object]):
    """An object of which only the fields in it are known. One without any may turn out to be no object at all."""

    __slots__ = ("absent", "id", "read")

    def __init__(self, id: Id, read: set[Id], absent: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.id = id
        self.read = read
        """Every part of unknown data that was read so far."""
        self.absent = absent
        """Fields that are known not to be there."""

    def __missing__(self, name: str) -> object:
        if name in self.absent:
            raise KeyError(name)
        child = Unknown((*self.id, name), self.read)
        self.read.add(child.id)
        return child

    def __contains__(self, name: object) -> bool:
        return name not in self.absent

    def is_open(self, name: str) -> bool:
        """Whether nothing was learned of the field yet."""
        return name not in self.keys() and name not in self.absent

    def get(self, name: str, default: object = None) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        try:
            return self[name]
        except KeyError:
            return default

    def copy(self) -> Unknown:
        fresh = Unknown(self.id, self.read, self.absent)
        fresh.update(self)
        return fresh

    def with_field(self, name: str, value: object) -> Unknown:
        """The same with a field of which `value` was learned."""
        fresh = self.copy()
        if value is MISSING:
            fresh.pop(name, None)
            fresh.absent |= {name}
        else:
            fresh[name] = value
        return fresh


def learned(value: object, id: Id, known: object) -> object:
    """`value` where what `id` names is `known`. What does not change is the same object."""
    if isinstance(value, Unknown):
        return _learned_of(value, id, known)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        inner = {name: learned(one, id, known) for name, one in fields.items()}
        return inner if any(inner[name] is not one for name, one in fields.items()) else fields
    if isinstance(value, list):
        elements = cast("list[object]", value)
        changed = [learned(one, id, known) for one in elements]
        return changed if any(a is not b for a, b in zip(changed, elements, strict=True)) else elements
    return value


def _learned_of(value: Unknown, id: Id, known: object) -> object:
    if value.id == id:
        return value if known is MISSING else known
    here = len(value.id)
    if id[:here] == value.id:
        name = str(id[here])
        inner = known if len(id) == here + 1 else learned(value[name], id, known)
        return value.with_field(name, inner)
    changed: dict[str, object] = {}
    for name, one in value.items():
        after = learned(one, id, known)
        if after is not one:
            changed[name] = after
    if not changed:
        return value
    fresh = value.copy()
    fresh.update(changed)
    return fresh


def parts(value: object) -> Iterator[Unknown]:
    """Every unknown part of a value."""
    if isinstance(value, Unknown):
        yield value
    if isinstance(value, dict):
        for one in cast("dict[str, object]", value).values():
            yield from parts(one)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from parts(one)


class Facts:
    """What was learned on a way of one piece of unknown data, by whatever names the way knew it."""

    def __init__(self, origin: object) -> None:
        self.origins = {origin}
        self._known: dict[Id, object] = {}

    def learn(self, id: Id, value: object) -> None:
        """Note what a part of it is."""
        self._known[id[1:]] = value

    def concrete(self, value: object) -> object:
        """`value` as plain JSON: what was read of it is there, with a text for want of anything better."""
        if isinstance(value, Unknown):
            return self._concrete(value)
        if isinstance(value, dict):
            return {name: self.concrete(one) for name, one in cast("dict[str, object]", value).items()}
        if isinstance(value, list):
            return [self.concrete(one) for one in cast("list[object]", value)]
        return value

    def _concrete(self, value: Unknown) -> object:
        here = value.id[1:]
        known = self._known.get(here, value)
        if known is not MISSING and not isinstance(known, Unknown):
            return self.concrete(known)
        read = (id[1:] for id in value.read if id[0] in self.origins)
        names = {str(id[len(here)]) for id in (*read, *self._known) if len(id) > len(here) and id[: len(here)] == here}
        found: dict[str, object] = {}
        for name in sorted({*value, *names} - value.absent):
            if self._known.get((*here, name)) is not MISSING:
                found[name] = self.concrete(value[name])
        return found or (f"some {here[-1]}" if here else {})
