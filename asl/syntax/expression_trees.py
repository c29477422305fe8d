"""JSONata expressions as plain trees: what rules ask of an expression, without the parser's own large nodes."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

MAX_DEPTH = 60
"""Levels that are kept. What lies deeper is `other`, of which nothing is known."""


class Tree(NamedTuple):
    """One node of an expression.

    A `path` has the names of its fields and, as its one part, what it begins with; a `variable` one name; an `object`
    the names of its fields with their values as parts, an `array` its elements; an `operation` its operator as name
    and both sides; a `call` the function's name and its arguments; a `condition` the test, then and otherwise; a
    `block` its expressions; a `bind` the variable's name and its value; a `constant` its value.
    """

    kind: Literal["path", "variable", "constant", "object", "array", "operation", "call", "condition", "block", "bind",
                  "other"]  # fmt: skip
    names: tuple[str, ...] = ()
    parts: tuple[Tree, ...] = ()
    value: str | int | float | bool | None = None
    whole: bool = True
    """Of a path: whether it is names alone to its end; of an object: whether all its names are written out."""

    def read(self) -> tuple[str, ...]:
        """The names of a path from its variable on: `("states", "input", "order")`; empty for any other node."""
        if self.kind == "variable":
            return self.names
        start = self.parts[0] if self.kind == "path" else None
        return (*start.names, *self.names) if start and start.kind == "variable" else ()


OTHER = Tree("other")


def plain(node: Any, depth: int = 0) -> Tree:
    """The parser's `node` and what is below it, as a Tree."""
    if node is None or depth >= MAX_DEPTH:
        return OTHER
    if getattr(node, "type", None) == "path":
        return _path(node.steps, depth)
    found = _unfiltered(node, depth)
    # What is filtered, such as `[a, b][0]`, is known by what it begins with, and no further.
    return Tree("path", (), (found,), whole=False) if _filters(node) else found


def _unfiltered(node: Any, depth: int) -> Tree:
    match getattr(node, "type", None):
        case "variable":
            return Tree("variable", (str(node.value),))
        case "string" | "number" | "value":
            return Tree("constant", value=node.value)
        case "unary":
            return _unary(node, depth)
        case "binary":
            return Tree("operation", (str(node.value),), _all((node.lhs, node.rhs), depth))
        case "function":
            name = str(getattr(node.procedure, "value", ""))
            return Tree("call", (name,), _all(node.arguments or (), depth))
        case "condition":
            return Tree("condition", (), _all((node.condition, node.then, node._else), depth))
        case "block":
            return Tree("block", (), _all(node.expressions or (), depth))
        case "bind":
            return Tree("bind", (str(node.lhs.value),), _all((node.rhs,), depth))
        case _:
            return OTHER


def _all(nodes: Any, depth: int) -> tuple[Tree, ...]:
    return tuple(plain(node, depth + 1) for node in nodes)


def _path(steps: list[Any], depth: int) -> Tree:
    # A filter belongs to the step before it: that name is read all the same, and what follows depends on the data.
    names: list[str] = []
    whole = not _filters(steps[0])
    for step in steps[1:]:
        if not whole or step.type != "name":
            whole = False
            break
        names.append(str(step.value))
        whole = not _filters(step)
    return Tree("path", tuple(names), (_unfiltered(steps[0], depth + 1),), whole=whole)


def _filters(step: Any) -> bool:
    return any(getattr(step, name, None) for name in ("stages", "predicate", "group", "keep_array"))


def _unary(node: Any, depth: int) -> Tree:
    if node.value == "{":
        pairs: list[tuple[Any, Any]] = list(node.lhs_object or ())
        written = [(str(key.value), plain(value, depth + 1)) for key, value in pairs if key.type == "string"]
        names, parts = tuple(name for name, _ in written), tuple(part for _, part in written)
        return Tree("object", names, parts, whole=len(written) == len(pairs))
    if node.value == "[":
        return Tree("array", (), _all(node.expressions or (), depth))
    return Tree("operation", ("-",), _all((node.expression,), depth))
