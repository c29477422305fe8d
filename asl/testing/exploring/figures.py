"""What the ways through a graph come to: the least and the most, how many there are, and which go round for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

from asl.analysis.durations import components
from asl.testing.exploring.graph import Cost, Edge, Graph, Node, Spent

MEASURES: Sequence[Callable[[Cost], Spent]] = (
    lambda cost: cost.seconds,
    lambda cost: cost.events,
    lambda cost: cost.transitions,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """For each node that is reached: what the ways to it take, and how many they are."""

    cost: Mapping[Node, Cost]
    ways: Mapping[Node, int]
    """At the least, where `loops` lead there."""
    loops: Sequence[Sequence[Node]]
    """Visits that lead back to themselves."""
    endless: frozenset[Node]
    """Those that loops lead to."""


def figures(graph: Graph) -> Figures:
    """Measure a whole graph."""
    order = _groups(graph)
    entering: dict[Node, list[Edge]] = {graph.start: []}
    for group in order:
        for node in group:
            for edge in node.edges:
                entering.setdefault(edge.target, []).append(edge)
    loops = [group for group in order if len(group) > 1 or any(edge.target is group[0] for edge in group[0].edges)]
    looping = {node: number for number, group in enumerate(loops) for node in group}
    least = [_least(graph, measure) for measure in MEASURES]
    most: list[dict[Node, float]] = [{} for _ in MEASURES]
    ways: dict[Node, int] = {}
    endless: set[Node] = set()
    for group in order:
        outside = [edge for node in group for edge in entering[node] if edge.source in ways]
        many = sum(ways[edge.source] * edge.ways for edge in outside) + (graph.start in group)
        goes_round = group[0] in looping or any(edge.source in endless for edge in outside)
        if goes_round:
            endless.update(group)
        for number, measure in enumerate(MEASURES):
            longest = max((most[number][edge.source] + measure(edge.cost).most for edge in outside), default=0.0)
            if group[0] in looping and _grows(group, measure):
                longest = inf
            most[number].update(dict.fromkeys(group, longest))
        ways.update(dict.fromkeys(group, many))
    cost = {node: Cost(*(Spent(least[n][node], most[n][node]) for n in range(len(MEASURES)))) for node in ways}
    return Figures(cost, ways, loops, frozenset(endless))


def _grows(group: Iterable[Node], measure: Callable[[Cost], Spent]) -> bool:
    inside = set(group)
    return any(measure(edge.cost).most > 0 for node in inside for edge in node.edges if edge.target in inside)


def _groups(graph: Graph) -> list[list[Node]]:
    """The nodes that are reached, those that lead to each other together, each group before those that it leads to."""
    numbers = {graph.start: "0"}
    todo = [graph.start]
    while todo:
        for edge in todo.pop().edges:
            if edge.target not in numbers:
                numbers[edge.target] = str(len(numbers))
                todo.append(edge.target)
    named = {number: node for node, number in numbers.items()}
    leads_to = {number: [numbers[edge.target] for edge in node.edges] for node, number in numbers.items()}
    roots, root = components(leads_to)
    members: dict[str, list[Node]] = {one: [] for one in reversed(roots)}
    for number, one in root.items():
        members[one].append(named[number])
    return list(members.values())


def _least(graph: Graph, measure: Callable[[Cost], Spent]) -> dict[Node, float]:
    """Dijkstra's algorithm."""
    found: dict[Node, float] = {}
    waiting: list[tuple[float, int, Node]] = [(0.0, 0, graph.start)]
    count = 0
    while waiting:
        taken, _, node = heappop(waiting)
        if node in found:
            continue
        found[node] = taken
        for edge in node.edges:
            if edge.target not in found:
                count += 1
                heappush(waiting, (taken + measure(edge.cost).least, count, edge.target))
    return found


def round_trip(loop: Sequence[Node]) -> list[Edge]:
    """The shortest way from the loop's first found visit back to it."""
    first = min(loop, key=lambda node: node.depth)
    inside = set(loop)
    came: dict[Node, Edge] = {}
    todo = [first]
    for node in todo:
        for edge in node.edges:
            if edge.target is first:
                back = [edge]
                while back[-1].source is not first:
                    back.append(came[back[-1].source])
                return back[::-1]
            if edge.target in inside and edge.target not in came:
                came[edge.target] = edge
                todo.append(edge.target)
    return []
