"""CancelShipment: stop the parcel, if there is one and it is not too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.carriers import AlreadyDeliveredError, Carrier
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.errors import ParcelDelivered
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Stop the parcel of event["order"]; see `cancel_shipment`."""
    return cancel_shipment(event["order"], ledger(), carrier())


def cancel_shipment(order: Order, ledger: Ledger, carrier: Carrier) -> dict[str, Any]:
    """Stop the order's parcel, booked or not: {"goods": "HERE" | "COMING_BACK" | "LOST"}.

    Raises:
        ParcelDelivered: when the customer has it; the order is open again, and only its end is still to come.
        LedgerConflict: when the ledger does not say that the order can be undone.
    """
    order_id = order["orderId"]
    row = ledger.begin_undoing(order)
    if "SHIPMENT_CANCELED" not in row.events:
        try:
            goods = carrier.cancel(order_id)
        except AlreadyDeliveredError as delivered:
            ledger.record(order_id, "RESUMED", status="CAPTURED" if "CAPTURED" in row.events else "SHIPPED")
            raise ParcelDelivered(str(delivered)) from delivered
        row = ledger.record(order_id, "SHIPMENT_CANCELED", goods=goods)
    return {"goods": row.goods}
