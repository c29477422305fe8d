"""Questions to people about orders and returns, and their decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from orderflow.documents import at, parse_object, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.outputs import DeployedFunction, Deployment
from orderflow.text import one_line

Verdict: TypeAlias = Literal["APPROVED", "REJECTED", "SETTLED", "RETRIED", "RESTOCKED", "WRITTEN_OFF", "REFUSED"]

DECIDE = "decide"
"""The function that takes decisions; its contract is described in docs/contract.md."""


OF_A_RETURN = "return/"
"""What stands before a return's id, where an order's id could stand."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is or was asked last about an order, or about a return, whose `order_id` is `return/` and the return's id;
    moments are ISO 8601 in UTC.

    `question` is APPROVAL or STUCK of an order, INSPECTION or UNREFUNDED of a return, `cents` what that comes to.
    `status` is OPEN, EXPIRED or DECIDED, then with the verdict, by whom and why.
    """

    order_id: str
    question: str
    text: str
    cents: int
    status: Literal["OPEN", "EXPIRED", "DECIDED"]
    asked_at: str
    expires_at: str
    verdict: str | None = None
    by: str | None = None
    why: str | None = None
    decided_at: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision: `decided` where it was the first, and a sentence for the person in any case."""

    order_id: str
    decided: bool
    message: str
    verdict: str | None
    by: str | None
    why: str | None
    at: str | None


def open_questions(deployment: Deployment, now: datetime) -> list[Question]:
    """What people are asked and have not answered yet, the one that expires first at the head."""
    table, client = deployment.table("decisions"), deployment.connect("dynamodb")
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="#status = :open",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":open": "OPEN"},
    )
    with aws_errors():
        found = [_question(row, now) for page in pages for row in page["Items"]]
    return sorted((one for one in found if one.status == "OPEN"), key=lambda one: (one.expires_at, one.order_id))


def question_about(deployment: Deployment, order_id: str, now: datetime) -> Question | None:
    """What is or was asked last about the order."""
    table, client = deployment.table("decisions"), deployment.connect("dynamodb")
    with aws_errors():
        row = client.get_item(TableName=table, Key={"orderId": order_id}).get("Item")
    return _question(row, now) if row else None


def decide(deployment: Deployment, order_id: str, verdict: Verdict, by: str | None, why: str) -> Decided:
    """Decide what is asked about the order, or about a return: `return/` and its id.

    AWS tells the function who does, by the credentials. The embedded cloud knows no callers: there it is `by`, or whom
    the credentials belong to.

    Raises:
        OrderflowError: when the function that takes decisions cannot be called, or fails; or AWS is told by whom.
    """
    is_return = order_id.startswith(OF_A_RETURN)
    about = (
        {"return": {"returnId": order_id.removeprefix(OF_A_RETURN)}} if is_return else {"order": {"orderId": order_id}}
    )
    body = tell(deployment, {**about, "verdict": verdict}, by, why)
    details = (text_at(body, name) for name in ("verdict", "by", "why", "at"))
    return Decided(order_id, at(body, "decided") is True, text_at(body, "message") or "", *details)


def tell(deployment: Deployment, what: Mapping[str, Any], by: str | None, why: str, function_name: str = DECIDE) -> Any:
    """What a function answers that takes decisions, as `decide` asks it."""
    function = deployment.function(function_name)
    if not function.url or deployment.endpoint_url:
        return _called(deployment, function, {**what, "by": by or caller(deployment), "why": why})
    if by is not None:
        raise OrderflowError("--by is not taken here: AWS says who decides, by the credentials")
    from orderflow.signed import post  # loads boto3

    return post(function.url, {**what, "why": why}, deployment.region)


def _called(deployment: Deployment, function: DeployedFunction, said: Mapping[str, Any]) -> Any:
    client = deployment.connect("lambda")
    with aws_errors():
        answer = client.invoke(FunctionName=function.alias_arn, Payload=json.dumps(said).encode())
        body = parse_object(answer["Payload"].read().decode("utf-8", "replace"))
    if answer.get("FunctionError"):
        message = text_at(body, "errorMessage") or "it says nothing more"
        raise OrderflowError(f"{function.name} did not take the decision: {one_line(message, 400)}")
    return body


def caller(deployment: Deployment) -> str:
    """The ARN of whoever these credentials belong to."""
    with aws_errors():
        return str(deployment.connect("sts").get_caller_identity()["Arn"])


def _question(row: Mapping[str, Any], now: datetime) -> Question:
    expires = str(row["expiresAt"])
    is_over = row["status"] == "OPEN" and datetime.fromisoformat(expires) <= now.astimezone(UTC)
    return Question(
        order_id=str(row["orderId"]),
        question=str(row["question"]),
        text=str(row["text"]),
        cents=int(row["cents"]),
        status="EXPIRED" if is_over else row["status"],
        asked_at=str(row["askedAt"]),
        expires_at=expires,
        verdict=row.get("verdict"),
        by=row.get("by"),
        why=row.get("why"),
        decided_at=row.get("decidedAt"),
    )
