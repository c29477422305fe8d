"""Whatever ends a command of the emulator, all that it has started ends, too; tried on a terminal and off one."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from emulator.program import ROOT

DEMO = [sys.executable, "-m", "emulator", "demo"]
IN_FLIGHT = [sys.executable, "-c", "from emulator import ending; ending.run('tests.emulator.in_flight')"]
"""As far as the demo's orders, but for a fifth of the computing."""
SECONDS = 60


@dataclass
class Started:
    """A demo whose output can be read up to some words, and whose processes are known by a mark."""

    process: subprocess.Popen[bytes]
    terminal: int
    """The other end of its standard streams."""
    mark: str
    said: str = ""

    def read_until(self, words: str) -> None:
        while words not in self.said:
            self.said += self._read() or pytest.fail(f"{words!r} was never said:\n{self.said}")

    def ended(self) -> int:
        """Its exit code, with all that it said until then in `said`."""
        while more := self._read():
            self.said += more
        return self.process.wait(SECONDS)

    def _read(self) -> str:
        try:
            return os.read(self.terminal, 65536).decode(errors="replace")
        except OSError:  # on Linux a terminal that nobody has open any more
            return ""

    def left(self) -> list[str]:
        """The processes that are still there, once the system has had its time to end them."""
        deadline = time.monotonic() + SECONDS
        while (found := _marked(self.mark)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found


def _marked(mark: str) -> list[str]:
    """The processes, those that have ended aside, that have the mark in their environment."""
    listed = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line[:200] for line in listed if mark in line and "<defunct>" not in line]


@contextlib.contextmanager
def started(command: Sequence[str] = DEMO, *, on_terminal: bool = True, ignoring: bool = False) -> Iterator[Started]:
    """A command at the head of a session of its own; `ignoring` Ctrl-C as a script's background jobs do."""
    mark = f"DEMO_OF_A_TEST={uuid.uuid4().hex}"
    environment = {**os.environ, "COLUMNS": "200", **dict([mark.split("=")])}
    outer, inner = pty.openpty() if on_terminal else os.pipe()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN if ignoring else signal.SIG_DFL)

    launcher = [sys.executable, "-c", _ON_TERMINAL, *command] if on_terminal else command
    process = subprocess.Popen(
        launcher,
        cwd=ROOT,
        env=environment,
        stdin=inner if on_terminal else subprocess.DEVNULL,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        preexec_fn=prepare,
    )
    os.close(inner)
    try:
        yield Started(process, outer, mark)
    finally:
        process.kill()
        process.wait()
        os.close(outer)


_ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the terminal of the session, from which Ctrl-C then comes."""


def ctrl_c(demo: Started) -> None:
    os.write(demo.terminal, b"\x03")


def twice(demo: Started) -> None:
    ctrl_c(demo)
    time.sleep(0.05)
    ctrl_c(demo)


def closing_the_window(demo: Started) -> None:
    os.killpg(demo.process.pid, signal.SIGHUP)


@pytest.mark.parametrize(
    ("command", "moment", "end"),
    [
        *((DEMO, "deploying", end) for end in (ctrl_c, twice, closing_the_window)),
        (DEMO, "orders ", ctrl_c),
        *((IN_FLIGHT, "orders ", end) for end in (twice, closing_the_window)),
    ],
)
def test_what_is_stopped_on_a_terminal_leaves_nothing_running(
    command: Sequence[str], moment: str, end: Callable[[Started], None]
) -> None:
    with started(command) as demo:
        demo.read_until(moment)
        end(demo)
        assert demo.ended() == 130, demo.said
        assert "stopped; nothing is left running" in demo.said
        assert "Traceback" not in demo.said
        assert demo.left() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_background_job_is_stopped_though_its_shell_has_it_ignore_ctrl_c(signum: signal.Signals) -> None:
    with started(on_terminal=False, ignoring=True) as demo:
        demo.read_until("deploying")
        demo.process.send_signal(signum)
        assert demo.ended() == 130, demo.said
        assert "stopped; nothing is left running" in demo.said
        assert demo.left() == []


def test_what_is_killed_takes_along_what_it_has_started() -> None:
    with started(on_terminal=False) as demo:
        demo.read_until("deploying")
        assert len(_marked(demo.mark)) > 2, "the cloud and the functions' host beside the demo itself"
        demo.process.kill()
        assert demo.left() == []


def test_who_stops_it_at_once_is_not_shown_a_traceback() -> None:
    """Python itself takes a moment until anything of ours runs; from then on."""
    with started() as demo:
        time.sleep(0.3)
        ctrl_c(demo)
        assert demo.ended() in (130, -signal.SIGINT), demo.said
        assert "emulator" not in demo.said, "no traceback through our files"
        assert demo.left() == []
