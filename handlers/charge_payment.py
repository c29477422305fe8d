"""ChargePayment: hold the customer's money, exactly once."""

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
    """Charge event["order"]; see `charge_payment`."""
    return charge_payment(event["order"], ledger(), payment_provider())


def charge_payment(order: Order, ledger: Ledger, provider: PaymentProvider) -> dict[str, Any]:
    """Hold the quoted amount until the order is shipped: {"paymentId", "amountCents", "status": "CHARGED"}.

    The payment's id stands in the order's row before any money is held. So a call that breaks off anywhere is made good
    by the next one, and what it held can be given back by `refund_payment` in any case. Of two calls at once the row
    has the id that came first, and both hold the money by that one.

    Raises:
        PaymentDeclined: with the provider's reason.
        LedgerConflict: before any charge, when the ledger does not say that the order is valid; after it, when the
            order is being undone meanwhile.
    """
    order_id, amount = order["orderId"], order["quote"]["amountCents"]
    row = ledger.expect(order_id, "CHARGED", "DECLINED")
    if "DECLINED" in row.events:
        raise PaymentDeclined(row.reason)
    if "CHARGED" not in row.events:
        try:
            payment_id = row.payment_id or provider.open(
                order_id=order_id, amount_cents=amount, payment_method_id=order["paymentMethodId"]
            )
            row = ledger.record(order_id, "PAYMENT_OPENED", paymentId=payment_id)
            provider.authorize(str(row.payment_id))
        except CardError as declined:
            ledger.record(order_id, "DECLINED", reason=str(declined))
            raise PaymentDeclined(str(declined)) from declined
        ledger.post(order_id, "CHARGED", entries.charged(amount), chargedCents=amount)
    return {"paymentId": row.payment_id, "amountCents": amount, "status": "CHARGED"}
