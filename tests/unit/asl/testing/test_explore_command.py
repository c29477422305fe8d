"""`python -m asl explore`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.asl.command_line import run

MACHINE: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge",
            "Catch": [{"ErrorEquals": ["Declined"], "Next": "Declined"}],
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.paid", "BooleanEquals": True, "Next": "Paid"}],
            "Default": "Declined",
        },
        "Paid": {"Type": "Succeed"},
        "Declined": {"Type": "Fail", "Error": "Declined"},
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "charge.asl.json"
    found.write_text(json.dumps(MACHINE))
    return found


def test_a_broken_promise_is_told_with_its_way_and_ends_with_1(file: Path) -> None:
    result = run("explore", file, "--must-reach", "Charge: Paid unless Declined")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = lines.index('    Charge: returns {"paid":false}')
    assert lines[at - 1 : at + 4] == [
        "broken promise: Charge without Paid",
        '    Charge: returns {"paid":false}',
        "    Which",
        "    Declined",
        "    FAILED: Declined",
    ]


def test_mocks_say_what_a_task_returns_and_the_ways_are_mocks_again(file: Path, tmp_path: Path) -> None:
    mocks = tmp_path / "mocks.json"
    mocks.write_text(json.dumps({"Charge": [{"Return": {"paid": True}}, {"Throw": {"Error": "Lost"}}]}))
    result = run("explore", file, "--input", "{}", "--mock", mocks, "--format", "json")
    found = json.loads(result.stdout)
    assert found["untaken"] == ["States.Which.Default"]
    (lost,) = [one for one in found["uncaught"] if one["errors"] == ["Lost"]]
    assert lost["way"]["end"] == "FAILED: Lost"
    mocks.write_text(json.dumps(lost["way"]["mocks"]))
    again = run("run", file, "--input", json.dumps(lost["way"]["input"]), "--mock", mocks)
    assert (again.exit_code, "FAILED: Lost" in again.stderr) == (1, True)


def test_a_machine_without_problems_ends_with_0(tmp_path: Path) -> None:
    file = tmp_path / "wait.asl.json"
    file.write_text(json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}))
    result = run("explore", file, "--input", "{}")
    assert result.exit_code == 0
    assert "1 way through 2 visits" in result.stdout
    assert "the slowest way takes 60 s; the machine ends after 31,536,000 s" in result.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--must-reach", "Charge"], "--must-reach Charge: expected 'STATE: END, END unless ERROR, ERROR'"),
        (["--must-reach", "Charge: Payd"], "names 'Payd', and there is no such state (did you mean 'Paid'?)"),
        (["--bound", "0"], "bound: 0 visits try nothing"),
        (["--mock", "MOCKS"], "outcomes: there is no task 'Chrage' (did you mean 'Charge'?)"),
    ],
)
def test_what_is_misunderstood_is_told(options: list[str], told: str, file: Path, tmp_path: Path) -> None:
    mocks = tmp_path / "mocks.json"
    mocks.write_text('{"Chrage": {}}')
    result = run("explore", file, *[str(mocks) if option == "MOCKS" else option for option in options])
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert result.stdout == ""


def test_a_definition_with_errors_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.asl.json"
    file.write_text(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, indent=2))
    result = run("explore", file)
    assert result.exit_code == 1
    assert "broken.asl.json:6: ASL003" in result.stderr
    assert "a definition with errors is not explored" in result.stderr
