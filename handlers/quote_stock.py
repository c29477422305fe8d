"""AskStock: whether there is enough of everything in a basket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import orders
from handlers.shared.collaborators.stockroom import stockroom
from handlers.shared.runtime import invocation
from handlers.shared.stockroom import Stockroom

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The stock of event["basket"]; see `quote_stock`."""
    return quote_stock(event["basket"], stockroom())


def quote_stock(basket: Any, stockroom: Stockroom) -> dict[str, Any]:
    """{"enough", "short"}: whether all is there, and the skus of which there is too little. Nothing is set aside.

    Raises:
        ValidationError: naming every field that is wrong.
    """
    orders.require_basket(basket)
    short = stockroom.short(basket["items"])
    return {"enough": not short, "short": list(short)}
