"""Differences made on purpose once a run is over: what the nightly reconciliation has to find, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from emulator.chaos.judge import Verdict
from emulator.cloud import Cloud

Tables: TypeAlias = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Theft:
    """Makes the books of an order differ that ended as `detail`; `kind` is how the reconciliation calls it."""

    kind: str
    detail: str
    commit: Callable[[Any, Tables, str], object]


def _payment(field: str, value: Mapping[str, str]) -> Callable[[Any, Tables, str], object]:
    """The provider has another status or amount of the order's payment."""

    def commit(dynamodb: Any, tables: Tables, order_id: str) -> object:
        return dynamodb.update_item(
            TableName=tables["payments"]["name"],
            Key={"paymentId": {"S": f"pay_{order_id}"}},
            UpdateExpression="SET #field = :value",
            ExpressionAttributeNames={"#field": field},
            ExpressionAttributeValues={":value": value},
        )

    return commit


def _parcel(update: str, **values: str) -> Callable[[Any, Tables, str], object]:
    """The carrier says something else of the order's parcel."""

    def commit(dynamodb: Any, tables: Tables, order_id: str) -> object:
        return dynamodb.update_item(
            TableName=tables["parcels"]["name"],
            Key={"shipmentId": {"S": f"shp_{order_id}"}},
            UpdateExpression=update,
            ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
        )

    return commit


def _no_delivery(dynamodb: Any, tables: Tables, order_id: str) -> object:
    key = {"entryId": {"S": f"{order_id}#DELIVERED"}}
    return dynamodb.delete_item(TableName=tables["entries"]["name"], Key=key)


def _amount(dynamodb: Any, tables: Tables, order_id: str) -> object:
    """The order is quoted at another amount than what was ordered comes to."""
    return dynamodb.update_item(
        TableName=tables["orders"]["name"],
        Key={"orderId": {"S": order_id}},
        UpdateExpression="SET amountCents = amountCents + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def _another_payment(dynamodb: Any, tables: Tables, order_id: str) -> object:
    """The provider holds money for the order by one more payment, at a time that nobody can read."""
    row = {"paymentId": f"pay_{order_id}_again", "orderId": order_id, "status": "AUTHORIZED", "at": "just now"}
    item = {**{name: {"S": value} for name, value in row.items()}, "amountCents": {"N": "1"}}
    return dynamodb.put_item(TableName=tables["payments"]["name"], Item=item)


def _reservation(dynamodb: Any, tables: Tables, order_id: str) -> object:
    key = {"orderId": {"S": order_id}}
    return dynamodb.delete_item(TableName=tables["reservations"]["name"], Key=key)


THEFTS = (
    Theft("MONEY_GONE", "DELIVERED", _payment("status", {"S": "REFUNDED"})),
    Theft("AMOUNT_DIFFERS", "DELIVERED", _payment("amountCents", {"N": "1"})),
    Theft("ENTRIES_DIFFER", "DELIVERED", _no_delivery),
    Theft("NOT_DELIVERED", "DELIVERED", _parcel("SET goods = :goods", goods="COMING_BACK")),
    Theft("AMOUNT_WRONG", "DELIVERED", _amount),
    Theft("UNKNOWN_PAYMENT", "DELIVERED", _another_payment),
    Theft("RESERVATION_MISSING", "DELIVERED", _reservation),
    Theft("PAYMENT_UNREADABLE", "DELIVERED", _payment("status", {"S": "MISLAID"})),
    Theft("PARCEL_UNREADABLE", "DELIVERED", _parcel("REMOVE dueAt SET goods = :goods", goods="HERE")),
    Theft("NOT_GIVEN_BACK", "PARCEL_OVERDUE", _payment("status", {"S": "CAPTURED"})),
    Theft("DELIVERED_AND_REFUNDED", "SHIPPING_FAILED", _parcel("SET postcode = :any REMOVE goods", any="98101")),
)


def steal(cloud: Cloud, tables: Tables, verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Commit each theft on an order of its own, none of them settled by a person; the kinds by the orders' ids.

    What there is no order for is left out.
    """
    dynamodb, planted = cloud.client("dynamodb"), dict[str, str]()
    for theft in THEFTS:
        fitting = (v.order_id for v in verdicts if v.detail == theft.detail and v.outcome in ("delivered", "refunded"))
        order_id = next((order_id for order_id in fitting if order_id not in planted), None)
        if order_id is not None:
            theft.commit(dynamodb, tables, order_id)
            planted[order_id] = theft.kind
    return planted
