"""Runs files of Python for `tests.forked`, each in a process forked from one that has loaded what they need."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from typing import Any


def serve(address: str, modules: Sequence[str]) -> None:
    """Fork a process for each client that connects to the Unix socket `address`; never returns."""
    before = dict(os.environ)
    for name in modules:
        importlib.import_module(name)
    by_modules = dict(os.environ.items() - before.items())  # AWS's command line notes where its own files are
    gc.freeze()  # a collector would write to every page that a forked process shares with this one
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        _reap()
        if os.fork() == 0:
            listener.close()
            _run(connection, by_modules)
        connection.close()


def _reap() -> None:
    """What has ended, so that what it computed counts."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _run(connection: socket.socket, by_modules: Mapping[str, str]) -> None:
    header, streams, _, _ = socket.recv_fds(connection, 4, 3)
    (size,) = struct.unpack("!I", header)
    with connection.makefile("rb") as reader:
        request = json.loads(reader.read(size))
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    # Anew, for those of the host believe that they are its files.
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, 1, closefd=False) for number, mode in enumerate("rww"))  # noqa: SIM115
    os.environ.clear()
    os.environ.update({**request["environment"], **by_modules})
    os.chdir(request["folder"])
    sys.argv[:] = [request["file"], *request["arguments"]]
    threading.Thread(target=_die_with, args=(connection,), daemon=True).start()
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
        os._exit(0)  # never back into the host's loop


def _die_with(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.recv(1)
    os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
