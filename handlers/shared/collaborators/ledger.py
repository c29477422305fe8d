"""The ledger of orders."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.ledger import Ledger
from handlers.shared.runtime import dynamodb, setting


def ledger() -> Ledger:
    return Ledger(dynamodb(), setting("ORDERS_TABLE"), setting("ENTRIES_TABLE"), clock.now)
