"""Cycles of states, and what one round through them takes at the least."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import heappop, heappush

from asl.analysis.caching import once
from asl.analysis.durations import components, transitions
from asl.syntax.walk import Machine, Scope, State

Weigh = Callable[[State], float]
"""What one visit of a state takes."""


@once
def loops(machine: Machine) -> Sequence[Sequence[State]]:
    """The states of each cycle, in the order of the definition."""
    return [loop for scope in machine.scopes if _goes_back(scope) for loop in _loops(scope)]


def _goes_back(scope: Scope) -> bool:
    """Whether some transition leads to a state that is not written further down; without one there is no cycle."""
    above: set[object] = set()
    for name, state in scope.states.items():
        above.add(name)
        for edge in state.exits:
            if isinstance(edge.target, str) and edge.target in above:
                return True
    return False


def _loops(scope: Scope) -> Iterator[Sequence[State]]:
    members: dict[str, list[State]] = {}
    _, root = components(transitions(scope))
    for name, state in scope.states.items():
        members.setdefault(root[name], []).append(state)
    for states in members.values():
        if len(states) > 1 or states[0] in states[0].after:
            yield states


def cheapest_round(states: Collection[State], through: State, weigh: Weigh) -> float:
    """The least that a round takes which stays in `states` and begins and ends with `through`."""
    return weigh(through) + _cheapest(through.after, set(states), weigh, lambda state: state is through)


def cheapest_way(scope: Scope, weigh: Weigh) -> float:
    """The least that a way through `scope` takes, from StartAt to an end; infinite where there is none."""
    start = scope.states.get(scope.start_at)
    inside = set(scope.states.values())
    return _cheapest([start] if start else [], inside, weigh, _ends, count_last=True)


def _ends(state: State) -> bool:
    return state.type == "Succeed" or "End" in state.node


def _cheapest(
    first: Iterable[State], inside: set[State], weigh: Weigh, arrived: Callable[[State], bool], count_last: bool = False
) -> float:
    """Dijkstra's algorithm, with weights on the states."""
    order = 0
    waiting: list[tuple[float, int, State]] = []
    done: set[State] = set()
    reached = [(0.0, state) for state in first]
    while True:
        for taken, state in reached:
            if state in inside and state not in done:
                last = arrived(state) and not count_last
                order += 1
                heappush(waiting, (taken if last else taken + weigh(state), order, state))
        if not waiting:
            return float("inf")
        taken, _, state = heappop(waiting)
        if arrived(state):
            return taken
        reached = [] if state in done else [(taken, target) for target in state.after]
        done.add(state)
