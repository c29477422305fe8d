"""CreateShipment: book the parcel with the carrier, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.carriers import Carrier, ParcelRefusedError
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.shipments import shipments
from handlers.shared.errors import ShipmentRefused
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation
from handlers.shared.shipments import Shipments

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Book the parcel of event["order"], to be given up after event["deadlineSeconds"]; see `create_shipment`."""
    return create_shipment(event["order"], event["deadlineSeconds"], ledger(), carrier(), shipments())


def create_shipment(
    order: Order, deadline_seconds: int, ledger: Ledger, carrier: Carrier, shipments: Shipments
) -> dict[str, Any]:
    """Book the parcel: {"shipmentId", "status": "CREATED", "dueAt", "giveUpAt"}.

    Raises:
        ShipmentRefused: with the carrier's reason.
        LedgerConflict: before any booking, when the ledger does not say that the order is charged and open.
    """
    order_id = order["orderId"]
    ledger.expect(order_id, "SHIPPED")
    try:
        shipment = carrier.book(order_id, order["shipTo"])
    except ParcelRefusedError as refused:
        raise ShipmentRefused(str(refused)) from refused
    row = shipments.open(shipment, order_id, deadline_seconds)
    ledger.record(order_id, "SHIPPED", shipmentId=shipment.shipment_id)
    return {**shipment.as_json(), "giveUpAt": row.give_up_at}
