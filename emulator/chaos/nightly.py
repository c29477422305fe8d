"""What the nightly reconciliation says of a run, and whether that is what there is to say."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.cloud import Cloud
from emulator.reconcile import scan
from orderflow.issues import Issue

RECONCILING_SECONDS = 300


@dataclass(frozen=True)
class Reconciled:
    """How the reconciliation ended, its report where it succeeded, and the issues that are open, sorted."""

    status: str
    report: Mapping[str, Any]
    issues: Sequence[Issue]


def reconciled(cloud: Cloud, outputs: Mapping[str, Any]) -> Reconciled:
    """Have the machine of the reconciliation run."""
    sfn = cloud.client("stepfunctions")
    arn = sfn.start_execution(stateMachineArn=outputs["machines"]["reconciliation"]["aliasArn"])["executionArn"]
    deadline = time.monotonic() + RECONCILING_SECONDS
    while (found := sfn.describe_execution(executionArn=arn))["status"] == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.2)
    report = json.loads(found["output"]) if found["status"] == "SUCCEEDED" else {}
    rows = (row for row in scan(cloud, outputs["tables"]["issues"]["name"]) if "closedAt" not in row)
    issues = (issue for issue in map(Issue.of, rows) if not issue.accepted_at)
    return Reconciled(found["status"], report, sorted(issues, key=_order))


def misjudged(planted: Mapping[str, str], poison: Collection[str], found: Reconciled) -> list[str]:
    """What the reconciliation did not find though it should have, and what it found beside that.

    `planted` are the kinds of the differences by their orders, `poison` the ids of rows that cannot be read.
    """
    problems = [] if found.status == "SUCCEEDED" else [f"the reconciliation ended {found.status}"]
    right = {*planted.items(), *((id, "ORDER_UNREADABLE") for id in poison)}
    missed = sorted(right - {(one.order_id, one.kind) for one in found.issues})
    problems += [f"the reconciliation did not find {kind} of {id or 'nobody'}" for id, kind in missed]
    problems += [sentence(one) for one in found.issues if (one.order_id, one.kind) not in right]
    reported = found.report.get("issues", {})
    if found.report and sum(reported.values()) != len(found.issues):
        problems.append(f"the reconciliation reports {reported}, and {len(found.issues)} issues are open")
    problems += [
        f"the reconciliation could not list {book}: {why}" for book, why in found.report.get("unlisted", {}).items()
    ]
    return problems


def sentence(issue: Issue) -> str:
    """What the reconciliation says of one difference."""
    whose = issue.order_id or issue.about or "nobody"
    return f"the reconciliation found {issue.kind} of {whose}: {issue.provider}; the ledger says {issue.ledger}"


def _order(issue: Issue) -> tuple[str, str, str]:
    return issue.order_id, issue.kind, issue.about
