"""Rules and findings as records. A finding is a rule, the place it speaks of, and what was found there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from asl.syntax.walk import Machine

Severity: TypeAlias = Literal["error", "warning"]
Harm: TypeAlias = Literal["money", "data", "execution", "none"]
"""What is lost where a warning comes true, by itself and beyond repair; `none` makes it a piece of advice."""
Problem: TypeAlias = tuple[str, str]
"""A place's path and what was found there."""


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
    harm: Harm = "execution"
    about: frozenset[str] = frozenset()
    """It can find something only where one of these is among `Machine.words`; anywhere, where it names none."""

    @property
    def is_advice(self) -> bool:
        """Whether nothing is lost by leaving it as it is: such warnings are counted, and shown when asked for."""
        return self.severity == "warning" and self.harm == "none"

    @property
    def rank(self) -> str:
        """`error`, `advice`, or of a warning also what it can lose: `warning, money`."""
        return self.severity if self.severity == "error" else "advice" if self.is_advice else f"warning, {self.harm}"


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


def sorted_by_place(machine: Machine, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings in the order of the definition, then by rule, so that two runs print the same."""
    every = list(findings)
    if len(every) < 2:
        return iter(every)
    order = {state.path: index for index, state in enumerate(machine.states)}

    def place(finding: Finding) -> tuple[int, str, str]:
        path = finding.path
        while path and path not in order:
            path = path.rpartition(".")[0]
        return order.get(path, -1), finding.rule.id, finding.path

    return iter(sorted(every, key=place))
