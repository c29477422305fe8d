"""The ledger: one row per order that says what has happened to it, each change recorded once and in its turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.shared.backoff import attempts
from handlers.shared.clock import Clock, written
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef

AFTER: Mapping[str, tuple[str, ...]] = {
    "CHARGED": ("VALIDATED",),
    "DECLINED": ("VALIDATED",),
    "RESERVED": ("CHARGED", "SHIPPED"),
    "SHIPPED": ("CHARGED",),
    "OUT_OF_STOCK": ("CHARGED", "SHIPPED"),
    "SHIPMENT_REFUSED": ("CHARGED",),
    "FULFILLMENT_FAILED": ("CHARGED", "SHIPPED"),
    "DELIVERED": ("SHIPPED",),
    "SHIPPING_FAILED": ("SHIPPED",),
    "PARCEL_OVERDUE": ("SHIPPED",),
}
"""The statuses in which an order takes each change. VALIDATED and REJECTED open the row; a leaf is final."""

SILENT = frozenset({"RESERVED"})
"""Changes that leave the status alone: the stock is reserved while the shipment is booked, in no certain order."""


class LedgerConflict(TechnicalError):  # noqa: N818 the error's name in the workflow
    """What a step wants to record does not fit what the ledger says of the order."""


@dataclass(frozen=True)
class OrderRow:
    """What the ledger knows of an order; amounts in cents."""

    order_id: str
    status: str
    events: frozenset[str]
    digest: str
    quote: str | None
    amount_cents: int
    charged_cents: int
    payment_id: str | None
    shipment_id: str | None
    reason: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> OrderRow:
        return cls(
            order_id=item["orderId"],
            status=item["status"],
            events=frozenset(item["events"]),
            digest=item["digest"],
            quote=item.get("quote"),
            amount_cents=int(item["amountCents"]),
            charged_cents=int(item["chargedCents"]),
            payment_id=item.get("paymentId"),
            shipment_id=item.get("shipmentId"),
            reason=item.get("reason", ""),
        )


class Ledger:
    """The table of orders. Every change is one conditional write; recording it again changes nothing."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def read(self, order_id: str) -> OrderRow | None:
        """The order's row as it is now."""
        found = self._client.get_item(TableName=self._table, Key={"orderId": order_id}, ConsistentRead=True)
        return OrderRow.of(found["Item"]) if "Item" in found else None

    def expect(self, order_id: str, *changes: str) -> OrderRow:
        """The row of an order that has had one of `changes` or can take it now: what to ask before acting outside.

        Raises:
            LedgerConflict: when it can have none of them, or has no row.
        """
        row = self.read(order_id)
        if row is None or not any(change in row.events or row.status in AFTER[change] for change in changes):
            raise _conflict(order_id, " or ".join(changes), row)
        return row

    def recorded(self, order_id: str, change: str) -> OrderRow:
        """The row of an order that has had `change`.

        Raises:
            LedgerConflict: when it has not, or has no row.
        """
        row = self.read(order_id)
        if row is None or change not in row.events:
            raise _conflict(order_id, change, row)
        return row

    def open(self, order_id: str, change: str, fields: Mapping[str, Any]) -> OrderRow:
        """Begin the order's row with `change` and `fields`. The row that stands is returned: this or an earlier one."""
        at = written(self._clock())
        row = {
            **fields,
            "status": change,
            "version": 1,
            "chargedCents": 0,
            "events": {change},
            "timeline": [{"event": change, "at": at}],
            "updatedAt": at,
        }
        try:
            written_row = self._client.update_item(
                TableName=self._table,
                Key={"orderId": order_id},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in row),
                ConditionExpression="attribute_not_exists(orderId)",
                ExpressionAttributeNames={f"#{name}": name for name in row},
                ExpressionAttributeValues={f":{name}": value for name, value in row.items()},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            first = self.read(order_id)
            if first is None:
                raise TechnicalError(f"order {order_id} was in the ledger and is gone; try again") from None
            return first
        return OrderRow.of(written_row["Attributes"])

    def record(self, order_id: str, change: str, **fields: str | int) -> OrderRow:
        """Record `change` with the `fields` that it sets, unless it is recorded already. Returns the row after it.

        Raises:
            LedgerConflict: when the order's status does not take the change, or it has no row.
            TechnicalError: when another transaction holds the row for too long.
        """
        update = self.change(order_id, change, **fields)
        for _ in attempts():
            try:
                row = self._client.update_item(**update, ReturnValues="ALL_NEW")["Attributes"]
            except self._client.exceptions.TransactionConflictException:
                continue  # the other branch is recording its own change to this order at this moment
            except self._client.exceptions.ConditionalCheckFailedException:
                return self.recorded(order_id, change)
            return OrderRow.of(row)
        raise TechnicalError(f"order {order_id} is being changed by others; {change} is not recorded, try again")

    def change(self, order_id: str, change: str, **fields: str | int) -> UpdateTypeDef:
        """The update that `record` makes, to be part of a larger transaction."""
        at = written(self._clock())
        sets = {"updatedAt": at, **fields} if change in SILENT else {"status": change, "updatedAt": at, **fields}
        statuses = {f":after{n}": status for n, status in enumerate(AFTER[change])}
        return {
            "TableName": self._table,
            "Key": {"orderId": order_id},
            "UpdateExpression": (
                "SET version = version + :one, timeline = list_append(timeline, :entry), "
                + ", ".join(f"#{name} = :{name}" for name in sets)
                + " ADD events :changes"
            ),
            "ConditionExpression": f"NOT contains(events, :change) AND #status IN ({', '.join(statuses)})",
            "ExpressionAttributeNames": {"#status": "status", **{f"#{name}": name for name in sets}},
            "ExpressionAttributeValues": {
                ":one": 1,
                ":entry": [{"event": change, "at": at}],
                ":change": change,
                ":changes": {change},
                **{f":{name}": value for name, value in sets.items()},
                **statuses,
            },
        }


def _conflict(order_id: str, change: str, row: OrderRow | None) -> LedgerConflict:
    stands = f"is {row.status}" if row else "is not in the ledger"
    return LedgerConflict(f"order {order_id} {stands}, which does not go with {change}; compare its row and its steps")
