"""The view of orders that customers are shown: written by the machine `order-events`, read here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Views:
    """The table of views, a row for each order."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, order_id: str) -> dict[str, Any] | None:
        """The order's view as it is now."""
        found = self._client.get_item(TableName=self._table, Key={"orderId": order_id}, ConsistentRead=True)
        return found.get("Item")

    def ids(self) -> Iterator[str]:
        """The id of every order that has a view."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ProjectionExpression="orderId")
        return (str(row["orderId"]) for page in pages for row in page["Items"])
