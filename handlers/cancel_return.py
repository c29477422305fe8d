"""CancelReturn: void a label that the customer cannot be given, and let the goods be returned once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.carriers import AlreadySentError, Carrier
from handlers.shared.clock import Clock
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.returns import returns
from handlers.shared.errors import ParcelSent, reason_of
from handlers.shared.labels import labeled
from handlers.shared.returns import Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Cancel event["return"], whose label lasts event["seconds"], because of event["failure"]; see `cancel_return`."""
    return_id, why = event["return"]["returnId"], reason_of(event["failure"])
    return cancel_return(return_id, event["seconds"], why, returns(), carrier(), clock.now)


def cancel_return(
    return_id: str, seconds: int, why: str, returns: Returns, carrier: Carrier, now: Clock
) -> dict[str, Any]:
    """Void the label and let go of what was claimed: {"returnId", "status": "CANCELED"}.

    Raises:
        ParcelSent: when the customer has sent the parcel: the return goes on.
    """
    try:
        carrier.cancel_label(return_id)
    except AlreadySentError as sent:
        labeled(return_id, seconds, returns, carrier, now)  # the call that made it may have broken off before its note
        raise ParcelSent(str(sent)) from sent
    row = returns.let_go(return_id, "CANCELED", why=why)
    return {"returnId": return_id, "status": row.status}
