"""How commands end when they are stopped: at any moment, while their modules are still being loaded among them, and
with a line in place of a traceback.

Each `with` is left on the way, and what a second Ctrl-C keeps from being stopped ends by its own `emulator.lifeline`.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
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
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    _stop_again_what_goes_on()
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


def _stop_again_what_goes_on() -> None:
    """Whenever this process is stopped, stop it again after a while, for as long as it goes on."""
    main = threading.get_ident()
    signals, caught = os.pipe()
    os.set_blocking(caught, False)
    # A handler of our own for Ctrl-C would keep asyncio from its way.
    signal.set_wakeup_fd(caught, warn_on_full_buffer=False)

    def watch() -> None:
        while os.read(signals, 1):
            time.sleep(AGAIN_SECONDS)
            signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()
