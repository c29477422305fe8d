"""IAM statements, and the document they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from asl.integrations.arns import Account, ToArns
from asl.placeholders import fill


@dataclass(frozen=True, slots=True)
class Reach:
    """What a statement allows its actions on: `value` as the definition says it, and how that becomes ARNs."""

    value: str
    arns: ToArns


@dataclass(frozen=True, slots=True)
class Statement:
    """Allowed actions on what they reach. `reason` says why, and becomes the statement's Sid."""

    reason: str
    actions: tuple[str, ...]
    reaches: tuple[Reach, ...]


def document(
    statements: Iterable[Statement], account: Account | None = None, values: Mapping[str, str] | None = None
) -> dict[str, object]:
    """The policy document of `statements`: one statement for each set of actions, resources sorted, each once.

    Without `values` and `account` what is not known yet stands as `${name}`: that is the form to review.
    """
    where = account or Account()
    resources: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for statement in statements:
        found = resources.setdefault((statement.reason, statement.actions), set())
        for reach in statement.reaches:
            found.update(reach.arns(fill(reach.value, values or {}), where))
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": _sid(reason), "Effect": "Allow", "Action": list(actions), "Resource": sorted(found)}
            for (reason, actions), found in sorted(resources.items())
            if found
        ],
    }


def _sid(reason: str) -> str:
    """A Sid holds letters and digits only: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", reason))
