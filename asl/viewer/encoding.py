"""What a page shows as JSON that its script reads. Data that recurs, as an output that is the next input, stands once.

States are named by their numbers in `paths`, data by theirs in `values`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from asl.differences import Danger, difference
from asl.syntax.walk import walk
from asl.viewer.data import (
    UNKNOWN,
    Change,
    Flow,
    Page,
    ShownAttempt,
    ShownExecution,
    ShownMachine,
    ShownVisit,
    View,
)
from asl.viewer.drawing import drawing, drawings_of_change


def encoded(page: Page) -> dict[str, Any]:
    """The whole page."""
    values = _Values()
    views = [_view(view, values) for view in page.views]
    return {
        "title": page.title,
        "views": views,
        "reload": page.reload_seconds,
        "made": page.made,
        "values": values.found,
    }


class _Values:
    """Data by number; -1 is what is not known."""

    def __init__(self) -> None:
        self.found: list[object] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: object) -> int:
        if value is UNKNOWN:
            return -1
        # Of data that comes from JSON this tells as much as JSON would, in a tenth of the time.
        number = self._numbers.setdefault(repr(value), len(self.found))
        if number == len(self.found):
            self.found.append(value)
        return number


def _view(view: View, values: _Values) -> dict[str, Any]:
    machine = view.machine
    walked = walk(machine.definition, type=machine.type)
    found = difference(view.change.before.definition, machine.definition) if view.change else None
    paths = _Paths()
    return {
        "title": view.title or machine.name,
        "notes": list(view.notes),
        **(drawings_of_change(found) if found else {"graph": drawing(walked)}),
        "machine": _machine(machine),
        **({"execution": _execution(view.execution, values, paths)} if view.execution else {}),
        **({"change": _change(view.change, found)} if view.change and found else {}),
        **({"flow": _flow(view.flow, paths)} if view.flow else {}),
        **({"exploration": asdict(view.exploration)} if view.exploration else {}),
        "paths": paths.found,
    }


class _Paths:
    def __init__(self) -> None:
        self.found: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, path: str) -> int:
        number = self._numbers.setdefault(path, len(self.found))
        if number == len(self.found):
            self.found.append(path)
        return number


def _machine(machine: ShownMachine) -> dict[str, Any]:
    return {
        "name": machine.name,
        "type": machine.type,
        "definition": machine.definition,
        "findings": [asdict(one) for one in machine.findings],
        "permissions": {path: [asdict(one) for one in ones] for path, ones in machine.permissions.items()},
        "price": asdict(machine.price) if machine.price else None,
        "startedBy": list(machine.started_by),
    }


def _execution(execution: ShownExecution, values: _Values, paths: _Paths) -> dict[str, Any]:
    return {
        "name": execution.name,
        "status": execution.status,
        "started": execution.started,
        "ended": execution.ended,
        "input": values.number(execution.input),
        "output": values.number(execution.output),
        "error": execution.error,
        "cause": execution.cause,
        "masked": execution.masked,
        "links": [list(link) for link in execution.links if _is_safe(link[1])],
        "visits": [_visit(visit, execution.started, values, paths) for visit in execution.visits],
    }


def _visit(visit: ShownVisit, started: float, values: _Values, paths: _Paths) -> dict[str, Any]:
    """Times are seconds since the start, to the millisecond; what is not said is left out."""
    told: dict[str, Any] = {
        "state": paths.number(visit.state),
        "entered": _since(visit.entered, started),
        "outcome": visit.outcome,
        "input": values.number(visit.input),
        "output": values.number(visit.output),
    }
    if visit.left is not None:
        told["left"] = _since(visit.left, started)
    if visit.after is not None:
        told["after"] = visit.after
    for key, value in (("error", visit.error), ("cause", visit.cause), ("items", list(visit.items))):
        if value:
            told[key] = value
    if visit.assigned:
        told["assigned"] = {name: values.number(value) for name, value in visit.assigned.items()}
    if visit.attempts:
        told["attempts"] = [_attempt(one, started, values) for one in visit.attempts]
    if visit.log and _is_safe(visit.log):
        told["log"] = visit.log
    return told


def _attempt(one: ShownAttempt, started: float, values: _Values) -> dict[str, Any]:
    told: dict[str, Any] = {
        "began": _since(one.began, started),
        "input": values.number(one.input),
        "output": values.number(one.output),
    }
    if one.ended is not None:
        told["ended"] = _since(one.ended, started)
    return {**told, **{key: value for key, value in (("error", one.error), ("cause", one.cause)) if value}}


def _since(at: float, started: float) -> float:
    return round(at - started, 3)


def _is_safe(link: str) -> bool:
    """A link that leads to a page, and runs nothing: https, http, or a path beside the page."""
    head, colon, _ = link.partition(":")
    return not colon or head.lower() in ("https", "http") or "/" in head


def _change(change: Change, found: Any) -> dict[str, Any]:
    texts: dict[str, list[dict[str, Any]]] = {}
    for one in found.changes:
        if one.danger not in _MARKED:
            told = {"text": one.text, "danger": one.danger <= Danger.PROTECTION_REMOVED}
            texts.setdefault(one.path, []).append(told)
    return {
        "before": _machine(change.before),
        "became": {old.path: new.path for old, new in found.matches.states},
        "texts": texts,
        "gained": [asdict(one) for one in change.gained],
        "lost": [asdict(one) for one in change.lost],
        "newFindings": [asdict(one) for one in change.new_findings],
        "goneFindings": [asdict(one) for one in change.gone_findings],
        "promises": [asdict(one) for one in change.promises],
    }


_MARKED = (Danger.PERMISSION_GAINED, Danger.PERMISSION_LOST, Danger.STATE_ADDED, Danger.STATE_REMOVED)
"""What is told apart, or stands in the picture."""


def _flow(flow: Flow, paths: _Paths) -> dict[str, Any]:
    return {
        "noun": flow.noun,
        "ways": [
            {
                "name": way.name,
                "outcome": way.outcome,
                "seconds": round(way.seconds, 3),
                "taken": [_pair(pair, paths) for pair in way.taken],
                "caught": sorted(way.caught),
            }
            for way in flow.ways
        ],
    }


def _pair(pair: Iterable[str], paths: _Paths) -> list[int]:
    return [paths.number(path) if path else -1 for path in pair]
