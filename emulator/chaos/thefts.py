"""Differences made on purpose once a run is over: what the nightly reconciliation has to find, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from emulator.chaos.evidence import POISON
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


THEFTS = (
    Theft("MONEY_GONE", "DELIVERED", _payment("status", {"S": "REFUNDED"})),
    Theft("AMOUNT_DIFFERS", "DELIVERED", _payment("amountCents", {"N": "1"})),
    Theft("ENTRIES_DIFFER", "DELIVERED", _no_delivery),
    Theft("NOT_DELIVERED", "DELIVERED", _parcel("SET goods = :goods", goods="COMING_BACK")),
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


def misjudged(planted: Mapping[str, str], status: str, issues: set[tuple[str, str]]) -> list[str]:
    """What the reconciliation did not find though it should have, and what it found where nothing is wrong.

    What it says of the rows that are no orders is its own matter.
    """
    problems = [] if status == "SUCCEEDED" else [f"the reconciliation ended {status}"]
    missed = sorted((order_id, kind) for order_id, kind in planted.items() if (order_id, kind) not in issues)
    problems += [f"the reconciliation did not find {kind} of {order_id}" for order_id, kind in missed]
    invented = sorted((id, kind) for id, kind in issues if id not in planted and not id.startswith(POISON))
    return problems + [f"the reconciliation found {kind} of {id}, where nothing is wrong" for id, kind in invented]
