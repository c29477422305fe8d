"""ChargePayment: take the money, exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import collaborators
from handlers.shared.errors import PaymentDeclined
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.payments import CardError, PaymentProvider
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Charge event["order"]; see `charge_payment`."""
    return charge_payment(event["order"], collaborators.ledger(), collaborators.payment_provider())


def charge_payment(order: Order, ledger: Ledger, provider: PaymentProvider) -> dict[str, Any]:
    """Charge the quoted amount: {"paymentId", "amountCents", "status": "CHARGED"}.

    A call that breaks off between the charge and the ledger is made good by the next: the order's id is the provider's
    idempotency key, so that the provider gives the first payment again.

    Raises:
        PaymentDeclined: with the provider's reason.
        LedgerConflict: before any charge, when the ledger does not say that the order is valid.
    """
    order_id = order["orderId"]
    row = ledger.expect(order_id, "CHARGED", "DECLINED")
    if "DECLINED" in row.events:
        raise PaymentDeclined(row.reason)
    if "CHARGED" not in row.events:
        amount = order["quote"]["amountCents"]
        try:
            payment_id = provider.charge(
                idempotency_key=order_id, amount_cents=amount, payment_method_id=order["paymentMethodId"]
            )
        except CardError as declined:
            ledger.record(order_id, "DECLINED", reason=str(declined))
            raise PaymentDeclined(str(declined)) from declined
        row = ledger.record(order_id, "CHARGED", chargedCents=amount, paymentId=payment_id)
    return {"paymentId": row.payment_id, "amountCents": row.charged_cents, "status": "CHARGED"}
