"""Trying again within one call: for what passes in milliseconds, where the workflow would wait seconds.

Pauses have full jitter, so that those who collide spread: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import count

BRIEFLY = 2.0
"""Seconds."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 1.0
DOUBLINGS = 5
"""After so many a pause is as long as it gets."""


def attempts(seconds: float = BRIEFLY) -> Iterator[int]:
    """Count attempts, with a longer, random pause before each new one, until `seconds` are over."""
    end = time.monotonic() + seconds
    for number in count():
        yield number
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(number, DOUBLINGS))
        # Not by the module's own generator: environments that resume from one snapshot would all pause alike.
        pause = random.SystemRandom().uniform(0, longest)
        if time.monotonic() + pause >= end:
            return
        time.sleep(pause)
