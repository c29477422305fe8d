"""WaitForShipping: leave word where the carrier's news is to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.shipments import shipments
from handlers.shared.errors import ParcelArrived
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation
from handlers.shared.shipments import Shipments

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Wait for news of event["order"] under event["token"]; see `follow_shipment`."""
    return follow_shipment(event["order"], event["token"], shipments())


def follow_shipment(order: Order, token: str, shipments: Shipments) -> dict[str, Any]:
    """Note the task token in the shipment's row, for `carrier_webhook` to answer: {"shipmentId", "status", "dueAt"}.

    Raises:
        ParcelArrived: when the news has come already, and nothing more will.
    """
    row = shipments.waits(order["fulfillment"]["shipment"]["shipmentId"], token)
    if row.has_arrived:
        raise ParcelArrived(f"the carrier has said {row.shipment.status} already")
    return row.shipment.as_json()
