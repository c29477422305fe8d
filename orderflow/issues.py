"""Where the books differ from what the payment provider or the carrier says, and comparing them anew."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderflow.decisions import caller, tell
from orderflow.documents import at, parse_object, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.outputs import Deployment
from orderflow.text import one_line

COMPARE, RECONCILIATION = "compare-orders", "reconciliation"
"""The function that compares orders, and the machine that has it compare all of the last weeks."""

POLL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Issue:
    """A difference: what the provider, the carrier or another book said when it was found, and what the ledger did.

    `order_id` is empty where nobody knows whose it is; `about` is the id of the payment, parcel, product or book that
    differs, empty where it is the order; `at` is ISO 8601. The last three are empty unless a person has found it right.
    """

    order_id: str
    kind: str
    about: str
    provider: str
    ledger: str
    at: str
    detected: str
    issue_id: str = ""
    accepted_by: str = ""
    accepted_why: str = ""
    accepted_at: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Issue:
        """A row of the table, of which some fields may be missing."""
        return cls(*(row.get(name, "") for name in FIELDS))


FIELDS = (
    *("orderId", "kind", "about", "provider", "ledger", "at", "detected"),
    *("issueId", "acceptedBy", "acceptedWhy", "acceptedAt"),
)
"""What `Issue` reads of a row, in its order."""


def open_issues(deployment: Deployment) -> list[Issue]:
    """Every difference that is open and that nobody has accepted, oldest first."""
    return [issue for issue in _not_closed(deployment) if not issue.accepted_at]


def accepted_issues(deployment: Deployment) -> list[Issue]:
    """Every difference that there still is, and that a person has accepted, oldest first."""
    return [issue for issue in _not_closed(deployment) if issue.accepted_at]


def _not_closed(deployment: Deployment) -> list[Issue]:
    table, client = deployment.table("issues"), deployment.connect("dynamodb")
    pages = client.get_paginator("scan").paginate(
        TableName=table, FilterExpression="attribute_not_exists(closedAt)", ConsistentRead=True
    )
    with aws_errors():
        return sorted(
            (Issue.of(row) for page in pages for row in page["Items"]), key=lambda one: (one.at, one.order_id)
        )


def issues_of(deployment: Deployment, order_id: str) -> list[Issue]:
    """The differences of one order that are open, oldest first."""
    return [issue for issue in open_issues(deployment) if issue.order_id == order_id]


def the_issue(deployment: Deployment, order_id: str, kind: str, about: str | None) -> Issue:
    """The open issue of that kind of an order, or of what is nobody's where `order_id` is empty.

    Raises:
        OrderflowError: when there is none, or several, which `about` tells apart.
    """
    found = [one for one in issues_of(deployment, order_id) if one.kind == kind and about in (None, one.about)]
    whose = order_id or "nobody"
    if not found:
        raise OrderflowError(f"no issue {kind} of {whose} is open; 'orderflow issues' shows what is")
    if len(found) > 1:
        things = one_line(", ".join(one.about for one in found), 400)
        raise OrderflowError(f"{len(found)} issues {kind} of {whose} are open; say by --about which is meant: {things}")
    return found[0]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of accepting an issue: `decided` where this did it, and a sentence for the person in any case."""

    issue_id: str
    decided: bool
    message: str
    by: str | None
    why: str | None
    at: str | None


def accept(deployment: Deployment, issue: Issue, by: str | None, why: str) -> Accepted:
    """Say that an open issue is right as it is, so that it is told again only when what differs changes.

    Who says so is known as in `orderflow.decisions.decide`.

    Raises:
        OrderflowError: as there.
    """
    body = tell(deployment, {"issue": {"issueId": issue.issue_id}}, by, why)
    details = (text_at(body, name) for name in ("by", "why", "at"))
    return Accepted(issue.issue_id, at(body, "decided") is True, text_at(body, "message") or "", *details)


def compare(deployment: Deployment, order_id: str) -> list[Issue]:
    """Have one order compared now: its differences, those that are none any more being closed.

    Raises:
        OrderflowError: when the function that compares cannot be called, or fails.
    """
    function, client = deployment.function(COMPARE), deployment.connect("lambda")
    asked = {"items": [{"orderId": order_id}], "executionId": f"orderflow repair, {caller(deployment)}"}
    with aws_errors():
        answer = client.invoke(FunctionName=function.alias_arn, Payload=json.dumps(asked).encode())
        body = parse_object(answer["Payload"].read().decode("utf-8", "replace"))
    if answer.get("FunctionError"):
        message = text_at(body, "errorMessage") or "it says nothing more"
        raise OrderflowError(f"{function.name} did not compare order {order_id}: {one_line(message, 400)}")
    return issues_of(deployment, order_id)


@dataclass(frozen=True, slots=True)
class Report:
    """What a reconciliation came to.

    `listed` is how many orders, and things that are no order's, there were to compare, `not_compared` how many of those
    it could not; `looked_at` counts what was read, `issues` what was found, by kind; `unlisted` says of each book that
    could not be listed why.
    """

    listed: int
    not_compared: int
    looked_at: Mapping[str, int]
    issues: Mapping[str, int]
    unlisted: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How a reconciliation ended, or RUNNING; with its report where it succeeded, and the cause where it failed."""

    status: str
    report: Report | None = None
    cause: str = ""


def reconcile(deployment: Deployment, seconds: float) -> Reconciliation:
    """Have all books of the last weeks compared now, and wait up to `seconds`."""
    client = deployment.connect("stepfunctions")
    with aws_errors():
        arn = client.start_execution(stateMachineArn=deployment.machine(RECONCILIATION))["executionArn"]
        for _ in range(max(1, int(seconds / POLL_SECONDS))):
            time.sleep(POLL_SECONDS)
            found = client.describe_execution(executionArn=arn)
            if found["status"] == "SUCCEEDED":
                return Reconciliation("SUCCEEDED", _report(found.get("output", "")))
            if found["status"] != "RUNNING":
                return Reconciliation(found["status"], cause=found.get("cause") or found.get("error") or "")
    return Reconciliation("RUNNING")


def _report(output: str) -> Report | None:
    """None of a stack that gives no report."""
    found, names = parse_object(output), ("listed", "notCompared", "lookedAt", "issues", "unlisted")
    return Report(*(found[name] for name in names)) if found.keys() >= set(names) else None
