"""Many rows of a table in one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from handlers.shared.backoff import attempts
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def rows_of(client: DynamoDBClient, table: str, skus: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """The rows of a table of products by their skus, 100 at most; those that it does not know are left out.

    A moment old, as they may be: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html

    Raises:
        TechnicalError: when DynamoDB keeps putting part of the question off.
    """
    rows: dict[str, Mapping[str, Any]] = {}
    wanted = [{"sku": sku} for sku in sorted(set(skus))]
    if not wanted:
        return rows
    for _ in attempts():
        answer = client.batch_get_item(RequestItems={table: {"Keys": wanted}})
        rows |= {str(row["sku"]): row for row in answer["Responses"].get(table, [])}
        unprocessed = answer["UnprocessedKeys"].get(table)
        if not unprocessed:
            return rows
        wanted = unprocessed["Keys"]
    raise TechnicalError(f"{table} did not give {len(wanted)} of {len(skus)} rows; try again later")
