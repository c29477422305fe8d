"""A carrier for trying things out: it moves no parcels, but books them and lets them advance by its schedule.

A parcel is CREATED, IN_TRANSIT after half its time and DELIVERED when it is due. Test postcodes differ:

    00000    refused when it should be booked
    00001    returned to the sender: FAILED when it is due
    00002    lost: IN_TRANSIT for ever, and not to be found when it is canceled

What came to a postcode goes back from there by a label:

    00003    never sent: CREATED for ever
    00004    lost on its way back: IN_TRANSIT for ever
    00005    no label is made
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from handlers.shared.carriers import (
    AlreadyDeliveredError,
    AlreadySentError,
    Goods,
    Parcel,
    ParcelRefusedError,
    Shipment,
    Status,
)
from handlers.shared.clock import Clock, read, written
from handlers.shared.unread import NotThereError, Unread, reading

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFUSED, RETURNED, LOST = "00000", "00001", "00002"
NOT_SENT, LOST_COMING_BACK, NO_LABEL = "00003", "00004", "00005"


class SandboxCarrier:
    """Books in a table: one row per order; where a parcel is follows from the clock, until it is canceled."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock, transit: timedelta) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._transit = transit

    def due_at(self, postcode: str) -> str:
        """When a parcel that is booked now is due.

        Raises:
            ParcelRefusedError: for the postcode 00000.
        """
        if postcode == REFUSED:
            raise ParcelRefusedError(f"no delivery to postcode {REFUSED}")
        return written(self._clock() + self._transit)

    def book(self, order_id: str, ship_to: Mapping[str, str]) -> Shipment:
        """Book one parcel per order; a repeat gives the first booking.

        Raises:
            ParcelRefusedError: for the postcode 00000, and for an order whose parcel was canceled.
        """
        row = self._booked(f"shp_{order_id}", order_id, ship_to["postcode"])
        if "goods" in row:
            raise ParcelRefusedError("the parcel was canceled")
        return Shipment(row["shipmentId"], "CREATED", row["dueAt"])

    def label(self, return_id: str, order_id: str) -> Shipment:
        """Make one label per return, from where the order went; a repeat gives the first.

        Raises:
            ParcelRefusedError: for the postcode 00005, and for a label that was canceled.
            NotThereError: when no parcel was booked for the order.
        """
        postcode = self._row(f"shp_{order_id}")["postcode"]
        if postcode == NO_LABEL:
            raise ParcelRefusedError(f"no parcel is fetched from postcode {NO_LABEL}")
        row = self._booked(f"rtn_{return_id}", order_id, postcode, returnId=return_id)
        if "goods" in row:
            raise ParcelRefusedError("the label was canceled")
        return Shipment(row["shipmentId"], "CREATED", row["dueAt"])

    def cancel_label(self, return_id: str) -> None:
        """Void the label. Where none was made a row is left that keeps it so.

        Raises:
            AlreadySentError: when the parcel is on its way.
        """
        key = {"shipmentId": f"rtn_{return_id}"}
        row: Any = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if row and "goods" not in row and (status := status_of(row, self._clock())) != "CREATED":
            raise AlreadySentError(f"the parcel {row['shipmentId']} is {status}")
        self._client.update_item(
            TableName=self._table,
            Key=key,
            UpdateExpression="SET goods = if_not_exists(goods, :goods), returnId = :return",
            ExpressionAttributeValues={":goods": "HERE", ":return": return_id},
        )

    def track(self, shipment_id: str) -> Shipment:
        """The parcel as it is now.

        Raises:
            NotThereError: when nothing is booked under `shipment_id`.
        """
        row = self._row(shipment_id)
        return Shipment(shipment_id, status_of(row, self._clock()), row["dueAt"])

    def parcel(self, shipment_id: str) -> Parcel:
        """The parcel as it is now, with what the books have of it beside.

        Raises:
            NotThereError: when nothing is booked under `shipment_id`.
            KeyError: naming what the parcel lacks.
        """
        return self._parcel(self._row(shipment_id))

    def parcels(self, since: datetime) -> Iterator[Parcel | Unread]:
        """Every parcel that was not booked before `since`, those that cannot be made out included."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            # What has no time is not before it either; that which was never booked is no parcel.
            FilterExpression="NOT createdAt < :since AND (attribute_exists(createdAt) OR attribute_not_exists(goods))",
            ExpressionAttributeValues={":since": written(since)},
        )
        return (
            reading(str(row["shipmentId"]), lambda row=row: self._parcel(row), row.get("orderId"))
            for page in pages
            for row in page["Items"]
        )

    def _parcel(self, row: Mapping[str, Any]) -> Parcel:
        shipment = Shipment(row["shipmentId"], status_of(row, self._clock()), row["dueAt"])
        return Parcel(shipment, row["orderId"], "goods" in row, row.get("returnId", ""))

    def _booked(self, shipment_id: str, order_id: str, postcode: str, **more: str) -> Mapping[str, Any]:
        """The row of a parcel as it was booked first.

        Raises:
            ParcelRefusedError: for the postcode 00000.
        """
        due_at = self.due_at(postcode)
        asked = {"shipmentId": shipment_id, "orderId": order_id, "postcode": postcode, **more}
        row = {**asked, "createdAt": written(self._clock()), "dueAt": due_at}
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(shipmentId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._row(shipment_id)
        return row

    def cancel(self, order_id: str) -> Goods:
        """Stop the order's parcel. Where none is booked a row is left that keeps it so.

        Raises:
            AlreadyDeliveredError: when the parcel has been delivered.
        """
        key, now = {"shipmentId": f"shp_{order_id}"}, self._clock()
        row: Any = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if row is None:
            return self._never_booked(order_id)
        if "goods" in row:
            return row["goods"]
        if status_of(row, now) == "DELIVERED":
            raise AlreadyDeliveredError(f"parcel {row['shipmentId']} was delivered at {row['dueAt']}")
        canceled = self._client.update_item(
            TableName=self._table,
            Key=key,
            UpdateExpression="SET goods = if_not_exists(goods, :goods)",
            ExpressionAttributeValues={":goods": _goods(row, now)},
            ReturnValues="ALL_NEW",
        )
        return cast(Goods, canceled["Attributes"]["goods"])

    def _never_booked(self, order_id: str) -> Goods:
        """Leave a row for a parcel that is never to be booked; one that is booked at this very moment is canceled."""
        row = {"shipmentId": f"shp_{order_id}", "orderId": order_id, "goods": "HERE"}
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(shipmentId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.cancel(order_id)
        return "HERE"

    def _row(self, shipment_id: str) -> dict[str, Any]:
        found = self._client.get_item(TableName=self._table, Key={"shipmentId": shipment_id}, ConsistentRead=True)
        if "Item" not in found:
            raise NotThereError(f"the carrier has no shipment {shipment_id}; look for it in {self._table}")
        return found["Item"]


def status_of(row: Mapping[str, Any], now: datetime) -> Status:
    """Where the parcel of a row is at a moment; one that was canceled does not arrive."""
    if "goods" in row:
        return "FAILED"
    created, due = read(row["createdAt"]), read(row["dueAt"])
    if "returnId" in row:
        return _coming_back(row["postcode"], created, due, now)
    if now >= due and row["postcode"] != LOST:
        return "FAILED" if row["postcode"] == RETURNED else "DELIVERED"
    return "IN_TRANSIT" if now >= created + (due - created) / 2 else "CREATED"


def _coming_back(postcode: str, created: datetime, due: datetime, now: datetime) -> Status:
    """Where the parcel of a return is: the customer hands it over after half its time, if at all."""
    if postcode == NOT_SENT or now < created + (due - created) / 2:
        return "CREATED"
    return "DELIVERED" if now >= due and postcode != LOST_COMING_BACK else "IN_TRANSIT"


def _goods(row: Mapping[str, Any], now: datetime) -> Goods:
    if row["postcode"] == LOST:
        return "LOST"
    return "HERE" if status_of(row, now) == "CREATED" else "COMING_BACK"
