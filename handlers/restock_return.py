"""RestockReturn: put what came back into the stock, or write it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.returns import returns
from handlers.shared.collaborators.stockroom import stockroom
from handlers.shared.ledger import OrderRow
from handlers.shared.returns import Beside, ReturnRow, Returns, together
from handlers.shared.runtime import invocation
from handlers.shared.stockroom import Stockroom

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Put back the goods of event["return"]; see `restock_return`."""
    return restock_return(event["return"]["returnId"], returns(), stockroom())


def restock_return(return_id: str, returns: Returns, stockroom: Stockroom) -> dict[str, Any]:
    """Do with the goods what the inspector said, once: {"returnId", "status": "RESTOCKED" | "WRITTEN_OFF"}.

    Raises:
        ReturnConflict: when the customer has not the money for them.
        RowsBusy: when others keep changing the same stock.
    """

    def beside(row: ReturnRow, order: OrderRow) -> Beside:
        if row.goods != "RESTOCKED":
            return Beside()
        restocked = together(order.returned.restocked, row.lines)
        return Beside({"restocked": restocked}, stockroom.restocking(row.order_id, row.lines, restocked))

    row = returns.known(return_id)
    if row.status not in ("RESTOCKED", "WRITTEN_OFF"):
        row = returns.record(return_id, row.goods or "WRITTEN_OFF", beside)
    return {"returnId": return_id, "status": row.status}
