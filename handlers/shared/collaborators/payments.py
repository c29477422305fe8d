"""The payment provider: the one place to put another."""

from __future__ import annotations

import os

from handlers.shared import clock
from handlers.shared.payments import PaymentProvider
from handlers.shared.runtime import dynamodb, setting
from handlers.shared.sandbox_payments import SandboxPayments


def payment_provider() -> PaymentProvider:
    # Only Stripe's users wait for its library to load.
    if "STRIPE_SECRET" in os.environ:
        from handlers.shared.stripe_payments import from_environment

        return from_environment()
    return SandboxPayments(dynamodb(), setting("PAYMENTS_TABLE"), clock.now)
