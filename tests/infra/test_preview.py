"""`make preview` and `orderflow preview`: what stops a program, told in a moment and without a cloud."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest
from typer.testing import CliRunner, Result

from emulator.preview import preview
from emulator.program import ROOT
from orderflow.cli import app
from tests.broken import broken_program
from tests.unit.asl.command_line import run as asl

SECONDS = 120
OTHERS = """
import components

queue = components.Queue("told", components.QueueArgs(keep=False))
send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 10, "Next": "Told"}
send["Parameters"] = {"QueueUrl": queue, "MessageBody.$": "$.text"}
states = {"Send": send, "Told": {"Type": "Succeed"}}
logs = components.Logs(retention_days=7)
definition = {"StartAt": "Send", "TimeoutSeconds": 60, "States": states}
components.StateMachine("telling", components.StateMachineArgs(definition, logs, "EXPRESS"))
"""


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


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's project, in whose folder commands run."""
    (tmp_path / "Pulumi.yaml").write_text("name: news\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(OTHERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def orderflow_preview(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["preview", *arguments])


def test_the_command_tells_of_each_stack_of_a_project_and_describes_its_machines(news: Path) -> None:
    for stack in ("live", "trial"):
        (news / f"Pulumi.{stack}.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    said = orderflow_preview("--into", "after")
    assert said.exit_code == 0, said.stderr
    for stack in ("live", "trial"):
        assert re.search(rf"^{stack}: \d+ resources, and nothing stops them$", said.stdout, re.MULTILINE)
        assert asl("grants", f"after/{stack}/telling.json").stdout == "sqs:SendMessage on ${told.url}\n"
    assert re.search(r"^ *telling +EXPRESS +2 *$", said.stdout, re.MULTILINE)
    again = orderflow_preview("live", "--into", "after")
    assert again.exit_code == 1
    assert "after/live is there already" in again.stderr


def test_the_command_ends_with_1_where_one_of_the_stacks_is_stopped(news: Path) -> None:
    (news / "__main__.py").write_text(OTHERS.replace('"Next": "Told"', '"Next": "Tld"'))
    said = orderflow_preview()
    assert said.exit_code == 1
    assert "orderflow: dev: telling: 1 error in the definition" in said.stderr
    assert "did you mean 'Told'?" in said.stderr
    (news / "Pulumi.yaml").unlink()
    assert "`orderflow new workflow NAME` begins a project" in orderflow_preview().stderr


def _until(lines: IO[str], words: str) -> str:
    said = ""
    for line in lines:
        said += line
        if words in line:
            break
    return said


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "300", "PYTHONUNBUFFERED": "1", **more}
