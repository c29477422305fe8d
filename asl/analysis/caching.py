"""What is worked out once for each machine, however many rules ask for it one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from asl.syntax.walk import Machine

_Result = TypeVar("_Result")


def once(work: Callable[[Machine], _Result]) -> Callable[[Machine], _Result]:
    """`work`, whose result for a machine is kept with that machine."""

    def remembered(machine: Machine) -> _Result:
        known = machine.worked_out
        if work not in known:
            known[work] = work(machine)
        return known[work]

    return remembered
