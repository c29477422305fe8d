"""The table of service integrations, and the way from a state's `Resource` to its row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from asl.integrations import compute, database, messaging
from asl.integrations.table import Integration, Pattern, Permission

INTEGRATIONS: Mapping[str, Integration] = MappingProxyType(
    {row.id: row for rows in (compute.ROWS, database.ROWS, messaging.ROWS) for row in rows}
)

_SERVICE = re.compile(r"arn:(?:[a-z-]+|\$\{[^}]+\}):states:::(?P<id>[^.]+)(?:\.(?P<suffix>[A-Za-z0-9:]+))?")
_SUFFIXES: dict[str, Pattern] = {"waitForTaskToken": "callback", "sync": "sync", "sync:2": "sync"}


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
    if not match or match["id"] not in INTEGRATIONS:
        return None
    suffix = match["suffix"]
    pattern = _SUFFIXES.get(suffix) if suffix else "request-response"
    return (INTEGRATIONS[match["id"]], pattern) if pattern else None


__all__ = ["INTEGRATIONS", "Integration", "Pattern", "Permission", "find"]
