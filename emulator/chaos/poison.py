"""Rows in the ledger's stream that no projection can make anything of: each has to be set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.chaos.evidence import POISON, emptied
from emulator.cloud import Cloud

ROWS: list[dict[str, Any]] = [
    {"orderId": {"S": f"{POISON}1"}, "version": {"S": "one"}},
    {"orderId": {"S": f"{POISON}2"}, "status": {"N": "7"}, "version": {"N": "1"}},
    {"orderId": {"S": f"{POISON}3"}},
]


def poison(cloud: Cloud, outputs: Mapping[str, Any]) -> None:
    """Put them into the ledger."""
    for row in ROWS:
        cloud.client("dynamodb").put_item(TableName=outputs["tables"]["orders"]["name"], Item=row)


def set_aside(cloud: Cloud, outputs: Mapping[str, Any]) -> set[str]:
    """The ids of those that have come into the dead-letter queue since this was asked last."""
    bodies = emptied(cloud, outputs["queues"]["poison-events"]["url"])
    return {json.loads(body)["record"]["dynamodb"]["NewImage"]["orderId"]["S"] for body in bodies}
