"""The catalogue: what the shop's products cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.shared.batch_reads import rows_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Price:
    """What one of a product costs, in cents, and since when, ISO 8601; None where the catalogue does not say."""

    cents: int
    since: str | None


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
        return {sku: int(product["priceCents"]) for sku, product in self._products(skus).items()}

    def priced(self, skus: Collection[str]) -> dict[str, Price]:
        """As `prices`, with the time since when each holds.

        Raises:
            TechnicalError: when DynamoDB keeps putting part of the question off.
        """
        found = self._products(skus).items()
        return {sku: Price(int(product["priceCents"]), product.get("priceSince")) for sku, product in found}

    def _products(self, skus: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        return rows_of(self._client, self._table, skus)
