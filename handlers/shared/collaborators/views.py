"""The view of orders that customers are shown."""

from __future__ import annotations

from handlers.shared.runtime import dynamodb, setting
from handlers.shared.views import Views


def views() -> Views:
    return Views(dynamodb(), setting("ORDER_VIEWS_TABLE"))
