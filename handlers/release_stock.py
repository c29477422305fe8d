"""ReleaseStock: put back what was set aside, or write it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.stockroom import stockroom
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation
from handlers.shared.stockroom import Stockroom

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Release the stock of event["order"]; see `release_stock`."""
    return release_stock(event["order"], ledger(), stockroom())


def release_stock(order: Order, ledger: Ledger, stockroom: Stockroom) -> dict[str, Any]:
    """End the reservation, if there is one: {"units", "status": "RELEASED" | "WRITTEN_OFF"}; lost goods do not return.

    Raises:
        LedgerConflict: when the ledger does not say that the order is being undone.
        RowsBusy: when others keep changing the same stock.
    """
    order_id = order["orderId"]
    row = ledger.begin_undoing(order)
    reservation = stockroom.reservation(order_id)
    status = "WRITTEN_OFF" if row.goods == "LOST" else "RELEASED"
    if reservation is None:
        ledger.record(order_id, "RELEASED")
        return {"units": 0, "status": status}
    if "RELEASED" not in row.events:
        stockroom.release(order_id, reservation["lines"], status, ledger.recording(order_id, "RELEASED"))
        ledger.recorded(order_id, "RELEASED")
    return {"units": int(reservation["units"]), "status": status}
