"""What expressions and variables come to in every execution, as far as the definition says it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from asl.analysis.assigned import assigns
from asl.analysis.caching import once
from asl.syntax.expression_trees import Tree
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.paths import parse_path
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.strings import MAX_DEPTH
from asl.syntax.walk import Machine, State

_UNKNOWN = "{% … %}"
"""Stands for what only data says, as an expression of which nothing is known."""

Constants: TypeAlias = Mapping[str, object]


@once
def constants(machine: Machine) -> Constants:
    """The variables to which nothing is ever assigned but one and the same constant."""
    found: dict[str, object] = {}
    for state in machine.states:
        for _, made in assigns(state):
            for key, given in made.items():
                name, value = key.removesuffix(".$"), _assigned(state, key, given)
                found[name] = value if found.get(name, value) == value else _UNKNOWN
    return {name: value for name, value in found.items() if value != _UNKNOWN}


def _assigned(state: State, key: str, value: object) -> object:
    if state.query_language == "JSONPath" and key.endswith(".$"):
        return _UNKNOWN
    if state.query_language == "JSONata" and is_expression(value):
        return _of_expression(value, {})
    return value if isinstance(value, str | int | float) else _UNKNOWN


def settled(machine: Machine, state: State, given: object, depth: int = 0) -> object:
    """`given`, arguments of `state`, with the constants that expressions and variables in it come to."""
    known = constants(machine)
    if state.query_language == "JSONata" and is_expression(given):
        said = _of_expression(given, known)
        return given if said == _UNKNOWN else said
    fields, elements = as_object(given), as_list(given)
    if depth >= MAX_DEPTH or not (fields or elements):
        return given
    if elements:
        return [settled(machine, state, one, depth + 1) for one in elements]
    made: dict[str, object] = {}
    for key, value in fields.items():
        path = parse_path(as_text(value)) if state.query_language == "JSONPath" and key.endswith(".$") else None
        if path and not path.steps and path.root[1:] in known:
            made[key.removesuffix(".$")] = known[path.root[1:]]
        else:
            made[key] = settled(machine, state, value, depth + 1)
    return made


def _of_expression(text: str, known: Constants) -> object:
    return _value(parse_expression(text).tree, known)


def _value(node: Tree, known: Constants) -> object:
    match node.kind:
        case "constant":
            return _UNKNOWN if node.value is None else node.value
        case "variable":
            return known.get(node.names[0], _UNKNOWN)
        case "operation" if node.names == ("&",):
            sides = [_value(part, known) for part in node.parts]
            texts = [one for one in sides if isinstance(one, str) and one != _UNKNOWN]
            return "".join(texts) if len(texts) == len(sides) else _UNKNOWN
        case "object" if node.whole:
            return dict(zip(node.names, [_value(part, known) for part in node.parts], strict=True))
        case "array":
            return [_value(part, known) for part in node.parts]
        case _:
            return _UNKNOWN
