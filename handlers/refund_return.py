"""RefundReturn: give back the money for what the customer has sent back, and no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.collaborators.returns import returns
from handlers.shared.errors import TechnicalError
from handlers.shared.ledger import Ledger
from handlers.shared.payments import PaymentProvider
from handlers.shared.returns import ReturnConflict, Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Give back the money for event["return"]; see `refund_return`."""
    return refund_return(event["return"]["returnId"], returns(), ledger(), payment_provider())


def refund_return(return_id: str, returns: Returns, ledger: Ledger, provider: PaymentProvider) -> dict[str, Any]:
    """Refund a part of the order's payment, once: {"returnId", "refundedCents"}. The provider knows a repeat by the
    return's id, so that a call that breaks off before its record is made good by the next one.

    Raises:
        ReturnConflict: before anything is given back, when the return was not accepted.
        TechnicalError: likewise, when less than that is left of what the customer has paid; or the provider fails.
    """
    row = returns.known(return_id)
    if row.is_paid_back:
        return {"returnId": return_id, "refundedCents": row.cents}
    if row.status != "ACCEPTED":
        raise ReturnConflict(f"return {return_id} is {row.status}, and only what was accepted is refunded")
    order = ledger.recorded(row.order_id, "CAPTURED")
    if order.held_cents < row.cents:
        raise TechnicalError(f"return {return_id} comes to {row.cents} cents; {order.held_cents} are left of its order")
    if row.cents:
        provider.give_back_part(str(order.payment_id), row.cents, return_id)
    returns.paid_back(return_id, "REFUNDED")
    return {"returnId": return_id, "refundedCents": row.cents}
