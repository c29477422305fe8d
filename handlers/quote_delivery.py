"""AskDelivery: whether the carrier goes there, and when a parcel would arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import orders
from handlers.shared.carriers import Carrier, ParcelRefusedError
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The delivery of event["basket"]; see `quote_delivery`."""
    return quote_delivery(event["basket"], carrier())


def quote_delivery(basket: Any, carrier: Carrier) -> dict[str, Any]:
    """{"possible": true, "dueAt"}, or {"possible": false, "why"} in the carrier's words. Nothing is booked.

    Raises:
        ValidationError: naming every field that is wrong.
    """
    orders.require_basket(basket)
    try:
        return {"possible": True, "dueAt": carrier.due_at(basket["shipTo"]["postcode"])}
    except ParcelRefusedError as refused:
        return {"possible": False, "why": str(refused)}
