"""What variables hold, as far as the definition says: what any Assign of the machine gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from asl.analysis.caching import once
from asl.analysis.data_reads import surroundings_at
from asl.analysis.flow.forward import Flow, flow
from asl.analysis.flow.jsonata import output_of
from asl.analysis.flow.jsonpath import template
from asl.analysis.flow.shapes import ANY, Missing, Shape, join, look_up
from asl.syntax.shapes import Object
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State

_ASSIGN = re.compile(r"(?:(?:Choices|Catch)\[\d+\]\.)?Assign")


def assigns(state: State) -> Iterator[tuple[str, Object]]:
    """Each Assign of `state` with its path below it: its own, and those of its choice rules and catchers."""
    for path, made in state.contents.templates:
        if path.endswith("Assign") and _ASSIGN.fullmatch(path):
            yield path, made


@once
def variables(machine: Machine) -> Mapping[str, Shape]:
    """Each variable with what is known of it wherever it is read.

    Scopes and the order of states are not looked at: a name stands for all that is ever assigned to it.
    """
    known = flow(machine)
    found: dict[str, Shape] = {}
    for state in machine.states:
        for path, made in assigns(state):
            for key, value in made.items():
                name = key.removesuffix(".$")
                for shape in _values(state, path, key, value, known):
                    found[name] = join(found[name], shape) if name in found else shape
    return found


def _values(state: State, path: str, key: str, value: object, known: Flow) -> Iterator[Shape]:
    if state.query_language == "JSONata":
        text = Text(path, re.split(r"\W", path)[0], "Assign", "", "template")
        for way in known.ways(state):
            yield output_of(value, surroundings_at(state, text, way))
    else:
        # What `$` is in an Assign in JSONPath depends on the type of its state.
        found = look_up(template({key: value}, ANY), (key.removesuffix(".$"),))
        yield ANY if isinstance(found, Missing) else found
