"""Decisions by people: what is asked about an order or a return, until when, and who decided what and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from handlers.shared.clock import Clock, read, written
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Verdict: TypeAlias = Literal["APPROVED", "REJECTED", "SETTLED", "RETRIED", "RESTOCKED", "WRITTEN_OFF", "REFUSED"]

VERDICTS: Mapping[str, tuple[Verdict, ...]] = {
    "APPROVAL": ("APPROVED", "REJECTED"),
    "STUCK": ("SETTLED", "RETRIED"),
    "INSPECTION": ("RESTOCKED", "WRITTEN_OFF", "REFUSED"),
    "UNREFUNDED": ("SETTLED", "RETRIED"),
}
"""The answers to each question. Those about one thing differ, so that one that comes late never answers another."""

OF_A_RETURN = "return/"
"""What the key of a question about a return begins with, before its id: no order's id has a slash."""


def subject_of(key: str) -> str:
    """What a question is about, in words, by its key."""
    return f"return {key.removeprefix(OF_A_RETURN)}" if key.startswith(OF_A_RETURN) else f"order {key}"


@dataclass(frozen=True)
class Question:
    """What is asked about an order, and of whom; `kind` is one of VERDICTS, `cents` what the order comes to. A return's
    `order_id` is OF_A_RETURN with its id."""

    order_id: str
    kind: str
    text: str
    cents: int
    asked_of: str


@dataclass(frozen=True)
class Decision:
    """A question as it stands. `status` is OPEN, or DECIDED with who, when and why; `answered` once the workflow knows.

    An open question whose time is over is expired: nobody can decide it any more.
    """

    question: Question
    status: Literal["OPEN", "DECIDED"]
    token: str
    expires_at: str
    answered: bool
    verdict: Verdict | None
    by: str
    why: str
    decided_at: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Decision:
        return cls(
            question=Question(item["orderId"], item["question"], item["text"], int(item["cents"]), item["askedOf"]),
            status=item["status"],
            token=item["token"],
            expires_at=item["expiresAt"],
            answered=item.get("answered", False),
            verdict=item.get("verdict"),
            by=item.get("by", ""),
            why=item.get("why", ""),
            decided_at=item.get("decidedAt", ""),
        )


class Decisions:
    """The table of decisions: one row per order, with the question asked last, and all of them in its history."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def ask(self, question: Question, token: str, attempt: str, seconds: int) -> Decision:
        """Ask, in place of what was asked about the order before; the question expires after `seconds`.

        Of two calls the one with the greater `attempt` stands, whichever comes first: an execution that tries again
        waits for the new token only. What stands is returned.
        """
        now = self._clock()
        row = {
            "question": question.kind,
            "text": question.text,
            "cents": question.cents,
            "askedOf": question.asked_of,
            "status": "OPEN",
            "token": token,
            "attempt": attempt,
            "askedAt": written(now),
            "expiresAt": written(now + timedelta(seconds=seconds)),
        }
        try:
            asked = self._client.update_item(
                TableName=self._table,
                Key={"orderId": question.order_id},
                UpdateExpression=(
                    "SET "
                    + ", ".join(f"#{name} = :{name}" for name in row)
                    + ", history = list_append(if_not_exists(history, :none), :event)"
                    + " REMOVE answered, verdict, #by, why, decidedAt"
                ),
                ConditionExpression="attribute_not_exists(#attempt) OR #attempt <= :attempt",
                ExpressionAttributeNames={"#by": "by", **{f"#{name}": name for name in row}},
                ExpressionAttributeValues={
                    ":none": [],
                    ":event": [{"event": "ASKED", "question": question.kind, "at": row["askedAt"]}],
                    **{f":{name}": value for name, value in row.items()},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._there(question.order_id)
        return Decision.of(asked["Attributes"])

    def read(self, order_id: str) -> Decision | None:
        """What is or was asked last about the order."""
        found = self._client.get_item(TableName=self._table, Key={"orderId": order_id}, ConsistentRead=True)
        return Decision.of(found["Item"]) if "Item" in found else None

    def open(self) -> Iterator[Decision]:
        """Every question that nobody has decided, expired ones among them."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="#status = :open",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":open": "OPEN"},
        )
        return (Decision.of(row) for page in pages for row in page["Items"])

    def has_expired(self, decision: Decision) -> bool:
        """Whether the question is open and its time is over."""
        return decision.status == "OPEN" and read(decision.expires_at) <= self._clock()

    def decide(self, asked: Decision, verdict: Verdict, by: str, why: str) -> Decision:
        """Record the first decision about what was `asked`, and return what stands then.

        Raises:
            TechnicalError: when the row has gone meanwhile.
        """
        order_id, at = asked.question.order_id, written(self._clock())
        values = {"verdict": verdict, "by": by, "why": why, "decidedAt": at, "status": "DECIDED"}
        event = {"event": verdict, "by": by, "why": why, "at": at}
        try:
            row = self._client.update_item(
                TableName=self._table,
                Key={"orderId": order_id},
                UpdateExpression=(
                    "SET "
                    + ", ".join(f"#{name} = :{name}" for name in values)
                    + ", history = list_append(history, :event)"
                ),
                ConditionExpression="#status = :open AND #token = :token AND #expiresAt > :now",
                ExpressionAttributeNames={
                    "#token": "token",
                    "#expiresAt": "expiresAt",
                    **{f"#{name}": name for name in values},
                },
                ExpressionAttributeValues={
                    ":event": [event],
                    ":open": "OPEN",
                    ":token": asked.token,
                    ":now": at,
                    **{f":{name}": value for name, value in values.items()},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._there(order_id)
        return Decision.of(row["Attributes"])

    def _there(self, order_id: str) -> Decision:
        found = self.read(order_id)
        if found is None:
            raise TechnicalError(f"the question about {order_id} is gone; look for it in {self._table}")
        return found

    def has_answered(self, decision: Decision) -> None:
        """Note that the workflow knows the decision, unless something else is asked by now."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"orderId": decision.question.order_id},
                UpdateExpression="SET answered = :yes",
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":yes": True, ":token": decision.token},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
