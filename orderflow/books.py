"""What a stack's own tables know of an order: its row in the ledger, the stock set aside for it, its parcel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from orderflow.errors import aws_errors
from orderflow.outputs import Deployment

Money: TypeAlias = Literal["HELD", "TAKEN", "REFUNDED", "SETTLED"]
"""What has become of the money that was charged, the latest of it."""

GIVEN_BACK: tuple[Money, ...] = ("REFUNDED", "SETTLED")
"""The changes after which we have nothing of the customer's money any more."""


@dataclass(frozen=True, slots=True)
class ReturnBooks:
    """A return by the books. `status` is where it stands: OPENED, LABELED, RECEIVED, ACCEPTED, then REFUNDED, or
    SETTLED by a person, and RESTOCKED or WRITTEN_OFF in the end; or REFUSED, EXPIRED or CANCELED.

    `pieces` are by sku. `cents` is what the customer has back for it, or gets once it is accepted; `why` the reason of
    whoever inspected it, or what ended it, and `by` who that was.
    """

    return_id: str
    status: str
    changed_at: str
    pieces: Mapping[str, int]
    cents: int
    by: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """An order by the books; amounts in cents, moments in ISO 8601.

    `held_cents` is what the customer has paid, or let the provider hold, and not got back, and `refunded_cents` what of
    it they have back for `returns`. `money` is HELD by the
    provider, TAKEN by us, REFUNDED or SETTLED by a person; None where nothing was charged. `stock` is RESERVED,
    RELEASED or WRITTEN_OFF, `parcel` what the carrier said last.
    """

    status: str
    changed_at: str
    amount_cents: int
    charged_cents: int
    held_cents: int
    money: Money | None
    payment_id: str | None
    stock: str | None
    units: int | None
    shipment_id: str | None
    parcel: str | None
    reason: str | None
    refunded_cents: int = 0
    returns: tuple[ReturnBooks, ...] = ()


def books_of(deployment: Deployment, order_id: str) -> OrderBooks | None:
    """The order as the books have it now; None where the ledger has no such order."""
    client = deployment.connect("dynamodb")

    def row(table: str, **key: str) -> Mapping[str, Any] | None:
        with aws_errors():
            return client.get_item(TableName=deployment.table(table), Key=key, ConsistentRead=True).get("Item")

    def sent_back(return_id: str) -> ReturnBooks | None:
        found = row("returns", returnId=return_id)
        return None if found is None else _return(found)

    order = row("orders", orderId=order_id)
    if order is None:
        return None
    charged, shipment_id = int(order["chargedCents"]), order.get("shipmentId")
    reservation = row("reservations", orderId=order_id) or {}
    shipment = (row("shipments", shipmentId=shipment_id) if shipment_id else None) or {}
    units = reservation.get("units")
    money = _money(order["events"]) if charged else None
    refunded = 0 if money in GIVEN_BACK else int(order.get("refundedCents", 0))
    return OrderBooks(
        status=order["status"],
        changed_at=order["updatedAt"],
        amount_cents=int(order["amountCents"]),
        charged_cents=charged,
        held_cents=0 if money in GIVEN_BACK else charged - refunded,
        money=money,
        payment_id=order.get("paymentId"),
        stock=reservation.get("status"),
        units=None if units is None else int(units),
        shipment_id=shipment_id,
        parcel=shipment.get("status"),
        reason=order.get("reason"),
        refunded_cents=refunded,
        returns=tuple(one for id in order.get("returnIds", ()) if (one := sent_back(str(id)))),
    )


def _return(row: Mapping[str, Any]) -> ReturnBooks:
    return ReturnBooks(
        return_id=str(row["returnId"]),
        status=str(row["status"]),
        changed_at=str(row["updatedAt"]),
        pieces={str(sku): int(count) for sku, count in row["lines"].items()},
        cents=int(row["cents"]),
        by=row.get("by"),
        why=row.get("why"),
    )


def _money(events: Iterable[str]) -> Money:
    happened = set(events)
    given_back: list[Money] = [change for change in GIVEN_BACK if change in happened]
    if given_back:
        return given_back[0]
    return "TAKEN" if "CAPTURED" in happened else "HELD"
