"""IAM statements, and the document they make."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from asl.integrations.arns import Account, ToArns
from asl.syntax.placeholders import fill
from asl.syntax.shapes import Object, as_list, as_object, as_text


@dataclass(frozen=True, slots=True)
class Reach:
    """What a statement allows its actions on: `value` as the definition says it, and how that becomes ARNs."""

    value: str
    arns: ToArns


@dataclass(frozen=True, slots=True)
class Condition:
    """What a request must say for a statement to allow it: the value of `key` is one of `values`."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Allowed actions on what they reach. `reason` says why, and becomes the statement's Sid."""

    reason: str
    actions: tuple[str, ...]
    reaches: tuple[Reach, ...]
    conditions: tuple[Condition, ...] = ()


def document(
    statements: Iterable[Statement], account: Account | None = None, values: Mapping[str, str] | None = None
) -> dict[str, object]:
    """The policy document of `statements`: one for each set of reason, actions and conditions, resources sorted.

    Without `values` and `account` what is not known yet stands as `${name}`: that is the form to review.
    """
    where, known = account or Account(), values or {}
    resources: dict[tuple[str, tuple[str, ...], str], set[str]] = {}
    for statement in statements:
        conditions = json.dumps(_conditions(statement, known), sort_keys=True)
        found = resources.setdefault((statement.reason, statement.actions, conditions), set())
        for reach in statement.reaches:
            found.update(reach.arns(fill(reach.value, known), where))
    seen: Counter[str] = Counter()
    written: list[dict[str, object]] = []
    for (reason, actions, conditions), found in sorted(resources.items()):
        if found:
            sid = _sid(reason)
            seen[sid] += 1
            # AWS refuses two statements of one policy with the same Sid.
            numbered = sid if seen[sid] == 1 else f"{sid}{seen[sid]}"
            node: dict[str, object] = {"Sid": numbered, "Effect": "Allow", "Action": list(actions)}
            node["Resource"] = sorted(found)
            written.append({**node, "Condition": json.loads(conditions)} if conditions != "{}" else node)
    return {"Version": "2012-10-17", "Statement": written}


class Allowed(NamedTuple):
    """One action on one resource; `condition` is JSON, empty where there is none, `reason` the statement's Sid."""

    action: str
    resource: str
    condition: str
    reason: str


def allowed(policy: Object) -> Iterator[Allowed]:
    """Each action on each resource that a policy document allows."""
    for statement in map(as_object, as_list(policy.get("Statement"))):
        condition = json.dumps(statement["Condition"], sort_keys=True) if "Condition" in statement else ""
        for action in as_list(statement.get("Action")):
            for resource in as_list(statement.get("Resource")):
                yield Allowed(str(action), str(resource), condition, as_text(statement.get("Sid")))


def _conditions(statement: Statement, known: Mapping[str, str]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for condition in statement.conditions:
        filled = [fill(value, known) for value in condition.values]
        found.setdefault(condition.operator, {})[condition.key] = filled[0] if len(filled) == 1 else filled
    return found


def _sid(reason: str) -> str:
    """A Sid holds letters and digits only: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", reason))
