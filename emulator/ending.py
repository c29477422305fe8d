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

AGAIN_SECONDS = 3
"""After so long a command that was stopped and still runs is stopped again: Python ignores what is raised while it runs
a finalizer or a callback of the garbage collector, KeyboardInterrupt among it.

https://docs.python.org/3/reference/datamodel.html#object.__del__
"""


def run(module: str) -> None:
    """Load a module and call its `main`, which returns the exit code; never returns."""
    # The background jobs of a shell that is no terminal's start with Ctrl-C ignored.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(signum, _stop)
    try:
        code = importlib.import_module(module).main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        for signum in (signal.SIGINT, signal.SIGALRM):
            signal.signal(signum, signal.SIG_IGN)
        print("stopped; nothing is left running", flush=True)
        os._exit(code)  # whatever threads are still waiting for
    sys.exit(code)


def _stop(signum: int, frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise KeyboardInterrupt
