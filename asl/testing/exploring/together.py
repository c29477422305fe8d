"""Parallel and Map states: each branch, iteration or child is searched on its own; then their ends are put together.

What the state makes of them the interpreter says, in a visit whose calls come to what led each of them to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from math import ceil, prod
from typing import TYPE_CHECKING

from asl.running.branches import INLINE_AT_ONCE
from asl.running.calls import Call
from asl.running.failures import Broken, Failure
from asl.running.items import Items, is_distributed
from asl.running.loop import Thread
from asl.running.states import run_lines
from asl.running.steps import Lines
from asl.running.variables import Variables
from asl.syntax.shapes import is_integer
from asl.testing.exploring.attempts import longest_delays
from asl.testing.exploring.figures import Figures, figures
from asl.testing.exploring.graph import Cost, Edge, Fact, Graph, Node, Spent, exactly
from asl.testing.exploring.promised import Open
from asl.testing.exploring.unknown import learned
from asl.testing.exploring.visits import Alone, Answer, Ran, Script, Site, TooOftenError, executed, framed, unreadable
from asl.testing.outcomes import Never, Outcome, Raises

if TYPE_CHECKING:
    from asl.testing.exploring.search import Visits

MOST_CALLS, MOST_BEYOND = 10_000, 100
"""Calls in one visit, and those of them that no part was to make."""
MOST_TOGETHER = 64
"""Combinations of what branches or iterations come to that are tried for one visit."""


@dataclass(frozen=True, slots=True)
class Member:
    """A branch, an iteration or a child: its states, what it is given, and where it is."""

    lines: Lines
    given: object
    site: Site


@dataclass(frozen=True, slots=True)
class Part:
    """What one member comes to, or how far it has come when another fails."""

    graph: Graph
    figures: Figures
    node: Node
    answers: tuple[Answer, ...]

    @property
    def cost(self) -> Cost:
        return self.figures.cost[self.node]


def together(visits: Visits) -> list[Edge]:
    """All that can happen in a visit of a Parallel or Map."""
    members = _members(visits)
    if not members:
        return [_lead(visits, (), visits.entered, 1)]
    found = [_unread(visits)] if "ItemReader" in visits.step.node else []
    search = visits.search
    graphs = [search.inside(one.lines, one.given, one.site, visits.entered) for one in members]
    measured = {id(graph): figures(graph) for graph in graphs}
    parts = [_Parts(number, graph, measured[id(graph)]) for number, graph in enumerate(graphs)]
    everything = [(chosen, _ways(chosen)) for chosen in _combined(visits, [one.ended for one in parts])]
    everything += _one_fails(visits, parts)
    for chosen, ways in everything:
        try:
            found.append(_lead(visits, chosen, _open(visits, chosen), ways))
        except TooOftenError:
            told = f"{visits.step.path}: that one part fails while another goes round and round is not tried"
            search.cut[told] = None
    return found


def _unread(visits: Visits) -> Edge:
    """What the Map reads its items from cannot be read."""
    scope = replace(visits.scope, site=replace(visits.scope.site, objects=unreadable))
    ran = visits.search.run(scope, visits.node, visits.step, Script(_silent))
    edge = visits.lead(ran, exactly(ran))
    edge.unread = True
    return edge


class _Parts:
    """What a member may come to."""

    def __init__(self, number: int, graph: Graph, measured: Figures) -> None:
        self.number = number
        self.graph = graph
        self.figures = measured
        ends = [node for node in graph.ends() if node.ended is not None and node in measured.cost]
        self.ended = [self._of(node) for node in ends if node.ended and node.ended.how != "failed"]
        self.failed = [self._of(node) for node in ends if node.ended and node.ended.how == "failed"]

    def _of(self, node: Node, *more: Answer) -> Part:
        answers = [answer.inside((self.number,)) for edge in node.way() for answer in edge.answers]
        return Part(self.graph, self.figures, node, (*answers, *more))

    def standing(self) -> list[Part]:
        """How far it may have come when another one fails: once for each set of promises that is open then."""
        found: dict[Open, Part] = {part.node.open: part for part in reversed(self.ended)}
        for node in self.graph.nodes.values():
            if node.step is None or node.step.type not in ("Task", "Wait", "Parallel", "Map"):
                continue
            if node not in self.figures.cost:
                continue
            waits = Answer((self.number,), node.step.path, Never())
            found.setdefault(node.open, self._of(node, waits))
        return list(found.values())


def _members(visits: Visits) -> list[Member]:
    """Empty where there are none, or where the state fails before any begins."""
    step, node = visits.step, visits.node
    site = visits.search.site(visits.scope, node)
    if step.type == "Map" and is_distributed(step):
        return _children(visits, site)
    frame = framed(step, node.data, site)
    try:
        effective = step.data.effective(frame)
        if step.type == "Parallel":
            given = step.data.arguments(frame, effective)
            return [Member(lines, given, site) for lines in step.scopes]
        items = Items(frame, effective)
        return [
            Member(step.scopes[0], items.given(number), replace(site, item=items.item(number)))
            for number in range(len(items.values))
        ]
    except (Broken, Failure):
        return []


def _children(visits: Visits, site: Site) -> list[Member]:
    """A Map Run's children, as they begin when nobody answers them."""
    step, node = visits.step, visits.node
    execution = executed(site, Script(_silent))
    thread = Thread(execution.loop, 0, site.variables)
    thread.start(run_lines(execution, thread, Alone(step), node.data), lambda _, result: None)
    execution.loop.run_ready()
    children = execution.map_runs[-1].children if execution.map_runs else []
    return [
        Member(
            child.program.lines,
            child.input,
            replace(site, program=child.program, input=child.input, variables=Variables(), item=None),
        )
        for child in children
    ]


def _one_fails(visits: Visits, parts: Sequence[_Parts]) -> list[tuple[tuple[Part, ...], int]]:
    """One fails, wherever the others are: the first failure ends them all. With how many ways lead to what is alike."""
    found: dict[object, tuple[tuple[Part, ...], int]] = {}
    for failing in parts:
        for failed in failing.failed:
            failure = failed.node.ended.failure if failed.node.ended else None
            error = failure and (failure.error, failure.missed_heartbeat)
            for chosen in _combined(visits, [[failed] if one is failing else one.standing() for one in parts]):
                key = repr((error, _open(visits, chosen), _facts(chosen)))
                first, ways = found.get(key) or (_in_time(failed, chosen), 0)
                found[key] = first, ways + _ways(chosen)
    return list(found.values())


def _silent(call: Call) -> Outcome:
    return Never()


def _ways(chosen: Iterable[Part]) -> int:
    return prod(part.figures.ways[part.node] for part in chosen)


def _in_time(failed: Part, chosen: tuple[Part, ...]) -> tuple[Part, ...]:
    """The same, with the failure so late that the others have come as far as they are to."""
    waited = max(part.node.seconds for part in chosen) - failed.node.seconds
    last = failed.answers[-1] if failed.answers else None
    goes_before = any(part is not failed and part.node.depth for part in chosen)
    if waited < 0 or not goes_before or last is None or not isinstance(last.outcome, Raises):
        return chosen
    later = last._replace(outcome=replace(last.outcome, after=waited + 0.001))
    slowed = replace(failed, answers=(*failed.answers[:-1], later))
    return tuple(slowed if part is failed else part for part in chosen)


def _combined(visits: Visits, options: Sequence[Sequence[Part]]) -> Iterator[tuple[Part, ...]]:
    """One of each; where that is too many, the first of each, and in turn every other one beside the others' first."""
    many = prod(len(one) for one in options)
    if many <= MOST_TOGETHER:
        every: Iterable[tuple[Part, ...]] = product(*options)
    else:
        first = [one[0] for one in options]
        singly = ((*first[:n], part, *first[n + 1 :]) for n, one in enumerate(options) for part in one[1:])
        every = [tuple(first), *islice(singly, MOST_TOGETHER)]
        told = f"{visits.step.path}: of {many:,} combinations of what its parts come to {len(every)} are tried"
        visits.search.cut[told] = None
    yield from (chosen for chosen in every if _facts(chosen) is not None)


def _facts(chosen: Iterable[Part]) -> tuple[Fact, ...] | None:
    """What the parts have learned of data from outside; None where they contradict each other."""
    known: dict[object, Fact] = {}
    for part in chosen:
        for fact in part.node.outer:
            if repr(known.setdefault(fact[0], fact)) != repr(fact):
                return None
    return tuple(known.values())


def _open(visits: Visits, chosen: Iterable[Part]) -> Open:
    return visits.search.promised.together(visits.entered, [part.node.open for part in chosen])


def _lead(visits: Visits, chosen: Sequence[Part], open: Open, ways: int) -> Edge:
    """Let the state itself run, with calls that come to what led its parts here."""
    search, node = visits.search, visits.node
    facts = _facts(chosen) or ()
    data, variables = node.data, node.variables
    for id, value in facts:
        data = learned(data, id, value)
        variables = Variables({name: learned(one, id, value) for name, one in variables.items()})
    told = Node(node.step, data, variables, node.open, node.outer, seconds=node.seconds)
    planned = [answer for part in chosen for answer in part.answers]
    attempts = 1 + sum(retrier.attempts for retrier in visits.step.retriers)
    script = Script(_silent, planned, most=min(len(planned) * attempts, MOST_CALLS) + MOST_BEYOND)
    ran = search.run(visits.scope, told, visits.step, script)
    edge = visits.lead(ran, _cost(visits, ran, chosen), open)
    edge.facts = tuple(fact for part in chosen for one in part.node.way() for fact in one.facts)
    edge.target.outer = (*node.outer, *(fact for fact in facts if search.is_outer(visits.scope, fact[0])))
    edge.ways = ways
    return edge


def _cost(visits: Visits, ran: Ran, chosen: Sequence[Part]) -> Cost:
    """The least as it ran; the most as long as its parts may take, in each attempt."""
    step = visits.step
    attempts = 1 + sum(retrier.attempts for retrier in step.retriers)
    delays = sum(map(longest_delays, step.retriers))
    longest = max((part.cost.seconds.most for part in chosen), default=0.0)
    at_once = step.node.get("MaxConcurrency")
    together = at_once if is_integer(at_once) and 0 < at_once < INLINE_AT_ONCE else INLINE_AT_ONCE
    rounds = ceil(len(chosen) / together) if step.type == "Map" else 1
    own = step.type == "Map" and is_distributed(step)  # children have histories and transitions of their own
    events = 0 if own else sum(part.cost.events.most - part.cost.events.least for part in chosen)
    transitions = 0 if own else sum(part.cost.transitions.most - part.cost.transitions.least for part in chosen)
    return Cost(
        Spent(ran.seconds, max(ran.seconds, longest * max(1, rounds) * attempts + delays)),
        Spent(ran.events, (ran.events + events) * attempts),
        Spent(ran.transitions, (ran.transitions + transitions) * attempts),
    )
