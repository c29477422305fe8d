"""Rules about loops and Maps whose rounds can be counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl.analysis.counters import Bound, bounds
from asl.analysis.durations import LARGEST, longest_seconds
from asl.analysis.flow import steps
from asl.analysis.flow.forward import flow
from asl.analysis.flow.shapes import Listing, Scalar, look_up
from asl.analysis.history_size import LIMIT, events_of
from asl.analysis.loops import cheapest_round, loops
from asl.integrations.distributed_map import is_distributed, type_of
from asl.rules.findings import Problem, Rule
from asl.syntax.shapes import is_number
from asl.syntax.walk import Machine, State

_PRACTICES = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_STRUCTURE = "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"
DAY = 86_400


def _seconds(state: State) -> float:
    seconds = state.node.get("Seconds") if state.type == "Wait" else 0
    return seconds if is_number(seconds) and 0 <= seconds <= LARGEST else 0


def _longest_visit(state: State) -> float:
    limit = state.node.get("TimeoutSeconds")
    return limit if is_number(limit) and 0 <= limit <= LARGEST else _seconds(state)


def _rounds(machine: Machine, bound: Bound) -> int:
    """How many rounds a bound allows; a count that is not known to begin elsewhere begins at 0."""
    counter = bound.counter
    begins = 0.0
    if counter.place[0] == "$":
        for way in flow(machine).arriving.get(counter.state, ()):
            found = look_up(way, counter.place[1:])
            if isinstance(found, Scalar) and is_number(found.value):
                begins = max(begins, found.value)
    return bound.rounds(begins)


def _histories_hold_all_rounds(machine: Machine) -> Iterator[Problem]:
    for loop in loops(machine):
        if type_of(machine, loop[0].scope) != "EXPRESS":  # whose history has no limit
            yield from _loop_past_its_history(machine, loop)
    for state in machine.of("Map"):
        count = None if is_distributed(state) else _count(machine, state)
        kept = count and type_of(machine, state.scope) != "EXPRESS"
        if kept and (events := _events(machine, state)) > LIMIT:
            yield state.path, f"goes through {count:,} items, which writes at least {events:,.0f} events"


def _loop_past_its_history(machine: Machine, loop: Sequence[State]) -> Iterator[Problem]:
    known = list(bounds(loop))
    for bound in known:
        rounds = _rounds(machine, bound)
        events = rounds * cheapest_round(loop, bound.counter.state, lambda state: _events(machine, state))
        if events > LIMIT:
            yield bound.path, f"allows {rounds:,} rounds, which write at least {events:,.0f} events"
    limit = machine.definition.get("TimeoutSeconds")
    waits = [state for state in loop if _seconds(state)]
    # Without a bound it is the machine's timeout that ends the loop.
    if known or not waits or not is_number(limit) or loop[0].scope.owner is not None:
        return
    rounds = LIMIT / cheapest_round(loop, waits[0], lambda state: _events(machine, state))
    full = rounds * cheapest_round(loop, waits[0], _seconds)
    if full < limit:
        yield waits[0].path, f"is passed until the history is full, which is after about {full:,.0f} s of {limit:,} s"


def _events(machine: Machine, state: State) -> float:
    return events_of(state, lambda inner: _count(machine, inner))


def _count(machine: Machine, state: State) -> int | None:
    """How many items a Map goes through at the least, where the definition says."""
    arrays = [steps.items(state, data) for _, data in flow(machine).entered(state)]
    counts = [array.count if isinstance(array, Listing) else None for array in arrays]
    known = [count for count in counts if count is not None]
    return min(known) if known and len(known) == len(counts) else None


def _rounds_fit_the_timeout(machine: Machine) -> Iterator[Problem]:
    limit = machine.definition.get("TimeoutSeconds")
    if not is_number(limit):
        return
    for loop in loops(machine):
        allowed = {bound.path: _rounds(machine, bound) for bound in bounds(loop)}
        if not allowed or loop[0].scope.owner is not None:
            continue
        path, rounds = min(allowed.items(), key=lambda one: one[1])
        seconds = longest_seconds(machine, dict.fromkeys((state.name for state in loop), rounds))
        if seconds > limit:
            longest = max(loop, key=_longest_visit)
            most = f"; {longest.path} takes up to {_longest_visit(longest):,.0f} s of each"
            yield path, f"allows {rounds:,} rounds: an execution can take {seconds:,.0f} s of its {limit:,} s{most}"


def _days_are_given(machine: Machine) -> Iterator[Problem]:
    for loop in loops(machine) if "TimeoutSeconds" not in machine.definition else ():
        for state in loop:
            if (seconds := _seconds(state)) >= DAY:
                yield state.at("Seconds"), f"is {seconds:,.0f} in a loop, and the machine has no TimeoutSeconds"


RULES = (
    Rule(
        "ASL076",
        "warning",
        "A history holds all rounds",
        "A Standard execution ends as failed when its history has 25,000 events; a round of an inline Map, too, writes"
        " into it.",
        "Wait longer between rounds, start a new execution after some of them, or use a Distributed Map.",
        _PRACTICES,
        _histories_hold_all_rounds,
    ),
    Rule(
        "ASL077",
        "warning",
        "A machine lives for all rounds that it counts",
        "The machine's timeout cannot be caught: what should happen after the last round never does.",
        "Raise the machine's TimeoutSeconds above all rounds with their waits and timeouts, or allow fewer rounds.",
        _PRACTICES,
        _rounds_fit_the_timeout,
    ),
    Rule(
        "ASL079",
        "warning",
        "A machine that polls by the day says how long it may take",
        "Without TimeoutSeconds such an execution goes on for up to a year; with one of a day it ends before the second"
        " poll. What a poll tells is up to a day old, too.",
        "Poll more often, and set the machine's TimeoutSeconds above all rounds.",
        _STRUCTURE,
        _days_are_given,
    ),
)
