"""Every string that a state holds, with what Step Functions takes it for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from asl.shape import Object, as_list, as_object

Place: TypeAlias = Literal["plain", "template", "constant"]
"""A field of the language, a payload template (where `.$` keys are paths), or data that nothing evaluates."""

MAX_DEPTH = 100
"""Levels that are read. AWS publishes no limit; nobody who reads definitions gets this deep."""

_ELSEWHERE = ("Branches", "ItemProcessor", "Iterator", "Type", "Resource", "Next", "Retry")
"""Scopes of their own, and fields whose strings are never paths, expressions or data."""

_SCALARS = (bool, int, float, type(None))
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Arguments", "Assign", "Output", "Items", "BatchInput",
              "Credentials")  # fmt: skip
_CONSTANTS = ("Result", "Comment", "Type", "QueryLanguage")


class Text(NamedTuple):
    """One string: `key` is the nearest object key above it, `field` the state's own field that holds it."""

    path: str
    """Relative to the state."""
    field: str
    key: str
    value: str
    place: Place
    result: bool
    """Whether `$states.result` exists here: an Output or Assign of the state itself."""
    error: bool
    """Whether `$states.errorOutput` exists here: an Output or Assign of a catcher."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The strings of a state, its template objects, its rough size in bytes, and where it is too deep to be read."""

    texts: tuple[Text, ...]
    templates: tuple[tuple[str, Object], ...]
    size: int
    deep: str


def contents(node: Object) -> Contents:
    """Read `node` without its inner scopes, to a depth of MAX_DEPTH."""
    texts: list[Text] = []
    templates: list[tuple[str, Object]] = []
    size, deep = 2, ""
    todo: list[tuple[object, str, str, str, Place, bool, bool, int]] = [
        (value, name, name, name, _place("plain", name), name in ("Assign", "Output"), False, 1)
        for name, value in reversed(list(node.items()))
        if name not in _ELSEWHERE
    ]
    while todo:
        value, path, field, key, place, result, error, depth = todo.pop()
        if isinstance(value, str):
            size += len(value) + 3
            texts.append(Text(path, field, key, value, place, result, error))
            continue
        size += 8
        if isinstance(value, _SCALARS):
            continue
        inner = list(_inner(value, path, key))
        if inner and depth >= MAX_DEPTH:
            deep = deep or path
            continue
        if place == "template" and as_object(value):
            templates.append((path, as_object(value)))
        for below, where, name in reversed(inner):
            size += len(name) + 4
            caught = error or (field == "Catch" and depth == 2 and name in ("Assign", "Output"))
            todo.append((below, where, field, name, _place(place, name), result, caught, depth + 1))
    return Contents(tuple(texts), tuple(templates), size, deep)


def _place(around: Place, name: str) -> Place:
    if around != "plain":
        return around
    return "template" if name in _TEMPLATES else "constant" if name in _CONSTANTS else "plain"


def _inner(value: object, path: str, key: str) -> Iterator[tuple[object, str, str]]:
    for index, item in enumerate(as_list(value)):
        yield item, f"{path}[{index}]", key
    for name, item in as_object(value).items():
        yield item, f"{path}.{name}", name
