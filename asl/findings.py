"""Rules and findings as records. A finding is a rule, the place it speaks of, and what was found there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Literal, TypeAlias

from asl.walk import Machine

Severity: TypeAlias = Literal["error", "warning"]
Problem: TypeAlias = tuple[str, str]
"""A place's path and what was found there."""


NEAR_LIMIT = 500


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


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the name that was probably meant, with its leading blank; empty where nothing is near."""
    # Comparing is slow: a hint for an endless name, or among a crowd of them, is not worth the wait.
    crowd = list(islice(known, NEAR_LIMIT + 1))
    if len(name) > NEAR_LIMIT or len(crowd) > NEAR_LIMIT:
        return ""
    match = get_close_matches(name, crowd, n=1, cutoff=0.6)
    return f" (did you mean '{match[0]}'?)" if match else ""


def sorted_by_place(machine: Machine, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings in the order of the definition, then by rule, so that two runs print the same."""
    order = {state.path: index for index, state in enumerate(machine.states)}

    def place(finding: Finding) -> tuple[int, str, str]:
        path = finding.path
        while path and path not in order:
            path = path.rpartition(".")[0]
        return order.get(path, -1), finding.rule.id, finding.path

    return iter(sorted(findings, key=place))
