"""Loops that count their rounds: what counts, what is compared, and after how many rounds the loop is left."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from math import ceil, floor
from typing import NamedTuple

from asl.syntax.expression_trees import Tree
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.paths import parse_path
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_integer, is_number
from asl.syntax.strings import Text
from asl.syntax.walk import State

Place = tuple[str, ...]
"""Where a count is kept: `("$", "polls", "count")` in the data, `("$count",)` in a variable."""

_ADD = re.compile(r"\s*States\.MathAdd\(\s*(\$[^,()\s]*)\s*,\s*(-?\d{1,9})\s*\)\s*")


class Counter(NamedTuple):
    """`state` adds `step` to the count at `place`."""

    state: State
    place: Place
    step: int


class Bound(NamedTuple):
    """The comparison at `path` ends the loop: from the count `limit` on, or `beyond` it only."""

    counter: Counter
    path: str
    limit: float
    beyond: bool

    def rounds(self, start: float = 0) -> int:
        """How often the loop counts before it is left, where the count begins at `start`."""
        steps = (self.limit - start) / self.counter.step
        return max(1, floor(steps) + 1 if self.beyond else ceil(steps))


def counters(loop: Collection[State]) -> list[Counter]:
    """The counts that the states of `loop` keep."""
    found: list[Counter] = []
    for state in loop:
        if state.query_language == "JSONata":
            found.extend(counter for text in state.contents.texts for counter in _added_in_jsonata(state, text))
        else:
            found.extend(Counter(state, read, step) for read, step, written in sums(state) if read == written)
    return found


def sums(state: State) -> Iterator[tuple[Place, int, Place | None]]:
    """What a JSONPath state adds to: the place, what is added, and the place where the sum is found afterwards."""
    for text in state.contents.texts:
        added = _ADD.fullmatch(text.value) if text.place == "template" and text.key.endswith(".$") else None
        if added and (read := _place_of(added[1])):
            yield read, int(added[2]), _place_written(state, text)


def _place_of(path: str) -> Place | None:
    parsed = parse_path(path)
    return (parsed.root, *parsed.steps) if parsed.single and not parsed.problem and parsed.root != "$$" else None


def _place_written(state: State, text: Text) -> Place | None:
    """Where the value of `text`, under a `.$` key of a Pass or an Assign, is found afterwards."""
    names = text.path.removesuffix(".$").split(".")[1:]
    if text.field == "Assign" and len(names) == 1:
        return (f"${names[0]}",)
    if text.field != "Parameters" or state.type != "Pass" or "OutputPath" in state.node:
        return None
    place = parse_path(as_text(state.node.get("ResultPath", "$")))
    return (place.root, *place.steps, *names)


def _added_in_jsonata(state: State, text: Text) -> Iterator[Counter]:
    if text.place != "template" or not is_expression(text.value):
        return
    tree = parse_expression(stand_in(text.value)).tree
    names = text.path.split(".")[1:]
    if text.field == "Assign" and len(names) == 1:
        written = [(names[0], tree)]
    elif text.field == "Output":
        written = [(names[-1], tree)] if names else list(_fields_made(tree))
    else:
        return
    for name, node in written:
        step, read = _added(node)
        if step is not None and read and read[-1] == (f"${name}" if text.field == "Assign" else name):
            yield Counter(state, read, step)


def _fields_made(tree: Tree) -> Iterator[tuple[str, Tree]]:
    """The fields of the objects that an Output makes: as a whole, or merged with others."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if node.kind in ("call", "array"):
            todo.extend(node.parts)
        elif node.kind == "object":
            yield from zip(node.names, node.parts, strict=True)


def _added(node: Tree) -> tuple[int | None, Place | None]:
    """The whole number that a sum adds, and the place that it adds to."""
    if node.kind != "operation" or len(node.parts) != 2 or node.names[0] not in ("+", "-"):
        return None, None
    step = node.parts[1].value
    if not is_integer(step):
        return None, None
    return step if node.names[0] == "+" else -step, _place_read(node.parts[0])


def _place_read(node: Tree) -> Place | None:
    """The variable, or the part of the state's input, that a node reads."""
    names = node.read()
    if not names or not node.whole:
        return None
    return ("$", *names[2:]) if names[:2] == ("states", "input") else (f"${names[0]}", *names[1:])


class Comparison(NamedTuple):
    """The rule at `path` of a Choice in a loop compares a count with `limit`."""

    path: str
    place: Place
    operator: str
    """`>`, `>=`, `=`, `<` or `<=`."""
    limit: float
    leads_out: bool
    """Whether the rule leads out of the loop where it is true."""
    leads_out_otherwise: bool


def comparisons(loop: Collection[State]) -> Iterator[Comparison]:
    """What the Choices of `loop` compare with whole numbers."""
    names = {state.name for state in loop}
    for choice in loop:
        rules = as_list(choice.node.get("Choices")) if choice.type == "Choice" else ()
        otherwise = as_text(choice.node.get("Default")) not in names
        for index, rule in enumerate(map(as_object, rules)):
            out = as_text(rule.get("Next")) not in names
            for place, operator, limit in _compared(choice, rule):
                yield Comparison(f"{choice.path}.Choices[{index}]", place, operator, limit, out, otherwise)


def bounds(loop: Collection[State]) -> Iterator[Bound]:
    """The comparisons by which counters that grow end `loop`."""
    growing = {counter.place: counter for counter in counters(loop) if counter.step > 0}
    for one in comparisons(loop) if growing else ():
        counter, beyond = growing.get(one.place), ends_beyond(one)
        if counter and beyond is not None:
            yield Bound(counter, one.path, one.limit, beyond)


def ends_beyond(one: Comparison) -> bool | None:
    """Whether a loop with a growing count goes on at the limit itself; None where the comparison does not end it."""
    if one.leads_out and one.operator in (">", ">=", "="):
        return one.operator == ">"
    if not one.leads_out and one.leads_out_otherwise and one.operator in ("<", "<="):
        return one.operator == "<="
    return None


_OPERATORS = {"NumericGreaterThan": ">", "NumericGreaterThanEquals": ">=", "NumericEquals": "=",
              "NumericLessThan": "<", "NumericLessThanEquals": "<="}  # fmt: skip


def _compared(choice: State, rule: Object) -> Iterator[tuple[Place, str, float]]:
    """The counts that a rule compares with a number: the rule is true where one of these is."""
    if choice.query_language == "JSONata":
        condition = rule.get("Condition")
        if isinstance(condition, str) and is_expression(condition):
            yield from _compared_in_jsonata(parse_expression(stand_in(condition)).tree)
        return
    for part in [rule, *map(as_object, as_list(rule.get("Or")))]:
        for name, operator in _OPERATORS.items():
            limit, place = part.get(name), _place_of(as_text(part.get("Variable")))
            if is_number(limit) and place:
                yield place, operator, limit


def _compared_in_jsonata(tree: Tree) -> Iterator[tuple[Place, str, float]]:
    todo = [tree]
    while todo:
        node = todo.pop()
        if node.kind != "operation" or len(node.parts) != 2:
            continue
        if node.names == ("or",):
            todo.extend(node.parts)
        elif node.names[0] in (">", ">=", "=", "<", "<="):
            place, limit = _place_read(node.parts[0]), node.parts[1].value
            if place and is_number(limit):
                yield place, node.names[0], limit


def is_asked_for(counter: Counter, loop: Collection[State]) -> bool:
    """Whether some Choice of `loop` looks at the count, in whatever way."""
    for state in loop:
        for text in state.contents.texts if state.type == "Choice" else ():
            if state.query_language == "JSONata":
                read = parse_expression(stand_in(text.value)) if is_expression(text.value) else None
                if read and (counter.place[0][1:] in read.variables or _reads(read.reads, counter.place)):
                    return True
            elif text.key.endswith(("Variable", "Path")) and _place_of(text.value) == counter.place:
                return True
    return False


def _reads(reads: Collection[tuple[str, ...]], place: Place) -> bool:
    return any(names[:1] == ("input",) and place[1:][: len(names) - 1] == names[1:] for names in reads)
