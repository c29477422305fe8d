"""CompareBatch: what the provider, the carrier and our own books say of some orders; each difference is an issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.carriers import Carrier
from handlers.shared.checks import order_issues
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.issues import found_issues
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.ledger import Ledger
from handlers.shared.payments import PaymentProvider
from handlers.shared.reconciliation import Issues, issues
from handlers.shared.runtime import invocation, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Compare event["orders"], [{"orderId", "paymentId"}]; see `compare_orders`."""
    return compare_orders(
        event["orders"],
        ledger(),
        payment_provider(),
        carrier(),
        found_issues(),
        clock.now(),
        event["executionId"],
    )


def compare_orders(
    listed: Sequence[Mapping[str, str]],
    ledger: Ledger,
    provider: PaymentProvider,
    carrier: Carrier,
    found: Issues,
    now: datetime,
    detected: str,
) -> dict[str, Any]:
    """Record every difference: {"orders", "issues"}, the latter those found now, known or new.

    What was an issue of what was compared, and is none any more, is closed.
    """
    count, compared, still = 0, set[tuple[str, str]](), set[str]()
    for item in listed:
        order_id = item["orderId"]
        row = ledger.read(order_id)
        payment_ids = {item.get("paymentId"), row.payment_id if row else None} - {"", None}
        compared |= {(order_id, id or "") for id in (*payment_ids, "")}
        both = [
            *(one for id in sorted(filter(None, payment_ids))
              for one in issues(provider.payment(id), provider, ledger, now, detected)),
            *order_issues(order_id, ledger, carrier, now, detected),
        ]  # fmt: skip
        for issue in both:
            count += 1
            still.add(issue.issue_id)
            if found.record(issue, now):
                logger.error("issue", extra={"orderId": order_id, "issueId": issue.issue_id})
    for issue in found.open():
        if issue.issue_id not in still and (issue.order_id, issue.payment_id) in compared:
            found.close(issue.issue_id, now)
            logger.info("issue closed", extra={"orderId": issue.order_id, "issueId": issue.issue_id})
    return {"orders": len(listed), "issues": count}
