"""What is forked from a process that has loaded what it needs, in place of a program that would load it anew.

Such a program is a client of the process that forks, and has it work for it: it hands over its environment and its
standard streams, and the process that was forked for it lives and dies with it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


def serve(address: str, work: Callable[[socket.socket], None]) -> None:
    """Fork a process that does `work` for each client that connects to the Unix socket `address`; never returns.

    What becomes of processes that have ended is the caller's: SIGCHLD.
    """
    gc.freeze()  # a collector would write to every page that a forked process shares with this one
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(128)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                work(connection)
            finally:
                os._exit(1)  # never back into this loop
        connection.close()


def taken_over(connection: socket.socket) -> dict[str, Any]:
    """What a client says of itself, whose streams are this process's from now on, as is its end."""
    header, streams, _, _ = socket.recv_fds(connection, 4, 3)
    (size,) = struct.unpack("!I", header)
    with connection.makefile("rb") as reader:
        request: dict[str, Any] = json.loads(reader.read(size))
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    threading.Thread(target=_die_with, args=(connection,), daemon=True).start()
    return request


def _die_with(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.recv(1)
    os._exit(1)


def client(address: Path, **said: str) -> str:
    """A program in a Python that loads next to nothing, which has the process at `address` work for it: `taken_over`
    says its `arguments`, its `folder`, its `environment`, and what else is `said`."""
    return f"""#!{sys.executable} -IS
import json, os, socket, struct, sys
host = socket.socket(socket.AF_UNIX)
host.connect({str(address)!r})
request = dict(arguments=sys.argv[1:], folder=os.getcwd(), environment=dict(os.environ), **{said!r})
request = json.dumps(request).encode()
socket.send_fds(host, [struct.pack("!I", len(request))], [0, 1, 2])
host.sendall(request)
code = host.recv(4)  # nothing, where the process was killed
raise SystemExit(struct.unpack("!I", code)[0] if code else 1)
"""
