"""`make preview`: what stops the program, told in a moment and without a cloud."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from emulator.preview import preview
from emulator.program import ROOT
from tests.broken import broken_program

SECONDS = 120


def test_a_typo_is_told_with_its_place_and_the_right_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = broken_program(tmp_path, 'then="ChargePayment"', 'then="ChargePaymnt"')
    assert not preview("local", program=program)
    said = " ".join(capsys.readouterr().out.split())
    assert "local: order-fulfillment: 1 error in the definition" in said
    assert "ASL003 States.IsApproved.Choices[0].Next" in said
    assert "did you mean 'ChargePayment'?" in said


def test_a_stack_that_is_not_there_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert not preview("prdo")
    assert "there are the stacks dev, local, prod, staging" in " ".join(capsys.readouterr().out.split())


def test_the_command_ends_with_what_it_has_found() -> None:
    command = [sys.executable, "-m", "emulator", "preview"]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, env=_environment(STACK="dev")
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "dev: " in run.stdout
    assert "resources, and nothing stops them" in run.stdout
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, env=_environment(STACK="prdo")
    )
    assert run.returncode == 1


def test_a_watch_reads_the_program_anew_after_each_change(tmp_path: Path) -> None:
    right = broken_program(tmp_path, "ChargePayment", "ChargePayment")
    broken = (tmp_path / "broken_order.py").read_text()
    (tmp_path / "broken_order.py").write_text(broken.replace('then="ChargePayment"', 'then="ChargePaymnt"'))
    code = f"from pathlib import Path; from emulator.preview import watch; watch('local', program=Path({str(right)!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    hang = threading.Timer(SECONDS, process.kill)
    hang.start()
    try:
        assert process.stdout is not None
        assert "did you mean 'ChargePayment'?" in _until(process.stdout, "waiting for a change")
        (tmp_path / "broken_order.py").write_text(broken)
        said = _until(process.stdout, "waiting for a change")
        assert "changed: broken_order.py" in said
        assert "nothing stops them" in said
    finally:
        hang.cancel()
        process.kill()
        process.communicate()


def _until(lines: IO[str], words: str) -> str:
    said = ""
    for line in lines:
        said += line
        if words in line:
            break
    return said


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "300", "PYTHONUNBUFFERED": "1", **more}
