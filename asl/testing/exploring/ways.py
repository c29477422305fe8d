"""Ways through a machine, each taken by a whole execution before it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from asl.running.calls import Call
from asl.running.execution import Execution
from asl.running.history import FullError
from asl.running.objects import Objects
from asl.running.sizes import text
from asl.running.steps import Program
from asl.running.variables import Variables
from asl.testing.exploring.graph import Edge
from asl.testing.exploring.unknown import INPUT, Facts, parts
from asl.testing.exploring.visits import Answer, Script, Site, executed, unreadable
from asl.testing.outcomes import MisshapenResultError, Never, Outcome, Returns

SHOWN = 100
"""Characters of a result that are shown."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A state on the way, and what its calls came to, in words; empty where it makes none."""

    state: str
    came_to: str

    def __str__(self) -> str:
        return f"{self.state}: {self.came_to}" if self.came_to else self.state


@dataclass(frozen=True, slots=True)
class Way:
    """A way that an execution has taken: `asl.run(definition, way.input, way.outcomes)` takes it again.

    Where branches race, that holds with delays at their shortest: jitter can let one overtake another. `end` is how it
    ended: `SUCCEEDED`, `FAILED: Error`, `TIMED_OUT`.
    """

    visits: tuple[Visit, ...]
    end: str
    input: object
    outcomes: Mapping[str, list[Outcome]]
    """By each state's path, one outcome for each attempt."""
    seconds: float
    open: tuple[str, ...] = ()
    """The states whose promises were not kept when it ended."""

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the states, in order."""
        return tuple(visit.state for visit in self.visits)

    def __str__(self) -> str:
        return f"{' → '.join(map(str, self.visits))} ({self.end})"


class DivergedError(Exception):
    """An execution does not take the way that was found: its time or its data do not allow it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Takes ways as whole executions."""

    program: Program
    input: object
    objects: Callable[[], Objects]
    now: float

    def take(self, edges: Sequence[Edge], open: tuple[str, ...] = ()) -> Way:
        """Run an execution with the outcomes of `edges`, quick or, where that leads elsewhere, slow.

        Raises:
            DivergedError: where neither takes the way.
        """
        for slow in (False, True):
            way = self._taken(edges, open, slow=slow, whole=True)
            if way is not None:
                return way
        raise DivergedError

    def _taken(self, edges: Sequence[Edge], open: tuple[str, ...], *, slow: bool, whole: bool) -> Way | None:
        told = _Told(self.input)
        planned = told.answers(edges)
        input = told.input
        expected = [edge.source.step.path for edge in edges if edge.is_visit and edge.source.step]
        script = Script(_beyond, planned, slow=slow)
        unread = any(edge.unread for edge in edges)
        execution = self._run(input, script, unreadable if unread else self.objects)
        if execution is None:
            return None
        passed = self._passed(execution)
        if passed != (expected if whole else expected[: len(passed)]):
            return None
        visits = [edge for edge in edges if edge.is_visit][: len(passed)]
        return _way(execution, visits, script.given, input, open)

    def until_it_ends(self, edges: Sequence[Edge], open: tuple[str, ...] = ()) -> Way:
        """The same for a way that is longer than an execution can be.

        Raises:
            DivergedError: where the execution leaves the way before its time or its history's room is over.
        """
        for slow in (False, True):
            way = self._taken(edges, open, slow=slow, whole=False)
            if way is not None and (way.end == "TIMED_OUT" or FullError.CAUSE in way.end):
                return way
        raise DivergedError

    def _run(self, input: object, script: Script, objects: Callable[[], Objects]) -> Execution | None:
        site = Site(self.program, input, objects, Variables(), None, self.now)
        execution = executed(site, script)
        execution.begin()
        try:
            execution.loop.run(lambda: execution.status != "RUNNING")
        except (DivergedError, MisshapenResultError):
            return None
        return execution

    def _passed(self, execution: Execution) -> list[str]:
        own = {step.path for step in self.program.lines.steps.values()}
        return [path for path in execution.visited if path in own]


def _beyond(call: Call) -> Outcome:
    raise DivergedError


class _Told:
    """The input and the answers along a way, as plain JSON, by all that is learned of them on it."""

    def __init__(self, input: object) -> None:
        self._input = input
        self._of_input = Facts(INPUT[0])
        self._now: dict[object, Facts] = {INPUT[0]: self._of_input}
        """By the names that unknown data have at the place where the way has come to."""

    @property
    def input(self) -> object:
        return self._of_input.concrete(self._input)

    def answers(self, edges: Sequence[Edge]) -> list[Answer]:
        """What calls come to, once all of the way is known."""
        found: list[tuple[Answer, Facts]] = []
        for edge in edges:
            for answer in edge.answers:
                found.append((answer, self._made(answer)))
            for id, value in edge.facts:
                if id[0] in self._now:
                    self._now[id[0]].learn(id, value)
            self._rename(edge.renamed)
        return [_concrete(answer, facts) for answer, facts in found]

    def _made(self, answer: Answer) -> Facts:
        made = next(parts(answer.outcome.value), None) if isinstance(answer.outcome, Returns) else None
        facts = Facts(made.id[0] if made is not None else None)
        if made is not None:
            self._now[made.id[0]] = facts
        return facts

    def _rename(self, renamed: Mapping[object, object]) -> None:
        after = {new: self._now[old] for old, new in renamed.items() if old in self._now}
        for name, facts in after.items():
            facts.origins.add(name)
        self._now |= after


def _concrete(answer: Answer, facts: Facts) -> Answer:
    outcome = answer.outcome
    if not isinstance(outcome, Returns):
        return answer
    return answer._replace(outcome=Returns(facts.concrete(outcome.value), outcome.after, {}, outcome.heartbeats))


def _way(
    execution: Execution, edges: Sequence[Edge], given: Iterable[Answer], input: object, open: tuple[str, ...]
) -> Way:
    outcomes: dict[str, list[Outcome]] = {}
    left: dict[str, list[Outcome]] = {}
    for answer in given:
        outcomes.setdefault(answer.path, []).append(answer.outcome)
        left.setdefault(answer.path, []).append(answer.outcome)
    visits = [Visit(edge.source.step.name, _told(edge, left)) for edge in edges if edge.is_visit and edge.source.step]
    took = (execution.ended_at or execution.loop.now) - execution.started_at
    return Way(tuple(visits), _end(execution), input, outcomes, took, open)


def _end(execution: Execution) -> str:
    if execution.status == "FAILED":
        # The limit of events is told by its cause: its error is that of everything that nothing can catch.
        is_full = execution.cause == FullError.CAUSE
        return f"FAILED: {execution.cause if is_full else execution.error or execution.cause}"
    return "TIMED_OUT" if execution.status == "RUNNING" else execution.status


def _told(edge: Edge, left: Mapping[str, list[Outcome]]) -> str:
    """What the calls of one visit came to, each state's in a row."""
    by_path: dict[str, list[str]] = {}
    for answer in edge.answers:
        outcomes = left.get(answer.path)
        if outcomes:
            by_path.setdefault(answer.path, []).append(told(outcomes.pop(0)))
    own = edge.source.step.path if edge.source.step else ""
    parts: list[str] = []
    for path, every in by_path.items():
        prefix = "" if path == own else f"{path.rpartition('.')[2]} "
        runs: list[tuple[str, int]] = []
        for one in every:
            runs[-1:] = [(one, runs[-1][1] + 1)] if runs and runs[-1][0] == one else [*runs[-1:], (one, 1)]
        parts.append(prefix + ", then ".join(f"{one} {many} times" if many > 1 else one for one, many in runs))
    return "; ".join(parts)


def told(outcome: Outcome) -> str:
    """An outcome in words."""
    if isinstance(outcome, Never):
        return "does not answer"
    if isinstance(outcome, Returns):
        shown = text(outcome.value)
        return f"returns {shown if len(shown) <= SHOWN else f'{shown[: SHOWN - 3]}...'}"
    return f"fails with {outcome.error}"
