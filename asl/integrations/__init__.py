"""The table of service integrations, and the way from a state's `Resource` to its row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from asl.integrations import (
    analytics,
    compute,
    database,
    handed_over,
    machine_learning,
    messaging,
    provisioning,
    sdk,
)
from asl.integrations.table import Integration, Pattern, Permission

_DOMAINS = (analytics, compute, database, machine_learning, messaging, provisioning)
INTEGRATIONS: Mapping[str, Integration] = MappingProxyType({row.id: row for domain in _DOMAINS for row in domain.ROWS})

_NESTED = INTEGRATIONS["states:startExecution"]
"""Alone in having two forms of `.sync`: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""

_SERVICE = re.compile(r"arn:(?:[a-z-]+|\$\{[^}]+\}):states:[^:]*:[^:]*:(?P<id>[^.]+)(?:\.(?P<suffix>[A-Za-z0-9:]+))?")
_SUFFIXES: Mapping[str | None, Pattern] = {None: "request-response", "waitForTaskToken": "callback", "sync": "sync"}


@lru_cache(maxsize=2**16)
def find(resource: str) -> tuple[Integration, Pattern] | None:
    """The row of a Task's `Resource` and the pattern it is used in; None where the table has no such row.

    A bare placeholder stands for what a component gives: a function, whose ARN form is
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    """
    if ":activity:" in resource:
        return compute.ACTIVITY, "activity"
    if ":function:" in resource or resource.startswith("${"):
        return compute.FUNCTION_ARN, "request-response"
    match = _SERVICE.fullmatch(resource)
    row = (INTEGRATIONS.get(match["id"]) or sdk.find(match["id"])) if match else None
    if not match or row is None:
        return None
    pattern = "sync" if row is _NESTED and match["suffix"] == "sync:2" else _SUFFIXES.get(match["suffix"])
    return (row, pattern) if pattern else None


def why_unknown(resource: str) -> str:
    """What is wrong with a resource that `find` does not find, with the nearest name."""
    match = _SERVICE.fullmatch(resource)
    return sdk.why_unknown(match["id"]) if match and match["id"].startswith("aws-sdk:") else ""


def permissions(row: Integration, pattern: Pattern, given: object) -> list[Permission]:
    """What a call needs in `pattern`, with the arguments it is given: the same whichever form it is written in."""
    prefix, _, call = row.id.partition(":")
    operation = call[:1].upper() + call[1:]
    if row.id.startswith("aws-sdk:"):
        prefix, operation = sdk.names(row.id)
        base = _as_optimised(prefix, operation) or sdk.permissions(row.id, given)
    else:
        base = [permission for permission in row.permissions if pattern in permission.patterns]
    return [*base, *handed_over.permissions(prefix, operation, given, base)]


def _as_optimised(prefix: str, operation: str) -> list[Permission]:
    """What the optimised integration of an SDK call needs, which knows more than AWS's list; empty without one."""
    id = f"{prefix}:{operation[:1].lower()}{operation[1:]}"
    row = INTEGRATIONS.get(_ALIKE.get(id, id))
    if id == "bedrock:converse":
        return list(machine_learning.CONVERSING)
    if row is None or not row.standard:
        return []
    return [permission for permission in row.permissions if "request-response" in permission.patterns]


_ALIKE = {
    "bedrock:startAsyncInvoke": "bedrock:invokeModel",
    "elasticmapreduce:runJobFlow": "elasticmapreduce:createCluster",
}
"""Calls that are another's under a name of their own."""

__all__ = ["INTEGRATIONS", "Integration", "Pattern", "Permission", "find", "permissions", "why_unknown"]
