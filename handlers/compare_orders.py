"""CompareBatch: what all books say of some orders; each difference is an issue, and so is what cannot be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.shared import clock
from handlers.shared.collaborators.carrier import carrier
from handlers.shared.collaborators.catalogue import catalogue
from handlers.shared.collaborators.issues import found_issues
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.payments import payment_provider
from handlers.shared.collaborators.returns import returns
from handlers.shared.collaborators.stockroom import stockroom
from handlers.shared.collaborators.views import views
from handlers.shared.reconciliation.issues import Issues
from handlers.shared.reconciliation.items import Comparison
from handlers.shared.reconciliation.listing import Listed
from handlers.shared.reconciliation.reading import Sources
from handlers.shared.runtime import invocation, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

LEAST_SECONDS = 25
"""What has to be left of the function's time to begin with one more order: a provider that hangs takes some of it."""


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Compare event["items"], each as `Listed.of` takes it; see `compare_orders`."""
    sources = Sources(ledger(), payment_provider(), carrier(), stockroom(), views(), catalogue(), returns())
    return compare_orders(
        [Listed.of(item) for item in event["items"]],
        sources,
        found_issues(),
        clock.now(),
        event["executionId"],
        lambda: context.get_remaining_time_in_millis() / 1_000,
    )


def compare_orders(
    listed: Sequence[Listed],
    sources: Sources,
    found: Issues,
    now: datetime,
    detected: str,
    seconds_left: Callable[[], float],
) -> dict[str, Any]:
    """Record every difference: {"lines", "issues": {kind: count}, "lookedAt": {what: count}}, the issues those found
    now, known or new. One that a person has accepted, and that is still the same, is none: such are counted among what
    was looked at. An issue of what was compared, and that is none any more, is closed.

    What cannot be read or compared is an issue like any other; only where an issue cannot be written this fails.
    """
    still_open = list(found.open())
    comparison = Comparison(sources, still_open, now, detected)
    kinds, looked_at = dict[str, str](), Counter[str]()
    accepted, right = {one.issue_id for one in still_open if one.accepted}, set[str]()
    for line in listed:
        outcome = comparison.of(line) if seconds_left() >= LEAST_SECONDS else comparison.not_at_all(line)
        for issue in outcome.issues:
            is_new = found.record(issue, now)
            if is_new:
                logger.error("issue", extra={"orderId": issue.order_id, "issueId": issue.issue_id})
            if issue.issue_id in accepted and not is_new:
                right.add(issue.issue_id)
            else:
                accepted.discard(issue.issue_id)
                kinds[issue.issue_id] = issue.difference.kind
        for issue_id in outcome.gone:
            found.close(issue_id, now)
            logger.info("issue closed", extra={"issueId": issue_id})
        looked_at += outcome.looked_at
    looked_at += Counter({"accepted": len(right)})
    return {"lines": len(listed), "issues": dict(Counter(kinds.values())), "lookedAt": dict(looked_at)}
