"""The shipments that somebody waits for."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.runtime import dynamodb, setting
from handlers.shared.shipments import Shipments


def shipments() -> Shipments:
    return Shipments(dynamodb(), setting("SHIPMENTS_TABLE"), clock.now)
