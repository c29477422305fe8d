"""What applicants gave."""

from __future__ import annotations

from handlers.shared.applications import Applications
from handlers.shared.runtime import dynamodb, setting


def applications() -> Applications:
    return Applications(dynamodb(), setting("APPLICANTS_TABLE"))
