"""What was promised and is not kept yet, along a way: see `asl.MustReach`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from asl.analysis.promises import FAILING, MustReach
from asl.running.failures import Failure
from asl.running.steps import Step

Open: TypeAlias = tuple[bool, ...]
"""For each promise whether it waits to be kept."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Follows `promises` from state to state."""

    promises: Sequence[MustReach]

    def none(self) -> Open:
        """Before the first state."""
        return (False,) * len(self.promises)

    def entered(self, open: Open, step: Step) -> Open:
        """What is open once a state was entered."""
        if not open:
            return open
        at_once = step.type not in FAILING
        return tuple(
            step.name == promise.state or (was and not (at_once and step.name in promise.ends))
            for promise, was in zip(self.promises, open, strict=True)
        )

    def succeeded(self, open: Open, step: Step) -> Open:
        """What is open once a state was left as it should be."""
        return tuple(was and step.name not in promise.ends for promise, was in zip(self.promises, open, strict=True))

    def failed(self, open: Open, step: Step, failure: Failure) -> Open:
        """What is open once a state failed for good: with some errors it says that it did nothing."""
        return tuple(
            was and not (step.name == promise.state and failure.error in promise.unless)
            for promise, was in zip(self.promises, open, strict=True)
        )

    def together(self, before: Open, after: Iterable[Open]) -> Open:
        """What is open after branches or iterations that each began with `before`."""
        every = list(after)
        return tuple(
            all(one[index] for one in every) if was else any(one[index] for one in every)
            for index, was in enumerate(before)
        )
