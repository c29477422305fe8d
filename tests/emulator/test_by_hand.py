"""`make cloud WORKFLOW=…`: what it prints is all that a newcomer needs to have a case by hand."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.program import ROOT
from tests.forked import forked
from tests.hangs import HANG_SECONDS

WORKFLOWS = ("bulk", "onboarding", "quote", "returns")
SHOWS = {
    "history example-1": "OrderDelivered",
    "intake ": "lines 5, orders started ",
    "curl -H 'X-Api-Key": '"verdict": "FAILED"',
    '"plain"': '"outcome": "OPENED"',
    "review somebody-elses": "application somebody-elses is approved",
    "curl --aws-sigv4": '"amountCents":2000',
    "start quote": '"amountCents": 2000',
    "history returns/back --follow": "ReturnRefunded",
}
"""What has to be seen after a command with these words in it."""


UP = [sys.executable, "-c", "from emulator import ending; ending.run('emulator.commands')", "up"]
"""`python -m emulator up`, which begins with going to the checkout, where a cloud of its user's may run."""


@contextlib.contextmanager
def cloud_that_stays(folder: Path) -> Iterator[str]:
    """What the command prints in a folder that has what a checkout has."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "examples").symlink_to(ROOT / "examples")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WORKFLOW": ",".join(WORKFLOWS), "COLUMNS": "80"}
    orderflow = {"orderflow": Path(sys.executable).with_name("orderflow")}
    with forked(folder / ".venv" / "bin", orderflow, ["orderflow.cli", "botocore.session"]):
        running = subprocess.Popen(UP, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert running.stdout is not None
            said = ""
            while "Ctrl-C stops it" not in said:
                said += running.stdout.readline() or pytest.fail(f"it ended:\n{said}")
            yield said
        finally:
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=HANG_SECONDS)


def test_what_is_printed_works_when_it_is_pasted_and_ends_with_the_cloud(tmp_path: Path) -> None:
    with cloud_that_stays(tmp_path) as said:
        assert [line.partition(":")[0] for line in said.splitlines()[1:-1] if line[0] != " "] == ["orders", *WORKFLOWS]
        shown: dict[str, str] = {}
        for typed in (line.strip() for line in said.splitlines() if line.startswith("  ")):
            bash = ["bash", "-c", typed]
            done = subprocess.run(bash, cwd=tmp_path, capture_output=True, text=True, timeout=HANG_SECONDS)
            assert done.returncode == ("--timeout" in typed), (typed, done)
            shown[typed] = done.stdout
        for words, answer in SHOWS.items():
            (typed, *_) = [typed for typed in shown if words in typed and "--timeout" not in typed]
            assert answer in shown[typed], (typed, shown[typed])
        (api,) = re.findall(r"the identity API at (\S+)", said)
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(api, timeout=HANG_SECONDS)
