"""One machine over all stacks: what is the same in several of them is told once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from asl.differences import Change, Danger
from asl.permissions.policy import Allowed
from asl.review.comparison import Comparison
from asl.review.permissions import dangers

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Told:
    """A machine's comparisons by stack. What is found comes with the stacks it was found in, in their order."""

    name: str
    stacks: Mapping[str, Comparison]

    def spread(self, get: Callable[[Comparison], Iterable[T]]) -> dict[T, list[str]]:
        """What `get` finds in the comparisons, each thing once."""
        found: dict[T, list[str]] = {}
        for stack, one in self.stacks.items():
            for thing in dict.fromkeys(get(one)):
                found.setdefault(thing, []).append(stack)
        return found

    def where(self, stacks: Sequence[str]) -> str:
        """The stacks in brackets, unless it is all of the machine's."""
        return "" if len(stacks) == len(self.stacks) else f" ({', '.join(stacks)})"

    @property
    def differs(self) -> bool:
        """Whether there is anything to tell."""
        return any(one.status not in ("same", "not reached") for one in self.stacks.values())

    @property
    def changes(self) -> dict[Change, list[str]]:
        """All changes."""
        return self.spread(lambda one: one.changes)

    @property
    def gained(self) -> dict[Allowed, list[str]]:
        """Permissions gained."""
        return self.spread(lambda one: one.gained)

    @property
    def lost(self) -> dict[Allowed, list[str]]:
        """Permissions lost."""
        return self.spread(lambda one: one.lost)

    @property
    def errors(self) -> dict[str, list[str]]:
        """Why the machine cannot be deployed."""
        return self.spread(lambda one: one.errors)

    @property
    def alarming(self) -> dict[str, list[str]]:
        """What a reviewer should look at first, in words."""
        return self.spread(_alarming)

    @property
    def other(self) -> dict[str, list[str]]:
        """The other changes, in words, the most dangerous first also over the stacks."""
        found = {change: stacks for change, stacks in self.changes.items() if not _is_alarming(change)}
        return {change.text: found[change] for change in sorted(found, key=lambda change: change.danger)}


def _alarming(one: Comparison) -> Iterator[str]:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for permission in one.gained:
        for reason in dangers(permission):
            by_reason.setdefault((reason, permission.resource), []).append(permission.action)
    for (reason, resource), actions in by_reason.items():
        yield f"may now use {', '.join(actions)} on {resource}: {reason}"
    yield from (change.text for change in one.changes if _is_alarming(change))


def _is_alarming(change: Change) -> bool:
    return change.danger <= Danger.PROTECTION_REMOVED
