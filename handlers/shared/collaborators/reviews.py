"""What people decided about applications."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.reviews import Reviews
from handlers.shared.runtime import dynamodb, setting


def reviews() -> Reviews:
    return Reviews(dynamodb(), setting("REVIEWS_TABLE"), clock.now)
