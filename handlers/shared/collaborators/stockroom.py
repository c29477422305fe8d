"""The stock, and what is reserved of it."""

from __future__ import annotations

from handlers.shared.runtime import dynamodb, setting
from handlers.shared.stockroom import Stockroom


def stockroom() -> Stockroom:
    return Stockroom(dynamodb(), setting("STOCK_TABLE"), setting("RESERVATIONS_TABLE"))
