"""What is worked out once for each machine, however many rules ask for it one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from asl.syntax.walk import Machine

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
