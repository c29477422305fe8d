"""What is told of a return: its label, and each of its ends, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.asked_returns import digest
from handlers.shared.collaborators.returns import returns
from handlers.shared.errors import TechnicalError, reason_of
from handlers.shared.notices import RETURN_OUTCOMES, ReturnNotice, Tell
from handlers.shared.orders import usable_id
from handlers.shared.returns import ReturnConflict, ReturnRow, Returns
from handlers.shared.runtime import invocation
from handlers.shared.sns_notices import teller

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell that event["return"] came to event["outcome"], because of event["failure"]; see `tell_return`."""
    reason = reason_of(event.get("failure"))
    return tell_return(event["return"], event["outcome"], reason, returns(), teller(context))


def tell_return(document: Any, outcome: str, reason: str, returns: Returns, tell: Tell) -> dict[str, Any]:
    """Tell the customer: {"returnId", "outcome", "why", "refundedCents"}.

    A return that was rejected may have no usable id, or the id of a different one: it has no row, and is told all the
    same.

    Raises:
        ReturnConflict: when the books do not say that it came to this.
        TechnicalError: for an unknown outcome.
    """
    if outcome not in RETURN_OUTCOMES:
        raise TechnicalError(f"{outcome!r} is nothing to tell of a return; known are {', '.join(RETURN_OUTCOMES)}")
    row = None if outcome == "RETURN_REJECTED" else _come_to(outcome, document["returnId"], returns)
    asked: dict[str, Any] = document if isinstance(document, dict) else {}
    refunded, why = (row.cents if row.is_paid_back else 0, row.why) if row else (0, reason)
    tell(
        ReturnNotice(
            return_id=asked.get("returnId"),
            order_id=asked.get("orderId"),
            customer_id=row.customer_id if row else None,
            digest=digest(document),
            outcome=outcome,
            refunded_cents=refunded,
            reason=why,
            label=(row.label_id if row else None) or "",
            until=(row.label_until if row else None) or "",
        )
    )
    return {"returnId": usable_id(document, "returnId"), "outcome": outcome, "why": why, "refundedCents": refunded}


def _come_to(outcome: str, return_id: str, returns: Returns) -> ReturnRow:
    """The return, of which the books say that it came to this."""
    row = returns.known(return_id)
    came = {
        "RETURN_LABELED": row.label_id is not None,
        "RETURN_REFUNDED": row.is_paid_back,
        "RETURN_REFUSED": row.status == "REFUSED",
        "RETURN_EXPIRED": row.status == "EXPIRED",
        "RETURN_CANCELED": row.status == "CANCELED",
    }
    if not came[outcome]:
        raise ReturnConflict(f"return {return_id} is {row.status}, which is not {outcome}")
    return row
