"""Every combination of what tasks may come to, tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil, inf

from asl.analysis.promises import MustReach
from asl.pricing import Assumptions, EndlessError, cost
from asl.pricing.bill import gb_seconds
from asl.pricing.prices import EXPRESS_GB_SECOND, EXPRESS_REQUEST, STANDARD_TRANSITION
from asl.rules.check import require
from asl.running.execution import LONGEST_SECONDS
from asl.running.failures import RUNTIME
from asl.running.history import MAX_EVENTS
from asl.running.objects import GivenObjects, Objects
from asl.running.sizes import text
from asl.running.steps import Program
from asl.syntax.shapes import Object, as_object, as_text, is_number
from asl.syntax.walk import Machine, walk
from asl.testing.exploring.candidates import constants
from asl.testing.exploring.deciding import wanted
from asl.testing.exploring.figures import Figures, figures, round_trip
from asl.testing.exploring.graph import Edge, Graph, Node
from asl.testing.exploring.promised import Promised
from asl.testing.exploring.questions import Asking
from asl.testing.exploring.report import BrokenPromise, EndOfWays, Exploration, Figure, Uncaught
from asl.testing.exploring.search import Search
from asl.testing.exploring.trials import all_trials
from asl.testing.exploring.unknown import INPUT, Id, Unknown
from asl.testing.exploring.ways import DivergedError, Replay, Way
from asl.testing.outcomes import Given, Raises
from asl.testing.run import STARTS_AT

BOUND = 50_000
"""Visits of states that differ, tried at the most where nobody says otherwise."""
LOOPS = 20
"""Loops that are gone round until the execution ends."""
UNCAUGHT = 100
"""Errors that nothing catches, each told with a way: those nearest to the start."""
NO_INPUT = object()


def explore(
    definition: Object,
    input: object = NO_INPUT,
    outcomes: Mapping[str, Given] | None = None,
    *,
    must_reach: Sequence[MustReach] = (),
    type: str = "STANDARD",
    objects: Mapping[tuple[str, str], bytes] | None = None,
    assumed: Assumptions | None = None,
    bound: int = BOUND,
) -> Exploration:
    """Try all that tasks of `definition` may come to, and tell what can happen.

    A task may succeed, fail with each error that a handler names or with one that nobody names, be silent until its
    time is over, or answer too late. `outcomes` says by a task's state, path or Resource what it returns: a result, or
    a list of which each may come; `asl.Raises` among them are errors to try beside those of the handlers. Of other
    results, and of an `input` that is not given, nothing is known: where a Choice asks for them, each answer that makes
    a difference is tried. `objects` are what lies in S3, by bucket and key. `bound` is how many visits of states, with
    data or open promises that differ, are tried at the most.

    Raises:
        DefinitionError: where `check` finds errors.
        ValueError: for outcomes of a task, or a promise of a state, that is not there; for a bound below 1.
        MisshapenResultError: for a result that contradicts the service's model.
    """
    require("machine", definition, type=type, promises=())
    if bound < 1:
        raise ValueError(f"bound: {bound} visits try nothing; 1 at the least, {BOUND:,} where it is left out")
    machine = walk(definition, type=type)
    _promised_states(machine, must_reach)
    explorer = Explorer(machine, input, outcomes or {}, must_reach, objects, bound)
    return explorer.report(assumed or Assumptions())


def _promised_states(machine: Machine, promises: Sequence[MustReach]) -> None:
    from asl.rules.promises import names_without_states

    for problem in names_without_states(machine, promises):
        raise ValueError(problem)


class Explorer:
    """One exploration: the graph, and what is read off it."""

    def __init__(
        self,
        machine: Machine,
        input: object,
        outcomes: Mapping[str, Given],
        promises: Sequence[MustReach],
        objects: Mapping[tuple[str, str], bytes] | None,
        bound: int,
    ) -> None:
        self.machine = machine
        self.promises = promises
        program = Program.read(machine.definition, type=machine.type)
        read: set[Id] = set()
        is_given = input is not NO_INPUT
        given_input = input if is_given else Unknown(INPUT, read)
        made = _objects(machine, objects)
        self.search = Search(
            machine,
            program,
            given_input,
            trials=all_trials(program.lines, outcomes, promises),
            asking=Asking(constants(machine), frozenset(as_object(given_input))),
            promised=Promised(promises),
            decides=wanted(machine),
            objects=made,
            read=read,
            bound=bound,
        )
        if objects is None and any("ItemReader" in state.node for state in machine.of("Map")):
            told = "what lies in S3 is not given: one item stands for all that a Map reads there; give objects="
            self.search.cut[told] = None
        self.replay = Replay(program, given_input, made, STARTS_AT)
        self.graph: Graph = self.search.whole(STARTS_AT)
        self.figures: Figures = figures(self.graph)
        self.unconfirmed = 0
        timeout, longest = program.timeout, LONGEST_SECONDS[program.type]
        self.timeout = min(timeout, longest) if is_number(timeout) else longest

    def report(self, assumed: Assumptions) -> Exploration:
        """All that is told."""
        search, measured = self.search, self.figures
        ends = [node for node in self.graph.ends() if node in measured.cost]
        broken = tuple(self.broken(ends))
        uncaught = tuple(self._uncaught(ends))
        out_of_time, too_long = self._without_end()
        ways = sum(measured.ways[node] for node in ends)
        cut_short = [*self.graph.over_time, *self.graph.over_full]
        slowest = max((measured.cost[node].seconds.most for node in ends), default=0.0)
        return Exploration(
            states=len(self.machine.states),
            unreached=tuple(state.path for state in self.machine.states if state.path not in search.reached),
            untaken=tuple(
                edge.path
                for state in self.machine.states
                if state.path in search.reached
                for edge in state.exits
                if edge.path not in search.taken
            ),
            ways=ways + len(cut_short),
            endless=any(node in measured.endless for node in ends),
            visits=search.found,
            runs=search.runs,
            ends=tuple(self._ends(ends)),
            broken=broken,
            uncaught=uncaught,
            out_of_time=out_of_time,
            too_long=too_long,
            slowest=slowest if not cut_short else inf,
            timeout=self.timeout,
            largest=search.largest,
            least=self._figure(
                min((measured.cost[node].transitions.least for node in ends), default=0.0),
                min((measured.cost[node].seconds.least for node in ends), default=0.0),
            ),
            most=self._most(ends),
            usual=self._usual(assumed),
            unconfirmed=self.unconfirmed,
            cut=tuple(search.cut),
        )

    def broken(self, ends: Iterable[Node]) -> Iterator[BrokenPromise]:
        """Each promise with the shortest way to each end that breaks it."""
        told: set[object] = set()
        for node in sorted(ends, key=lambda node: node.depth):
            ended = node.ended
            if ended is None or ended.how not in ("succeeded", "failed"):
                continue
            if ended.failure is not None and ended.failure.error == RUNTIME:
                continue  # which nothing can catch, and of which a promise does not speak
            for number, promise in enumerate(self.promises):
                key = (number, ended.path, ended.failure.error if ended.failure else "")
                if node.open[number] and key not in told and (way := self.take(node.way(), node)) is not None:
                    told.add(key)
                    yield BrokenPromise(promise, way)

    def take(self, edges: Sequence[Edge], node: Node) -> Way | None:
        """The way of `edges` to `node`, once an execution has taken it."""
        try:
            return self.replay.take(edges, self._still_open(node))
        except DivergedError:
            self.unconfirmed += 1
            return None

    def _still_open(self, node: Node) -> tuple[str, ...]:
        """The states whose promises are not kept there."""
        return tuple(promise.state for promise, is_open in zip(self.promises, node.open, strict=True) if is_open)

    def _uncaught(self, ends: Iterable[Node]) -> Iterator[Uncaught]:
        told: set[object] = set()
        for node in sorted(ends, key=lambda node: node.depth):
            ended = node.ended
            if ended is None or ended.failure is None or self.search.states[ended.path].type == "Fail":
                continue
            key = (ended.path, ended.failure.error)
            if len(told) == UNCAUGHT and key not in told:
                self.search.cut[f"only the first {UNCAUGHT} errors that nothing catches are told"] = None
                return
            if key not in told and (way := self.take(node.way(), node)) is not None:
                told.add(key)
                yield Uncaught(ended.path, self._alike(node), way)

    def _alike(self, node: Node) -> tuple[str, ...]:
        """The errors that end where this one does."""
        edge, error = node.came, node.ended.failure.error if node.ended and node.ended.failure else None
        for answer in reversed(edge.answers if edge else ()):
            if isinstance(answer.outcome, Raises) and answer.outcome.error == error:
                for trial in self.search.trials[answer.path].every:
                    if trial.names and trial.names[0] == error:
                        return trial.names
        return (error or "an error without a name",)

    def _without_end(self) -> tuple[tuple[Way, ...], tuple[Way, ...]]:
        """Ways that run into the machine's timeout, and into the history's limit."""
        found: list[Way] = []
        told: set[object] = set()
        stuck = [node for node in self.graph.ends() if node.ended and node.ended.how in ("stuck", "full")]
        for node in sorted([*self.graph.over_time, *self.graph.over_full, *stuck], key=lambda node: node.depth):
            edge = node.came
            key = (edge.source.step.path if edge and edge.source.step else "", node in stuck)
            if key not in told and (way := self.take(node.way(), node)) is not None:
                told.add(key)
                found.append(way)
        loops = self._loops()
        if len(loops) > LOOPS:
            self.search.cut[f"{len(loops) - LOOPS} of {len(loops)} loops were not gone round until the end"] = None
        for loop in loops[:LOOPS]:
            if (way := self._around(loop)) is not None:
                found.append(way)
        timed = tuple(way for way in found if way.end == "TIMED_OUT")
        return timed, tuple(way for way in found if way.end != "TIMED_OUT")

    def _loops(self) -> list[Sequence[Node]]:
        """Of loops through the same states, with other data, the one that is reached first."""
        found: dict[object, Sequence[Node]] = {}
        for loop in sorted(self.figures.loops, key=lambda loop: min(node.depth for node in loop)):
            found.setdefault(frozenset(node.step.path for node in loop if node.step), loop)
        return list(found.values())

    def _around(self, loop: Sequence[Node]) -> Way | None:
        """Round and round until the machine's time or the history's room is over."""
        trip = round_trip(loop)
        first = trip[0].source
        events = max(1.0, sum(edge.cost.events.least for edge in trip))
        seconds = sum(edge.cost.seconds.least for edge in trip)
        rounds = ceil(MAX_EVENTS / events) if self.machine.type == "STANDARD" else LONGEST_SECONDS["EXPRESS"]
        if seconds:
            rounds = min(rounds, ceil(self.timeout / seconds))
        before = first.way()
        way = self._endless([*before, *trip * rounds], first)
        if way is None:
            return None
        shown = len([edge for edge in (*before, *trip) if edge.is_visit])
        more = len([edge for edge in trip if edge.is_visit])
        again = f"and so on, {(len(way.visits) - shown) // max(1, more) + 1:,} rounds"
        last = replace(way.visits[shown - 1], came_to=f"{way.visits[shown - 1].came_to} {again}".strip())
        return replace(way, visits=(*way.visits[: shown - 1], last))

    def _endless(self, edges: Sequence[Edge], node: Node) -> Way | None:
        try:
            return self.replay.until_it_ends(edges, self._still_open(node))
        except DivergedError:
            self.unconfirmed += 1
            return None

    def _ends(self, ends: Iterable[Node]) -> Iterator[EndOfWays]:
        by_end: dict[tuple[str, str], list[Node]] = {}
        for node in ends:
            if node.ended is not None:
                by_end.setdefault((node.ended.path, _status(node)), []).append(node)
        for (path, status), nodes in by_end.items():
            shortest = min(nodes, key=lambda node: node.depth)
            names = [edge.source.step.name for edge in shortest.way() if edge.is_visit and edge.source.step]
            yield EndOfWays(path, status, sum(self.figures.ways[node] for node in nodes), tuple(names))

    def _most(self, ends: Sequence[Node]) -> Figure | None:
        transitions = max((self.figures.cost[node].transitions.most for node in ends), default=0.0)
        seconds = max((self.figures.cost[node].seconds.most for node in ends), default=0.0)
        return None if inf in (transitions, seconds) else self._figure(transitions, min(seconds, self.timeout))

    def _figure(self, transitions: float, seconds: float) -> Figure:
        return Figure(transitions, seconds, _usd(self.machine, transitions, seconds))

    def _usual(self, assumed: Assumptions) -> Figure | None:
        try:
            used = cost(self.machine.definition, assumed=assumed).usage
        except EndlessError:
            return None
        return self._figure(used.transitions, used.seconds)


def _status(node: Node) -> str:
    ended = node.ended
    if ended is None or ended.how == "succeeded":
        return "SUCCEEDED"
    if ended.how != "failed":
        return "TIMED_OUT" if ended.how == "stuck" else "FAILED: too many events"
    return f"FAILED: {ended.failure.error if ended.failure else None}"


def _usd(machine: Machine, transitions: float, seconds: float) -> float:
    """What Step Functions itself takes for one execution, without what it calls."""
    if machine.type == "STANDARD":
        return STANDARD_TRANSITION.of(transitions)
    memory = 50 + len(text(machine.definition)) / 1e6
    return EXPRESS_REQUEST.of(1) + EXPRESS_GB_SECOND.of(gb_seconds(seconds, memory))


def _objects(machine: Machine, given: Mapping[tuple[str, str], bytes] | None) -> Callable[[], Objects]:
    if given is not None:
        return lambda: GivenObjects(given)
    readers = [as_object(state.node.get("ItemReader")) for state in machine.of("Map")]
    types = [as_text(as_object(reader.get("ReaderConfig")).get("InputType")) for reader in readers]
    body = b"column\nvalue\n" if "CSV" in types else b"{}\n" if "JSONL" in types else b"[{}]"
    return lambda: _Some(body)


class _Some(GivenObjects):
    """Whatever is read holds one item."""

    def __init__(self, body: bytes) -> None:
        super().__init__({})
        self._body = body

    def read(self, bucket: str, key: str) -> bytes:
        return self.all.get((bucket, key), self._body)

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, object]]:
        yield {
            "Key": f"{prefix}one",
            "Size": len(self._body),
            "StorageClass": "STANDARD",
            "LastModified": 0,
            "Etag": "",
        }
