"""Payments at Stripe: one PaymentIntent per order; confirmed it holds the money, captured it takes it.

An intent is charged once at most and refuses what does not fit its state. So every act looks at the state first, and
again when Stripe refuses or fails: a repeat is harmless for as long as the intent exists. An idempotency key alone
would not do: Stripe forgets it after a day, and until then repeats a failure, a 500 too, as faithfully as a success.
Keys are for what makes something new, the intent and its refund. A 500 may have made it all the same; so what is there
is looked at before a new key is tried.

Nobody is charged twice by that. An intent that is opened in vain holds nothing, for only the one whose id the order's
row keeps is confirmed; and Stripe refunds no charge beyond its amount.

https://docs.stripe.com/payments/paymentintents/lifecycle, https://docs.stripe.com/api/idempotent_requests,
https://docs.stripe.com/error-low-level#server-errors, https://docs.stripe.com/api/refunds/create
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from handlers.shared.errors import TechnicalError, shortened
from handlers.shared.payments import CardError, Payment, PaymentStatus
from handlers.shared.runtime import secret, setting
from handlers.shared.unread import NotThereError, Unread, reading

if TYPE_CHECKING:
    import stripe

Intent: TypeAlias = Mapping[str, Any]
"""A PaymentIntent with its latest charge: https://docs.stripe.com/api/payment_intents/object"""

CURRENCY = "usd"

NEWEST = 100
"""How many payments Stripe lists at once: https://docs.stripe.com/api/payment_intents/list"""

CHARGE, REFUNDS = "latest_charge", "latest_charge.refunds"
"""What Stripe is asked to put into an intent beside the ids."""

PART = "part"
"""The name in a refund's metadata of what it was made for."""

BEING_GIVEN_BACK = ("succeeded", "pending")
"""The statuses of a refund that the customer has or gets: https://docs.stripe.com/api/refunds/object"""

UNTOLD = frozenset({"fraudulent", "lost_card", "stolen_card", "merchant_blacklist"})
"""Reasons that the customer must not learn; Stripe's own books keep them. https://docs.stripe.com/declines/codes"""


class ForeignPaymentError(TechnicalError):
    """The account has the payment, but it is for no order of this stack."""


class NotAllowedError(TechnicalError):
    """Stripe will not do this in the state that the payment is in."""


class UncertainError(TechnicalError):
    """Stripe failed on its own side: it may have acted or not, and says the same again under the same key."""


def from_environment() -> StripePayments:
    """The provider by the environment: STRIPE_SECRET names the secret with the key, STRIPE_STACK the stack in its
    account: `orderflow-prod`.

    STRIPE_API_BASE, where it is set, is the address of a server that stands in for Stripe.

    Raises:
        TechnicalError: when the environment lacks one, or the secret cannot be read or is no key of Stripe's.
    """
    from handlers.shared.stripe_wire import connect

    key = secret("STRIPE_SECRET")
    return StripePayments(connect(key, os.environ.get("STRIPE_API_BASE")), setting("STRIPE_STACK"))


class StripePayments:
    """A PaymentProvider. Other stacks may share the account: a payment belongs to the `stack` in its metadata."""

    def __init__(self, client: stripe.StripeClient, stack: str) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._stack = stack

    def open(self, *, order_id: str, amount_cents: int, payment_method_id: str) -> str:
        """The id of the order's one payment; no money moves yet.

        Stripe knows a repeat for a day at least. After that it opens another payment, as it may after a failure of its
        own. That one is as empty as the first: only the one whose id the order's row keeps is ever authorized.

        Raises:
            CardError: when there is no such payment method, or the amount is not one that Stripe charges.
            TechnicalError: when the order was opened with other terms.
        """

        def create(key: str) -> str:
            with asking(f"open a payment for order {order_id}"):
                intent = self._intents.create(
                    {
                        "amount": amount_cents,
                        "currency": CURRENCY,
                        "payment_method": payment_method_id,
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "capture_method": "manual",
                        "metadata": {"orderId": order_id, "stack": self._stack},
                    },
                    {"idempotency_key": key},
                )
            return intent.id

        return _made(create, f"{self._stack}/{order_id}/open", lambda: self._opened(order_id, amount_cents))

    def authorize(self, payment_id: str) -> None:
        """Hold the money; again: nothing more. A card that wants its owner to act is declined: nobody is there to.

        Raises:
            CardError: with the reason, now and whenever it is called again.
        """
        intent = self._advance(
            payment_id,
            "OPEN",
            lambda: self._intents.confirm(payment_id, {"expand": [CHARGE]}),
        )
        if status_of(intent) not in ("AUTHORIZED", "CAPTURED"):
            raise _no_money(intent)

    def capture(self, payment_id: str) -> None:
        """Take the held money; again: nothing more.

        Raises:
            CardError: when none is held, or not any more.
        """
        intent = self._advance(
            payment_id, "AUTHORIZED", lambda: self._intents.capture(payment_id, {"expand": [CHARGE]})
        )
        if status_of(intent) == "OPEN":
            raise CardError("not_authorized")
        if status_of(intent) != "CAPTURED":
            raise _no_money(intent)

    def give_back(self, payment_id: str) -> None:
        """Cancel what is not captured, refund what is; again: nothing more. Nothing can hold money on it after that."""
        try:
            self._undo(self._look(payment_id))
        except NotAllowedError:  # another call came between: it is captured by now, or given back
            self._undo(self._look(payment_id))

    def give_back_part(self, payment_id: str, cents: int, key: str) -> None:
        """Refund `cents`, once for each `key`: it stands in the refund's metadata, by which a repeat finds it after
        Stripe has forgotten the idempotency key. A refund that failed later is made once more, under a new one.

        https://docs.stripe.com/refunds#failed-refunds, https://docs.stripe.com/api/refunds/list

        Raises:
            NotAllowedError: when so much is not left.
            TechnicalError: when the refund cannot be made in this way.
        """
        made = self._parts(payment_id, key)
        if any(one["status"] in BEING_GIVEN_BACK for one in made):
            return

        def create(idempotency_key: str) -> str:
            with asking(f"refund {cents} cents of {payment_id}"):
                refund = self._refunds.create(
                    {"payment_intent": payment_id, "amount": cents, "metadata": {PART: key}},
                    {"idempotency_key": idempotency_key},
                )
            return _given_back(refund, payment_id)

        def found() -> str | None:
            parts = self._parts(payment_id, key)
            return next((one["id"] for one in parts if one["status"] in BEING_GIVEN_BACK), None)

        _made(create, f"{payment_id}/part/{key}/{len(made)}", found)

    def payment(self, payment_id: str) -> Payment:
        """As Stripe's books have it now.

        Raises:
            ForeignPaymentError: when it is for no order of this stack.
            NotThereError: when Stripe does not know it.
        """
        return _payment(self._look(payment_id))

    def payments(self, since: datetime) -> Iterator[Payment | Unread]:
        """Every payment of this stack that was opened since, the newest first."""
        with asking("list payments"):
            opened = self._intents.list(
                {"created": {"gte": int(since.timestamp())}, "limit": 100, "expand": [f"data.{CHARGE}"]}
            )
            for found in opened.auto_paging_iter():
                intent = found.to_dict()
                if self._is_ours(intent):
                    yield reading(intent["id"], lambda intent=intent: _payment(intent), intent["metadata"]["orderId"])

    def _look(self, payment_id: str) -> Intent:
        with asking(f"look up {payment_id}"):
            intent = self._intents.retrieve(payment_id, {"expand": [REFUNDS]}).to_dict()
        if not self._is_ours(intent):
            raise ForeignPaymentError(f"payment {payment_id} is for no order of {self._stack}")
        return intent

    def _opened(self, order_id: str, amount_cents: int) -> str | None:
        """The order's payment that is open, as far as it is among the account's newest; of several the oldest.

        Lists have what was made a moment ago, searches do not: https://docs.stripe.com/search#data-freshness
        """
        with asking(f"list the payments of order {order_id}"):
            newest = [found.to_dict() for found in self._intents.list({"limit": NEWEST}).data]
        found = [
            one["id"]
            for one in newest
            if self._is_ours(one)
            and one["metadata"]["orderId"] == order_id
            and (one["amount"], one["status"]) == (amount_cents, "requires_confirmation")
        ]
        return found[-1] if found else None

    def _is_ours(self, intent: Intent) -> bool:
        metadata = intent["metadata"]
        return metadata.get("stack") == self._stack and "orderId" in metadata

    def _advance(self, payment_id: str, status: str, act: Callable[[], stripe.PaymentIntent]) -> Intent:
        """The intent after `act`, or as it is when it was not, or is no longer, in `status`."""
        intent = self._look(payment_id)
        if status_of(intent) != status:
            return intent
        try:
            with asking(f"change {payment_id} from {status}"):
                return act().to_dict()
        except (NotAllowedError, UncertainError):
            intent = self._look(payment_id)
            if status_of(intent) == status:
                raise
            return intent  # another call has been faster, or it was done all the same

    def _parts(self, payment_id: str, key: str) -> list[Mapping[str, Any]]:
        """The refunds that were made for `key`, failed ones among them."""
        with asking(f"list the refunds of {payment_id}"):
            made = self._refunds.list({"payment_intent": payment_id, "limit": 100}).auto_paging_iter()
            refunds = [one.to_dict() for one in made]
        return [one for one in refunds if (one["metadata"] or {}).get(PART) == key]

    def _undo(self, intent: Intent) -> None:
        payment_id, status = intent["id"], status_of(intent)
        if status == "CAPTURED":
            self._refund(payment_id, len(intent[CHARGE]["refunds"]["data"]))
        elif status not in ("CANCELED", "REFUNDED"):
            with asking(f"cancel {payment_id}"):
                self._intents.cancel(payment_id)

    def _refund(self, payment_id: str, made: int) -> None:
        """Refund what is left. A refund can fail later, and only a new key makes another: it counts those `made`."""

        def create(key: str) -> str:
            with asking(f"refund {payment_id}"):
                refund = self._refunds.create({"payment_intent": payment_id}, {"idempotency_key": key})
            return _given_back(refund, payment_id)

        def found() -> str | None:
            return payment_id if status_of(self._look(payment_id)) == "REFUNDED" else None

        _made(create, f"{payment_id}/refund/{made}", found)


def _made(create: Callable[[str], str], key: str, found: Callable[[], str | None]) -> str:
    """What `create` makes under `key`; where Stripe fails in it, what is `found` of it, or else made under a new key.

    Raises:
        UncertainError: when Stripe fails under the new key, too; the next call begins by looking.
    """
    try:
        return create(key)
    except UncertainError:
        return found() or create(f"{key}/{uuid.uuid4()}")


def _given_back(refund: stripe.Refund, payment_id: str) -> str:
    """The refund's id, where the customer gets the money by it."""
    if refund.status not in BEING_GIVEN_BACK:
        raise TechnicalError(f"refund {refund.id} of {payment_id} is {refund.status}; refund it in another way")
    return refund.id


def status_of(intent: Intent) -> PaymentStatus:
    """The status of the Payment that an intent is. It is opened with a card, and loses that only to a decline."""
    match intent["status"]:
        case "requires_confirmation" | "processing":
            return "OPEN"
        case "requires_payment_method" | "requires_action":
            return "DECLINED"
        case "requires_capture":
            return "AUTHORIZED"
        case "succeeded":
            return "REFUNDED" if intent[CHARGE]["refunded"] else "CAPTURED"
        case "canceled":
            return "CANCELED"
        case unknown:
            raise TechnicalError(f"payment {intent['id']} is {unknown} at Stripe, which this program does not know")


def _payment(intent: Intent) -> Payment:
    status = status_of(intent)
    taken = status == "CAPTURED"
    return Payment(
        payment_id=intent["id"],
        order_id=intent["metadata"]["orderId"],
        amount_cents=intent["amount_received"] - intent[CHARGE]["amount_refunded"] if taken else intent["amount"],
        status=status,
    )


def _no_money(intent: Intent) -> CardError | TechnicalError:
    """Why an intent neither holds money nor has taken it."""
    status = status_of(intent)
    if status == "DECLINED":
        return CardError(_reason(intent["last_payment_error"] or {"code": "authentication_required"}))
    if status == "CANCELED":
        expired = intent["cancellation_reason"] in ("automatic", "expired")
        return CardError("authorization_expired" if expired else "canceled")
    if status == "REFUNDED":
        return CardError("refunded")
    return TechnicalError(f"payment {intent['id']} is {intent['status']} at Stripe; try again later")


def _reason(error: Mapping[str, Any]) -> str:
    """The reason code in an error of Stripe's, as far as the customer may know it."""
    reason = error.get("decline_code") or error.get("code") or "generic_decline"
    return "generic_decline" if reason in UNTOLD else reason


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Whatever goes wrong in Stripe's library comes out as an error of ours, which holds no key."""
    import stripe

    try:
        yield
    except stripe.StripeError as failure:
        raise _ours(failure, what) from None


def _ours(failure: stripe.StripeError, what: str) -> CardError | TechnicalError:
    import stripe

    if (failure.http_status or 0) >= 500:
        return UncertainError(f"Stripe could not {what}: {_said(failure)}; it may have done it; try again later")
    if isinstance(failure, stripe.CardError):
        return CardError(_reason(_body(failure)))
    if isinstance(failure, (stripe.AuthenticationError, stripe.PermissionError)):
        return TechnicalError(
            f"Stripe does not let this key {what}: {_said(failure)}; it is in the secret that STRIPE_SECRET names"
        )
    if isinstance(failure, stripe.APIConnectionError):
        return TechnicalError(f"no answer from Stripe to: {what} ({failure}); it may have acted, and knows a repeat")
    if isinstance(failure, stripe.IdempotencyError):
        return TechnicalError(f"Stripe was asked to {what} with other terms before: {_said(failure)}")
    if isinstance(failure, stripe.InvalidRequestError):
        if failure.param == "payment_method":
            return CardError("invalid_payment_method")
        if failure.code in ("amount_too_small", "amount_too_large"):
            return CardError(failure.code)
        if failure.http_status == 404:
            return NotThereError(f"Stripe cannot {what}: {_said(failure)}")
        return NotAllowedError(f"Stripe refuses to {what}: {_said(failure)}")
    return TechnicalError(f"Stripe could not {what}: {_said(failure)}; try again later")


def _body(failure: stripe.StripeError) -> Mapping[str, Any]:
    error = failure.json_body.get("error") if isinstance(failure.json_body, dict) else None
    return error if isinstance(error, dict) else {}


def _said(failure: stripe.StripeError) -> str:
    """Stripe's own words, without anything that looks like a key. https://docs.stripe.com/keys"""
    told = re.sub(r"\b(?:sk|rk|pk|whsec)_[\w*]+", "(a key)", str(failure))
    return shortened(f"{failure.http_status} {_body(failure).get('code') or ''} {told}")
