"""ReserveInventory: set the ordered quantities aside, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.stockroom import stockroom
from handlers.shared.errors import OutOfStock
from handlers.shared.ledger import Ledger
from handlers.shared.orders import Order
from handlers.shared.runtime import invocation
from handlers.shared.stockroom import Stockroom

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Reserve for event["order"]; see `reserve_inventory`."""
    return reserve_inventory(event["order"], ledger(), stockroom())


def reserve_inventory(order: Order, ledger: Ledger, stockroom: Stockroom) -> dict[str, Any]:
    """Reserve every quoted line: {"reservationId", "units"}.

    Stock, reservation and ledger change in one transaction, so that no call can leave them half done.

    Raises:
        OutOfStock: naming every sku of which there is not enough.
        TechnicalError: when the ledger does not say that the order is charged and open.
        RowsBusy: when others keep changing the same stock.
    """
    order_id, lines = order["orderId"], order["quote"]["lines"]
    short = stockroom.reserve(order_id, lines, ledger.recording(order_id, "RESERVED"))
    if short:
        raise OutOfStock(f"not enough in stock of {', '.join(short)}")
    return {"reservationId": order_id, "units": sum(line["quantity"] for line in lines)}
