"""Every path that a state reads by, with what it leads to on each way that the state's data can come.

A path with a placeholder in it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from asl.analysis.flow import steps
from asl.analysis.flow.forward import Flow, Way
from asl.analysis.flow.jsonata import Surroundings, undefined
from asl.analysis.flow.jsonpath import value_of
from asl.analysis.flow.shapes import ANY, Anything, Missing, Shape, record
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.strings import MAX_DEPTH, Text
from asl.syntax.walk import State

_ON_EFFECTIVE_INPUT = {"Parameters", "ItemSelector", "ItemsPath", "Choices", "SecondsPath", "TimestampPath",
                       "ErrorPath", "CausePath", "ItemReader", "ResultWriter", "Credentials"}  # fmt: skip
"""Fields whose `$` is the effective input. Of those left out here the documentation does not say it plainly."""

_ON_ITEMS = ("Parameters", "ItemSelector")
"""Fields whose `$$.Map.Item` is an element of the Map itself; in its others it is one of a Map around it."""

_FIRST_ASKED = re.compile(r"Choices\[0\](?:\.(?:And|Or)\[0\]|\.Not)*\.\w+")


class Reading(NamedTuple):
    """A path as `written` at `place`, below the state, with what it leads to on each way to the state."""

    place: str
    written: str
    found: Sequence[Shape | Missing]
    certain: bool
    """Whether it is read whenever the state runs, and fails the execution where it finds nothing."""


def lacking(state: State, flow: Flow) -> Iterator[Reading]:
    """What `state` reads and does not find, on one way to it at least."""
    return _in_jsonata(state, flow) if state.query_language == "JSONata" else _in_jsonpath(state, flow)


def _in_jsonpath(state: State, flow: Flow) -> Iterator[Reading]:
    if not (state.contents.paths or state.contents.dynamic) or not _tells(state, flow):
        return
    for text, bases in based(state, flow):
        if text.key == "ResultPath" or "${" in text.value or _is_passed_over(state, text):
            continue
        for path in parse_intrinsic(text.value).paths if is_call(text.value) else (text.value,):
            found = [value_of(path, base, item) for base, item in bases]
            if Missing in map(type, found) and not _is_asked_for(state, path):
                certain = text.field != "Choices" or _FIRST_ASKED.fullmatch(text.path) is not None
                yield Reading(text.path, path, found, certain)


def _tells(state: State, flow: Flow) -> bool:
    """Whether anything is known of what `state` reads."""
    return "ResultSelector" in state.node or "OutputPath" in state.node or _known(flow.arriving.get(state, ()))


def based(state: State, flow: Flow) -> Iterator[tuple[Text, Sequence[tuple[Shape, Shape]]]]:
    """The paths and calls of a JSONPath state, each with what `$` and the Map's item are on each way.

    None at all where nobody knows anything of either.
    """
    arriving = flow.arriving.get(state, ())
    datas = arriving if "InputPath" not in state.node else [data for _, data in flow.entered(state)]
    items = [steps.each_of(steps.items(state, data)) for data in datas] if state.type == "Map" else []
    told = datas if _known(datas) or _known(items) else ()
    plain = [(data, ANY) for data in told]
    for text in (*state.contents.paths, *state.contents.dynamic):
        if text.field not in _ON_EFFECTIVE_INPUT:
            bases = [(base, ANY) for base in _bases(state, text, arriving, flow)]
        else:
            bases = list(zip(told, items, strict=False)) if items and text.field in _ON_ITEMS else plain
        if bases:
            yield text, bases


def _is_passed_over(state: State, text: Text) -> bool:
    """A Map with an ItemReader takes its items from there, whatever its ItemsPath says."""
    return text.field == "ItemsPath" and "ItemReader" in state.node


def _known(shapes: Sequence[Shape]) -> bool:
    return any(not isinstance(shape, Anything) for shape in shapes)


def _bases(state: State, text: Text, arriving: Sequence[Shape], flow: Flow) -> Sequence[Shape]:
    """What `$` is on each way at a `text` that does not read the effective input; empty where nobody knows."""
    if text.field == "InputPath":
        return arriving
    if text.field not in ("ResultSelector", "OutputPath"):
        return ()
    ways = flow.ways(state)
    if text.field == "ResultSelector":
        return [way.made for way in ways if way.made is not None]
    if state.type in (*steps.WITH_RESULT, "Pass"):
        combined = [steps.combined(state, way.raw, way.made) for way in ways if way.made is not None]
        return [shape for shape in combined if not isinstance(shape, Missing)]
    return [way.data for way in ways]


def _is_asked_for(state: State, path: str) -> bool:
    """Whether a Choice asks if `path`, or what it lies in, is there."""
    todo = [(as_object(rule), 0) for rule in as_list(state.node.get("Choices"))] if state.type == "Choice" else []
    while todo:
        rule, depth = todo.pop()
        if "IsPresent" in rule:
            asked = as_text(rule.get("Variable"))
            if path == asked or path.startswith((f"{asked}.", f"{asked}[")):
                return True
        parts = [*as_list(rule.get("And")), *as_list(rule.get("Or")), rule.get("Not")]
        todo.extend((as_object(part), depth + 1) for part in parts if depth < MAX_DEPTH and as_object(part))
    return False


def _in_jsonata(state: State, flow: Flow) -> Iterator[Reading]:
    ways = flow.ways(state)
    if not ways or not _known(tuple(shape for way in ways for shape in (way.raw, way.made) if shape is not None)):
        return
    for text in state.contents.texts:
        if text.place == "constant" or not is_expression(text.value) or "${" in text.value:
            continue
        tree = parse_expression(text.value).tree
        lacking: dict[str, list[Missing]] = {}
        whole = False
        for way in ways:
            for written, missing, is_whole in undefined(tree, surroundings_at(state, text, way)):
                lacking.setdefault(written, []).append(missing)
                whole = whole or is_whole
        for written, missing in lacking.items():
            if whole or len(missing) >= len(ways):
                there = [ANY] * (len(ways) - len(missing))
                yield Reading(text.path, f"${written}", (*missing, *there), whole and text.field != "Choices")


def surroundings_at(state: State, text: Text, way: Way) -> Surroundings:
    """What an expression at `text` can read on that way."""
    states: dict[str, Shape] = {"input": way.raw}
    if text.result and way.made is not None:
        states["result"] = way.made
    if text.error:
        states["errorOutput"] = steps.ERROR_OUTPUT
    if text.field == "ItemSelector":
        value = record({"Value": steps.each_of(steps.items(state, way.data))}, "some")
        states["context"] = record({"Map": record({"Item": value}, "some")}, "some")
    return Surroundings(states, {})
