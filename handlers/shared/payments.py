"""What the functions expect of a payment provider.

A payment is opened, which moves no money, then authorized, which holds it, then captured, which takes it. Its id is
known, and can be written down, before any money is held: so whatever breaks off, what is held can be given back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from handlers.shared.unread import Unread

PaymentStatus: TypeAlias = Literal["OPEN", "AUTHORIZED", "CAPTURED", "DECLINED", "CANCELED", "REFUNDED"]


class CardError(Exception):
    """The provider will not do it; the message is its reason code, such as `insufficient_funds`."""


@dataclass(frozen=True)
class Payment:
    """A payment as the provider's books have it; the amount is in cents, of what was taken what is left."""

    payment_id: str
    order_id: str
    amount_cents: int
    status: PaymentStatus


class PaymentProvider(Protocol):
    """Takes money from customers and gives it back. What passes by itself is a TechnicalError: ask again."""

    def open(self, *, order_id: str, amount_cents: int, payment_method_id: str) -> str:
        """The id of the order's one payment, however often it is asked for; no money moves.

        Raises:
            TechnicalError: when it has been opened with other terms.
        """
        ...

    def authorize(self, payment_id: str) -> None:
        """Hold the money; once is enough.

        Raises:
            CardError: now and whenever it is tried again.
        """
        ...

    def capture(self, payment_id: str) -> None:
        """Take the money that is held; once is enough.

        Raises:
            CardError: when it is not held any more.
        """
        ...

    def give_back(self, payment_id: str) -> None:
        """Cancel what is not captured, refund what is; once is enough. No money can be held by it afterwards."""
        ...

    def give_back_part(self, payment_id: str, cents: int, key: str) -> None:
        """Give back `cents` of what was taken, once for each `key`, however often and however late it is asked for.

        Raises:
            TechnicalError: when so much is not left of it, or the refund was made and failed.
        """
        ...

    def payment(self, payment_id: str) -> Payment:
        """The payment as it is now.

        Raises:
            NotThereError: when the provider has none by this id.
        """
        ...

    def payments(self, since: datetime) -> Iterator[Payment | Unread]:
        """Every payment that was not opened before `since`, those that cannot be made out included."""
        ...
