"""What a state reads of variables, and when: each time it runs, for each item, once its work is done, in a catcher."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from asl.analysis.assignment.choices import Tell, read, variable
from asl.analysis.assignment.expressions import Lost, comes_to, holes
from asl.analysis.assignment.ways import ASSIGNED, Way
from asl.analysis.path_texts import read_paths
from asl.syntax.expression_trees import OTHER, Tree
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.paths import Path
from asl.syntax.placeholders import stand_in
from asl.syntax.strings import Text
from asl.syntax.walk import State

ALWAYS, FOR_EACH, DONE, ASKED = "always", "for each", "done", "asked"
_MADE_BY_RULE = re.compile(r"(Choices\[\d+\]\.)(?:Assign|Output)\b")
_VARIABLE = re.compile(r"\$[^\W\d]")
_ONCE_DONE = ("Assign", "Output", "OutputPath", "ResultSelector")
_OF_ITEMS = ("ItemSelector", "ItemBatcher")
"""Fields that a Map with no items never looks at."""


class Reading(NamedTuple):
    """A string of a state that reads variables: by an expression, or else by paths."""

    place: str
    names: frozenset[str]
    tree: Tree
    paths: tuple[Path, ...]
    assigns: str
    """The variable that is given what it comes to; empty elsewhere."""


def readings(state: State) -> Mapping[str, Sequence[Reading]]:
    """They by when they are read: `always`, `for each` item, `done`, `Choices[0].` for what a rule makes, `Catch[0]`.

    What rules ask comes under `asked`; it is read in their order.
    """
    found: dict[str, list[Reading]] = {}
    if not any(_VARIABLE.search(text.value) for text in state.contents.texts):
        return found
    for text, reading in _in_expressions(state) if state.query_language == "JSONata" else _by_paths(state):
        found.setdefault(_when(state, text), []).append(reading)
    return found


def _in_expressions(state: State) -> Iterator[tuple[Text, Reading]]:
    for text in state.contents.texts:
        if text.place != "constant" and "$" in text.value and is_expression(text.value):
            expression = parse_expression(stand_in(text.value))
            if expression.variables:
                yield text, Reading(text.path, expression.variables, expression.tree, (), _assigned_by(text))


def _by_paths(state: State) -> Iterator[tuple[Text, Reading]]:
    for text, path in read_paths(state):
        name = variable(path)
        if name and not (text.field == "ItemsPath" and "ItemReader" in state.node):
            yield text, Reading(text.path, frozenset((name,)), OTHER, (path,), _assigned_by(text))


def _assigned_by(text: Text) -> str:
    return text.key if text.path.endswith(f"Assign.{text.key}") else ""


def _when(state: State, text: Text) -> str:
    if text.field == "Catch":
        return text.path.partition("]")[0] + "]"
    if text.field == "Choices":
        made = _MADE_BY_RULE.match(text.path)
        return made[1] if made else ASKED
    if text.field in _OF_ITEMS or (text.field == "Parameters" and state.type == "Map"):
        return FOR_EACH
    return DONE if text.field in _ONCE_DONE else ALWAYS


def once_read(every: Sequence[Reading], ways: Sequence[Way], tell: Tell) -> Sequence[Way]:
    """Those of `ways` that are left once `every` reading is done, with what is known by then."""
    if not every:
        return ways
    left: list[Way] = []
    for way in ways:
        after = [_read(reading, way, tell) for reading in every]
        if None not in after:
            found = [name for one in after if one for name in one.held if way.lacks(name) and not one.lacks(name)]
            left.append(way.assigned(dict.fromkeys(found, ASSIGNED)))
    return left


def _read(reading: Reading, way: Way, tell: Tell) -> Way | None:
    if reading.paths:
        return read(way, reading.paths, reading.place, tell)
    if not any(way.lacks(name) for name in reading.names):
        return way
    surely = way.surely()
    worth = comes_to(reading.tree, surely)
    if not isinstance(worth, Lost):
        if gone := holes(reading.tree, surely) - {reading.assigns}:
            tell(reading.place, way, gone, fails=False)
        return way
    tell(reading.place, way, worth.names, fails=True)
    return None if isinstance(comes_to(reading.tree, way), Lost) else way.assigned(dict.fromkeys(worth.names, ASSIGNED))
