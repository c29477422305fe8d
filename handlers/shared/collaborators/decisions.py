"""What people are asked, and what they answered."""

from __future__ import annotations

from handlers.shared import clock
from handlers.shared.decisions import Decisions
from handlers.shared.runtime import dynamodb, setting


def decisions() -> Decisions:
    return Decisions(dynamodb(), setting("DECISIONS_TABLE"), clock.now)
