"""A definition as boxes and arrows: what every picture is drawn from."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from asl.pictures.words import in_words
from asl.rules.findings import Finding
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.walk import Edge, Machine, Scope, State

Tone: TypeAlias = Literal["error", "warning", "added", "removed", "changed", "missed"]

UNDRAWABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters and what XML has no place for: https://www.w3.org/TR/xml/#charsets"""


@dataclass(frozen=True, slots=True)
class Mark:
    """Why something stands out: `label` goes into the picture, `details` into the tooltip, one line each."""

    tone: Tone
    label: str = ""
    details: tuple[str, ...] = ()


@dataclass(slots=True)
class Arrow:
    """A transition between two boxes of one group. `kind` as in `Edge`; `label` may be empty."""

    source: str
    target: str
    kind: str
    label: str
    mark: Mark | None = None


@dataclass(slots=True)
class Box:
    """A state. `groups` are the branches of a Parallel or the processor of a Map."""

    id: str
    name: str
    type: str
    path: str
    groups: list[Group] = field(default_factory=list["Group"])
    mark: Mark | None = None


@dataclass(slots=True)
class Group:
    """A scope: `start` is the id of its first box, empty where there is none."""

    start: str = ""
    boxes: list[Box] = field(default_factory=list[Box])
    arrows: list[Arrow] = field(default_factory=list[Arrow])

    def all_boxes(self) -> Iterator[Box]:
        """The boxes of this group and of all groups inside it."""
        for box in self.boxes:
            yield box
            for inner in box.groups:
                yield from inner.all_boxes()


def graph(
    machine: Machine,
    findings: Iterable[Finding] = (),
    prefix: str = "s",
    missed: Collection[str] = (),
    *,
    conditions: bool = False,
) -> Group:
    """The outermost group of `machine`, states with findings marked; ids are `prefix` and a number.

    Marked are, too, the states, transitions and retriers whose paths are in `missed`: what no test has taken. With
    `conditions` the ways out of a Choice are labelled with them.
    """
    ids = {state.path: f"{prefix}{number}" for number, state in enumerate(machine.states)}
    marks = {**_missed(machine, missed), **_marks(findings, ids)} if missed else _marks(findings, ids)
    return _group(machine.scopes[0], ids, marks, missed, _label_with_condition if conditions else _label)


CROWD = 3
"""More side ways than this into one state are drawn as signposts, each beside the state where it begins."""


def signposted(group: Group) -> set[int]:
    """Which arrows of `group`, by their number, would be a crowd of long lines into one state.

    All but the last, which keeps the state in place; and never one to the next state.
    """
    into: dict[str, list[int]] = {}
    for number, arrow in enumerate(group.arrows):
        if arrow.kind != "next":
            into.setdefault(arrow.target, []).append(number)
    return {number for numbers in into.values() if len(numbers) > CROWD for number in numbers[:-1]}


def _group(scope: Scope, ids: dict[str, str], marks: dict[str, Mark], missed: Collection[str], label: _Labels) -> Group:
    start = scope.states.get(scope.start_at)
    found = Group(ids[start.path] if start else "")
    for state in scope.states.values():
        own = ids[state.path]
        groups = [_group(inner, ids, marks, missed, label) for inner in state.inner if inner.states]
        found.boxes.append(Box(own, state.name, state.type, state.path, groups, marks.get(state.path)))
        for edge in state.exits:
            target = scope.states.get(as_text(edge.target))
            if target is not None:
                mark = Mark("missed") if edge.path in missed else None
                found.arrows.append(Arrow(own, ids[target.path], edge.kind, label(state, edge), mark))
    return found


def _label(state: State, edge: Edge) -> str:
    if edge.kind == "catch":
        number = int(edge.path.removeprefix(f"{state.path}.Catch[").partition("]")[0])
        catcher = as_object(as_list(state.node["Catch"])[number])
        return ", ".join(map(str, as_list(catcher.get("ErrorEquals"))))
    return "otherwise" if edge.kind == "default" else ""


def _label_with_condition(state: State, edge: Edge) -> str:
    if edge.kind != "choice":
        return _label(state, edge)
    number = int(edge.path.removeprefix(f"{state.path}.Choices[").partition("]")[0])
    return in_words(as_object(as_list(state.node["Choices"])[number]))


_Labels: TypeAlias = Callable[[State, Edge], str]


def _missed(machine: Machine, missed: Collection[str]) -> dict[str, Mark]:
    """A mark for each state that was never entered, and for each whose retriers were not all needed."""
    found: dict[str, Mark] = {}
    for state in machine.states:
        unused = [one.path.removeprefix(f"{state.path}.") for one in state.retriers if one.path in missed]
        if state.path in missed:
            found[state.path] = Mark("missed", "never entered")
        elif unused:
            found[state.path] = Mark("warning", f"never: {', '.join(unused)}")
    return found


def _marks(findings: Iterable[Finding], ids: dict[str, str]) -> dict[str, Mark]:
    """One mark for each state that something was found in; an error outweighs warnings."""
    by_state: dict[str, list[Finding]] = {}
    for finding in findings:
        path = finding.path
        while path and path not in ids:
            path = path.rpartition(".")[0]
        if path:
            by_state.setdefault(path, []).append(finding)
    return {
        path: Mark(
            "error" if any(finding.rule.severity == "error" for finding in found) else "warning",
            ", ".join(sorted({finding.rule.id for finding in found})),
            tuple(f"{finding.rule.id}: {finding.message}" for finding in found),
        )
        for path, found in by_state.items()
    }
