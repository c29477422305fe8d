"""WatchOrders, every few minutes: how many orders are under way, which stand still, and what waits for a person.

AWS counts executions, and cannot know that an order stands still for longer than its state ever takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.collaborators.decisions import decisions
from handlers.shared.collaborators.issues import found_issues
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.decisions import Decision
from handlers.shared.ledger import OPEN, Standing
from handlers.shared.metrics import count
from handlers.shared.runtime import invocation, logger, setting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

STEP = timedelta(minutes=30)
"""Far longer than a step takes with all its attempts."""

SOON = timedelta(hours=4)
"""How long before its end an open question is about to expire."""

LINES = 50
"""How many orders that stand still are named in the log; the metric counts all."""


@dataclass(frozen=True)
class Limits:
    """How long an order may stand still: the stack's settings, which say how long people and parcels may take."""

    approval_cents: int
    decision: timedelta
    delivery: timedelta

    def of(self, order: Standing) -> timedelta:
        """How long the order may stand as it does."""
        if order.status == "VALIDATED" and order.amount_cents > self.approval_cents:
            return self.decision + STEP
        return self.delivery + STEP if order.status == "CAPTURED" else STEP


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Count once; see `watch_orders`."""
    limits = Limits(
        int(setting("APPROVAL_LIMIT_CENTS")),
        timedelta(seconds=int(setting("DECISION_SECONDS"))),
        # A wait that begins just before the deadline lasts for two polls, where the carrier has sent news meanwhile.
        timedelta(seconds=int(setting("DELIVERY_DEADLINE_SECONDS")) + 2 * int(setting("POLL_SECONDS"))),
    )
    return watch_orders(
        ledger().under_way(),
        decisions().open(),
        (one.issue_id for one in found_issues().open() if not one.accepted),
        limits,
        clock.now(),
    )


def watch_orders(
    orders: Iterable[Standing], questions: Iterable[Decision], issues: Iterable[str], limits: Limits, now: datetime
) -> dict[str, Any]:
    """Count and write the metrics: {"orders": {status: count}, "stuck", "open", "expiring", "issues"}.

    A status that no order has counts, too: its line falls to zero, and does not end.
    """
    by_status: Counter[str] = Counter(dict.fromkeys(OPEN, 0))
    stuck = 0
    for order in orders:
        by_status[order.status] += 1
        if clock.read(order.updated_at) + limits.of(order) < now:
            stuck += 1
            if stuck <= LINES:
                known = {"orderId": order.order_id, "status": order.status, "since": order.updated_at}
                logger.warning("stuck", extra=known)
    left = [clock.read(one.expires_at) - now for one in questions]
    waiting = [one for one in left if one > timedelta(0)]
    expiring = sum(one <= SOON for one in waiting)
    differing = len(set(issues))
    for status, number in by_status.items():
        count("Orders", number, status=status)
    figures = {"stuck": stuck, "open": len(waiting), "expiring": expiring, "issues": differing}
    count("OrdersStuck", stuck)
    count("QuestionsOpen", len(waiting))
    count("QuestionsExpiring", expiring)
    count("IssuesOpen", differing)
    return {"orders": dict(by_status), **figures}
