"""Stripe's news of payments, by webhook. An event says only which payment to look at: what it is now, Stripe is asked.

So it does not matter in which order events arrive, how late, or how often. Where the ledger differs from what Stripe
says, and no step of the workflow explains it, an issue is recorded for a person.

https://docs.stripe.com/webhooks
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.shared import clock, stripe_payments
from handlers.shared.collaborators.issues import found_issues
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.collaborators.seen_events import seen_events
from handlers.shared.ledger import Ledger
from handlers.shared.payments import Payment
from handlers.shared.reconciliation.books import Books
from handlers.shared.reconciliation.comparing import OF_MONEY, lasting
from handlers.shared.reconciliation.issues import Issue, Issues
from handlers.shared.reconciliation.reading import order_of
from handlers.shared.runtime import logger, secret, tracer
from handlers.shared.stripe_payments import ForeignPaymentError, StripePayments
from handlers.shared.webhooks import RefusedError, SeenEvents, body_of, document_of, response

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BODY_BYTES = 65_536
"""An event holds one object, of some kilobytes; more is not even hashed."""

TOLERANCE_SECONDS = 300
"""How old a signature may be, or how far ahead a clock; Stripe signs each delivery anew."""

SENDER = "stripe"


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take one request of the function's URL. What fails for technical reasons fails the call: it is sent again."""
    return tracer().capture_lambda_handler(_answer, capture_response=False)(event, context)


def _answer(request: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    try:
        event = verified(request, secret("STRIPE_WEBHOOK_SECRET"))
        logger.append_keys(event=event["id"], type=str(event.get("type")))
        outcome = payment_webhook(
            event,
            stripe_payments.from_environment(),
            ledger(),
            found_issues(),
            seen_events(),
            clock.now(),
        )
    except RefusedError as refused:
        logger.info("refused", extra={"status": refused.status, "reason": str(refused)})
        return response(refused.status, message=str(refused))
    except Exception:
        logger.exception("failed")
        raise
    logger.info("done", extra={"outcome": outcome})
    return response(200, message=outcome)


def verified(request: Mapping[str, Any], signing_secret: str) -> dict[str, Any]:
    """The event in a request that Stripe signed less than five minutes ago.

    Raises:
        RefusedError: for every other request.
    """
    from stripe import SignatureVerificationError, WebhookSignature

    body = body_of(request, BODY_BYTES)
    headers = {str(name).lower(): str(value) for name, value in (request.get("headers") or {}).items()}
    try:
        WebhookSignature.verify_header(body, headers.get("stripe-signature"), signing_secret, TOLERANCE_SECONDS)
    # The library compares signatures in constant time, which text beyond ASCII does not allow: a TypeError.
    except (SignatureVerificationError, TypeError):
        raise RefusedError(400, "the signature is missing, wrong or too old") from None
    # The library takes a signature of any time to come, which could be replayed until then.
    if _signed_at(headers["stripe-signature"]) > time.time() + TOLERANCE_SECONDS:
        raise RefusedError(400, "the signature is from the future")
    event = document_of(body)
    if event.get("object") != "event" or not isinstance(event.get("id"), str):
        raise RefusedError(400, "the body is no event of Stripe's")
    return event


def _signed_at(header: str) -> int:
    """The moment in a header that the library has read: `t=1700000000,v1=…`."""
    return int(next(part for part in header.split(",") if part.startswith("t="))[2:])


def payment_webhook(
    event: Mapping[str, Any],
    provider: StripePayments,
    ledger: Ledger,
    found: Issues,
    seen: SeenEvents,
    now: datetime,
) -> str:
    """Compare the payment that an event is about with the ledger, once per event; says what came of it.

    Raises:
        TechnicalError: when Stripe or the tables do not answer; the event is not noted as seen, and may come again.
    """
    payment_id = payment_of(event)
    if payment_id is None:
        return "not about a payment"
    if seen.has(SENDER, event["id"]):
        return "seen before"
    try:
        payment = provider.payment(payment_id)
    except ForeignPaymentError:
        return "not a payment of this stack"
    logger.append_keys(orderId=payment.order_id)
    for issue in issues(payment, provider, ledger, now, f"webhook {event['id']}"):
        if found.record(issue, now):
            logger.error("issue", extra={"issueId": issue.issue_id, "provider": issue.difference.provider})
    seen.add(SENDER, event["id"])
    return "compared"


def issues(payment: Payment, provider: StripePayments, ledger: Ledger, now: datetime, detected: str) -> list[Issue]:
    """Where the ledger differs from what the provider says of a payment."""
    order_id = payment.order_id

    def look() -> Books:
        order = order_of(ledger, order_id)
        return Books(order_id, order, {payment.payment_id: provider.payment(payment.payment_id)})

    _, found = lasting(look, lambda: order_of(ledger, order_id), now, OF_MONEY) or (None, [])
    return [Issue(order_id, detected, one) for one in found]


def payment_of(event: Mapping[str, Any]) -> str | None:
    """The id of the PaymentIntent that an event is about: it, or its charge, refund or dispute."""
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        return None
    payment_id = subject.get("id" if subject.get("object") == "payment_intent" else "payment_intent")
    return payment_id if isinstance(payment_id, str) else None
