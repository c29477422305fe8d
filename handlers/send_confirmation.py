"""OrderComplete and every other end: close the order in the ledger and tell the customer, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import entries, orders
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.errors import TechnicalError, reason_of
from handlers.shared.ledger import Ledger, OrderRow
from handlers.shared.notices import OUTCOMES, Notice, Tell
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation
from handlers.shared.sns_notices import teller

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """End event["order"] with event["outcome"]; see `send_confirmation`."""
    return send_confirmation(event["order"], event["outcome"], ledger(), teller(context))


def send_confirmation(order: Order, outcome: str, ledger: Ledger, tell: Tell) -> dict[str, Any]:
    """Close the order and tell the customer: {"orderId", "outcome"}.

    An order that was rejected may have no usable id, or the id of a different order: it has no row, and is told all
    the same.

    Raises:
        LedgerConflict: when the outcome is not how the ledger says that the order can end.
        TechnicalError: for an unknown outcome.
    """
    if outcome not in OUTCOMES:
        raise TechnicalError(f"{outcome!r} is no outcome of an order; known are {', '.join(OUTCOMES)}")
    reason = reason_of(order.get("failure"))
    row = close(order, outcome, reason, ledger)
    reason = reason or (row.reason if row else "")  # of an order that was taken up again only the ledger knows it
    tell(
        Notice(
            order_id=order.get("orderId"),
            customer_id=order.get("customerId"),
            digest=orders.digest(order),
            outcome=outcome,
            amount_cents=row.amount_cents if row else 0,
            charged_cents=row.charged_cents if row else 0,
            reason=reason,
        )
    )
    return {"orderId": order.get("orderId"), "outcome": outcome}


def close(order: Order, outcome: str, reason: str, ledger: Ledger) -> OrderRow | None:
    """The order's row, closed; None for a rejected order that has no row of its own."""
    if outcome == "REJECTED":
        return _rejected(order, ledger)
    order_id = order["orderId"]
    if outcome == "DECLINED":
        return ledger.recorded(order_id, outcome)
    if outcome == "DELIVERED":
        ledger.post(order_id, outcome, entries.delivered(order["payment"]["amountCents"]))
        return ledger.recorded(order_id, outcome)
    return ledger.record(order_id, outcome, **({"reason": reason} if reason else {}))


def _rejected(order: Order, ledger: Ledger) -> OrderRow | None:
    order_id = orders.usable_id(order)
    row = ledger.read(order_id) if order_id else None
    if row is None or row.digest != orders.digest(order):
        return None
    return ledger.recorded(row.order_id, "REJECTED")
