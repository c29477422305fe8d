"""Files of cases are pytest's tests."""

from __future__ import annotations

import json

import pytest

from tests.unit.asl.testing.test_running_by_hand import MACHINE

pytest_plugins = ["pytester"]

CASES = """\
mocks: {Charge: {paymentId: p-1}}
cases:
  paid: {expect: {ends_in: Done}}
  refused: {mocks: {Charge: {Throw: {Error: NoMoney}}}, expect: {ends_in: Done}}
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "charge.asl.json").write_text(json.dumps(MACHINE))
    (pytester.path / "charge.cases.yaml").write_text(CASES)
    return pytester


def test_each_case_is_a_test_by_its_name(folder: pytest.Pytester) -> None:
    done = folder.runpytest_inprocess("-v")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["charge.cases.yaml::paid PASSED*", "charge.cases.yaml::refused FAILED*"])
    folder.runpytest_inprocess("-k", "paid").assert_outcomes(passed=1, deselected=1)
    folder.runpytest_inprocess("charge.cases.yaml::paid").assert_outcomes(passed=1)


def test_a_failing_case_shows_the_way_taken_and_no_traceback(folder: pytest.Pytester) -> None:
    done = folder.runpytest_inprocess()
    done.stdout.fnmatch_lines(
        [
            "status: expected SUCCEEDED, found FAILED: Refused: NoMoney",
            "ends_in: expected Done, found Refused",
            "*workflow run 1*",
            "FAILED with Refused: NoMoney, after 0:00:00",
            "0:00:00 Charge (Task)",
            "*failed with NoMoney",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.no_fnmatch_line("*collection.py*")


def test_a_file_that_is_wrong_is_an_error_with_its_line(folder: pytest.Pytester) -> None:
    (folder.path / "charge.cases.yaml").write_text("cases:\n  paid: {expect: {endsin: Done}}\n")
    done = folder.runpytest_inprocess()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["charge.cases.yaml:2: cases.paid.expect.endsin is unknown (did you mean 'ends_in'?)*"])


def test_cases_count_for_the_coverage_of_their_machine(folder: pytest.Pytester) -> None:
    folder.runpytest_inprocess("--asl-cov-json=coverage.json")
    covered = json.loads((folder.path / "coverage.json").read_text())
    assert "charge" in json.dumps(covered), covered
