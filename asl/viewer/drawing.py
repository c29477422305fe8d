"""A machine as the page draws it: its graph with words, ready to be written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl.differences import Difference
from asl.differences.picture import both
from asl.integrations.distributed_map import is_distributed
from asl.permissions.calls import Call, calls
from asl.pictures.graph import Box, Group, Mark, graph
from asl.pictures.words import service, target
from asl.syntax.shapes import is_number
from asl.syntax.walk import Machine, State


def drawing(machine: Machine) -> dict[str, Any]:
    """The graph of a machine."""
    return _drawn(graph(machine, conditions=True), _words(machine))


def drawings_of_change(found: Difference) -> dict[str, Any]:
    """The graphs of a difference: of both machines in one, where what is gone keeps its path, and of each."""
    old, new = _words(found.old), _words(found.new)
    whole, before, after = (
        both(found, conditions=True),
        graph(found.old, conditions=True),
        graph(found.new, conditions=True),
    )
    marks = {box.path: box.mark for box in whole.all_boxes()}
    became = {one.path: other.path for one, other in found.matches.states}
    for box in after.all_boxes():
        box.mark = marks[box.path]
    for box in before.all_boxes():
        box.mark = marks[became[box.path]] if box.path in became else Mark("removed")
    return {"graph": _drawn(whole, {**old, **new}), "before": _drawn(before, old), "after": _drawn(after, new)}


def _words(machine: Machine) -> dict[str, tuple[str, str]]:
    """What each Task calls, and on what, by its path."""
    by_state: dict[str, list[Call]] = {}
    for call in calls(machine):
        if call.state.type == "Task":
            by_state.setdefault(call.state.path, []).append(call)
    return {
        state.path: (_service(state), target(by_state.get(state.path, [])))
        for state in machine.states
        if state.type in ("Task", "Map", "Wait", "Fail")
    }


def _service(state: State) -> str:
    if state.type == "Task":
        return service(state)
    if state.type == "Map":
        return "each item an execution of its own" if is_distributed(state) else ""
    if state.type == "Wait":
        return next((_waited(state.node[key]) for key in _WAITS if key in state.node), "")
    return str(state.node.get("Error", "")) if state.type == "Fail" else ""


_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")


def _waited(given: object) -> str:
    """How long or until when: `6 h` of 21,600 seconds, else as it is written."""
    if not is_number(given):
        return str(given)
    size, unit = next(((size, unit) for size, unit in _UNITS if given >= size and given % size == 0), (1, "s"))
    return f"{given / size:g} {unit}"


_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def _drawn(group: Group, words: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        "start": group.start,
        "boxes": [_box(box, words) for box in group.boxes],
        "arrows": [
            {
                "from": arrow.source, "to": arrow.target, "kind": arrow.kind,
                **({"label": arrow.label} if arrow.label else {}), **({"mark": arrow.mark.tone} if arrow.mark else {}),
            }
            for arrow in group.arrows
        ],
    }  # fmt: skip


def _box(box: Box, words: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    shown, on = words.get(box.path, ("", ""))
    drawn: dict[str, Any] = {"id": box.id, "name": box.name, "type": box.type, "path": box.path}
    if shown:
        drawn["service"] = shown
    if on:
        drawn["target"] = on
    if box.mark:
        drawn["mark"] = {"tone": box.mark.tone, "label": box.mark.label, "details": box.mark.details}
    if box.groups:
        drawn["groups"] = [_drawn(inner, words) for inner in box.groups]
    return drawn
