"""OpenReturn: claim what is to be returned of a delivered order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.shared.asked_returns import Asked
from handlers.shared.collaborators.returns import returns
from handlers.shared.returns import Returns
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Open event["return"]; see `open_return`."""
    return open_return(event["return"], returns())


def open_return(document: Any, returns: Returns) -> dict[str, Any]:
    """Claim the pieces: {"returnId", "orderId", "cents", "goods"}, the last in words.

    Raises:
        ReturnRejected: with everything that is wrong with the return, or in its way.
        RowsBusy: when others kept changing the order's row.
    """
    row = returns.open(Asked.of(document))
    goods = ", ".join(f"{count} {sku}" for sku, count in sorted(row.lines.items()))
    return {"returnId": row.return_id, "orderId": row.order_id, "cents": row.cents, "goods": goods}
