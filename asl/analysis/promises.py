"""Promises about every way through a machine: what has to come after a state, whatever happens.

A charge has to end in a delivery, in a refund or with a person. Such a promise is proven on the graph, errors included:
a task that fails may go to any of its catchers, and where none of them takes every error, out of its scope.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.walk import Edge, Scope, State

FAILING = ("Task", "Parallel", "Map")
"""The types of state whose errors can be caught: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

_ALL = "States.ALL"


@dataclass(frozen=True, slots=True)
class MustReach:
    """Once `state` was entered, the execution reaches one of `ends` before it is over.

    A Task, Parallel or Map in `ends` counts when it succeeds: a refund that failed is none. Any other state counts when
    it is entered. `unless` are the errors with which `state` says that it did nothing, such as a declined payment.
    Errors that nothing can catch (a machine's own timeout, a path that finds no data) have rules of their own.
    """

    state: str
    ends: frozenset[str]
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Broken:
    """A way that breaks a promise: `path` is where it leads astray, `way` the states passed, `end` how it ends."""

    path: str
    way: tuple[str, ...]
    end: str

    def __str__(self) -> str:
        return f"{' → '.join(self.way)} {self.end}"


@dataclass(frozen=True, slots=True)
class _Over:
    """The execution ends here."""

    how: str


_Follower: TypeAlias = tuple[str, State | _Over]
"""The path of the field that leads on, and what follows."""


def broken(promise: MustReach, start: State) -> Iterator[Broken]:
    """The shortest way to each end that breaks `promise`, and to each loop that nothing leads out of."""
    came_from: dict[State, tuple[State | None, str]] = {start: (None, start.path)}
    followers: dict[State, list[_Follower]] = {}
    todo = deque([start])
    while todo:
        state = todo.popleft()
        after = _after_start(promise, start) if state is start else _after(promise, state)
        followers[state] = [*after, *_broken_off(promise, state)]
        for path, follower in followers[state]:
            if isinstance(follower, _Over):
                yield Broken(path, _way(came_from, state), follower.how)
            elif follower not in came_from:
                came_from[follower] = (state, path)
                todo.append(follower)
    for state in _caught_in_loops(promise, followers):
        yield Broken(state.path, _way(came_from, state), "goes round for ever")


def _after_start(promise: MustReach, start: State) -> Iterator[_Follower]:
    """After the state that the promise speaks of: its success, and every failure that may have come too late."""
    yield from _left_well(promise, start)
    if start.type not in FAILING:
        return
    certain = [index for index, catcher in enumerate(_catchers(start)) if _names(catcher) <= promise.unless]
    kept = {f"{start.path}.Catch[{index}].Next" for index in certain}
    yield from (follower for follower in _failed(promise, start) if follower[0] not in kept)


def _after(promise: MustReach, state: State) -> Iterator[_Follower]:
    reached = state.name in promise.ends
    if reached and state.type not in FAILING:
        return
    if state.type == "Fail":
        yield from _raised(promise, state, as_text(state.node.get("Error")))
        return
    if not reached and not any(_surely_passes(promise, branch) for branch in _branches(state)):
        yield from _left_well(promise, state)
    if state.type in FAILING:
        yield from _failed(promise, state)
    elif state.type == "Choice" and "Default" not in state.node:
        yield state.path, _Over("and the execution fails with States.Runtime, which nothing catches")


def _broken_off(promise: MustReach, state: State) -> Iterator[_Follower]:
    """Where the execution goes when, in or after `state`, another branch or item fails: then AWS stops all of them.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
    """
    scope = state.scope
    if state.name in promise.ends and state.type not in FAILING:
        return
    while (owner := scope.owner) is not None:
        if any(map(_may_fail, _beside(owner, scope))):
            yield from _failed(promise, owner)
        scope = owner.scope


def _beside(owner: State, scope: Scope) -> Sequence[Scope]:
    """What may run at the same time as `scope`; of a Map that takes one item after the other nothing does."""
    if owner.type != "Map":
        return [other for other in owner.inner if other is not scope]
    return () if owner.node.get("MaxConcurrency") == 1 else owner.inner


def _may_fail(scope: Scope) -> bool:
    """Whether a way through `scope` may end with an error that its owner's catchers are asked about."""
    return any(state.type in ("Task", "Fail") or any(map(_may_fail, state.inner)) for state in scope.states.values())


def _left_well(promise: MustReach, state: State) -> Iterator[_Follower]:
    """Where the execution goes when `state` succeeds."""
    if state.type == "Succeed" or state.node.get("End") is True:
        owner = state.scope.owner
        if owner is None:
            yield state.path, _Over("and the execution ends")
            return
        # What the owner makes of its branches' results may still fail.
        if owner.name not in promise.ends:
            yield from _left_well(promise, owner)
        yield from _failed(promise, owner)
    else:
        yield from (follower for edge in state.exits if edge.kind != "catch" for follower in _along(state, edge))


def _failed(promise: MustReach, state: State) -> Iterator[_Follower]:
    """Where an error of `state`, whichever it is, may lead."""
    yield from (follower for edge in state.exits if edge.kind == "catch" for follower in _along(state, edge))
    if not any(_ALL in _names(catcher) for catcher in _catchers(state)):
        owner = state.scope.owner
        if owner is None:
            yield state.path, _Over("fails with an error that nothing catches")
        else:
            yield from _failed(promise, owner)


def _raised(promise: MustReach, state: State, error: str) -> Iterator[_Follower]:
    """Where one certain `error`, raised by `state`, leads; an empty name is one that only the data says."""
    owner = state.scope.owner
    while owner is not None:
        if not error:
            yield from _failed(promise, owner)
            return
        for index, catcher in enumerate(_catchers(owner)):
            if _names(catcher) & {error, _ALL}:
                wanted = f"{owner.path}.Catch[{index}].Next"
                yield from (one for edge in owner.exits if edge.path == wanted for one in _along(owner, edge))
                return
        owner = owner.scope.owner
    yield state.path, _Over("and the execution fails" + (f" with {error}" if error else ""))


def _along(state: State, edge: Edge) -> Iterator[_Follower]:
    # A target that is not there is an error of its own.
    target = state.scope.states.get(as_text(edge.target))
    if target is not None:
        yield edge.path, target


def _branches(state: State) -> Iterable[Scope]:
    """The scopes that surely run when `state` does; a Map may have no items."""
    return state.inner if state.type == "Parallel" else ()


def _surely_passes(promise: MustReach, scope: Scope) -> bool:
    """Whether every successful way through `scope` reaches an end of the promise."""
    first = scope.states.get(scope.start_at)
    if first is None:
        return False
    seen, todo = {first}, [first]
    while todo:
        state = todo.pop()
        for _, follower in _after(promise, state):
            if isinstance(follower, _Over) or follower.scope is not scope:
                # Leaving by an error is the failure of the whole Parallel, which its own exits stand for.
                if _ends_well(promise, state):
                    return False
            elif follower not in seen:
                seen.add(follower)
                todo.append(follower)
    return True


def _ends_well(promise: MustReach, state: State) -> bool:
    return state.name not in promise.ends and (state.type == "Succeed" or state.node.get("End") is True)


def _caught_in_loops(promise: MustReach, followers: dict[State, list[_Follower]]) -> list[State]:
    """The states from which nothing leads to an end, kept or broken: the first of each such loop."""
    before: dict[State, list[State]] = {}
    open_: list[State] = []
    for state, after in followers.items():
        if state.name in promise.ends or any(isinstance(follower, _Over) for _, follower in after):
            open_.append(state)
        for _, follower in after:
            if isinstance(follower, State):
                before.setdefault(follower, []).append(state)
    leads_out: set[State] = set()
    while open_:
        state = open_.pop()
        if state not in leads_out:
            leads_out.add(state)
            open_.extend(before.get(state, ()))
    return [state for state in followers if state not in leads_out][:1]


def _catchers(state: State) -> list[object]:
    return list(as_list(state.node.get("Catch"))) if state.type in FAILING else []


def _names(catcher: object) -> frozenset[str]:
    return frozenset(as_text(name) for name in as_list(as_object(catcher).get("ErrorEquals")))


def _way(came_from: dict[State, tuple[State | None, str]], state: State) -> tuple[str, ...]:
    names: list[str] = []
    at: State | None = state
    while at is not None:
        names.append(at.name)
        at = came_from[at][0]
    return tuple(reversed(names))
