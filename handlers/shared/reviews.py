"""Reviews of applications by people: who decided what and why, by the id of the review that a message asked for.

A message that nobody answers in time is sent again, as a review of its own. The reasons of a decision stay here, and
never reach an execution.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from handlers.shared.clock import Clock, written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Verdict: TypeAlias = Literal["APPROVED", "REJECTED"]
VERDICTS: tuple[Verdict, ...] = ("APPROVED", "REJECTED")


@dataclass(frozen=True)
class Review:
    """A decision; `answered` once the workflow knows it."""

    review_id: str
    applicant_id: str
    verdict: Verdict
    by: str
    why: str
    at: str
    answered: bool

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Review:
        said = (item[name] for name in ("reviewId", "applicantId", "verdict", "by", "why", "at"))
        return cls(*said, answered=item.get("answered", False))


class Reviews:
    """The table of reviews, a row for each that was decided."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def decide(self, review_id: str, applicant_id: str, verdict: Verdict, by: str, why: str) -> Review:
        """Record the first decision, and return what stands then."""
        made = Review(review_id, applicant_id, verdict, by, why, written(self._clock()), answered=False)
        row = {"applicantId": applicant_id, "verdict": verdict, "by": by, "why": why, "at": made.at}
        try:
            self._client.put_item(
                TableName=self._table,
                Item={"reviewId": review_id, **row},
                ConditionExpression="attribute_not_exists(reviewId)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.read(review_id) or made
        return made

    def read(self, review_id: str) -> Review | None:
        """What was decided."""
        found = self._client.get_item(TableName=self._table, Key={"reviewId": review_id}, ConsistentRead=True)
        return Review.of(found["Item"]) if "Item" in found else None

    def has_answered(self, review_id: str) -> None:
        """Note that the workflow knows the decision."""
        self._client.update_item(
            TableName=self._table,
            Key={"reviewId": review_id},
            UpdateExpression="SET answered = :yes",
            ExpressionAttributeValues={":yes": True},
        )
