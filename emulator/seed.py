"""Filling the catalogue and the stock of a deployed stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from emulator.baskets import Product
from emulator.cloud import Cloud
from handlers.shared.clock import now, written

BATCH = 25
"""What one BatchWriteItem takes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


def seed(cloud: Cloud, tables: Mapping[str, Mapping[str, str]], products: Sequence[Product]) -> None:
    """Put `products` into the catalogue, at prices that hold from now on, and their first stock beside them."""
    since = written(now())
    catalogue = (
        {
            "sku": {"S": p.sku},
            "title": {"S": p.title},
            "priceCents": {"N": str(p.price_cents)},
            "priceSince": {"S": since},
        }
        for p in products
    )
    stock = ({"sku": {"S": p.sku}, "available": {"N": str(p.available)}} for p in products)
    for table, rows in (("products", catalogue), ("stock", stock)):
        for batch in _batches(rows):
            requests = {tables[table]["name"]: [{"PutRequest": {"Item": row}} for row in batch]}
            left = cloud.client("dynamodb").batch_write_item(RequestItems=requests)["UnprocessedItems"]
            assert not left, "the embedded cloud never defers a write"  # noqa: S101


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
