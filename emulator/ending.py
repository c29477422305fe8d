"""How commands end when they are stopped: at any moment, while their modules are still being loaded among them, and
with a line in place of a traceback.

Each `with` is left on the way, and what a second Ctrl-C keeps from being stopped ends by its own `emulator.lifeline`.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130
"""As a shell says of a command that Ctrl-C ended, and typer with it."""


def run(module: str) -> None:
    """Load a module and call its `main`, which returns the exit code; never returns."""
    # The background jobs of a shell that is no terminal's start with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        code = importlib.import_module(module).main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("stopped; nothing is left running", flush=True)
        os._exit(code)  # whatever threads are still waiting for
    sys.exit(code)


def _stop(signum: int, frame: FrameType | None) -> None:
    """As for Ctrl-C, for which asyncio has a way of its own."""
    signal.raise_signal(signal.SIGINT)
