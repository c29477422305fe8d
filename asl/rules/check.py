"""Checking a definition: every rule over one walk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from asl.rules import rules_for, sizes
from asl.rules.acceptance import Accepted, without_accepted
from asl.rules.findings import DefinitionError, Finding, sorted_by_place
from asl.syntax.collector import collector_resting
from asl.syntax.hints import hints_within
from asl.syntax.shapes import Object
from asl.syntax.walk import walk

if TYPE_CHECKING:
    from asl.analysis.promises import MustReach


def check(definition: Object, *, type: str = "STANDARD", promises: Sequence[MustReach] = ()) -> list[Finding]:
    """All findings of `definition` as a machine of `type` (`STANDARD` or `EXPRESS`), in the order of the definition.

    `promises` are proven too. `${Name}` inside a string stands for a value that is not known yet. The definition is
    never changed. One that is larger than AWS takes is told as such, and not looked into.
    """
    with collector_resting(), hints_within():
        machine = walk(definition, type=type)
        too_large = sizes.is_too_large(machine)
        rules = sizes.RULES if too_large else rules_for(machine.words)
        found = [Finding(rule, path, message) for rule in rules for path, message in rule.problems(machine)]
        if promises and not too_large:
            from asl.rules.promises import prove  # few machines promise anything

            found += prove(machine, promises)
        return list(sorted_by_place(machine, found))


def require(
    name: str,
    definition: Object,
    *,
    type: str = "STANDARD",
    accepted: Iterable[Accepted] = (),
    promises: Sequence[MustReach] = (),
) -> list[Finding]:
    """The warnings of `definition` that are not accepted.

    Raises:
        DefinitionError: naming every error, when there is one.
        ValueError: for an acceptance that cannot be: see `without_accepted`.
    """
    findings = check(definition, type=type, promises=promises)
    errors = [finding for finding in findings if finding.rule.severity == "error"]
    if errors:
        raise DefinitionError(name, errors)
    return list(without_accepted(findings, accepted))
