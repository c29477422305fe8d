"""What a Task passes to its call, each value with what AWS's model says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from asl.analysis.caching import once
from asl.integrations import find
from asl.integrations.arguments import field_of, is_expression
from asl.integrations.models import Member, Operation, Type, operation
from asl.syntax.shapes import Object, as_list, as_object
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
            given = [*_given(state.at(field), known.input, state.node.get(field, {}), state.query_language)]
            found.append(Call(state, row[0].id, known, given))
    return found


def _given(path: str, type: Type, value: object, language: str, depth: int = 0) -> Iterator[Given]:
    read = language == "JSONata" and is_expression(value)
    yield Given(path, type, value, read)
    if read or depth >= MAX_DEPTH:
        return
    for name, inner_type, inner in _parts(type, value):
        place = f"{path}{name}" if name.startswith("[") else f"{path}.{name}"
        if language == "JSONPath" and name.endswith(".$"):
            yield Given(place, inner_type, inner, True)
        else:
            yield from _given(place, inner_type, inner, language, depth + 1)


def _parts(type: Type, value: object) -> Iterator[tuple[str, Type, object]]:
    """The values in a value whose types are known."""
    if type.base == "list" and isinstance(value, list | tuple):
        elements = as_list(cast(object, value))
        yield from ((f"[{index}]", type.element, inner) for index, inner in enumerate(elements))
    elif isinstance(value, Mapping):
        yield from _fields(type, as_object(cast(object, value)))


def _fields(type: Type, fields: Object) -> Iterator[tuple[str, Type, object]]:
    for name, inner in fields.items():
        if type.base == "map":
            yield name, type.value, inner
        elif type.base == "structure" and (known := member(type, name.removesuffix(".$"))):
            yield name, known.type, inner
