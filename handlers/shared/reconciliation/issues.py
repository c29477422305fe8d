"""The differences that people have to look at, in their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.shared.clock import written
from handlers.shared.reconciliation.difference import Difference

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Issue:
    """A difference that a person has to look at; `detected` says by what it was found.

    `order_id` is empty where nobody knows whose it is.
    """

    order_id: str
    detected: str
    difference: Difference

    @property
    def issue_id(self) -> str:
        return "#".join(filter(None, (self.order_id, self.difference.kind, self.difference.about)))


@dataclass(frozen=True)
class Acceptance:
    """Who has found that a difference is right as it is, when (ISO 8601) and why."""

    by: str
    why: str
    at: str


@dataclass(frozen=True)
class OpenIssue:
    """A recorded issue that is open: what has to be compared again to close it, and who has accepted it, if anyone."""

    issue_id: str
    order_id: str
    kind: str
    about: str
    accepted: Acceptance | None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> OpenIssue:
        accepted = None
        if "acceptedAt" in item:
            accepted = Acceptance(item["acceptedBy"], item["acceptedWhy"], item["acceptedAt"])
        return cls(item["issueId"], item.get("orderId", ""), item.get("kind", ""), item.get("about", ""), accepted)


class Issues:
    """The table of issues. One that is found again is still the first: it keeps its time and what was seen then.

    One that is not found any more is closed, and begins anew when it is found after that; one that was accepted begins
    anew when it is found with something else to say.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def record(self, issue: Issue, at: datetime) -> bool:
        """Record the issue unless it is there, or was accepted just as it is; says whether it is new."""
        item: dict[str, Any] = {
            "issueId": issue.issue_id,
            "orderId": issue.order_id,
            "kind": issue.difference.kind,
            "about": issue.difference.about,
            "detected": issue.detected,
            "provider": issue.difference.provider,
            "ledger": issue.difference.ledger,
            "at": written(at),
        }
        changed = "attribute_exists(acceptedAt) AND (provider <> :provider OR ledger <> :ledger)"
        new = f"attribute_not_exists(issueId) OR attribute_exists(closedAt) OR {changed}"
        said = {":provider": item["provider"], ":ledger": item["ledger"]}
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression=new, ExpressionAttributeValues=said
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def open(self) -> Iterator[OpenIssue]:
        """Every issue that is open, those that were accepted included: they are looked at again as well."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            ProjectionExpression="issueId, orderId, kind, about, acceptedBy, acceptedWhy, acceptedAt",
            FilterExpression="attribute_not_exists(closedAt)",
        )
        return (OpenIssue.of(row) for page in pages for row in page["Items"])

    def find(self, issue_id: str) -> OpenIssue | None:
        """The issue as it stands; None where there is none, or it is closed."""
        answer = self._client.get_item(TableName=self._table, Key={"issueId": issue_id}, ConsistentRead=True)
        row = answer.get("Item")
        return None if row is None or "closedAt" in row else OpenIssue.of(row)

    def accept(self, issue_id: str, by: str, why: str, at: datetime) -> bool:
        """Note who has found the issue right, and why; says whether it was open, and nobody had."""
        is_open = "attribute_exists(issueId) AND attribute_not_exists(closedAt) AND attribute_not_exists(acceptedAt)"
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"issueId": issue_id},
                UpdateExpression="SET acceptedBy = :by, acceptedWhy = :why, acceptedAt = :at",
                ConditionExpression=is_open,
                ExpressionAttributeValues={":by": by, ":why": why, ":at": written(at)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def close(self, issue_id: str, at: datetime) -> None:
        """Note that the issue is not found any more, unless that is noted."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"issueId": issue_id},
                UpdateExpression="SET closedAt = :at",
                ConditionExpression="attribute_exists(issueId) AND attribute_not_exists(closedAt)",
                ExpressionAttributeValues={":at": written(at)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
