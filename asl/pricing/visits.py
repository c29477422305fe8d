"""How often each state is entered in one execution, on average."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from asl.pricing.assumptions import Assumptions
from asl.syntax.shapes import as_object, as_text, is_number
from asl.syntax.walk import Machine, Scope, State, reached_from

_NEVER = 1e-12
"""What is left of a state's visits when all of them come back to it."""


class EndlessError(ValueError):
    """Under the given shares a loop is never left, so its states have no average."""


def visits(machine: Machine, assumed: Assumptions) -> dict[str, float]:
    """Entries of each state, by its path, in one execution: loops, branches and items included.

    Raises:
        EndlessError: naming a state of a loop that is never left.
        ValueError: when the assumptions name a state or a transition that is not there.
    """
    _check_names(machine, assumed)
    found: dict[str, float] = {}
    for scope in machine.scopes:  # outer before inner
        times = 1.0
        if scope.owner:
            times = found[scope.owner.path] * (items(scope.owner, assumed) if scope.owner.type == "Map" else 1)
        for name, count in _in_scope(scope, assumed).items():
            found[scope.states[name].path] = count * times
    return found


def items(state: State, assumed: Assumptions) -> float:
    """How many items a Map's processor runs for: those it has, or the batches that they fill."""
    count = assumed.items.get(state.name, assumed.map_items)
    size = as_object(state.node.get("ItemBatcher")).get("MaxItemsPerBatch")
    return ceil(count / size) if is_number(size) and size >= 1 else count


def shares(state: State, assumed: Assumptions) -> dict[str, float]:
    """Which part of the visits of `state` goes on to which state of its scope."""
    here = [edge for edge in state.exits if as_text(edge.target) in state.scope.states]
    given = dict(assumed.shares.get(state.name, {}))
    open = max(0.0, 1 - sum(given.values()))
    free = [as_text(edge.target) for edge in here if edge.kind != "catch" and edge.target not in given]
    if not free and state.type == "Choice" and sum(given.values()) > 0:
        given = {name: share / sum(given.values()) for name, share in given.items()}
    for name in free:
        given[name] = given.get(name, 0.0) + open / len(free)
    if state.name in assumed.rounds:
        given = _looping(state, given, assumed.rounds[state.name])
    return given


def _looping(state: State, given: dict[str, float], rounds: float) -> dict[str, float]:
    """Shares as given among those that stay in the loop and among those that leave, so that it takes `rounds`."""
    staying = {name for name in given if state in reached_from(state.scope.states[name])}
    back, away = (sum(given[name] for name in given if (name in staying) is stays) for stays in (True, False))
    if not back or not away:
        raise ValueError(f"{state.name} has rounds, and no way that {'stays in' if not back else 'leaves'} a loop")
    stay = 1 - 1 / rounds
    return {name: share * (stay / back if name in staying else (1 - stay) / away) for name, share in given.items()}


def _in_scope(scope: Scope, assumed: Assumptions) -> dict[str, float]:
    """Solves visits[s] = (1 if s is the start) + the sum of visits[p] * share(p, s), one state after the other.

    A state is eliminated by handing what comes into it on to where it leads; what comes back to itself counts as
    1 / (1 - share) rounds. The way back then fills in each state's visits.
    """
    if scope.start_at not in scope.states:
        return dict.fromkeys(scope.states, 0.0)
    rows = {name: shares(scope.states[name], assumed) for name in scope.states if scope.states[name] in scope.reachable}
    entering = {name: float(name == scope.start_at) for name in rows}
    coming: dict[str, dict[str, float]] = {}
    left = dict.fromkeys(rows)
    for name in list(rows):
        del left[name]
        once = 1 - rows[name].get(name, 0.0)
        if once < _NEVER:
            raise EndlessError(f"{scope.states[name].path}: under the given shares its loop is never left")
        entering[name] /= once
        coming[name] = {one: rows[one].pop(name) / once for one in left if name in rows[one]}
        onward = {target: share for target, share in rows[name].items() if target in left}
        for target, share in onward.items():
            entering[target] += entering[name] * share
        for source, share in coming[name].items():
            for target, further in onward.items():
                rows[source][target] = rows[source].get(target, 0.0) + share * further
    found = dict.fromkeys(scope.states, 0.0)
    for name in reversed(list(rows)):
        found[name] = entering[name] + sum(found[source] * share for source, share in coming[name].items())
    return found


def _check_names(machine: Machine, assumed: Assumptions) -> None:
    states = {state.name: state for state in machine.states}
    _known((*assumed.shares, *assumed.rounds, *assumed.items), states, "there is no state")
    for name, given in assumed.shares.items():
        _known(given, {after.name for after in states[name].after}, f"{name} does not lead to")


def _known(names: Iterable[str], known: Iterable[str], message: str) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"{message} {', '.join(unknown)}")
