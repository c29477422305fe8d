"""What JSONata expressions come to where some variables have no value.

JSONata passes over much that is undefined: a comparison is false, a text goes without, an object drops the field. What
remains undefined to the end fails the state: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from asl.analysis.assignment.ways import ASSIGNED, PERHAPS, Constant, Held, Way
from asl.syntax.expression_trees import Tree
from asl.syntax.expressions import BUILT_IN


class Lost(NamedTuple):
    """Undefined, or an error, for the lack of these variables."""

    names: frozenset[str]


Worth: TypeAlias = Lost | Constant | Held
"""What an expression comes to; `Held` where that depends on data."""

_TRUE, _FALSE = Constant("bool", True), Constant("bool", False)
GIVING = frozenset(("append", "assert", "count", "error", "exists", "millis", "now", "random", "states", "uuid", "zip"))
"""Functions that make something of an undefined first argument; the others are undefined, too."""
_OF_NOTHING: Mapping[str, Worth] = {"exists": _FALSE, "count": Constant("number", 0)}
_ARITHMETIC = ("+", "-", "*", "/", "%", "<", "<=", ">", ">=", "..")
"""Operators that are undefined where a side is: https://docs.jsonata.org/comparison-operators, and its neighbours."""
_ORDER = ("<", "<=", ">", ">=")


def constant(value: object) -> Constant | Held:
    """What a literal is known to be; of a long text and of what has parts nobody needs to know it."""
    if isinstance(value, str | int | float | bool | None) and not (isinstance(value, str) and len(value) > 80):
        return Constant("number" if type(value) in (int, float) else type(value).__name__, value)
    return ASSIGNED


def holes(node: Tree, way: Way) -> frozenset[str]:
    """The variables without a value that a text made by `node` goes without."""
    found: set[str] = set()
    todo = [node]
    while todo:
        part = todo.pop()
        if part.kind == "operation" and part.names[0] == "&":
            for side in part.parts:
                worth = comes_to(side, way)
                found.update(worth.names if isinstance(worth, Lost) else ())
            todo += part.parts
    return frozenset(found)


def comes_to(node: Tree, way: Way, bound: Mapping[str, Worth] | None = None) -> Worth:
    """What `node` comes to on `way`; `bound` are the names that the expression itself has given a value."""
    bound = {} if bound is None else bound
    if way.answers and not bound and node in way.answers:
        return Constant("bool", way.answers[node][0])
    match node.kind:
        case "constant":
            return constant(node.value)
        case "variable":
            return _variable(node.names[0], way, bound)
        case "path":
            found = comes_to(node.parts[0], way, bound)
            return found if isinstance(found, Lost) else ASSIGNED
        case "operation":
            return _operation(node, way, bound)
        case "call":
            return _call(node, way, bound)
        case "condition":
            return _condition(node, way, bound)
        case "block":
            return _block(node, way, bound)
        case _:
            return ASSIGNED


def _variable(name: str, way: Way, bound: Mapping[str, Worth]) -> Worth:
    if name in bound:
        return bound[name]
    if name in BUILT_IN or name in ("", "$"):
        return ASSIGNED
    return way.held.get(name, Lost(frozenset((name,))))


def _operation(node: Tree, way: Way, bound: Mapping[str, Worth]) -> Worth:
    operator = node.names[0]
    sides = [comes_to(part, way, bound) for part in node.parts]
    if operator in ("and", "or"):
        return _joined(operator, [truth(side) for side in sides])
    if lost := [side for side in sides if isinstance(side, Lost)]:
        if operator in _ARITHMETIC:
            return Lost(frozenset[str]().union(*(side.names for side in lost)))
        return _FALSE if operator in ("=", "!=", "in") else ASSIGNED
    left, right = sides[0], sides[-1]
    if isinstance(left, Constant) and isinstance(right, Constant) and operator in ("=", "!="):
        return _FALSE if (left == right) is (operator == "!=") else _TRUE
    return ASSIGNED


def _joined(operator: str, sides: list[bool | None]) -> Worth:
    decisive = operator == "or"
    if decisive in sides:
        return _TRUE if decisive else _FALSE
    return ASSIGNED if None in sides else _FALSE if decisive else _TRUE


def _call(node: Tree, way: Way, bound: Mapping[str, Worth]) -> Worth:
    name = node.names[0]
    if name in bound or name not in BUILT_IN or not node.parts:
        return ASSIGNED
    first = comes_to(node.parts[0], way, bound)
    if isinstance(first, Lost):
        return _OF_NOTHING.get(name, ASSIGNED if name in GIVING else first)
    if name == "exists":
        return _TRUE if isinstance(first, Constant) or _is_assigned(node.parts[0], first) else ASSIGNED
    answer = truth(first)
    if answer is not None and name in ("boolean", "not"):
        return _TRUE if answer is (name == "boolean") else _FALSE
    return ASSIGNED


def _is_assigned(node: Tree, held: Worth) -> bool:
    return node.kind == "variable" and held == ASSIGNED


def _condition(node: Tree, way: Way, bound: Mapping[str, Worth]) -> Worth:
    test, *ways = node.parts
    answer = truth(comes_to(test, way, bound))
    if answer is not None:
        return comes_to(ways[0] if answer else ways[1], way, bound)
    either = [comes_to(part, way, bound) for part in ways]
    lost = [one.names for one in either if isinstance(one, Lost)]
    return Lost(frozenset[str]().union(*lost)) if len(lost) == len(either) else ASSIGNED


def _block(node: Tree, way: Way, bound: Mapping[str, Worth]) -> Worth:
    found: Worth = ASSIGNED
    for part in node.parts:
        if part.kind == "bind":
            found = comes_to(part.parts[0], way, bound)
            bound = {**bound, part.names[0]: found}
        else:
            found = comes_to(part, way, bound)
    return found


def truth(worth: Worth) -> bool | None:
    """What a condition makes of it; None where that depends on data."""
    if isinstance(worth, Lost):
        return False
    return bool(worth.value) if isinstance(worth, Constant) else None


def learn(node: Tree, answer: bool, way: Way) -> Way:
    """`way` where the condition `node` has come to `answer`."""
    name = node.names[0] if node.names else ""
    if node.kind == "call" and name in ("not", "boolean") and node.parts:
        return learn(node.parts[0], answer is (name == "boolean"), way)
    if node.kind == "operation" and name == ("and" if answer else "or"):
        for part in node.parts:
            way = learn(part, answer, way)
        return way
    for variable in _told_of(node) if answer else ():
        way = way.assigned({variable: ASSIGNED}) if way.held.get(variable) is PERHAPS else way
    if node.kind == "call" and name == "exists" and not answer and node.parts[0].kind == "variable":
        return way.without(node.parts[0].names[0])
    if node.kind == "variable" and name in way.held:
        return way.assigned({name: Constant("bool", answer)})
    if node.kind == "operation" and name == "=" and answer and node.parts[0].kind == "variable":
        other = comes_to(node.parts[1], way)
        return way.assigned({node.parts[0].names[0]: other}) if isinstance(other, Constant) else way
    roots = _roots(node)
    return way if roots is None else way.answered(node, answer, roots)


def _told_of(node: Tree) -> Iterator[str]:
    """The variables that surely have a value where the condition `node` is true."""
    if node.kind == "operation":
        parts = node.parts if node.names[0] in (*_ARITHMETIC, "=", "!=", "in") else ()
    elif node.kind == "call":
        gives = node.names[0] in GIVING or node.names[0] not in BUILT_IN
        parts = () if gives and node.names[0] != "exists" else node.parts[:1]
    else:
        parts = (node,)
    for part in parts:
        yield from part.read()[:1]


def _roots(node: Tree) -> frozenset[str] | None:
    """What the answer to `node` depends on; None where the same question may get another answer."""
    if node.kind in ("variable", "path"):
        return _roots_of_path(node.read()) if node.whole else None
    if node.kind == "constant":
        return frozenset()
    if node.kind not in ("operation", "call", "array") or node.names[:1] in _CHANGING:
        return None
    found = [_roots(part) for part in node.parts]
    known = [one for one in found if one is not None]
    return frozenset[str]().union(*known) if len(known) == len(found) else None


_CHANGING = (("now",), ("millis",), ("random",), ("uuid",), ("shuffle",))


def _roots_of_path(names: tuple[str, ...]) -> frozenset[str] | None:
    if names[:2] == ("states", "input"):
        return frozenset(("$.",))
    if names[:3] == ("states", "context", "Execution"):
        return frozenset()
    return frozenset((f"${names[0]}",)) if names and names[0] not in ("", "$", "states") else None
