"""boto3 clients, made at the first call and kept: importing a handler costs nothing of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 2
READ_SECONDS = 5
"""Together with the retries below well within a function's timeout."""


@cache
def client(service: str) -> Any:
    """The client of `service`; region, credentials and endpoint come from the environment."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"mode": "standard", "max_attempts": 3}
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def to_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as DynamoDB takes it: strings, whole numbers, sets of strings, lists and objects."""
    from boto3.dynamodb.types import TypeSerializer

    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in row.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row as DynamoDB gives it. Every number in these tables is whole, so none comes back as a Decimal."""
    from boto3.dynamodb.types import TypeDeserializer

    deserialize = TypeDeserializer().deserialize
    return {name: _whole(deserialize(value)) for name, value in item.items()}


def _whole(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    return value


def get_row(table: str, **key: str) -> dict[str, Any] | None:
    """One row as it is now, or None."""
    answer = client("dynamodb").get_item(TableName=table, Key=to_item(key), ConsistentRead=True)
    return from_item(answer["Item"]) if "Item" in answer else None


def put_new_row(table: str, key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Write `row` unless there is one with its `key`; the row that is there afterwards, the first one ever written."""
    dynamodb = client("dynamodb")
    try:
        dynamodb.put_item(
            TableName=table,
            Item=to_item(row),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": key},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        there = get_row(table, **{key: row[key]})
        assert there is not None  # noqa: S101 it just stood in the way, and nobody deletes rows
        return there
    return dict(row)
