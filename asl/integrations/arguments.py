"""What a state passes to its integration, and which of it the definition says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

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


def look_up(node: object, path: str, default: str | None = None) -> Iterator[str | None]:
    """The values at `path` in arguments: RUNTIME for one that is read from data, `default` where none is given.

    `Entries[]` is each element of a list, `Roles.*` each value of an object, `RequestItems<>` each of its names.
    """
    if is_expression(node):
        yield RUNTIME
        return
    if not path:
        # An object or null names nothing: it has to be declared like a value that is not known.
        yield node if isinstance(node, str) else json.dumps(node) if isinstance(node, int | float) else RUNTIME
        return
    step, _, rest = path.partition(".")
    given = as_object(node)
    name = _spelt(given, step.removesuffix("[]").removesuffix("<>"))
    if step == "*":
        for field, value in given.items():
            yield from [RUNTIME] if field.endswith(".$") else look_up(value, rest, default)
    elif f"{name}.$" in given:
        yield RUNTIME
    elif step.endswith("<>") and isinstance(given.get(name), Mapping):
        yield from (field.removesuffix(".$") for field in as_object(given[name]))
    elif name in given:
        inner = given[name]
        elements = as_list(inner) if step.endswith("[]") and not is_expression(inner) else [inner]
        for element in elements:
            yield from look_up(element, rest, default)
    elif default is not None:
        yield default


def is_given(node: object, path: str) -> bool:
    """Whether arguments hold something at `path`."""
    return any(True for _ in look_up(node, path))


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
    fields = (field.removesuffix(".$") for field in given)
    return next((field for field in fields if field.lower() == name.lower()), name)


def is_expression(value: object) -> bool:
    """Whether JSONata makes the value: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    return isinstance(value, str) and value.strip().startswith("{%")


@lru_cache(maxsize=2**16)
def slots(template: str) -> Mapping[str, str | None]:
    """The parameters in a template with their defaults."""
    return {match[1]: match[2] for match in _SLOT.finditer(template)}


def insert(template: str, name: str, value: str) -> str:
    """`template` with the parameter `name` replaced."""
    return _SLOT.sub(lambda match: value if match[1] == name else match[0], template)
