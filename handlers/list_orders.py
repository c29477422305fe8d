"""ListOrders: what there is to compare, by all books, in an object of S3."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.issues import found_issues
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.collaborators.returns import returns
from handlers.shared.collaborators.stockroom import stockroom
from handlers.shared.collaborators.views import views
from handlers.shared.reconciliation.listing import Shelf, as_lines, listing
from handlers.shared.runtime import client, invocation, logger, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Write the list to event["key"] of the bucket: {"lines", "unlisted"}, the latter why a book is not in it."""
    since = clock.now() - timedelta(days=int(setting("RECONCILED_DAYS")))
    shelf = Shelf(ledger(), payment_provider(), carrier(), stockroom(), returns(), views(), found_issues())
    listed = listing(shelf, since)
    unlisted = {book: why for book, why in listed[0].books.items() if why}
    if unlisted:
        logger.error("not listed", extra={"books": unlisted})
    client("s3").put_object(Bucket=setting("EXPORTS_BUCKET"), Key=event["key"], Body=as_lines(listed).encode())
    return {"lines": len(listed), "unlisted": unlisted}
