"""`python lifeline.py PROGRAM ARGUMENT…` runs a program that ends with whoever started it, however that one ended.

Its standard input is a pipe that nobody writes to, and the starter holds the other end: the system closes that with
the starter, also where SIGKILL left it no time to stop anything. Then the whole process group is killed, and with it
all that the program has started. It is the head of a group of its own; see `start`.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


def start(
    program: Sequence[str],
    *,
    output: IO[bytes],
    options: Sequence[str] = (),
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program, a file of Python or any command, that is to end with this process.

    All that it says goes to the file `output`; `options` are Python's own.
    """
    return subprocess.Popen(
        [sys.executable, *options, __file__, *program],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=env,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that was started here, and all that it has started."""
    with contextlib.suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _end_with_starter() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the program, a Python file in this process."""
    threading.Thread(target=_end_with_starter, daemon=True).start()
    del sys.argv[0]
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        sys.exit(subprocess.call(sys.argv, stdin=subprocess.DEVNULL))


if __name__ == "__main__":
    main()
