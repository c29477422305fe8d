"""AskPrice: what a basket costs by the catalogue, as the order of it would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared import orders
from handlers.shared.catalogue import Catalogue
from handlers.shared.collaborators.catalogue import catalogue
from handlers.shared.errors import ValidationError
from handlers.shared.pricing import priced
from handlers.shared.runtime import invocation, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The price of event["basket"]; see `quote_price`."""
    return quote_price(event["basket"], catalogue(), int(setting("ORDER_LIMIT_CENTS")))


def quote_price(basket: Any, catalogue: Catalogue, limit_cents: int) -> dict[str, Any]:
    """{"amountCents", "currency", "lines": [{"sku", "quantity", "priceCents"}]}; nothing is written.

    Raises:
        ValidationError: naming every field that is wrong; where none is, every product that the catalogue lacks.
    """
    orders.require_basket(basket)
    price, wrong = priced(basket, (), catalogue, limit_cents)
    if wrong:
        raise ValidationError("; ".join(wrong))
    return price
