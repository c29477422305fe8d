"""Rules about what was promised of a machine: see `asl.MustReach`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl.analysis.promises import MustReach, broken
from asl.rules.findings import Finding, Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.walk import Machine

_SAGA = "https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/saga-orchestration.html"


def prove(machine: Machine, promises: Sequence[MustReach]) -> Iterator[Finding]:
    """What keeps `promises` from being kept by `machine`."""
    yield from (Finding(_SPEAKS, "", message) for message in names_without_states(machine, promises))
    yield from (Finding(_KEPT, path, message) for path, message in _ways_that_break(machine, promises))


def names_without_states(machine: Machine, promises: Sequence[MustReach]) -> Iterator[str]:
    """What is wrong with the names in `promises`."""
    known = {state.name for state in machine.states}
    for promise in promises:
        for name in sorted({promise.state, *promise.ends} - known):
            yield f"a promise about {promise.state} names '{name}', and there is no such state{nearest(name, known)}"


def _ways_that_break(machine: Machine, promises: Sequence[MustReach]) -> Iterator[Problem]:
    for promise in promises:
        for start in (state for state in machine.states if state.name == promise.state):
            for way in broken(promise, start):
                yield way.path, f"{way}, without {_one_of(promise.ends)}"


def _one_of(names: frozenset[str]) -> str:
    *others, last = sorted(names)
    return f"{', '.join(others)} or {last}" if others else last


def _without_promises(_: Machine) -> Iterator[Problem]:
    """A definition alone promises nothing: `prove` is handed what was promised."""
    return iter(())


_SPEAKS = Rule(
    "ASL070",
    "error",
    "A promise speaks of states that are there",
    "A promise about a state that was renamed or removed would be kept by every machine.",
    "Correct the name in the promise.",
    _SAGA,
    _without_promises,
)
_KEPT = Rule(
    "ASL071",
    "error",
    "A promise is kept on every way",
    "What was begun, such as a charge, would be left as it is: neither finished nor undone, and known to nobody.",
    "Lead this way through the undo (`asl.saga` does), or catch its errors and hand it to a person.",
    _SAGA,
    _without_promises,
)
RULES = (_SPEAKS, _KEPT)
