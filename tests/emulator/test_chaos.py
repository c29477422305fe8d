"""`make chaos` as its user runs it, with as few orders as show every kind of fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from emulator.chaos.faults import Fault
from emulator.program import ROOT
from tests.hangs import HANG_SECONDS

COMMAND = [sys.executable, "-m", "emulator.chaos"]


def chaos(**settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", **settings}
    return subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)


def test_twenty_orders_with_every_kind_of_fault_come_to_what_they_should(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run = chaos(SEED="4", CHAOS_ORDERS="20", CHAOS_REPORT=str(report))
    assert run.returncode == 0, run.stdout + run.stderr
    written = json.loads(report.read_text())
    assert written["problems"] == written["never"] == []
    assert {cell["fault"] for cell in written["cells"]} == {fault.value for fault in Fault} - {Fault.HANGS.value}
    assert sum(written["outcomes"].values()) == written["lookedAt"]["executions"] == 20
    assert written["outcomes"].keys() >= {"delivered", "refunded", "not charged", "with a person"}
    told = written["lookedAt"]["messages to customers"]
    assert told >= 20 - written["outcomes"]["with a person"], "the one who is left with a person is told nothing yet"
    assert written["lookedAt"]["differences made on purpose"] >= 5
    assert "looked at: " in run.stdout
    assert "no order was lost" in run.stdout


def test_too_few_orders_are_refused_with_what_would_be_enough() -> None:
    run = chaos(CHAOS_ORDERS="3")
    assert run.returncode == 2
    assert "3 orders are too few" in " ".join((run.stdout + run.stderr).split())
