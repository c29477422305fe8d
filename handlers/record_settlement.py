"""RecordSettlement: a person has settled by hand what the program could not undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import entries
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.ledger import UNDONE, Ledger
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Record the settlement of event["order"]; see `record_settlement`."""
    return record_settlement(event["order"], ledger())


def record_settlement(order: Order, ledger: Ledger) -> dict[str, Any]:
    """Record who settled the order: {"orderId", "by"}. The books then say that the customer has it back.

    A refund that was recorded, and whose answer got lost, stands: the person has not given the money back once more.

    Raises:
        LedgerConflict: when the ledger does not say that the order can be undone.
    """
    order_id, decision = order["orderId"], order["help"]
    row = ledger.begin_undoing(order)
    if not row.events & set(UNDONE):
        held = row.charged_cents
        entry = entries.given_back(held, was_captured="CAPTURED" in row.events)
        settled = {"settledBy": decision["by"], "settledWhy": decision["why"], "refundedCents": held}
        ledger.post(order_id, "SETTLED", entry, **settled)
    return {"orderId": order_id, "by": decision["by"]}
