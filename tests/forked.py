"""Command lines in Python that are typed again and again, forked from one process that has loaded what they need.

AWS's computes 0.4 s before it does anything, what runs a program for Pulumi half a second, and `orderflow` a quarter:
most of what a page's commands take. What is on PATH in their place hands over its arguments, environment and streams,
and lives and dies with the process that was forked for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emulator import lifeline
from emulator.forking import client
from tests.hangs import eventually

HOST = Path(__file__).with_name("fork_host.py")


@contextlib.contextmanager
def forked(folder: Path, commands: Mapping[str, Path], loaded: Sequence[str]) -> Iterator[None]:
    """Put commands into `folder`: by their names, with the file of Python that each runs. `loaded` are the modules that
    they need."""
    address, log = folder / "host.sock", folder / "host.log"
    for name, file in commands.items():
        (folder / name).write_text(client(address, file=str(file)))
        (folder / name).chmod(0o755)
    with log.open("wb") as output:
        host = lifeline.start([str(HOST), str(address), *loaded], options=("-P",), output=output)
    try:
        eventually(lambda: address.exists() or host.poll() is not None)
        assert host.poll() is None, log.read_text()
        yield
    finally:
        lifeline.stop(host)
