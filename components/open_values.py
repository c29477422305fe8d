"""Outputs that may turn out to be anything: what is certain of a definition before they are known, and what after."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import asl

from .references import Gathered, ReferencesRefusedError

Check: TypeAlias = Callable[[Any], Sequence[asl.Finding]]

_MAY_BE = (1, True, "x", [], {})
"""A value of each kind that JSON has."""


def certain(findings: Sequence[asl.Finding], gathered: Gathered, check: Check) -> list[asl.Finding]:
    """`findings` without those that speak of an Output's value: that is no text yet, and may become the right thing."""
    paths = gathered.open_paths()
    if not any(finding.path in paths for finding in findings):
        return list(findings)
    whatever = [_places(check(gathered.standing_in(value))) for value in _MAY_BE]
    return [
        finding
        for finding in findings
        if finding.path not in paths or all((finding.rule.id, finding.path) in found for found in whatever)
    ]


def require_settled(text: str, gathered: Gathered, check: Check) -> str:
    """The definition's `text`, once all of it is known, if nothing in it is an error now.

    Raises:
        ReferencesRefusedError: naming each place. Values are never repeated: they may be secret.
    """
    problems = [
        f"{one.path or 'definition'}: refused now that its Outputs are known: {one.rule.id}"
        f" {one.rule.title}. {one.rule.fix}"
        for one in (check(json.loads(text)) if gathered.references else ())
        if one.rule.severity == "error"
    ]
    if problems:
        raise ReferencesRefusedError(gathered.machine, problems)
    return text


def _places(findings: Sequence[asl.Finding]) -> set[tuple[str, str]]:
    return {(finding.rule.id, finding.path) for finding in findings}
