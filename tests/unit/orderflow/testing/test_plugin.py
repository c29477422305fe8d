"""The pytest plugin, as pytest runs it: the fixture, and what a failed test tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MACHINE = """
import pytest

MACHINE = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge",
            "TimeoutSeconds": 30,
            "Catch": [{"ErrorEquals": ["Declined"], "ResultPath": "$.why", "Next": "Refused"}],
            "ResultPath": "$.payment",
            "Next": "Rest",
        },
        "Rest": {"Type": "Wait", "Seconds": 3600, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "no money"},
    },
}
"""
TESTS = """
@pytest.fixture(scope="module")
def orders(workflow):
    return workflow(MACHINE)

def test_passes(orders):
    assert orders.mock("Charge", {"id": "p-1"}).run({"order": 1}).ended_in("Done")

def test_end(orders):
    assert orders.mock("Charge", error="Declined").run({"order": 2}).ended_in("Done")

def test_calls(orders):
    assert orders.mock("Charge", {"id": "p-1"}).run({"order": 3}).called("Charge") == 2

def test_way(orders):
    run = orders.mock("Charge", error="Declined", cause="x" * 500).run({"order": 4})
    assert run.way == ["Charge", "Rest", "Done"]

def test_waits(orders):
    run = orders.mock("Charge", {"id": "p-1"}).start({"order": 5}).advance(minutes=1)
    assert run.waits_in("Charge")
"""


def pytest_in(folder: Path, *arguments: str) -> str:
    """What pytest prints in a folder, as a user starts it."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    return found.stdout + found.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("project")
    (folder / "test_orders.py").write_text(MACHINE + TESTS)
    return pytest_in(folder)


def test_a_failed_question_says_what_happened_instead(told: str) -> None:
    assert "4 failed, 1 passed" in told
    assert "<no: it ended in Refused with Refused: Charge (Declined) → Refused>" in told
    assert "<no: it waits in Rest: Charge → Rest>" in told
    assert "assert 1 == 2" in told


def test_a_way_is_compared_step_by_step(told: str) -> None:
    assert "the way leaves the expected one: after Charge Rest was expected, and it went to Refused" in told
    assert "the way:  Charge → Refused" in told
    assert "expected: Charge → Rest → Done" in told
    assert 'Refused: input  {"order":4,"why":' in told


def test_a_failed_test_tells_its_runs_state_by_state_and_a_passed_one_none(told: str) -> None:
    assert told.count("workflow run 1") == 4
    (of_calls,) = [part for part in told.split("____ test_") if part.startswith("calls")]
    lines = [line.strip() for line in of_calls.partition("workflow run 1")[2].splitlines()]
    assert lines[1:8] == [
        "SUCCEEDED, after 1:00:00",
        "0:00:00 Charge (Task)",
        'input  {"order":3}',
        'call   {"order":3} → {"id":"p-1"}',
        'output {"order":3,"payment":{"id":"p-1"}}',
        "0:00:00 Rest (Wait)",
        'input  {"order":3,"payment":{"id":"p-1"}}',
    ]
    assert '"order":1' not in told


def test_long_values_are_shortened_and_whole_when_asked_for(told: str, tmp_path: Path) -> None:
    assert "x" * 150 not in told
    (tmp_path / "test_orders.py").write_text(MACHINE + TESTS)
    assert "x" * 500 in pytest_in(tmp_path, "-vv", "-k", "way")


def test_pytest_starts_without_loading_the_language() -> None:
    code = "import orderflow.testing.plugin, sys; print(*[m for m in ('asl', 'boto3', 'rich') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == ""
