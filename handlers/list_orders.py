"""ListOrders: every recent order, by the ledger's books and by the payment provider's, in an object of S3."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.runtime import client, invocation, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Write the list to event["key"] of the bucket: {"orders"}."""
    since = clock.now() - timedelta(days=int(setting("RECONCILED_DAYS")))
    payments = ((one.order_id, one.payment_id) for one in payment_provider().payments(since))
    listed = list_orders(ledger().changed(since), payments)
    client("s3").put_object(Bucket=setting("EXPORTS_BUCKET"), Key=event["key"], Body=as_csv(listed).encode())
    return {"orders": len(listed)}


def list_orders(ledgers: Iterable[str], payments: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Order and payment ids, those that only one side knows included; an order without a payment has an empty one."""
    listed = dict.fromkeys(ledgers, "")
    by_provider = dict.fromkeys(payments)
    for order_id, _ in by_provider:
        listed.pop(order_id, None)
    return sorted([*by_provider, *listed.items()])


def as_csv(listed: Iterable[tuple[str, str]]) -> str:
    """With the header that the Distributed Map names each item's fields by."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("orderId", "paymentId"))
    rows.writerows(listed)
    return text.getvalue()
