"""The stock, and what is set aside of it: changed together with the ledger or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handlers.shared.backoff import attempts
from handlers.shared.errors import TechnicalError
from handlers.shared.orders import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

FAILED, CONFLICT, FINE = "ConditionalCheckFailed", "TransactionConflict", "None"


class Stockroom:
    """The tables of stock and of reservations."""

    def __init__(self, client: DynamoDBClient, stock_table: str, reservations_table: str) -> None:
        self._client = client
        self._stock = stock_table
        self._reservations = reservations_table

    def reserve(self, order_id: str, lines: Sequence[Order], recording: TransactWriteItemTypeDef) -> tuple[str, ...]:
        """Take all `lines` from the stock, note the reservation and make `recording`, in one transaction.

        Returns the skus of which there is not enough; none when the reservation stands, made now or by an earlier call.

        Raises:
            TechnicalError: when the recording does not fit, or others kept the transaction from being decided.
        """
        actions = [recording, self._reservation(order_id, lines), *(self._taking(line) for line in lines)]
        codes: list[str] = []
        for _ in attempts():
            try:
                self._client.transact_write_items(TransactItems=actions)
                return ()
            except self._client.exceptions.TransactionCanceledException as canceled:
                codes = [reason.get("Code", FINE) for reason in canceled.response.get("CancellationReasons", [])]
            if CONFLICT not in codes:
                break
        # Asked before anything else: what the stock lacks may be just what an earlier call for this order took.
        return () if self._is_reserved(order_id) else _short(order_id, lines, codes)

    def _is_reserved(self, order_id: str) -> bool:
        key = {"orderId": order_id}
        return "Item" in self._client.get_item(TableName=self._reservations, Key=key, ConsistentRead=True)

    def _reservation(self, order_id: str, lines: Sequence[Order]) -> TransactWriteItemTypeDef:
        taken = [{"sku": line["sku"], "quantity": line["quantity"]} for line in lines]
        return {
            "Put": {
                "TableName": self._reservations,
                "Item": {"orderId": order_id, "lines": taken, "units": sum(line["quantity"] for line in lines)},
                "ConditionExpression": "attribute_not_exists(orderId)",
            }
        }

    def _taking(self, line: Order) -> TransactWriteItemTypeDef:
        return {
            "Update": {
                "TableName": self._stock,
                "Key": {"sku": line["sku"]},
                "UpdateExpression": "SET available = available - :quantity",
                "ConditionExpression": "available >= :quantity",
                "ExpressionAttributeValues": {":quantity": line["quantity"]},
            }
        }


def _short(order_id: str, lines: Sequence[Order], codes: Sequence[str]) -> tuple[str, ...]:
    """The skus that a cancelled transaction lacked: DynamoDB gives a code per action, in the order of the actions."""
    recording, _, *stock = codes
    if recording == FAILED:
        raise TechnicalError(f"the ledger takes no reservation for order {order_id} now; compare its row and its steps")
    if not set(codes) <= {FAILED, FINE}:
        raise TechnicalError(f"the stock for order {order_id} is being changed by others ({codes}); try again")
    return tuple(line["sku"] for line, code in zip(lines, stock, strict=True) if code == FAILED)
