"""Data on its way through a machine: what each state can get, as far as the definition says.

A state gets its data on one or more ways, told apart as long as they are few: what one of them lacks fails there,
however well the others are provided for. The input of an execution and the result of a Task are not known; what Pass,
ResultSelector, ResultPath, Parallel, Map and catchers make of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from asl.analysis.caching import once
from asl.analysis.flow import steps
from asl.analysis.flow.choices import verdict
from asl.analysis.flow.shapes import ANY, EXECUTION_INPUT, Anything, Missing, Record, Shape, join_all
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.walk import Machine, Scope, State

Ways = tuple[Shape, ...]
Worked = list[tuple[Shape, Shape]]
"""What came in on each way, and what InputPath leaves of it."""

MAX_WAYS = 8
"""Of more only what all that are alike have in common is known."""

_WORKLESS = ("Choice", "Fail", "Succeed", "Wait")

MAX_VISITS = 20
"""A state in a loop that still learns something new after as many visits is taken to get anything."""


class Way(NamedTuple):
    """What came in, what InputPath leaves of it, and what the state's work gives; None where that never ends well."""

    raw: Shape
    data: Shape
    made: Shape | None


class Flow:
    """What arrives at each state that can be reached, on the first visit and on all; what each scope ends with; and
    where anything is known."""

    def __init__(self) -> None:
        self.arriving: dict[State, Ways] = {}
        self.left: dict[Scope, Ways] = {}
        self.known: list[State] = []
        self.first: dict[State, Ways] = {}
        self._ends: dict[Scope, dict[State, Ways]] = {}
        self._visits: dict[State, int] = {}
        self._of_tasks: dict[State, Shape] = {}
        self._ways: dict[State, Sequence[Way]] = {}

    def entered(self, state: State) -> Worked:
        """What came to `state` on each way, with what InputPath leaves of it; left out where it finds nothing."""
        return _entered(state, self.arriving.get(state, ()))

    def ways(self, state: State) -> Sequence[Way]:
        """The same with what the state's work gives, once all is known that arrives."""
        if state not in self._ways:
            self._ways[state] = [Way(raw, data, self.results(state, data)) for raw, data in self.entered(state)]
        return self._ways[state]

    def results(self, state: State, data: Shape) -> Shape | None:
        """What the work of `state` gives; None where no inner scope of it ever ends well."""
        if state.type == "Task":
            return steps.task_result(state)
        left = [join_all(self.left[scope]) for scope in state.inner if self.left.get(scope)]
        return steps.result(state, data, left) if len(left) == len(state.inner) else None

    def _selected(self, state: State, data: Shape) -> Shape | None:
        """What ResultSelector leaves of that."""
        if state.type == "Task":  # its result is the same whatever comes in
            selected = self._of_tasks.get(state)
            if selected is None:
                selected = self._of_tasks[state] = steps.selected(state, steps.task_result(state))
            return selected
        if state.type in _WORKLESS:
            return data
        made = self.results(state, data)
        return None if made is None else steps.selected(state, made)

    def run(self, scope: Scope, ways: Ways) -> None:
        """Follow `ways` through `scope`, until nothing new is learnt."""
        start = scope.states.get(scope.start_at)
        if start is None or not self._arrive(start, ways):
            return
        # Definitions are mostly written in the order in which they run: so most states are visited once.
        rank = {name: index for index, name in enumerate(scope.states)}
        waiting = [(rank[start.name], start.name)]
        while waiting:
            _, name = heappop(waiting)
            if waiting and waiting[0][1] == name:
                continue
            for target, arriving in self._leave(scope.states[name]):
                if arriving and self._arrive(target, arriving):
                    heappush(waiting, (rank[target.name], target.name))
        ends = self._ends.get(scope, {}).values()
        self.left[scope] = _few(tuple(way for ways in ends for way in ways))

    def _arrive(self, state: State, ways: Ways) -> bool:
        """Whether `ways` bring something new to `state`."""
        before = self.arriving.get(state)
        if before is None:
            self.arriving[state] = self.first[state] = _few(ways)
            return True
        if before is ways or all(way in before for way in ways):
            return False
        visits = self._visits[state] = self._visits.get(state, 0) + 1
        after = (ANY,) if visits > MAX_VISITS else _few((*before, *ways))
        self.arriving[state] = after
        return after != before

    def _leave(self, state: State) -> Iterable[tuple[State, Ways]]:
        ways, node, beside = self.arriving[state], state.node, state.scope.states
        worked = [(raw, raw) for raw in ways] if "InputPath" not in node else _entered(state, ways)
        if state.inner:
            self._go_inside(state, [data for _, data in worked])
        led: list[tuple[State, Ways]] = []
        if state.type == "Choice":
            led.extend(_choose(state, worked))
        elif state.type != "Fail":
            handed_on = self._hand_on(state, worked)
            if "Next" not in node:
                self._ends.setdefault(state.scope, {})[state] = handed_on
            elif target := beside.get(as_text(node["Next"])):
                led.append((target, handed_on))
        for index, catcher in enumerate(state.catchers):
            if target := beside.get(as_text(catcher.node.get("Next"))):
                made = [steps.caught(state, index, catcher.node, raw) for raw in ways]
                led.append((target, tuple([way for way in made if not isinstance(way, Missing)])))
        return led

    def _go_inside(self, state: State, ways: Iterable[Shape]) -> None:
        for scope in state.inner:
            if state.type == "Map":
                begin = [steps.item_input(state, data, steps.each_of(steps.items(state, data))) for data in ways]
            else:
                begin = [steps.given(state, data) for data in ways]
            if begin:
                self.run(scope, tuple(begin))

    def _hand_on(self, state: State, worked: Worked) -> Ways:
        handed_on: list[Shape] = []
        for raw, data in worked:
            selected = self._selected(state, data)
            after = None if selected is None else steps.outcome(state, raw, data, selected)
            if after is not None and not isinstance(after, Missing):
                handed_on.append(after)
        return tuple(handed_on)


def _entered(state: State, ways: Ways) -> Worked:
    found = [(raw, steps.effective(state, raw)) for raw in ways]
    return [(raw, data) for raw, data in found if not isinstance(data, Missing)]


def _choose(state: State, worked: Worked) -> Iterator[tuple[State, Ways]]:
    """Each way goes to the rules that can be true of it, and on past those that need not be."""
    states = state.scope.states
    if len(worked) == 1 and isinstance(worked[0][1], Anything) and state.query_language == "JSONPath":
        after = _after_choice(state, state.node, worked)
        for edge in state.exits:
            if target := states.get(as_text(edge.target)):
                yield target, after
        return
    for rule in map(as_object, as_list(state.node.get("Choices"))):
        said = [_verdict(state, rule, data) for _, data in worked]
        taken = [way for way, answer in zip(worked, said, strict=True) if answer is not False]
        if target := states.get(as_text(rule.get("Next"))):
            yield target, _after_choice(state, rule, taken)
        worked = [way for way, answer in zip(worked, said, strict=True) if answer is not True]
    if target := states.get(as_text(state.node.get("Default"))):
        yield target, _after_choice(state, state.node, worked)


def _verdict(state: State, rule: Object, data: Shape) -> bool | None:
    return None if state.query_language == "JSONata" else verdict(rule, data)


def _after_choice(state: State, node: Object, worked: Worked) -> Ways:
    """What goes on where a rule is true."""
    if state.query_language == "JSONata" and "Output" in node:
        return tuple([steps.output_of(node["Output"], steps.surroundings(input=raw)) for raw, _ in worked])
    if state.query_language == "JSONata" or "OutputPath" not in state.node:
        return tuple([data for _, data in worked])
    found = [steps.outcome(state, raw, data, data) for raw, data in worked]
    return tuple([after for after in found if not isinstance(after, Missing)])


def _few(ways: Ways) -> Ways:
    """`ways` without repetition. Of too many those are taken for one that are alike known, unknown or no objects."""
    if len(ways) < 2:
        return ways
    different: list[Shape] = []
    for way in ways:
        if way not in different:
            different.append(way)
    if len(different) <= MAX_WAYS:
        return tuple(different)
    groups: dict[str, list[Shape]] = {}
    for way in different:
        groups.setdefault(_sort(way), []).append(way)
    return tuple([join_all(alike) for alike in groups.values()])


def _sort(way: Shape) -> str:
    if isinstance(way, Record):
        return "open" if way.known == "some" else "closed"
    return "open" if isinstance(way, Anything) else "plain"


@once
def flow(machine: Machine) -> Flow:
    """What flows through `machine`."""
    found = Flow()
    found.run(machine.scopes[0], (Anything(EXECUTION_INPUT),))
    arriving = found.arriving
    found.known = [state for state in machine.states if state in arriving and not _is_unknown(arriving[state])]
    return found


def _is_unknown(ways: Ways) -> bool:
    return isinstance(ways[0], Anything) and all(isinstance(way, Anything) for way in ways)
