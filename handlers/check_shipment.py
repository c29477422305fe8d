"""CheckShipmentStatus: ask the carrier where the parcel is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.carriers import Carrier
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.shipments import shipments
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation
from handlers.shared.shipments import Shipments

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Follow the parcel of event["order"]; see `check_shipment`."""
    return check_shipment(event["order"], carrier(), shipments())


def check_shipment(order: Order, carrier: Carrier, shipments: Shipments) -> dict[str, Any]:
    """The shipment as it is now, noted in its row: {"shipmentId", "status", "dueAt"}.

    `status` is CREATED, IN_TRANSIT, DELIVERED or FAILED; what follows from it, the workflow decides. The carrier's word
    that the parcel has arrived stands, and it is not asked again: it may not answer, or answer from before.

    Raises:
        TechnicalError: when the carrier does not know the shipment.
    """
    shipment_id = order["fulfillment"]["shipment"]["shipmentId"]
    row = shipments.read(shipment_id)
    if row is None or not row.has_arrived:
        row = shipments.news(shipment_id, carrier.track(shipment_id).status)
    return row.shipment.as_json()
