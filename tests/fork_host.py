"""Runs files of Python for `tests.forked`, each in a process forked from one that has loaded what they need."""

from __future__ import annotations

import contextlib
import importlib
import os
import runpy
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from emulator import forking


def serve(address: str, modules: Sequence[str]) -> None:
    """Fork a process for each client that connects to the Unix socket `address`; never returns."""
    before = dict(os.environ)
    for name in modules:
        importlib.import_module(name)
    by_modules = dict(os.environ.items() - before.items())  # AWS's command line notes where its own files are
    signal.signal(signal.SIGCHLD, _reap)
    forking.serve(address, lambda connection: _run(connection, by_modules))


def _reap(*_: object) -> None:
    """What has ended, so that what it computed counts."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _run(connection: socket.socket, by_modules: Mapping[str, str]) -> None:
    request = forking.taken_over(connection)
    # Anew, for those of the host believe that they are its files.
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, 1, closefd=False) for number, mode in enumerate("rww"))  # noqa: SIM115
    os.environ.clear()
    os.environ.update({**request["environment"], **by_modules})
    os.chdir(request["folder"])
    sys.argv[:] = [request["file"], *request["arguments"]]
    code: Any = 1
    try:
        runpy.run_path(request["file"], run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            connection.sendall(struct.pack("!I", code if isinstance(code, int) else int(code is not None)))


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
