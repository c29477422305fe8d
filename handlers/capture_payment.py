"""CapturePayment: take the money that is held, now that the order is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import entries
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.errors import PaymentDeclined
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.payments import CardError, PaymentProvider
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take the money of event["order"]; see `capture_payment`."""
    return capture_payment(event["order"], ledger(), payment_provider())


def capture_payment(order: Order, ledger: Ledger, provider: PaymentProvider) -> dict[str, Any]:
    """Take what was held: {"paymentId", "amountCents", "status": "CAPTURED"}.

    Raises:
        PaymentDeclined: when the money is not held any more.
        LedgerConflict: before anything is taken, when the ledger does not say that the order is shipped and open.
    """
    order_id = order["orderId"]
    row = ledger.expect(order_id, "CAPTURED")
    if "CAPTURED" not in row.events:
        try:
            provider.capture(str(row.payment_id))
        except CardError as refused:
            raise PaymentDeclined(str(refused)) from refused
        ledger.post(order_id, "CAPTURED", entries.captured(row.charged_cents))
    return {"paymentId": row.payment_id, "amountCents": row.charged_cents, "status": "CAPTURED"}
