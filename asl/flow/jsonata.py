"""What JSONata expressions give, as far as what they read is known.

The trees are those of the jsonata parser; what is not understood here is Anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from asl.expressions import is_expression, parse_expression
from asl.flow.jsonpath import merged
from asl.flow.shapes import (
    ANY,
    MAX_DEPTH,
    Listing,
    Missing,
    Record,
    Scalar,
    Shape,
    constant,
    join_all,
    listing,
    listing_of,
    look_up,
    record,
)
from asl.placeholders import stand_in
from asl.shape import as_list, as_object

_STRING, _NUMBER, _BOOLEAN = Scalar("string"), Scalar("number"), Scalar("boolean")
_FUNCTIONS: dict[str, Shape] = {
    **dict.fromkeys(("string", "substring", "join", "uppercase", "lowercase", "trim", "now", "uuid", "hash"), _STRING),
    **dict.fromkeys(("count", "sum", "length", "number", "millis", "toMillis", "floor", "ceil", "round"), _NUMBER),
    **dict.fromkeys(("exists", "not", "boolean", "contains"), _BOOLEAN),
}
_OPERATORS: dict[str, Shape] = {
    "&": _STRING,
    **dict.fromkeys("+-*/%", _NUMBER),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "and", "or", "in"), _BOOLEAN),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an expression can read: the parts of `$states`, and the names that it binds itself."""

    states: Mapping[str, Shape]
    bound: Mapping[str, Shape | Missing]


def surroundings(**states: Shape) -> Surroundings:
    """What stands in `$states` where an expression stands."""
    return Surroundings(states, {})


def output_of(value: object, around: Surroundings, depth: int = 0) -> Shape:
    """What a field such as Output makes; what is undefined is told by its own rule, and counts as Anything."""
    if depth >= MAX_DEPTH:
        return ANY
    if isinstance(value, str) and is_expression(value):
        found = value_of(value, around)
        return ANY if isinstance(found, Missing) else found
    if isinstance(value, Mapping):
        fields = as_object(cast(object, value))
        return record({name: output_of(inner, around, depth + 1) for name, inner in fields.items()})
    if isinstance(value, list | tuple):
        return listing([output_of(inner, around, depth + 1) for inner in as_list(cast(object, value))])
    return constant(value)


def value_of(text: str, around: Surroundings) -> Shape | Missing:
    """What the expression `text` gives; Missing where that is undefined."""
    try:
        return evaluate(parse_expression(stand_in(text)).tree, around)
    except RecursionError:
        return ANY


def evaluate(node: Any, around: Surroundings) -> Shape | Missing:
    """What the tree `node` gives."""
    match getattr(node, "type", None):
        case "path":
            return _path(node.steps, around)
        case "variable":
            return _variable(str(node.value), around)
        case "string" | "number" | "value":
            return constant(node.value)
        case "unary":
            return _unary(node, around)
        case "binary":
            return ANY if node.value == ".." else _OPERATORS.get(str(node.value), ANY)
        case "function":
            return _function(node, around)
        case "condition":
            ways = [_known(evaluate(node.then, around)), _known(evaluate(node._else, around)) if node._else else ANY]
            return join_all(ways)
        case "block":
            return _block(node.expressions, around)
        case _:
            return ANY


def _known(found: Shape | Missing) -> Shape:
    return ANY if isinstance(found, Missing) else found


def _variable(name: str, around: Surroundings) -> Shape | Missing:
    if name == "states":
        return record(around.states, "some")
    return around.bound.get(name, ANY)


def _path(steps: list[Any], around: Surroundings) -> Shape | Missing:
    found = evaluate(steps[0], around)
    for step in steps:
        if getattr(step, "stages", None) or getattr(step, "predicate", None) or getattr(step, "group", None):
            return ANY
    for step in steps[1:]:
        if isinstance(found, Missing):
            return found
        if step.type != "name":
            return ANY
        found = _field(found, str(step.value))
    return found


def _field(shape: Shape, name: str) -> Shape | Missing:
    """A field; of an array, the fields of all its elements."""
    if not isinstance(shape, Listing):
        return look_up(shape, (name,))
    found = _field(shape.each, name)
    return found if isinstance(found, Missing) and shape.count != 0 else ANY


def _unary(node: Any, around: Surroundings) -> Shape:
    if node.value == "{":
        fields: dict[str, Shape] = {}
        for key, value in node.lhs_object or ():
            if key.type != "string":
                return record({}, "some")
            found = evaluate(value, around)
            if not isinstance(found, Missing):  # JSONata leaves out what is undefined
                fields[str(key.value)] = found
        return record(fields)
    if node.value == "[":
        parts = [evaluate(part, around) for part in node.expressions or ()]
        # An element that is an array, or undefined, or a range changes the count.
        if all(isinstance(part, Scalar | Record) for part in parts):
            return listing([_known(part) for part in parts])
        return listing_of(ANY, _range_length(node.expressions))
    return _NUMBER if node.value == "-" else ANY


def _range_length(parts: Any) -> int | None:
    if not parts or len(parts) != 1 or parts[0].type != "binary" or parts[0].value != "..":
        return None
    ends = [parts[0].lhs, parts[0].rhs]
    if any(getattr(end, "type", "") != "number" or not isinstance(end.value, int) for end in ends):
        return None
    return max(0, ends[1].value - ends[0].value + 1)


def _function(node: Any, around: Surroundings) -> Shape | Missing:
    name = str(getattr(node.procedure, "value", ""))
    if name == "merge" and len(node.arguments) == 1 and getattr(node.arguments[0], "value", None) == "[":
        parts = [evaluate(part, around) for part in node.arguments[0].expressions]
        if not parts or not all(isinstance(part, Record) for part in parts):
            return record({}, "some")
        whole = parts[0]
        for part in parts[1:]:
            if isinstance(whole, Record) and isinstance(part, Record):
                whole = merged(whole, part)
        return whole
    return _FUNCTIONS.get(name, ANY)


def _block(expressions: list[Any], around: Surroundings) -> Shape | Missing:
    found: Shape | Missing = ANY
    for expression in expressions or ():
        if expression.type == "bind":
            found = evaluate(expression.rhs, around)
            around = replace(around, bound={**around.bound, str(expression.lhs.value): found})
        else:
            found = evaluate(expression, around)
    return found


def undefined(tree: Any, around: Surroundings) -> Iterator[tuple[str, Missing, bool]]:
    """The paths of an expression that lead to nothing: as written, where they end, and whether they are its whole.

    What a condition asks, or a function is given, is left out: there an undefined value is often meant.
    """
    todo: list[tuple[Any, Surroundings]] = [(tree, around)]
    while todo:
        node, here = todo.pop()
        match getattr(node, "type", None):
            case "path":
                if isinstance(found := evaluate(node, here), Missing):
                    yield ".".join(str(step.value) for step in node.steps), found, node is tree
            case "unary" if node.value == "{":
                todo.extend((value, here) for _, value in node.lhs_object or ())
            case "unary" if node.value == "[":
                todo.extend((part, here) for part in node.expressions or ())
            case "binary" if node.value not in ("and", "or", "=", "!="):
                todo.extend((side, here) for side in (node.lhs, node.rhs))
            case "condition":
                todo.extend((side, here) for side in (node.then, node._else))
            case "block":
                for expression in node.expressions or ():
                    todo.append((expression, here))
                    if expression.type == "bind":
                        bound = {**here.bound, str(expression.lhs.value): evaluate(expression.rhs, here)}
                        here = replace(here, bound=bound)
            case _:
                pass
