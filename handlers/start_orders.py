"""StartBatch: an execution for each of some orders of a file, or the one that it has already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.collaborators.intake import intake_bucket, start
from handlers.shared.intake.bucket import IntakeBucket
from handlers.shared.intake.starting import AnotherOrderError, Start
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Start the orders at event["places"] of event["folder"]; see `start_orders`."""
    began = clock.read(event["beganAt"])
    return start_orders(event["places"], event["folder"], began, intake_bucket(), start())


def start_orders(
    places: Sequence[dict[str, int]], folder: str, began: datetime, bucket: IntakeBucket, start: Start
) -> dict[str, Any]:
    """{"started", "before", "refused": [{"line", "orderId", "why"}]}: how many orders the file's execution, which
    `began` then, has started, how many had been started before, and whose id another order has.

    The places {"line", "at", "bytes"} follow one another in the object. Whatever cannot be started for technical
    reasons fails the whole: a repeat finds the others started, and counts them as it would have counted them now.
    """
    first, last = places[0], places[-1]
    body = bucket.part(f"{folder}/orders.jsonl", first["at"], last["at"] + last["bytes"] - first["at"])
    started, before, refused = 0, 0, list[dict[str, Any]]()
    for place in places:
        at = place["at"] - first["at"]
        text = body[at : at + place["bytes"]].decode()
        order_id = json.loads(text)["orderId"]
        try:
            if start(order_id, text) < began:
                before += 1
            else:
                started += 1
        except AnotherOrderError as another:
            why = f"orderId: {another}; give this one an id of its own"
            refused.append({"line": place["line"], "orderId": order_id, "why": why})
    return {"started": started, "before": before, "refused": refused}
