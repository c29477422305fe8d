"""Warnings that are meant to stay, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from asl.rules.findings import Finding, Rule
from asl.syntax.hints import nearest


@dataclass(frozen=True, slots=True)
class Accepted:
    """A warning that a machine keeps: the `rule`'s id, and why, for whoever reads it next.

    `path` says where; what stands below it is meant too, and empty it means the whole definition.
    """

    rule: str
    reason: str
    path: str = ""

    def covers(self, finding: Finding) -> bool:
        below = finding.path == self.path or finding.path.startswith((f"{self.path}.", f"{self.path}["))
        return finding.rule.id == self.rule and (below or not self.path)


def without_accepted(findings: Sequence[Finding], accepted: Iterable[Accepted]) -> Iterator[Finding]:
    """The findings that nobody has accepted, then one for each acceptance that accepts nothing any more.

    Raises:
        ValueError: for an acceptance without a reason, of a rule that is not there, or of an error: what cannot run
            cannot be accepted.
    """
    wanted = [(one, _rule(one)) for one in accepted]
    yield from (finding for finding in findings if not any(one.covers(finding) for one, _ in wanted))
    for one, rule in wanted:
        if not any(one.covers(finding) for finding in findings):
            yield Finding(rule, one.path, f"is accepted here ('{one.reason}') and does not occur; drop the acceptance")


def _rule(accepted: Accepted) -> Rule:
    from asl.rules import RULES  # loading all of them takes longer than most checks

    rules = {rule.id: rule for rule in RULES}
    if accepted.rule not in rules:
        raise ValueError(f"'{accepted.rule}' cannot be accepted: there is no such rule{nearest(accepted.rule, rules)}")
    if not accepted.reason.strip():
        raise ValueError(f"{accepted.rule} is accepted without a reason; say why it may stay")
    if rules[accepted.rule].severity == "error":
        raise ValueError(f"{accepted.rule} cannot be accepted: it is an error, and what it finds does not run")
    return rules[accepted.rule]
