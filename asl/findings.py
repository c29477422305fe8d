"""Rules and findings as records. A finding is a rule, the place it speaks of, and what was found there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import islice
from typing import Literal, TypeAlias

from asl.walk import Machine

Severity: TypeAlias = Literal["error", "warning"]
Problem: TypeAlias = tuple[str, str]
"""A place's path and what was found there."""


LONGEST_NAMED = 100
"""Letters of a name that gets a hint; AWS's own names and states' have 80 at most."""
LARGEST_CROWD = 500
"""Among more names than this nobody looks for the nearest."""
COMPARISONS = 20_000
"""How many names are compared for the hints of one check: of hundreds of misspelt names the first get one."""
_LIKELIEST = 4
_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a definition must or should be. `id` never changes its meaning once released."""

    id: str
    severity: Severity
    title: str
    why: str
    fix: str
    source: str
    """The AWS page (or the States Language specification) that the rule comes from."""
    problems: Callable[[Machine], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What `rule` found at `path`; `path` is empty where it speaks of the whole definition."""

    rule: Rule
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule.id} {self.path or 'definition'}: {self.message}. {self.rule.fix}"


class DefinitionError(ValueError):
    """A definition has errors. `findings` holds all of them, not only the first."""

    def __init__(self, name: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        count = len(self.findings)
        lines = "\n".join(f"  {finding}" for finding in self.findings)
        super().__init__(f"{name}: {count} error{'s' * (count != 1)} in the definition\n{lines}")


_left: ContextVar[list[int] | None] = ContextVar("comparisons left", default=None)


@contextmanager
def hints_within(comparisons: int = COMPARISONS) -> Generator[None]:
    """While inside, all hints together cost so many comparisons at most; what is found after that gets none."""
    before = _left.set([comparisons])
    try:
        yield
    finally:
        _left.reset(before)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the name that was probably meant, with its leading blank; empty where nothing is near."""
    crowd = [other for other in islice(known, LARGEST_CROWD + 1) if len(other) <= LONGEST_NAMED]
    if len(name) > LONGEST_NAMED or len(crowd) > LARGEST_CROWD or not _afforded(len(crowd)):
        return ""
    matcher = SequenceMatcher(b=name)

    def alike(other: str, exactly: bool = False) -> float:
        matcher.set_seq1(other)
        return matcher.ratio() if exactly else min(matcher.real_quick_ratio(), matcher.quick_ratio())

    # The quick ratio counts common letters, the exact one looks for them in order, which takes a hundred times as long.
    likeliest = nlargest(_LIKELIEST, ((alike(other), other) for other in crowd))
    best = max(((alike(other, exactly=True), other) for quick, other in likeliest if quick >= _NEAR), default=(0.0, ""))
    return f" (did you mean '{best[1]}'?)" if best[0] >= _NEAR else ""


def _afforded(comparisons: int) -> bool:
    left = _left.get()
    if left is None:
        return True
    left[0] -= comparisons
    return left[0] >= 0


def sorted_by_place(machine: Machine, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings in the order of the definition, then by rule, so that two runs print the same."""
    order = {state.path: index for index, state in enumerate(machine.states)}

    def place(finding: Finding) -> tuple[int, str, str]:
        path = finding.path
        while path and path not in order:
            path = path.rpartition(".")[0]
        return order.get(path, -1), finding.rule.id, finding.path

    return iter(sorted(findings, key=place))
