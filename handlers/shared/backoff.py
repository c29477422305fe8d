"""Trying again within one call: for collisions that pass in milliseconds, where the workflow would wait seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.05


def attempts() -> Iterator[int]:
    """Count up to ATTEMPTS with a longer, random pause before each new attempt: under two seconds in all."""
    for number in range(ATTEMPTS):
        if number:
            longest = FIRST_PAUSE_SECONDS * 2 ** (number - 1)
            time.sleep(random.uniform(0, longest))  # noqa: S311 spreads load, guards no secret
        yield number
