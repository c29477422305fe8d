"""RefundPayment: give back whatever the customer has paid or may have paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import entries
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.payments import PaymentProvider
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Give back the money of event["order"]; see `refund_payment`."""
    return refund_payment(event["order"], ledger(), payment_provider())


def refund_payment(order: Order, ledger: Ledger, provider: PaymentProvider) -> dict[str, Any]:
    """Cancel what is held and refund what was taken: {"paymentId", "refundedCents"}.

    A charge whose end nobody knows is given back too: its payment has an id, and once it is canceled no late call can
    hold money by it. What the ledger has never counted as charged is not counted as refunded either.

    Raises:
        LedgerConflict: before anything is given back, when the ledger does not say that the order is being undone: a
            person may have settled it, or its parcel may have arrived after all.
    """
    order_id = order["orderId"]
    ledger.begin_undoing(order)
    row = ledger.expect(order_id, "REFUNDED")
    if "REFUNDED" not in row.events:
        if row.payment_id:
            provider.give_back(row.payment_id)
        entry = entries.given_back(row.charged_cents, was_captured="CAPTURED" in row.events)
        ledger.post(order_id, "REFUNDED", entry, refundedCents=row.charged_cents)
    return {"paymentId": row.payment_id, "refundedCents": row.charged_cents}
