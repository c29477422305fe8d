"""The stock, and what is set aside of it: changed together with the ledger or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from handlers.shared.batch_reads import rows_of
from handlers.shared.errors import TechnicalError
from handlers.shared.orders import Order
from handlers.shared.transactions import transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    Recording: TypeAlias = Sequence[TransactWriteItemTypeDef]
    """What the ledger writes beside the stock; its first write is the order's row."""

PATIENCE_SECONDS = 12
"""How long one call tries to change stock that many orders want at once: so that, with one request that hangs, it ends
before the function's own timeout of 20 s."""

Released: TypeAlias = Literal["RELEASED", "WRITTEN_OFF"]
Held: TypeAlias = Literal["RESERVED"] | Released


@dataclass(frozen=True)
class Reservation:
    """What is, or was, set aside for an order: how many of each product, and how many came back by returns."""

    status: Held
    lines: Mapping[str, int]
    restocked: Mapping[str, int] = field(default_factory=dict[str, int])


class Stockroom:
    """The tables of stock and of reservations."""

    def __init__(self, client: DynamoDBClient, stock_table: str, reservations_table: str) -> None:
        self._client = client
        self._stock = stock_table
        self._reservations = reservations_table

    def reserve(self, order_id: str, lines: Sequence[Order], recording: Recording) -> tuple[str, ...]:
        """Take all `lines` from the stock, note the reservation and make `recording`, in one transaction.

        Returns the skus of which there is not enough; none when the reservation stands, made now or by an earlier call.

        Raises:
            RowsBusy: when others kept the transaction from being decided.
            TechnicalError: when the recording does not fit.
        """
        actions = [*recording, self._reservation(order_id, lines), *(self._taking(line) for line in lines)]
        held = transact(self._client, actions, f"the reservation of order {order_id}", PATIENCE_SECONDS)
        # Asked before anything else: what the stock lacks may be just what an earlier call for this order took.
        if not held or self.reservation(order_id):
            return ()
        if not held[0]:
            raise TechnicalError(f"the ledger takes no reservation for order {order_id} now; compare its row and steps")
        stock = held[len(actions) - len(lines) :]
        return tuple(line["sku"] for line, enough in zip(lines, stock, strict=True) if not enough)

    def release(self, order_id: str, lines: Sequence[Order], as_: Released, recording: Recording) -> None:
        """End the reservation and make `recording`, in one transaction; `RELEASED` goods go back into the stock.

        Raises:
            RowsBusy: when others kept the transaction from being decided.
        """
        back = [self._returning(line) for line in lines] if as_ == "RELEASED" else []
        actions = [*recording, self._ending(order_id, as_), *back]
        transact(self._client, actions, f"the end of the reservation of order {order_id}", PATIENCE_SECONDS)

    def restocking(
        self, order_id: str, lines: Mapping[str, int], restocked: Mapping[str, int]
    ) -> list[TransactWriteItemTypeDef]:
        """The writes that put pieces that came back into the stock, to be part of a transaction; `restocked` are all of
        the order's that are there then, and are noted in its reservation. An order without one was delivered so."""
        back = [self._returning({"sku": sku, "quantity": count}) for sku, count in lines.items()]
        if self.reservation(order_id) is None:
            return back
        noted: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._reservations,
                "Key": {"orderId": order_id},
                "UpdateExpression": "SET restocked = :restocked",
                "ConditionExpression": "attribute_exists(orderId)",
                "ExpressionAttributeValues": {":restocked": dict(restocked)},
            }
        }
        return [noted, *back]

    def reservation(self, order_id: str) -> dict[str, Any] | None:
        """The order's reservation: {"orderId", "lines", "units", "status"}."""
        found = self._client.get_item(TableName=self._reservations, Key={"orderId": order_id}, ConsistentRead=True)
        return found.get("Item")

    def reserved(self, order_id: str) -> Reservation | None:
        """The order's reservation, where it can be made out.

        Raises:
            KeyError: naming what it lacks.
            ValueError: when it has a status that no reservation has.
        """
        found = self.reservation(order_id)
        if found is None:
            return None
        if found["status"] not in get_args(Literal["RESERVED"]) + get_args(Released):
            raise ValueError(f"its status is {found['status']}, which no reservation has")
        lines = {str(line["sku"]): int(line["quantity"]) for line in found["lines"]}
        restocked = {str(sku): int(count) for sku, count in found.get("restocked", {}).items()}
        return Reservation(cast(Held, found["status"]), lines, restocked)

    def reservation_ids(self) -> Iterator[str]:
        """The id of every order that has a reservation."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._reservations, ProjectionExpression="orderId"
        )
        return (str(row["orderId"]) for page in pages for row in page["Items"])

    def available(self, sku: str) -> int | None:
        """How many of a product there are, None where the stock does not know it.

        Raises:
            KeyError: when its row does not say.
        """
        found = self._client.get_item(TableName=self._stock, Key={"sku": sku}, ConsistentRead=True)
        return int(cast(Any, found["Item"]["available"])) if "Item" in found else None

    def short(self, lines: Sequence[Order]) -> tuple[str, ...]:
        """The skus of which there was not enough a moment ago; nothing is set aside.

        Raises:
            TechnicalError: when DynamoDB keeps putting part of the question off.
        """
        rows = rows_of(self._client, self._stock, [line["sku"] for line in lines])
        return tuple(line["sku"] for line in lines if rows.get(line["sku"], {}).get("available", 0) < line["quantity"])

    def overdrawn(self) -> Iterator[str]:
        """Every product of which there are fewer than none, or of which the stock does not say how many there are."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._stock, ProjectionExpression="sku, available"
        )
        for row in (row for page in pages for row in page["Items"]):
            available = row.get("available")
            if not isinstance(available, Decimal) or available < 0:
                yield str(row["sku"])

    def _reservation(self, order_id: str, lines: Sequence[Order]) -> TransactWriteItemTypeDef:
        taken = [{"sku": line["sku"], "quantity": line["quantity"]} for line in lines]
        units = sum(line["quantity"] for line in lines)
        return {
            "Put": {
                "TableName": self._reservations,
                "Item": {"orderId": order_id, "lines": taken, "units": units, "status": "RESERVED"},
                "ConditionExpression": "attribute_not_exists(orderId)",
            }
        }

    def _ending(self, order_id: str, as_: Released) -> TransactWriteItemTypeDef:
        return {
            "Update": {
                "TableName": self._reservations,
                "Key": {"orderId": order_id},
                "UpdateExpression": "SET #status = :ended",
                "ConditionExpression": "#status = :reserved",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":ended": as_, ":reserved": "RESERVED"},
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

    def _returning(self, line: Order) -> TransactWriteItemTypeDef:
        return {
            "Update": {
                "TableName": self._stock,
                "Key": {"sku": line["sku"]},
                "UpdateExpression": "ADD available :quantity",
                "ExpressionAttributeValues": {":quantity": line["quantity"]},
            }
        }
