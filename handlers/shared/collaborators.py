"""Whom the functions work with, made from the environment: the one place to put a real provider or carrier."""

from __future__ import annotations

import os
from datetime import timedelta

from handlers.shared import clock
from handlers.shared.callbacks import Waiting
from handlers.shared.carriers import Carrier
from handlers.shared.catalogue import Catalogue
from handlers.shared.decisions import Decisions
from handlers.shared.ledger import Ledger
from handlers.shared.payments import PaymentProvider
from handlers.shared.reconciliation import Issues
from handlers.shared.runtime import client, dynamodb, setting
from handlers.shared.sandbox_carrier import SandboxCarrier
from handlers.shared.sandbox_payments import SandboxPayments
from handlers.shared.shipments import Shipments
from handlers.shared.stockroom import Stockroom
from handlers.shared.webhooks import SeenEvents


def ledger() -> Ledger:
    return Ledger(dynamodb(), setting("ORDERS_TABLE"), setting("ENTRIES_TABLE"), clock.now)


def catalogue() -> Catalogue:
    return Catalogue(dynamodb(), setting("PRODUCTS_TABLE"))


def payment_provider() -> PaymentProvider:
    # Only Stripe's users wait for its library to load.
    if "STRIPE_SECRET" in os.environ:
        from handlers.shared.stripe_payments import from_environment

        return from_environment()
    return SandboxPayments(dynamodb(), setting("PAYMENTS_TABLE"), clock.now)


def issues() -> Issues:
    return Issues(dynamodb(), setting("ISSUES_TABLE"))


def carrier() -> Carrier:
    transit = timedelta(seconds=int(setting("CARRIER_TRANSIT_SECONDS")))
    return SandboxCarrier(dynamodb(), setting("PARCELS_TABLE"), clock.now, transit)


def shipments() -> Shipments:
    return Shipments(dynamodb(), setting("SHIPMENTS_TABLE"), clock.now)


def waiting() -> Waiting:
    return Waiting(client("stepfunctions"))


def seen_events() -> SeenEvents:
    return SeenEvents(dynamodb(), setting("SEEN_EVENTS_TABLE"), clock.now)


def decisions() -> Decisions:
    return Decisions(dynamodb(), setting("DECISIONS_TABLE"), clock.now)


def stockroom() -> Stockroom:
    return Stockroom(dynamodb(), setting("STOCK_TABLE"), setting("RESERVATIONS_TABLE"))
