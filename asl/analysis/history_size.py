"""How many events a Standard execution writes into its history, which holds 25,000.

The events of each state are counted in histories that AWS has written; none of its pages lists them.
"""

from __future__ import annotations

from collections.abc import Callable

from asl.analysis.loops import cheapest_way
from asl.integrations import find
from asl.integrations.distributed_map import is_distributed
from asl.syntax.walk import State

LIMIT = 25_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_ENTERED_AND_EXITED = 2
_TASK = 5
"""Entered, scheduled, started, succeeded or failed, exited; one more where the task is submitted first."""
_AROUND = 4
"""A Parallel or Map: entered, started, succeeded, exited."""
_AROUND_A_RUN = 6
"""A Distributed Map, whose children have histories of their own."""
_AROUND_A_ROUND = 2
"""A round of an inline Map: started, succeeded."""

Count = Callable[[State], int | None]
"""How many items a Map has at the least; None where nobody knows."""


def events_of(state: State, count: Count) -> float:
    """The least that one visit of `state` writes, every task succeeding at the first attempt."""
    if state.type == "Task":
        found = find(state.resource)
        return _TASK + (found is not None and found[1] in ("sync", "callback"))
    if state.type == "Fail":
        return 1
    if state.type == "Map" and is_distributed(state):
        return _AROUND_A_RUN
    inside = [cheapest_way(scope, lambda inner: events_of(inner, count)) for scope in state.inner]
    known = [events for events in inside if events != float("inf")]
    if state.type == "Parallel":
        return _AROUND + sum(known)
    if state.type == "Map":
        return _AROUND + (count(state) or 0) * (_AROUND_A_ROUND + sum(known))
    return _ENTERED_AND_EXITED
