"""A definition with all that is known of it without deploying it: findings, permissions, price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asl.permissions.grants import Allow, grants_by_state
from asl.permissions.policy import Allowed, Statement, allowed, document
from asl.pricing import Assumptions, cost
from asl.pricing.bill import shares
from asl.review.permissions import dangers
from asl.rules.check import check
from asl.rules.findings import Finding
from asl.syntax.shapes import Object
from asl.syntax.walk import walk
from asl.viewer.data import ShownFinding, ShownMachine, ShownPermission, ShownPrice


def shown_machine(
    definition: Object,
    *,
    name: str,
    type: str = "STANDARD",
    findings: Iterable[Finding] | None = None,
    allow: Sequence[Allow] = (),
    assumed: Assumptions | None = None,
    executions_per_month: float = 1_000_000,
    started_by: Sequence[str] = (),
) -> ShownMachine:
    """`definition` as a page shows it, errors and all; without `findings` it is checked here."""
    machine = walk(definition, type=type)
    found = tuple(check(definition, type=type) if findings is None else findings)
    permissions = {
        path: tuple(shown_permissions(statements)) for path, statements in grants_by_state(machine, allow).items()
    }
    wrong = any(one.rule.severity == "error" for one in found)
    price = None if wrong else _price(definition, type, executions_per_month, assumed)
    return ShownMachine(name, definition, type, tuple(map(shown_finding, found)), permissions, price, tuple(started_by))


def shown_finding(finding: Finding) -> ShownFinding:
    """A finding as a page shows it."""
    rule = finding.rule
    return ShownFinding(rule.id, rule.rank, finding.path, finding.message, rule.fix, rule.source)


def shown_permission(one: Allowed) -> ShownPermission:
    """A permission as a page shows it."""
    return ShownPermission(one.action, one.resource, one.reason, one.condition, ", ".join(dangers(one)))


def shown_permissions(statements: Iterable[Statement]) -> Iterable[ShownPermission]:
    """What `statements` allow, with their reasons as they were written."""
    for statement in statements:
        for one in allowed(document([statement])):
            yield shown_permission(one._replace(reason=statement.reason))


def _price(definition: Object, type: str, volume: float, assumed: Assumptions | None) -> ShownPrice | None:
    """None where a definition cannot be priced: a loop that is never left."""
    try:
        found = cost(definition, executions_per_month=volume, assumed=assumed)
    except ValueError:
        return None
    bill = found.express if type == "EXPRESS" else found.standard
    return ShownPrice(bill.usd_per_execution, bill.usd_per_month, volume, shares(definition, found))
