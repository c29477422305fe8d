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
    unknown: Sequence[tuple[Given, str]]
    """The fields that no type has, each with the structure that it is written into."""


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
            reader = _Reader(state.query_language)
            reader.add(state.at(field), known.input, state.node.get(field, {}))
            found.append(Call(state, row[0].id, known, reader.found, reader.unknown))
    return found


class _Reader:
    """Reads what a call of a state in `language` is given."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.found: list[Given] = []
        self.unknown: list[tuple[Given, str]] = []

    def add(self, path: str, type: Type, value: object, depth: int = 0) -> None:
        """Add a value, and those in it whose types are known."""
        read = self.language == "JSONata" and is_expression(value)
        given = Given(path, type, value, read)
        self.found.append(given)
        if read or isinstance(value, str) or depth >= MAX_DEPTH:
            return
        if type.base == "list":
            for index, inner in enumerate(as_list(value)):
                self.add(f"{path}[{index}]", type.element, inner, depth + 1)
        elif type.base == "map":
            for name, inner in as_object(value).items():
                self._add_field(given, name, type.value, inner, depth)
        elif type.base == "structure":
            for name, inner in as_object(value).items():
                if known := member(type, name.removesuffix(".$")):
                    self._add_field(given, name, known.type, inner, depth)
                else:
                    self.unknown.append((given, name))

    def _add_field(self, around: Given, name: str, type: Type, value: object, depth: int) -> None:
        path = f"{around.path}.{name}"
        if self.language == "JSONPath" and name.endswith(".$"):
            self.found.append(Given(path, type, value, True))
        else:
            self.add(path, type, value, depth + 1)
