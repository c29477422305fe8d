"""What exploration finds of a machine that a change has touched: how it can end, and which promises are kept.

Nothing is given to it but the definition: results and the input are unknown, and where that does not suffice, it says
what it would need.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from asl.analysis.promises import MustReach
from asl.review.description import Description
from asl.review.text import count, cut
from asl.rules.findings import DefinitionError
from asl.syntax.walk import walk
from asl.testing.exploring import Exploration, explore
from asl.testing.exploring.report import count as in_short

VISITS = 2_000
"""As many are tried at the most: a second or two for the largest machine of this repository."""
_ENDS = 8


@dataclass(frozen=True, slots=True)
class Explored:
    """What was found, or else why nothing was tried."""

    found: Exploration | None = None
    refused: str = ""
    reached: frozenset[str] = frozenset()
    """The names of the states that some way leads to."""

    def kept(self, promise: MustReach) -> bool | None:
        """Whether no way that was tried breaks it; None where none of them came to its state."""
        if self.found is None or promise.state not in self.reached:
            return None
        return all(one.promise != promise for one in self.found.broken)

    def in_words(self, promises: Sequence[MustReach]) -> str:
        """A sentence: how executions end, what is kept, how much was not tried."""
        if self.found is None:
            return f"nothing was tried: {self.refused}"
        ends = cut(list(dict.fromkeys(end.state.rpartition("States.")[2] for end in self.found.ends)), _ENDS)
        parts = [f"executions end in {', '.join(ends)}" if ends else "no way could be tried to its end"]
        for kept, word in ((True, "kept"), (False, "broken"), (None, "not tried")):
            if number := sum(self.kept(one) is kept for one in promises):
                parts.append(f"{count(number, 'promise')} {word}")
        if self.found.cut:
            parts.append(f"{count(len(self.found.cut), 'thing')} not tried, which the page names")
        return "; ".join(parts)


def ways(found: Exploration) -> str:
    """`1 way`, `more than 10^20 ways`."""
    return f"{'more than ' if found.endless else ''}{in_short(found.ways)} {'way' if found.ways == 1 else 'ways'}"


def explored(machine: Description) -> Explored:
    """Explore it; what was explored before is known."""
    return _explored(json.dumps(machine.definition), machine.type, machine.promises)


@cache
def _explored(definition: str, type: str, promises: tuple[MustReach, ...]) -> Explored:
    read = json.loads(definition)
    try:
        found = explore(read, type=type, must_reach=promises, bound=VISITS)
    except DefinitionError:
        return Explored(refused="it has errors")
    except ValueError as problem:
        return Explored(refused=str(problem))
    states = walk(read, type=type).states
    return Explored(found, reached=frozenset(state.name for state in states if state.path not in found.unreached))
