"""Values that an unknown field may have, as far as they make a difference to what it is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from asl.analysis.flow.choices import operator_of
from asl.running import instants
from asl.syntax.expression_trees import Tree
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.paths import parse_path
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number
from asl.syntax.walk import Machine

COMPARED = ("=", "!=", "<", "<=", ">", ">=")
LATER = "2025-01-01T01:00:00Z"
_ANOTHER = "another"
_TYPES: Mapping[str, tuple[object, ...]] = {
    "IsNull": (None, _ANOTHER),
    "IsString": (_ANOTHER, 1),
    "IsNumeric": (1, _ANOTHER),
    "IsBoolean": (True, _ANOTHER),
    "IsTimestamp": (LATER, _ANOTHER),
}

Comparison: TypeAlias = tuple[str, object]
"""An operator and what stands on its other side."""
Constants: TypeAlias = Mapping[str, Sequence[Comparison]]
"""With what each field, by its name alone, is compared anywhere in the machine."""


def constants(machine: Machine) -> Constants:
    """Every comparison of the machine with a value that the definition holds."""
    found: dict[str, list[Comparison]] = {}
    for state in machine.of("Choice"):
        for rule in map(as_object, as_list(state.node.get("Choices"))):
            for comparison in comparisons(rule):
                operator = operator_of(comparison)
                if not operator.endswith("Path"):
                    name = last_name(as_text(comparison.get("Variable")))
                    found.setdefault(name, []).append((operator, comparison.get(operator)))
    for state in machine.states:
        for text in state.contents.texts:
            if is_expression(text.value):
                for name, compared in _in_tree(parse_expression(text.value).tree):
                    found.setdefault(name, []).append(compared)
    return found


def comparisons(rule: Object) -> Iterator[Object]:
    """The comparisons of a rule, in the order in which they are asked."""
    for name in ("And", "Or"):
        for part in as_list(rule.get(name)):
            yield from comparisons(as_object(part))
    if "Not" in rule:
        yield from comparisons(as_object(rule["Not"]))
    if "Variable" in rule:
        yield rule


def last_name(path: str) -> str:
    """The last name of a path; empty where it has none."""
    steps = parse_path(path).steps
    return steps[-1] if steps else ""


def _in_tree(tree: Tree) -> Iterator[tuple[str, Comparison]]:
    if tree.kind == "operation" and tree.names[0] in COMPARED:
        left, right = tree.parts
        for side, other in ((left, right), (right, left)):
            if side.names and side.kind in ("path", "variable") and other.kind == "constant":
                yield side.names[-1], (tree.names[0], other.value)
    for part in tree.parts:
        yield from _in_tree(part)


def candidates(compared: Iterable[Comparison]) -> tuple[object, ...]:
    """Values that come to differ in one of the comparisons: equal, less, greater, of another kind."""
    found: list[object] = []
    for operator, value in compared:
        found += _around(operator, value)
    if any(isinstance(one, str) for one in found) and _ANOTHER not in found:
        found.append(_ANOTHER)
    distinct = {(type(one), one): one for one in found}
    return tuple(distinct.values()) or (_ANOTHER,)


def _around(operator: str, value: object) -> Sequence[object]:
    if operator in _TYPES:
        return _TYPES[operator]
    if isinstance(value, bool):
        return value, not value
    if is_number(value):
        return value, value - 1, value + 1
    if not isinstance(value, str):
        return (value,)
    if operator.startswith("Timestamp"):
        instant = instants.read(value)
        return (value,) if instant is None else (value, *(instants.written(instant + by) for by in (-3600, 3600)))
    if operator == "StringMatches":
        return (value.replace("*", ""),)
    return (value,) if operator in ("StringEquals", "=", "!=") else (value, "", f"{value}~")
