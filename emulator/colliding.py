"""Transactions of DynamoDB that collide as on AWS: one has its rows to itself while it lasts, and others are refused.

By itself ministack makes one write after the other, and no two ever meet.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import dynamodb

LASTS_SECONDS = 0.01
"""How long a transaction lasts. AWS does not say; it has two phases, each with a round between several machines."""

Row: TypeAlias = tuple[str, ...]

_held: set[Row] = set()
"""The rows that transactions are at."""


def install() -> None:
    """Let transactions collide, in the process of ministack and before it starts."""
    answer = dynamodb.handle_request

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        call = headers.get("x-amz-target", "").rpartition(".")[2]
        if call in ("PutItem", "UpdateItem", "DeleteItem"):
            if _held and _row(call.removesuffix("Item"), json.loads(body)) in _held:
                return error_response_json("TransactionConflictException", "Transaction is ongoing for the item", 400)
        elif call == "TransactWriteItems":
            rows = _rows(json.loads(body))
            if any(row in _held for row in rows):
                return _canceled(rows)
            _held.update(rows)
            try:
                await asyncio.sleep(LASTS_SECONDS)
                return await answer(method, path, headers, body, query)
            finally:
                _held.difference_update(rows)
        return await answer(method, path, headers, body, query)

    dynamodb.handle_request = handle


def _rows(request: Mapping[str, Any]) -> list[Row]:
    return [_row(kind, action) for item in request.get("TransactItems", []) for kind, action in item.items()]


def _row(kind: str, action: Mapping[str, Any]) -> Row:
    """The row that an action of that kind is about."""
    name = action.get("TableName", "")
    table = dynamodb._tables.get(name) or {}
    said = action.get("Item" if kind == "Put" else "Key", {})
    key = [json.dumps(said.get(table.get(part))) for part in ("pk_name", "sk_name")]
    return (get_account_id(), get_region(), name, *key)


def _canceled(rows: list[Row]) -> Any:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors"""
    conflict = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    reasons = [conflict if row in _held else {"Code": "None"} for row in rows]
    codes = ", ".join(reason["Code"] for reason in reasons)
    said = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return json_response(
        {"__type": "TransactionCanceledException", "message": said, "CancellationReasons": reasons}, status=400
    )
