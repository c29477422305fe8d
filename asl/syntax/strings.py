"""Every string that a state holds, with what Step Functions takes it for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

from asl.syntax.shapes import Object, as_list, as_object

Place: TypeAlias = Literal["plain", "template", "constant"]
"""A field of the language, a payload template (where `.$` keys are paths), or data that nothing evaluates."""

MAX_DEPTH = 100
"""Levels that are read. AWS publishes no limit; nobody who reads definitions gets this deep."""

_ELSEWHERE = {"Branches", "ItemProcessor", "Iterator", "Type", "Resource", "Next", "Retry"}
"""Scopes of their own, and fields whose strings are never paths, expressions or data."""

_SCALARS = (bool, int, float, type(None))
_PLACES: dict[str, Place] = {
    **dict.fromkeys(("Parameters", "ResultSelector", "ItemSelector", "Arguments", "Assign", "Output", "Items",
                     "BatchInput", "Credentials"), "template"),
    **dict.fromkeys(("Result", "Comment", "Type", "QueryLanguage"), "constant"),
}  # fmt: skip
_CATCHER = re.compile(r"Catch\[\d+\]\.(?:Assign|Output)\b")


# The walk makes these for every string and every state: plain classes are made in a third of a NamedTuple's time, and
# lists in a tenth of that which `field(default_factory=list[Text])` takes.
@dataclass(slots=True, eq=False, repr=False)
class Text:
    """One string: `key` is the nearest object key above it, `field` the state's own field that holds it."""

    path: str
    """Relative to the state."""
    field: str
    key: str
    value: str
    place: Place

    @property
    def result(self) -> bool:
        """Whether `$states.result` exists here: an Output or Assign of the state itself."""
        return self.field in ("Assign", "Output")

    @property
    def error(self) -> bool:
        """Whether `$states.errorOutput` exists here: an Output or Assign of a catcher."""
        return _CATCHER.match(self.path) is not None


class Contents:
    """The strings of a state, its template objects, odd numbers, rough size in bytes, and where it is too deep."""

    __slots__ = ("deep", "dynamic", "odd_numbers", "paths", "size", "templates", "texts")

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.paths: list[Text] = []
        """Those of `texts` that JSONPath takes for paths, other than in templates."""
        self.dynamic: list[Text] = []
        """Those of `texts` under a `.$` key of a template."""
        self.templates: list[tuple[str, Object]] = []
        self.odd_numbers: list[tuple[str, float]] = []
        """Numbers that JSON cannot write."""
        self.size = 2
        self.deep = ""

    def read(self, value: object, path: str, field: str, key: str, around: Place, depth: int) -> None:
        """Add `value`, the field `key` of an object or an element of its array, and what is inside."""
        place = _PLACES.get(key, around) if around == "plain" else around
        if isinstance(value, str):
            self.size += len(value) + 3
            text = Text(path, field, key, value, place)
            self.texts.append(text)
            if place == "plain" and (key == "Variable" or key.endswith("Path")):
                self.paths.append(text)
            elif place == "template" and key.endswith(".$"):
                self.dynamic.append(text)
            return
        self.size += 8
        if isinstance(value, _SCALARS):
            if isinstance(value, float) and not isfinite(value):
                self.odd_numbers.append((path, value))
            return
        fields, elements = as_object(value), as_list(value)
        if depth >= MAX_DEPTH and (fields or elements):
            self.deep = self.deep or path
            return
        if fields and place == "template":
            self.templates.append((path, fields))
        for name, inner in fields.items():
            self.size += len(name) + 4
            self.read(inner, f"{path}.{name}", field, name, place, depth + 1)
        for index, inner in enumerate(elements):
            self.size += len(key) + 4
            self.read(inner, f"{path}[{index}]", field, key, place, depth + 1)


def contents(node: Object) -> Contents:
    """Read `node` without its inner scopes, to a depth of MAX_DEPTH."""
    found = Contents()
    for name, value in node.items():
        if name not in _ELSEWHERE:
            found.read(value, name, name, name, "plain", 1)
    return found
