"""What an exploration tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from asl.analysis.promises import MustReach
from asl.running.history import MAX_EVENTS
from asl.testing.exploring.trials import UNNAMED
from asl.testing.exploring.ways import Way


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A promise with the shortest way that breaks it, for each end at which it is broken."""

    promise: MustReach
    way: Way

    @property
    def told(self) -> str:
        """What is wrong, without the way."""
        return f"{self.promise.state} without {_or(sorted(self.promise.ends))}"

    def __str__(self) -> str:
        return f"{self.told}: {self.way}"


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An error that no catcher took: the state that the execution failed in, the errors that end there alike."""

    state: str
    errors: tuple[str, ...]
    way: Way

    @property
    def told(self) -> str:
        """What is wrong, without the way."""
        return f"{self.state} fails with {_errors(self.errors)}, and nothing catches it"

    def __str__(self) -> str:
        return f"{self.told}: {self.way}"


@dataclass(frozen=True, slots=True)
class EndOfWays:
    """How executions can end: where, and by how many ways at the least."""

    state: str
    status: str
    ways: int
    shortest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one execution takes: state transitions, seconds, and dollars for Step Functions itself."""

    transitions: float
    seconds: float
    usd: float


@dataclass(frozen=True, slots=True)
class Exploration:
    """What can happen in a machine, as far as it was tried: `cut` says what was not.

    `broken`, `uncaught`, `out_of_time` and `too_long` are problems, each with a way that an execution has taken.
    """

    states: int
    unreached: tuple[str, ...]
    """The paths of states that no way leads to."""
    untaken: tuple[str, ...]
    """The paths of transitions of the others that no way takes."""
    ways: int
    """How many executions' worth of outcomes were covered; with `endless` at the least."""
    endless: bool
    """Whether loops have no bound of their own, so that there is no end of ways."""
    visits: int
    """Visits of states that make a difference."""
    runs: int
    """Visits that the interpreter has run."""
    ends: tuple[EndOfWays, ...]
    broken: tuple[BrokenPromise, ...]
    uncaught: tuple[Uncaught, ...]
    out_of_time: tuple[Way, ...]
    """Ways that run into the machine's timeout."""
    too_long: tuple[Way, ...]
    """Ways that run into the limit of 25,000 events."""
    slowest: float
    """Seconds of the longest way, were every call as slow as may be; infinite where a loop has no bound."""
    timeout: float
    largest: tuple[int, str]
    """The longest output of a state in bytes, and that state's path."""
    least: Figure
    most: Figure | None
    """None where a loop has no bound."""
    usual: Figure | None
    """By `asl.Assumptions`; None where they say of a loop that it is never left."""
    unconfirmed: int
    """Ways that were found and that no execution took, for its time or data do not allow them: they are not told."""
    cut: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not (self.broken or self.uncaught or self.out_of_time or self.too_long)

    def lines(self) -> Iterator[tuple[str, str]]:
        """The report, line by line, each with a style."""
        ways = "1 way" if self.ways == 1 else f"{self._count()} ways"
        yield f"{ways} through {self.visits:,} visits that differ; {self.runs:,} visits were run", ""
        for one in self.broken:
            yield from _shown(f"broken promise: {one.told}", one.way)
        for one in self.uncaught:
            yield from _shown(f"not caught: {one.state} fails with {_errors(one.errors)}", one.way)
        for way in self.out_of_time:
            yield from _shown(f"runs into the timeout{_still_open(way)}", way)
        for way in self.too_long:
            yield from _shown(f"runs into the limit of {MAX_EVENTS:,} events{_still_open(way)}", way)
        for path in self.unreached:
            yield f"never reached: {path}", "yellow"
        for path in self.untaken:
            yield f"never taken: {path}", "yellow"
        for end in self.ends:
            ways = "1 way" if end.ways == 1 else f"{count(end.ways)} ways"
            yield f"ends {end.status} in {end.state}: {ways}, the shortest {' → '.join(end.shortest)}", ""
        yield from ((line, "") for line in self._figures())
        if self.unconfirmed:
            yield f"{self.unconfirmed:,} ways are not told: no execution took them, for time or data forbid it", ""
        for one in self.cut:
            yield f"not covered: {one}", "yellow"

    def _count(self) -> str:
        return f"{'more than ' if self.endless else ''}{count(self.ways)}"

    def _figures(self) -> Iterator[str]:
        figures = (("least", self.least), ("most", self.most), ("usual", self.usual))
        told = [f"{name} {figure.transitions:,.6g} (${figure.usd:.6f})" for name, figure in figures if figure]
        yield f"state transitions: {', '.join(told)}{'' if self.most else '; no most, for a loop has no bound'}"
        slowest = "has no end of its own" if self.slowest == inf else f"takes {self.slowest:,.0f} s"
        yield f"the slowest way {slowest}; the machine ends after {self.timeout:,.0f} s"
        yield f"the largest output has {self.largest[0]:,} bytes, in {self.largest[1]}"


def count(ways: int) -> str:
    """A count of ways; a very large one by its size."""
    return f"{ways:,}" if ways < 10**15 else f"10^{len(str(ways)) - 1}"


def _still_open(way: Way) -> str:
    return f", with {', '.join(way.open)} neither finished nor undone" if way.open else ""


def _shown(told: str, way: Way) -> Iterator[tuple[str, str]]:
    """A problem, and below it the way that has it."""
    yield told, "bold red"
    for visit in way.visits:
        yield f"    {visit}", ""
    yield f"    {way.end}", ""


def _errors(names: tuple[str, ...]) -> str:
    return _or(["an error that nobody names" if name == UNNAMED else name for name in names])


def _or(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
