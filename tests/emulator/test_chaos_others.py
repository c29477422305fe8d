"""`make chaos WORKFLOW=…` with as few cells of each workflow as show every kind of fault; and as its user runs it."""

from __future__ import annotations

import random

import pytest

from emulator.chaos.cells import CELLS
from emulator.chaos.others import trial
from emulator.chaos.plan import covering
from tests.emulator.test_chaos import chaos


@pytest.mark.parametrize("workflow", CELLS)
def test_each_case_ends_as_it_should_and_the_books_agree_whatever_strikes(workflow: str) -> None:
    cells = covering(CELLS[workflow], random.Random(1))
    written = trial(workflow, cells)
    assert written["problems"] == written["never"] == []
    assert [one["title"] for one in written["comparisons"] if not one["ok"]] == []
    assert written["ok"]
    assert len(written["cells"]) == len(cells)


def test_a_workflow_that_is_none_is_refused_with_those_that_are() -> None:
    run = chaos(WORKFLOW="returned")
    assert run.returncode == 2
    assert "returned is none of bulk, onboarding, quote, returns" in " ".join((run.stdout + run.stderr).split())
