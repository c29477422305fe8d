"""The carrier's news of parcels, by webhook: {"shipmentId", "status": "IN_TRANSIT" | "DELIVERED" | "FAILED"}.

An event is noted in the shipment's row and answers the execution that waits for it. Where none waits yet, or just now,
the carrier is asked to send it again: so no news gets lost between two waits.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from handlers.shared.callbacks import NobodyWaitsError, Waiting
from handlers.shared.carriers import Status
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.seen_events import seen_events
from handlers.shared.collaborators.shipments import shipments
from handlers.shared.collaborators.waiting import waiting
from handlers.shared.ledger import FINAL, Ledger
from handlers.shared.runtime import logger, secret
from handlers.shared.shipments import ShipmentRow, Shipments
from handlers.shared.webhooks import RefusedError, SeenEvents, response, verified

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

STATUSES: dict[str, Status] = {name: name for name in get_args(Status)}
SENDER, SHIPMENT_ID_CHARACTERS = "carrier", 200


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take one request of the function's URL; see `carrier_webhook`."""
    try:
        event_id, news = verified(event, secret("CARRIER_SECRET"))
        return carrier_webhook(
            event_id,
            news,
            shipments(),
            ledger(),
            waiting(),
            seen_events(),
        )
    except RefusedError as refused:
        logger.info("refused", extra={"status": refused.status, "reason": str(refused)})
        return response(refused.status, message=str(refused))


def carrier_webhook(
    event_id: str, news: dict[str, Any], shipments: Shipments, ledger: Ledger, waiting: Waiting, seen: SeenEvents
) -> dict[str, Any]:
    """Act upon one event, once.

    Raises:
        RefusedError: 400 for an event that says nothing usable, 404 for a parcel that is not ours, 503 when the order
            does not wait for it yet: the carrier sends it again.
    """
    shipment_id, status = news.get("shipmentId"), STATUSES.get(str(news.get("status")))
    if status is None or not isinstance(shipment_id, str) or not 0 < len(shipment_id) <= SHIPMENT_ID_CHARACTERS:
        raise RefusedError(400, f"shipmentId and status are wanted, the latter one of {', '.join(STATUSES)}")
    if seen.has(SENDER, event_id):
        return response(200, message="seen before")
    if shipments.read(shipment_id) is None:
        raise RefusedError(404, "no such shipment")
    row = shipments.news(shipment_id, status)
    logger.append_keys(orderId=row.order_id)
    if not _told(row, waiting) and row.has_arrived and not _is_closed(row.order_id, ledger):
        raise RefusedError(503, "the order does not wait for it yet; send it again")
    seen.add(SENDER, event_id)
    logger.info("done", extra={"status": row.shipment.status})
    return response(200, message="done")


def _told(row: ShipmentRow, waiting: Waiting) -> bool:
    """Tell the execution that waits: the end, or that the parcel is still on its way."""
    if row.token is None:
        return False
    try:
        if row.has_arrived:
            waiting.succeed(row.token, json.dumps(row.shipment.as_json()))
        else:
            waiting.heartbeat(row.token)
    except NobodyWaitsError:
        return False
    return True


def _is_closed(order_id: str, ledger: Ledger) -> bool:
    row = ledger.read(order_id)
    return row is not None and row.status in FINAL
