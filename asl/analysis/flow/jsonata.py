"""What JSONata expressions give, as far as what they read is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from asl.analysis.flow.jsonpath import CONTEXT, merged
from asl.analysis.flow.shapes import (
    ANY,
    MAX_DEPTH,
    UNKNOWN,
    Anything,
    Kind,
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
    told,
)
from asl.syntax.expression_trees import Tree
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.shapes import as_list, as_object, is_integer

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
_WITH_CONTEXT = record({"context": CONTEXT}, "some")
_ASKING = ("and", "or", "=", "!=")
"""Operators that take an undefined value for an answer."""


class Surroundings(NamedTuple):
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
    return ANY if "${" in text else evaluate(parse_expression(text).tree, around)


def never_gives(text: str, kind: Kind) -> str:
    """What the expression `text` gives, whatever it reads, where that is of another kind than `kind`; else empty."""
    found = value_of(text, surroundings())
    if isinstance(found, UNKNOWN) or (isinstance(found, Scalar) and found.kind == kind):
        return ""
    return told(found)


def evaluate(node: Tree, around: Surroundings) -> Shape | Missing:
    """What `node` gives."""
    match node.kind:
        case "path":
            return _path(node, around)
        case "variable":
            return record(around.states, "some") if node.names == ("states",) else around.bound.get(node.names[0], ANY)
        case "constant":
            return constant(node.value)
        case "object":
            return _object(node, around)
        case "array":
            return _array(node, around)
        case "operation":
            return _OPERATORS.get(node.names[0], ANY)
        case "call":
            return _call(node, around)
        case "condition":
            return join_all(_known(evaluate(part, around)) for part in node.parts[1:])
        case "block":
            return _block(node, around)
        case _:
            return ANY


def _known(found: Shape | Missing) -> Shape:
    return ANY if isinstance(found, Missing) else found


def _path(node: Tree, around: Surroundings) -> Shape | Missing:
    found = evaluate(node.parts[0], around)
    if node.read()[:2] == ("states", "context") and "context" not in around.states:
        found = _WITH_CONTEXT
    for name in node.names:
        if isinstance(found, Missing):
            break
        found = _field(found, name)
    return found if node.whole or isinstance(found, Missing) else ANY


def _field(shape: Shape, name: str) -> Shape | Missing:
    """A field; of an array, the fields of all its elements."""
    if not isinstance(shape, Listing):
        return look_up(shape, (name,))
    found = _field(shape.each, name)
    return found if isinstance(found, Missing) and shape.count != 0 else ANY


def _object(node: Tree, around: Surroundings) -> Shape:
    made = zip(node.names, (evaluate(part, around) for part in node.parts), strict=True)
    # JSONata leaves out what is undefined.
    fields = {name: found for name, found in made if not isinstance(found, Missing)}
    return record(fields, "all" if node.whole else "some")


def _array(node: Tree, around: Surroundings) -> Shape:
    parts = [evaluate(part, around) for part in node.parts]
    # An element that is an array, or undefined, or a range changes the count.
    if all(isinstance(part, Scalar | Record) for part in parts):
        return listing([_known(part) for part in parts])
    return listing_of(ANY, _range_length(node.parts))


def _range_length(parts: Sequence[Tree]) -> int | None:
    if len(parts) != 1 or parts[0].names != ("..",):
        return None
    first, last = (end.value for end in parts[0].parts)
    return max(0, last - first + 1) if is_integer(first) and is_integer(last) else None


def _call(node: Tree, around: Surroundings) -> Shape | Missing:
    if node.names == ("merge",) and len(node.parts) == 1 and node.parts[0].kind == "array":
        parts = [evaluate(part, around) for part in node.parts[0].parts]
        records = [part for part in parts if isinstance(part, Record)]
        if not parts or len(records) < len(parts):
            return record({}, "some")
        whole: Shape = records[0]
        for part in records[1:]:
            whole = merged(whole, part) if isinstance(whole, Record) else whole
        return whole
    return _FUNCTIONS.get(node.names[0], ANY)


def _block(node: Tree, around: Surroundings) -> Shape | Missing:
    found: Shape | Missing = ANY
    for part in node.parts:
        if part.kind == "bind":
            found = evaluate(part.parts[0], around)
            around = around._replace(bound={**around.bound, part.names[0]: found})
        else:
            found = evaluate(part, around)
    return found


def undefined(tree: Tree, around: Surroundings) -> Iterator[tuple[str, Missing, bool]]:
    """The paths of an expression that lead to nothing: as written, where they end, and whether they are its whole.

    What a condition asks, or a function is given, is left out: there an undefined value is often meant.
    """
    asked: set[str] = set()
    todo: list[tuple[Tree, Surroundings]] = [(tree, around)]
    while todo:
        node, here = todo.pop()
        if node.kind == "path":
            written = _written(node)
            if written not in asked and isinstance(found := evaluate(node, here), Missing):
                yield written, found, node is tree
        elif node.kind in ("object", "array") or (node.kind == "operation" and node.names[0] not in _ASKING):
            todo.extend((part, here) for part in node.parts)
        elif node.kind == "condition":
            asked.update(map(_written, _below(node.parts[0])))
            todo.extend((part, here) for part in node.parts[1:])
        elif node.kind == "block":
            for part in node.parts:
                todo.append((part, here))
                if part.kind == "bind":
                    here = here._replace(bound={**here.bound, part.names[0]: evaluate(part.parts[0], here)})


def _written(node: Tree) -> str:
    return ".".join((*node.parts[0].names, *node.names)) if node.kind == "path" else ""


def _below(node: Tree) -> Iterator[Tree]:
    """`node`, and all that it is made of."""
    yield node
    for part in node.parts:
        yield from _below(part)


_ORDER = ("<", "<=", ">", ">=")
_NUMERIC = ("+", "-", "*", "/", "%")
_FIRST: Mapping[str, Kind] = {
    **dict.fromkeys(("abs", "ceil", "floor", "formatBase", "formatInteger", "formatNumber", "fromMillis", "power",
                     "round", "sqrt"), "number"),
    **dict.fromkeys(("base64decode", "base64encode", "contains", "decodeUrl", "encodeUrl", "length", "lowercase",
                     "match", "pad", "parseInteger", "replace", "split", "substring", "substringAfter",
                     "substringBefore", "toMillis", "trim", "uppercase"), "string"),
}  # fmt: skip
"""Functions whose first argument is of one kind: https://docs.jsonata.org/overview"""


_EACH: Mapping[str, Kind] = {**dict.fromkeys(("average", "max", "min", "sum"), "number"), "join": "string"}
"""Functions whose first argument is an array of one kind, or a single value of it."""

KINDS_OF_FIRST = frozenset((*_FIRST, *_EACH))
"""Functions whose first argument `misused` looks at."""


def misused(tree: Tree, around: Surroundings) -> Iterator[str]:
    """What operators and functions that surely run get and do not take; what a condition chooses is left out."""
    todo: list[tuple[Tree, Surroundings]] = [(tree, around)]
    while todo:
        node, here = todo.pop()
        if node.kind == "operation":
            yield from _misused_operator(node, here)
            # Behind `and` and `or` the second side need not run.
            parts = node.parts[:1] if node.names[0] in ("and", "or") else node.parts
            todo.extend((part, here) for part in parts)
        elif node.kind == "call":
            yield from _misused_function(node, here)
            todo.extend((part, here) for part in node.parts)
        elif node.kind in ("object", "array"):
            todo.extend((part, here) for part in node.parts)
        elif node.kind == "condition":
            todo.append((node.parts[0], here))
        elif node.kind == "block":
            for part in node.parts:
                todo.append((part.parts[0] if part.kind == "bind" else part, here))
                if part.kind == "bind":
                    here = here._replace(bound={**here.bound, part.names[0]: evaluate(part.parts[0], here)})


def _misused_operator(node: Tree, around: Surroundings) -> Iterator[str]:
    operator = node.names[0]
    if operator not in (*_ORDER, *_NUMERIC):
        return
    sides = [evaluate(part, around) for part in node.parts]
    known = [side for side in sides if not isinstance(side, UNKNOWN)]
    for side in known:
        fits = isinstance(side, Scalar) and side.kind in (("number", "string") if operator in _ORDER else ("number",))
        if not fits:
            yield f"'{operator}' gets {told(side)}, {'which has no order' if operator in _ORDER else 'not a number'}"
            return
    if len(known) == 2 and operator in _ORDER and len({told(side) for side in known}) == 2:
        yield f"'{operator}' compares {told(known[0])} with {told(known[1])}"


def _misused_function(node: Tree, around: Surroundings) -> Iterator[str]:
    name = node.names[0]
    wanted = _FIRST.get(name) or _EACH.get(name)
    if wanted is None or not node.parts or name in around.bound:
        return
    found = _known(evaluate(node.parts[0], around))
    if name in _EACH and isinstance(found, Listing):
        if found.count != 0 and _is_other(found.each, wanted):
            yield f"${name} gets an array with {told(found.each)}, where each is a {wanted}"
    elif _is_other(found, wanted):
        yield f"${name} gets {told(found)}, where a {wanted} is expected"


def _is_other(shape: Shape, wanted: Kind) -> bool:
    """Whether `shape` is surely not of the kind `wanted`."""
    return not isinstance(shape, Anything) and not (isinstance(shape, Scalar) and shape.kind == wanted)
