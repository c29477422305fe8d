"""The carrier: the one place to put a real one."""

from __future__ import annotations

from datetime import timedelta

from handlers.shared import clock
from handlers.shared.carriers import Carrier
from handlers.shared.runtime import dynamodb, setting
from handlers.shared.sandbox_carrier import SandboxCarrier


def carrier() -> Carrier:
    transit = timedelta(seconds=int(setting("CARRIER_TRANSIT_SECONDS")))
    return SandboxCarrier(dynamodb(), setting("PARCELS_TABLE"), clock.now, transit)
