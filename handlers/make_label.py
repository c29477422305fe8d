"""MakeLabel: have the carrier make the label by which the customer sends the goods back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.carriers import Carrier, ParcelRefusedError
from handlers.shared.clock import Clock
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.returns import returns
from handlers.shared.errors import ShipmentRefused
from handlers.shared.labels import labeled
from handlers.shared.returns import Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Make the label of event["return"], which lasts event["seconds"]; see `make_label`."""
    return make_label(event["return"]["returnId"], event["seconds"], returns(), carrier(), clock.now)


def make_label(return_id: str, seconds: int, returns: Returns, carrier: Carrier, now: Clock) -> dict[str, Any]:
    """Make the label, once: {"labelId", "until"}.

    Raises:
        ShipmentRefused: with the carrier's reason.
        ReturnConflict: before any label is made, when the return takes none.
    """
    try:
        row = labeled(return_id, seconds, returns, carrier, now)
    except ParcelRefusedError as refused:
        raise ShipmentRefused(str(refused)) from refused
    return {"labelId": row.label_id, "until": row.label_until}
