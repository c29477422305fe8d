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
class OpenIssue:
    """A recorded issue that is open: what has to be compared again to close it."""

    issue_id: str
    order_id: str
    kind: str
    about: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> OpenIssue:
        return cls(item["issueId"], item.get("orderId", ""), item.get("kind", ""), item.get("about", ""))


class Issues:
    """The table of issues. One that is found again is still the first: it keeps its time and what was seen then.

    One that is not found any more is closed, and begins anew when it is found after that.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def record(self, issue: Issue, at: datetime) -> bool:
        """Record the issue unless it is there; says whether it is new."""
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
        new = "attribute_not_exists(issueId) OR attribute_exists(closedAt)"
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression=new)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def open(self) -> Iterator[OpenIssue]:
        """Every issue that is open."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            ProjectionExpression="issueId, orderId, kind, about",
            FilterExpression="attribute_not_exists(closedAt)",
        )
        return (OpenIssue.of(row) for page in pages for row in page["Items"])

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
