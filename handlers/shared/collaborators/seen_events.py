"""The events of webhooks that have been dealt with."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.runtime import dynamodb, setting
from handlers.shared.webhooks import SeenEvents


def seen_events() -> SeenEvents:
    return SeenEvents(dynamodb(), setting("SEEN_EVENTS_TABLE"), clock.now)
