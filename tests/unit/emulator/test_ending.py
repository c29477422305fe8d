"""A command that is stopped ends, also where Python ignores that it was stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from emulator.ending import INTERRUPTED
from emulator.program import ROOT
from tests.hangs import HANG_SECONDS

BUSY = """
import os, signal, time
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
def main():
    Finalized()
    print("went on", flush=True)
    while True:
        time.sleep(0.1)
"""


def test_a_stop_that_comes_during_a_finalizer_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(BUSY)
    ran = subprocess.run(
        [sys.executable, "-c", "from emulator import ending; ending.run('busy')"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    assert ran.returncode == INTERRUPTED, ran.stderr
    assert ran.stdout.splitlines() == ["went on", "stopped; nothing is left running"]
