"""CheckReturn: ask the carrier where the parcel of a return is, and note what follows from that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.carriers import AlreadySentError, Carrier
from handlers.shared.clock import Clock, read
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.returns import returns
from handlers.shared.returns import ReturnRow, Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

LOST = "the parcel was lost on its way back to us"


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Look for the parcel of event["return"], which may take event["seconds"] from its label's end; see
    `check_return`."""
    return check_return(event["return"]["returnId"], event["seconds"], returns(), carrier(), clock.now)


def check_return(return_id: str, seconds: int, returns: Returns, carrier: Carrier, now: Clock) -> dict[str, Any]:
    """Where the return stands: {"where": "COMING" | "HERE" | "NOT_SENT" | "ACCEPTED" | "REFUSED"}. The latter two are
    of goods that were inspected already, for an execution that takes the return up again.

    What the customer has sent by our label and the carrier has lost is accepted: the loss is ours. What was not sent in
    time is over, once the carrier has voided the label.
    """
    row = returns.known(return_id)
    if known := _known(row):
        return {"where": known}
    status, until = carrier.track(str(row.label_id)).status, read(str(row.label_until))
    if status == "DELIVERED":
        returns.record(return_id, "RECEIVED")
        return {"where": "HERE"}
    if status == "IN_TRANSIT" and now() >= until + timedelta(seconds=seconds):
        returns.record(return_id, "ACCEPTED", goods="WRITTEN_OFF", by="the carrier", why=LOST)
        return {"where": "ACCEPTED"}
    if status != "IN_TRANSIT" and now() >= until and _is_voided(return_id, carrier):
        returns.let_go(return_id, "EXPIRED", why="nothing was sent in time")
        return {"where": "NOT_SENT"}
    return {"where": "COMING"}


def _known(row: ReturnRow) -> str | None:
    """What an earlier call has found."""
    stages = {"EXPIRED": "NOT_SENT", "REFUSED": "REFUSED", "ACCEPTED": "ACCEPTED", "RECEIVED": "HERE"}
    return next((where for change, where in stages.items() if change in row.changes), None)


def _is_voided(return_id: str, carrier: Carrier) -> bool:
    """Whether nothing can be sent by the label any more; a parcel that was handed over at the last moment goes on."""
    try:
        carrier.cancel_label(return_id)
    except AlreadySentError:
        return False
    return True
