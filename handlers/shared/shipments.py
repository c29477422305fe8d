"""Our own rows of shipments: where the carrier says that a parcel is, and whom the execution that waits is told by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared.carriers import ARRIVED, Shipment, Status
from handlers.shared.clock import Clock, written
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class ShipmentRow:
    """`give_up_at` is when the parcel is given up, ISO 8601; `token` the task token of the execution that waits for
    news of this parcel, where one does."""

    shipment: Shipment
    order_id: str
    give_up_at: str
    token: str | None

    @property
    def has_arrived(self) -> bool:
        return self.shipment.status in ARRIVED


class Shipments:
    """The table of shipments, a row each. News of a parcel that has arrived changes nothing any more."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def open(self, shipment: Shipment, order_id: str, deadline_seconds: int) -> ShipmentRow:
        """Begin the row of a parcel that was booked and is given up after `deadline_seconds`; the row as it is then.

        Raises:
            TechnicalError: when the row has gone meanwhile.
        """
        now = self._clock()
        give_up_at = written(now + timedelta(seconds=deadline_seconds))
        row = {**shipment.as_json(), "orderId": order_id, "giveUpAt": give_up_at, "updatedAt": written(now)}
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(shipmentId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._there(shipment.shipment_id)
        return _row(row)

    def waits(self, shipment_id: str, token: str) -> ShipmentRow:
        """Note who waits for the parcel, in place of who did before; the row after it.

        Raises:
            TechnicalError: when there is no such row.
        """
        return self._update(shipment_id, "SET #token = :token", "attribute_exists(shipmentId)", token=token)

    def news(self, shipment_id: str, status: Status) -> ShipmentRow:
        """Note where the parcel is; the row after it.

        Raises:
            TechnicalError: when there is no such row.
        """
        at = written(self._clock())
        open_ = "attribute_exists(shipmentId) AND NOT #status IN (:delivered, :failed, :status)"
        return self._update(
            shipment_id, "SET #status = :status, #updatedAt = :updatedAt", open_, status=status, updatedAt=at
        )

    def read(self, shipment_id: str) -> ShipmentRow | None:
        """The parcel's row as it is now."""
        found = self._client.get_item(TableName=self._table, Key={"shipmentId": shipment_id}, ConsistentRead=True)
        return _row(found["Item"]) if "Item" in found else None

    def _update(self, shipment_id: str, update: str, condition: str, **values: str) -> ShipmentRow:
        arrived = {":delivered": "DELIVERED", ":failed": "FAILED"} if ":delivered" in condition else {}
        try:
            changed = self._client.update_item(
                TableName=self._table,
                Key={"shipmentId": shipment_id},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={**{f":{name}": value for name, value in values.items()}, **arrived},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._there(shipment_id)
        return _row(changed["Attributes"])

    def _there(self, shipment_id: str) -> ShipmentRow:
        row = self.read(shipment_id)
        if row is None:
            raise TechnicalError(f"there is no shipment {shipment_id}; look for it in {self._table}")
        return row


def _row(item: dict[str, Any]) -> ShipmentRow:
    shipment = Shipment(item["shipmentId"], item["status"], item["dueAt"])
    return ShipmentRow(shipment, item["orderId"], item["giveUpAt"], item.get("token"))
