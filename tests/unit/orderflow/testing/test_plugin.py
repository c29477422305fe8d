"""The pytest plugin, as pytest runs it: the fixture, and what a failed test tells."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

from tests.hangs import HANG_SECONDS

pytest_plugins = ["pytester"]
for _name in ("asl.pictures.mermaid", "orderflow.testing.covering", "orderflow.testing.telling", "wasmtime"):
    # pytester forgets what is loaded while it runs, and would load it anew each time.
    import_module(_name)

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


@pytest.fixture
def told(pytester: pytest.Pytester) -> str:
    """What pytest prints of tests of which all but the first fail."""
    pytester.makepyfile(test_orders=MACHINE + TESTS)
    return printed(pytester)


def ran(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """pytest inside of pytest, without the plugins that take long to load."""
    return pytester.runpytest_inprocess("-p", "no:hypothesispytest", "-p", "no:cov", *arguments)


def printed(pytester: pytest.Pytester, *arguments: str) -> str:
    """What it prints."""
    return ran(pytester, *arguments).stdout.str()


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


def test_long_values_are_shortened_and_whole_when_asked_for(told: str, pytester: pytest.Pytester) -> None:
    assert "x" * 150 not in told
    assert "x" * 500 in printed(pytester, "-vv", "-k", "way")


def test_pytest_starts_without_loading_the_language() -> None:
    code = "import orderflow.testing.plugin, sys; print(*[m for m in ('asl', 'boto3', 'rich') if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    assert found.stdout.strip() == ""


COVERED = """
@pytest.mark.parametrize("number", range(4))
def test_paid(workflow, number):
    assert workflow(MACHINE, name="orders").mock("Charge", {"id": number}).run().ended_in("Done")
"""
REFUSED = """
@pytest.fixture(scope="module")
def orders(workflow):
    return workflow(MACHINE, name="orders")

def test_refused(orders):
    run = orders.mock("Charge", error="Declined").run()
    assert run.ended_in("Refused")

def test_many(orders):
    for number in range(100):
        orders.start()
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(test_paid=MACHINE + COVERED)
    return pytester


def rows(told: str) -> list[list[str]]:
    """The lines of the coverage's table."""
    lines = [line.split() for line in told.partition(" workflow coverage ")[2].splitlines()]
    return [line for line in lines if line[-1:] == ["%"]]


def test_what_no_test_took_is_told_in_a_table_and_by_name(project: pytest.Pytester) -> None:
    told = printed(project, "--asl-cov")
    assert rows(told) == [["orders", "3/4", "2/2", "-", "-", "0/1", "71.4", "%"]]
    assert "never taken in orders:\n  Charge: Catch[0] (Declined) → Refused\n  Refused\n" in told
    assert " workflow coverage " not in printed(project)


def test_all_tests_of_a_session_count_together(project: pytest.Pytester) -> None:
    project.makepyfile(test_refused=MACHINE + REFUSED)
    assert rows(printed(project, "--asl-cov")) == [["orders", "4/4", "2/2", "-", "-", "1/1", "100.0", "%"]]


@pytest.mark.parametrize(("wanted", "code"), [(71, 0), (72, 1)])
def test_a_session_fails_where_too_little_is_covered(project: pytest.Pytester, wanted: int, code: int) -> None:
    found = ran(project, f"--asl-cov-fail-under={wanted}")
    assert found.ret == code
    assert ("FAIL: 71.4 % is covered, and 72 % is wanted" in found.stdout.str()) == bool(code)


def test_a_session_that_runs_no_workflow_covers_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    found = ran(pytester, "--asl-cov-fail-under=1")
    assert (found.ret, "no workflow was run" in found.stdout.str()) == (1, True)


def test_coverage_is_written_as_json_and_drawn(project: pytest.Pytester) -> None:
    printed(project, "--asl-cov-json=out/coverage.json", "--asl-cov-svg=out", "--asl-cov-mermaid=out")
    written = json.loads((project.path / "out" / "coverage.json").read_text())
    (machine,) = written["machines"]
    assert (written["percent"], machine["name"]) == (71.43, "orders")
    assert machine["catchers"] == {"taken": 0, "all": 1, "missed": ["States.Charge.Catch[0].Next"]}
    assert "never entered" in (project.path / "out" / "orders.svg").read_text()
    assert "class s3 missed" in (project.path / "out" / "orders.mmd").read_text()
