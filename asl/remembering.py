"""What is worked out once for each machine, however many rules ask for it one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from asl.walk import Machine, State

_Result = TypeVar("_Result")


def once(work: Callable[[Machine], _Result]) -> Callable[[Machine], _Result]:
    """`work`, whose result for a machine is kept until another machine comes.

    Threads that check at the same time take each other's place, and work it out again.
    """
    kept: tuple[Machine, _Result] | None = None

    def remembered(machine: Machine) -> _Result:
        nonlocal kept
        known = kept
        if known is None or known[0] is not machine:
            known = kept = machine, work(machine)
        return known[1]

    return remembered


@once
def by_type(machine: Machine) -> Mapping[str, Sequence[State]]:
    """The states of each type."""
    found: dict[str, list[State]] = {}
    for state in machine.states:
        found.setdefault(state.type, []).append(state)
    return found


def states_of(machine: Machine, type: str) -> Sequence[State]:
    """The states of `type`."""
    return by_type(machine).get(type, ())
