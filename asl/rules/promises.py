"""Rules about what was promised of a machine: see `asl.MustReach`."""

from __future__ import annotations

from collections.abc import Iterator

from asl.findings import Problem, Rule
from asl.promises import broken
from asl.syntax.hints import nearest
from asl.syntax.walk import Machine

_SAGA = "https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/saga-orchestration.html"


def _speaks_of_states_that_are_there(machine: Machine) -> Iterator[Problem]:
    known = {state.name for state in machine.states}
    for promise in machine.promises:
        for name in sorted({promise.state, *promise.ends} - known):
            yield (
                "",
                f"a promise about {promise.state} names '{name}', and there is no such state{nearest(name, known)}",
            )


def _is_kept(machine: Machine) -> Iterator[Problem]:
    for promise in machine.promises:
        for start in (state for state in machine.states if state.name == promise.state):
            for way in broken(promise, start):
                yield way.path, f"{way}, without {_one_of(promise.ends)}"


def _one_of(names: frozenset[str]) -> str:
    *others, last = sorted(names)
    return f"{', '.join(others)} or {last}" if others else last


RULES = (
    Rule(
        "ASL070",
        "error",
        "A promise speaks of states that are there",
        "A promise about a state that was renamed or removed would be kept by every machine.",
        "Correct the name in the promise.",
        _SAGA,
        _speaks_of_states_that_are_there,
    ),
    Rule(
        "ASL071",
        "error",
        "A promise is kept on every way",
        "What was begun, such as a charge, would be left as it is: neither finished nor undone, and known to nobody.",
        "Lead this way through the undo (`asl.saga` does), or catch its errors and hand it to a person.",
        _SAGA,
        _is_kept,
    ),
)
