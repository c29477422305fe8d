"""The catalogue: what the shop's products cost."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from handlers.shared.backoff import attempts
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Catalogue:
    """The table of products."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def prices(self, skus: Collection[str]) -> dict[str, int]:
        """The price in cents of each of `skus`, 100 at most; those that the catalogue does not know are left out.

        Raises:
            TechnicalError: when DynamoDB keeps putting part of the question off.
        """
        prices: dict[str, int] = {}
        wanted = [{"sku": sku} for sku in sorted(set(skus))]
        if not wanted:
            return prices
        for _ in attempts():
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted}})
            for product in answer["Responses"].get(self._table, []):
                prices[str(product["sku"])] = int(product["priceCents"])  # type: ignore[arg-type]
            unprocessed = answer["UnprocessedKeys"].get(self._table)
            if not unprocessed:
                return prices
            wanted = unprocessed["Keys"]
        raise TechnicalError(f"the catalogue did not give {len(wanted)} of {len(skus)} prices; try again later")
