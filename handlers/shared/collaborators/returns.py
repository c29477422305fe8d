"""The returns of orders."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.collaborators.ledger import ledger
from handlers.shared.returns import Returns
from handlers.shared.runtime import dynamodb, setting


def returns() -> Returns:
    return Returns(dynamodb(), setting("RETURNS_TABLE"), ledger(), clock.now)
