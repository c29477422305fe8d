"""Rules about what was taken and has to be given back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from asl.analysis.state_purposes import charges, tells, undoes
from asl.rules.findings import Problem, Rule
from asl.syntax.shapes import as_list, as_object
from asl.syntax.walk import Edge, Machine, State

_SAGA = "https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/saga-orchestration.html"
_CATCHING_MOST = ("States.ALL", "States.TaskFailed")


@dataclass(frozen=True, slots=True)
class _End:
    """A failed end: its name, and the state whose failure or choice leads there."""

    name: str
    after: str


def _charges_are_compensated(machine: Machine) -> Iterator[Problem]:
    charging = [state for state in machine.of("Task") if charges(state)]
    if not charging:
        return
    undone = any(undoes(state) for state in machine.states)
    for state in charging:
        ends = list(_failed_ends(state, uncaught=not undone))
        if ends:
            names = ", ".join(dict.fromkeys(end.name for end in ends[:3]))
            way = f"after {ends[0].after} " if ends[0].after else ""
            yield state.path, f"takes money, and the execution can fail {way}({names}) past all that might refund it"


def _failed_ends(charging: State, *, uncaught: bool) -> Iterator[_End]:
    """The failed ends behind `charging` that are reached past nothing that takes the charge back.

    A way that leaves the usual one by a catcher, and does not come back to it, has failed even where it ends with End.
    An error that nothing catches fails the execution, too: those count where `uncaught`.
    """
    usual = _reached(charging)
    todo: deque[tuple[State, bool, str]] = deque((state, False, "") for state in _after(charging))
    seen: set[tuple[State, bool]] = set()
    while todo:
        state, failed, after = todo.popleft()
        failed = failed and state not in usual
        if (state, failed) in seen or undoes(state):
            continue
        seen.add((state, failed))
        if state.type == "Fail":
            handlers = _around(state)
            if not handlers:
                yield _End(state.name, after)
            todo.extend((handler, True, state.name) for handler in handlers)
            continue
        following = list(_after(state))
        if failed and not following:
            yield _End(state.name, after)
        todo.extend((target, failed, state.name if state.type == "Choice" else after) for target in following)
        if not tells(state):
            todo.extend((target, True, state.name) for target in _caught(state))
            if uncaught and state.type in ("Task", "Parallel", "Map") and not _catches(state) and not _around(state):
                yield _End("uncaught", state.name)


def _after(state: State) -> Iterator[State]:
    """The states that follow where `state` succeeds; at the end of a branch those behind what is around it."""
    while True:
        following = [found for edge in state.exits if edge.kind != "catch" if (found := _target(state, edge))]
        if following or state.scope.owner is None:
            yield from following
            return
        state = state.scope.owner


def _caught(state: State) -> Iterator[State]:
    return (found for edge in state.exits if edge.kind == "catch" if (found := _target(state, edge)))


def _around(state: State) -> list[State]:
    """Where the failure of a branch goes on; empty where nothing catches it."""
    owner = state.scope.owner
    while owner is not None:
        if handlers := list(_caught(owner)):
            return handlers
        owner = owner.scope.owner
    return []


def _target(state: State, edge: Edge) -> State | None:
    return state.scope.states.get(edge.target) if isinstance(edge.target, str) else None


def _catches(state: State) -> bool:
    catchers = [as_object(catcher) for catcher in as_list(state.node.get("Catch"))]
    return any(name in _CATCHING_MOST for catcher in catchers for name in as_list(catcher.get("ErrorEquals")))


def _reached(charging: State) -> set[State]:
    """The states behind `charging` where nothing fails."""
    seen: set[State] = set()
    todo = list(_after(charging))
    while todo:
        state = todo.pop()
        if state not in seen:
            seen.add(state)
            todo.extend(_after(state))
    return seen


RULES = (
    Rule(
        "ASL080",
        "warning",
        "What was charged is refunded where the rest fails",
        "Nothing gives the money back by itself: an execution that fails behind the charge keeps it, and what was"
        " reserved stays reserved.",
        "Lead every failure behind the charge through a state that refunds, voids or cancels, before it ends.",
        _SAGA,
        _charges_are_compensated,
        harm="money",
    ),
)
