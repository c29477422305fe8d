"""What a Task passes to its call, each value with what AWS's model says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from asl.analysis.caching import once
from asl.integrations import find
from asl.integrations.arguments import field_of, is_expression
from asl.integrations.models import Member, Operation, Type, operation
from asl.syntax.shapes import as_list, as_object
from asl.syntax.strings import MAX_DEPTH
from asl.syntax.walk import Machine, State


class Given(NamedTuple):
    """One value: its path below the machine, its type, and what stands there."""

    path: str
    type: Type
    value: object
    read: bool
    """Whether data says what it is: `value` is a path or a call under a key with `.$`, or an expression."""


class Call(NamedTuple):
    """A Task whose call a model describes, with all that it passes, outer values before inner."""

    state: State
    id: str
    operation: Operation
    given: Sequence[Given]


def member(type: Type, name: str) -> Member | None:
    """The field that `name` stands for: as the SDK spells it, or as the service does, with a capital."""
    return type.members.get(name) or type.by_api.get(name)


@once
def typed_calls(machine: Machine) -> Sequence[Call]:
    """The calls of `machine` that a model describes."""
    found: list[Call] = []
    for state in machine.of("Task"):
        row = find(state.resource) if ":states:" in state.resource else None
        known = operation(row[0].id) if row else None
        if row and known:
            field = field_of(state)
            given: list[Given] = []
            _add(given, state.at(field), known.input, state.node.get(field, {}), state.query_language)
            found.append(Call(state, row[0].id, known, given))
    return found


def _add(found: list[Given], path: str, type: Type, value: object, language: str, depth: int = 0) -> None:
    """Add a value, and those in it whose types are known."""
    read = language == "JSONata" and is_expression(value)
    found.append(Given(path, type, value, read))
    if read or isinstance(value, str) or depth >= MAX_DEPTH:
        return
    if type.base == "list":
        for index, inner in enumerate(as_list(value)):
            _add(found, f"{path}[{index}]", type.element, inner, language, depth + 1)
    elif type.base in ("map", "structure"):
        for name, inner in as_object(value).items():
            inner_type = type.value if type.base == "map" else _type_of(type, name)
            if inner_type is None:
                continue
            if language == "JSONPath" and name.endswith(".$"):
                found.append(Given(f"{path}.{name}", inner_type, inner, True))
            else:
                _add(found, f"{path}.{name}", inner_type, inner, language, depth + 1)


def _type_of(type: Type, name: str) -> Type | None:
    known = member(type, name.removesuffix(".$"))
    return known.type if known else None
