"""Which element of Retry or Catch handles which error. Elements are tried in order; the first that covers it acts.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from asl.differences.values import named
from asl.syntax.shapes import Object, as_list, as_object
from asl.syntax.walk import State

Key: TypeAlias = Literal["Retry", "Catch"]

_ALL, _TASK_FAILED = "States.ALL", "States.TaskFailed"
_BY_NAME_ALONE = ("States.DataLimitExceeded", "States.Runtime")
_NO_TASK_FAILED = (*_BY_NAME_ALONE, _ALL, "States.Timeout")


@dataclass(frozen=True, slots=True)
class Covered:
    """Errors, in order, that one element handled before and one handles now; None where none does.

    What its own elements no longer handle may end up in one of `around`: a Parallel or Map that the state stands in.
    """

    errors: tuple[str, ...]
    old: Object | None
    new: Object | None
    around: tuple[State, Object] | None

    @property
    def names(self) -> str:
        return ", ".join(self.errors)


def errors_of(element: Object) -> tuple[str, ...]:
    """The names that an element lists, in order."""
    return tuple(sorted(map(named, as_list(element.get("ErrorEquals")))))


def covered(old: State, new: State, key: Key) -> list[Covered]:
    """What became of every error that either state names, together where it became the same.

    `States.ALL` stands for all errors that nobody names.
    """
    before, after = _Elements(old, key), _Elements(new, key)
    outside = [_Elements(state, key) for state in _around(new)] if before.elements else []
    groups: dict[tuple[int, int, int, int], list[str]] = {}
    for error in sorted({*before.first, *after.first}):
        own = after.handling(error)
        level, there = -1, -1
        if own < 0:
            found = ((level, one.handling(error)) for level, one in enumerate(outside))
            level, there = next((place for place in found if place[1] >= 0), (-1, -1))
        groups.setdefault((before.handling(error), own, level, there), []).append(error)
    return [
        Covered(
            tuple(errors),
            before.elements[was] if was >= 0 else None,
            after.elements[own] if own >= 0 else None,
            (outside[level].state, outside[level].elements[there]) if level >= 0 else None,
        )
        for (was, own, level, there), errors in groups.items()
    ]


@dataclass(slots=True)
class _Elements:
    """A state's retriers or catchers, and which of them is the first to name an error."""

    state: State
    key: Key
    elements: list[Object] = field(init=False)
    first: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.elements = [as_object(element) for element in as_list(self.state.node.get(self.key))]
        self.first = {}
        for number, element in enumerate(self.elements):
            for name in errors_of(element):
                self.first.setdefault(name, number)

    def handling(self, error: str) -> int:
        """The number of the element that acts on `error`, -1 where none does."""
        names = [error]
        names += [] if error in _BY_NAME_ALONE else [_ALL]
        names += [] if error in _NO_TASK_FAILED else [_TASK_FAILED]
        return min((self.first[name] for name in names if name in self.first), default=-1)


def _around(state: State) -> Iterator[State]:
    """The states that fail with an error of `state`, the nearest first; children of a Distributed Map keep theirs."""
    owner = state.scope.owner
    while owner and as_object(owner.inner[0].node.get("ProcessorConfig")).get("Mode") != "DISTRIBUTED":
        yield owner
        owner = owner.scope.owner
