"""How long a test waits for what will never come.

No test measures this machine: a wait ends by what it waits for, and its deadline is there for what hangs. It is far
beyond what the slowest machine takes, so that it says nothing about speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

HANG_SECONDS = 900
LOOK_SECONDS = 0.1


def eventually(probe: Callable[[], Any]) -> Any:
    """What `probe` returns as soon as that is true; fails when that hangs."""
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"nothing within {HANG_SECONDS} s")
