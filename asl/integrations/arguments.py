"""What a state passes to its integration, and which of it the definition says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from asl.syntax.shapes import Object, as_list, as_object
from asl.syntax.walk import State

_SLOT = re.compile(r"(?<!\$)\{([A-Z][\w.\[\]*<>]*)(?:\|([^}]*))?\}")

RUNTIME = None
"""Stands for a value that only an execution knows."""


def field_of(state: State) -> str:
    """`Arguments` in JSONata, `Parameters` in JSONPath."""
    return "Arguments" if state.query_language == "JSONata" else "Parameters"


def arguments(state: State) -> Object:
    """What a Task passes to its integration; empty where an expression makes the whole of it."""
    return as_object(state.node.get(field_of(state)))


def look_up(node: object, path: str, default: str | None = None) -> Sequence[str | None]:
    """The values at `path` in arguments: RUNTIME for one that is read from data, `default` where none is given.

    `Entries[]` is each element of a list, `Roles.*` each value of an object, `RequestItems<>` each of its names.
    """
    if is_expression(node):
        return [RUNTIME]
    if not path:
        # An object or null names nothing: it has to be declared like a value that is not known.
        return [node if isinstance(node, str) else json.dumps(node) if isinstance(node, int | float) else RUNTIME]
    step, _, rest = path.partition(".")
    given = as_object(node)
    name = _spelt(given, step.removesuffix("[]").removesuffix("<>"))
    if step == "*":
        every = ([RUNTIME] if field.endswith(".$") else look_up(one, rest, default) for field, one in given.items())
        return [value for values in every for value in values]
    if f"{name}.$" in given:
        return [RUNTIME]
    if name not in given:
        return [] if default is None else [default]
    inner = given[name]
    if step.endswith("<>") and isinstance(inner, Mapping):
        return [field.removesuffix(".$") for field in as_object(cast(object, inner))]
    if step.endswith("[]") and not is_expression(inner):
        return [value for element in as_list(inner) for value in look_up(element, rest, default)]
    return look_up(inner, rest, default)


def is_given(node: object, path: str) -> bool:
    """Whether arguments hold something at `path`."""
    return bool(look_up(node, path))


def is_written(node: object, path: str) -> bool:
    """Whether a parameter stands in the arguments by its name, whatever its value; what data makes whole has none."""
    step, _, rest = path.partition(".")
    given = as_object(node)
    name = _spelt(given, step.removesuffix("[]"))
    if f"{name}.$" in given:
        return not rest
    inner = list(given.values()) if step == "*" else [given[name]] if name in given else []
    elements = [one for value in inner for one in (as_list(value) if step.endswith("[]") and rest else [value])]
    return any(not rest or is_written(one, rest) for one in elements)


def _spelt(given: Object, name: str) -> str:
    """A parameter's name as it is written: Step Functions has some as AWS's SDK for Java does, `SsekmsKeyId`."""
    if not given or name in given or f"{name}.$" in given:
        return name
    lower = name.lower()
    for field in given:
        if field.lower().removesuffix(".$") == lower:
            return field.removesuffix(".$")
    return name


def is_expression(value: object) -> bool:
    """Whether JSONata makes the value: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    return isinstance(value, str) and "{%" in value and value.lstrip().startswith("{%")


@lru_cache(maxsize=2**16)
def slots(template: str) -> Mapping[str, str | None]:
    """The parameters in a template with their defaults."""
    return {match[1]: match[2] for match in _SLOT.finditer(template)}


def insert(template: str, name: str, value: str) -> str:
    """`template` with the parameter `name` replaced."""
    return _SLOT.sub(lambda match: value if match[1] == name else match[0], template)
