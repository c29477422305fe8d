"""Data on its way through a machine: what each state can get, as far as the definition says.

A state gets its data on one or more ways, told apart as long as they are few: what one of them lacks fails there,
however well the others are provided for. The input of an execution and the result of a Task are not known; what Pass,
ResultSelector, ResultPath, Parallel, Map and catchers make of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import heappop, heappush

from asl.flow import steps
from asl.flow.choices import verdict
from asl.flow.shapes import ANY, EXECUTION_INPUT, Anything, Missing, Shape, join_all
from asl.shape import as_list, as_object, as_text
from asl.walk import Scope, State

Ways = tuple[Shape, ...]

MAX_WAYS = 4
"""More are taken for one, of which only what all have in common is known."""

MAX_VISITS = 6
"""A state in a loop that still learns something new after as many visits is taken to get anything."""


@dataclass(slots=True)
class Flow:
    """What arrives at each state that can be reached, and what each scope ends with."""

    arriving: dict[State, Ways] = field(default_factory=dict[State, Ways])
    left: dict[Scope, Ways] = field(default_factory=dict[Scope, Ways])
    _ends: dict[Scope, dict[State, Ways]] = field(default_factory=dict[Scope, dict[State, Ways]])
    _visits: dict[State, int] = field(default_factory=dict[State, int])

    def results(self, state: State, data: Shape) -> Shape | None:
        """What the work of `state` gives; None where no inner scope of it ever ends well."""
        if not state.inner:
            return steps.result(state, data, ())
        left = [join_all(self.left[scope]) for scope in state.inner if self.left.get(scope)]
        if len(left) < len(state.inner):
            return None
        return steps.result(state, data, left)

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
                if self._arrive(target, arriving):
                    heappush(waiting, (rank[target.name], target.name))
        self.left[scope] = _few(way for ends in self._ends.get(scope, {}).values() for way in ends)

    def _arrive(self, state: State, ways: Ways) -> bool:
        """Whether `ways` bring something new to `state`."""
        before = self.arriving.get(state)
        if before is None:
            self.arriving[state] = _few(ways)
            return bool(ways)
        if all(way in before for way in ways):
            return False
        visits = self._visits[state] = self._visits.get(state, 0) + 1
        after = (ANY,) if visits > MAX_VISITS else _few((*before, *ways))
        self.arriving[state] = after
        return after != before

    def _leave(self, state: State) -> Iterator[tuple[State, Ways]]:
        ways, node = self.arriving[state], state.node
        worked = [(raw, data) for raw in ways if not isinstance(data := steps.effective(state, raw), Missing)]
        if state.inner:
            self._go_inside(state, [data for _, data in worked])
        if state.type == "Choice":
            yield from self._choose(state, worked)
        elif state.type != "Fail":
            handed_on = tuple([way for raw, data in worked for way in self._hand_on(state, raw, data)])
            if "Next" in node:
                yield from _to(state, node["Next"], handed_on)
            else:
                self._ends.setdefault(state.scope, {})[state] = handed_on
        if "Catch" in node:
            for index, catcher in enumerate(map(as_object, as_list(node["Catch"]))):
                made = [steps.caught(state, index, catcher, raw) for raw in ways]
                yield from _to(state, catcher.get("Next"), tuple([way for way in made if not isinstance(way, Missing)]))

    def _go_inside(self, state: State, ways: Iterable[Shape]) -> None:
        for scope in state.inner:
            if state.type == "Map":
                begin = (steps.item_input(state, data, steps.each_of(steps.items(state, data))) for data in ways)
            else:
                begin = (steps.given(state, data) for data in ways)
            self.run(scope, tuple(begin))

    def _hand_on(self, state: State, raw: Shape, data: Shape) -> Iterator[Shape]:
        made = self.results(state, data)
        if made is not None and not isinstance(after := steps.outcome(state, raw, data, made), Missing):
            yield after

    def _choose(self, state: State, worked: list[tuple[Shape, Shape]]) -> Iterator[tuple[State, Ways]]:
        """Each way goes to the rules that can be true of it, and on past those that need not be."""
        if len(worked) == 1 and isinstance(worked[0][1], Anything) and state.query_language == "JSONPath":
            after = _after_choice(state, state.node, worked, certain=True)
            for edge in state.exits:
                yield from _to(state, edge.target, after)
            return
        open_ways = worked
        for rule in map(as_object, as_list(state.node.get("Choices"))):
            if not open_ways:
                return
            said = [_verdict(state, rule, data) for _, data in open_ways]
            taken = [way for way, answer in zip(open_ways, said, strict=True) if answer is not False]
            yield from _to(state, rule.get("Next"), _after_choice(state, rule, taken, certain=None not in said))
            open_ways = [way for way, answer in zip(open_ways, said, strict=True) if answer is not True]
        yield from _to(state, state.node.get("Default"), _after_choice(state, state.node, open_ways, certain=False))


def _verdict(state: State, rule: object, data: Shape) -> bool | None:
    return None if state.query_language == "JSONata" else verdict(as_object(rule), data)


def _after_choice(state: State, rule: object, worked: list[tuple[Shape, Shape]], *, certain: bool) -> Ways:
    """What goes on where a rule is true. What it asked tells ways apart that are not told apart here."""
    made: list[Shape] = []
    for raw, data in worked:
        node = as_object(rule)
        if state.query_language == "JSONata":
            after = steps.output_of(node["Output"], steps.surroundings(input=raw)) if "Output" in node else raw
        else:
            after = steps.outcome(state, raw, data, data)
        if not isinstance(after, Missing):
            made.append(after)
    return tuple(made) if certain or len(made) < 2 else (join_all(made),)


def _to(state: State, target: object, ways: Ways) -> Iterator[tuple[State, Ways]]:
    found = state.scope.states.get(as_text(target))
    if found is not None and ways:
        yield found, ways


def _few(ways: Iterable[Shape]) -> Ways:
    """`ways` without repetition; one in place of too many."""
    every = tuple(ways)
    if len(every) < 2:
        return every
    different: list[Shape] = []
    for way in every:
        if way not in different:
            different.append(way)
    return tuple(different) if len(different) <= MAX_WAYS else (join_all(different),)


@lru_cache(maxsize=1)
def flow(root: Scope) -> Flow:
    """What flows through a machine whose outermost scope is `root`; rules ask for it one after the other."""
    found = Flow()
    found.run(root, (Anything(EXECUTION_INPUT),))
    return found
