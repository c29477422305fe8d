"""What a state passes to its integration, and which of it the definition says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from asl.syntax.shapes import Object, as_list, as_object
from asl.syntax.walk import State

_SLOT = re.compile(r"(?<!\$)\{([A-Z][\w.\[\]]*)(?:\|([^}]*))?\}")

RUNTIME = None
"""Stands for a value that only an execution knows."""


def field_of(state: State) -> str:
    """`Arguments` in JSONata, `Parameters` in JSONPath."""
    return "Arguments" if state.query_language == "JSONata" else "Parameters"


def arguments(state: State) -> Object:
    """What a Task passes to its integration; empty where an expression makes the whole of it."""
    return as_object(state.node.get(field_of(state)))


def look_up(node: object, path: str, default: str | None = None) -> Iterator[str | None]:
    """The values at `path` in arguments: RUNTIME for one that is read from data, `default` where none is given."""
    if is_expression(node) or (path and isinstance(node, str)):
        yield RUNTIME
        return
    if not path:
        # An object or null names nothing: it has to be declared like a value that is not known.
        yield str(node) if isinstance(node, str | int | float) else RUNTIME
        return
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    given = as_object(node)
    if f"{name}.$" in given:
        yield RUNTIME
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
