"""What the functions expect of a payment provider."""

from __future__ import annotations

from typing import Protocol


class CardError(Exception):
    """The provider will not charge; the message is its reason code, such as `insufficient_funds`."""


class PaymentProvider(Protocol):
    """Charges customers."""

    def charge(self, *, idempotency_key: str, amount_cents: int, payment_method_id: str) -> str:
        """Charge once per key, however often it is called, and return the payment's id.

        Raises:
            CardError: now and whenever the key is used again.
        """
        ...
