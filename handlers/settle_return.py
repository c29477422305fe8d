"""SettleReturn: a person has settled by hand what the program could not refund or put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.returns import returns
from handlers.shared.returns import Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Record event["decision"] about event["return"]; see `settle_return`."""
    decision = event["decision"]
    return settle_return(event["return"]["returnId"], decision["by"], decision["why"], returns())


def settle_return(return_id: str, by: str, why: str, returns: Returns) -> dict[str, Any]:
    """Record who settled the return: {"returnId", "by"}. The customer has the money then, and goods that were not put
    back are written off.

    A refund that was recorded, and whose answer got lost, stands: the person has not given the money back once more.

    Raises:
        ReturnConflict: when the return was not accepted.
    """
    row = returns.known(return_id)
    if not row.is_paid_back:
        row = returns.paid_back(return_id, "SETTLED", settledBy=by, settledWhy=why)
    if row.status not in ("RESTOCKED", "WRITTEN_OFF"):
        returns.record(return_id, "WRITTEN_OFF", goods="WRITTEN_OFF")
    return {"returnId": return_id, "by": by}
