"""ValidateOrder: is this an order, what does it cost, and where does it stand when it is taken up again?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from handlers.shared import orders
from handlers.shared.catalogue import Catalogue
from handlers.shared.collaborators.catalogue import catalogue
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.errors import ValidationError, shortened
from handlers.shared.ledger import FAILURES, UNDONE, Ledger, OrderRow
from handlers.shared.pricing import priced
from handlers.shared.runtime import invocation, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

UNKNOWN_CUSTOMER = "unknown"


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Quote event["order"]; see `validate_order`."""
    limit_cents = int(setting("ORDER_LIMIT_CENTS"))
    return validate_order(event["order"], event["executionId"], ledger(), catalogue(), limit_cents)


def validate_order(
    order: Any, execution_id: str, ledger: Ledger, catalogue: Catalogue, limit_cents: int
) -> dict[str, Any]:
    """The quote by the catalogue's prices: {"amountCents", "currency", "lines": [{"sku", "quantity", "priceCents"}]}.

    The order's row keeps the first answer, which every repeat gets, whatever the prices are by then. An order that has
    come further already gets "resume" beside it: see `resumed`.

    Raises:
        ValidationError: naming every field that is wrong; or the id, when a different order has it already.
    """
    order_id, digest = orders.usable_id(order), orders.digest(order)
    row = ledger.read(order_id) if order_id else None
    if row is None:
        quote, problems = priced(order, orders.problems(order), catalogue, limit_cents)
        reason = shortened("; ".join(problems))
        if order_id is None:
            raise ValidationError(reason)
        known = {
            "customerId": orders.usable_id(order, "customerId") or UNKNOWN_CUSTOMER,
            "executionId": execution_id,
            "digest": digest,
        }
        if problems:
            row = ledger.open(order_id, "REJECTED", {**known, "amountCents": 0, "reason": reason})
        else:
            written = json.dumps(quote, separators=(",", ":"))
            row = ledger.open(order_id, "VALIDATED", {**known, "amountCents": quote["amountCents"], "quote": written})
    return answer(row, digest)


def answer(row: OrderRow, digest: str) -> dict[str, Any]:
    """What the order's row says to an order with this digest."""
    if row.digest != digest:
        raise ValidationError(
            f"orderId: {row.order_id} is a different order already; send this one under an id of its own"
        )
    if row.quote is None:
        raise ValidationError(row.reason)
    return {**json.loads(row.quote), **resumed(row)}


def resumed(row: OrderRow) -> dict[str, str]:
    """Where an order goes on that an earlier execution has left somewhere; empty for one that was only validated.

    "resume" is FORWARD, where every step gives its first answer again; NOT_APPROVED; UNDO, in the middle of which it
    was; or TELL, since nothing is left to undo. The latter two have the "outcome" that the customer is to be told.
    """
    if row.status == "NOT_APPROVED":
        return {"resume": "NOT_APPROVED"}
    if row.status in FAILURES:
        return {"resume": "TELL", "outcome": row.status}
    outcome = row.outcome or "FULFILLMENT_FAILED"
    if row.status in UNDONE:
        return {"resume": "TELL", "outcome": outcome}
    if row.status == "UNDOING":
        return {"resume": "UNDO", "outcome": outcome}
    # Whoever had to approve a payment that is opened has done so.
    return {"resume": "FORWARD"} if row.status != "VALIDATED" or row.payment_id else {}
