"""Work grows with the input in proportion, or stops at a bound: told by counting steps, whatever the machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import asl
from asl import pricing
from asl.differences import difference, difference_mermaid
from asl.syntax.hints import COMPARISONS, hints_within, nearest
from bench.hostile_inputs import chain, dense, misspelt, renamed
from tests.steps import steps

ROOT = Path(__file__).parents[3]
HANG_SECONDS = 120


@pytest.mark.parametrize("look", [lambda a, b: difference(a, b), lambda a, b: difference_mermaid(difference(a, b))])
def test_a_machine_whose_states_are_all_renamed_is_compared_in_linear_time(look: Callable[..., object]) -> None:
    few, many = (steps(lambda n=n: look(*renamed(n))) for n in (60, 240))
    assert many < 5 * few


def test_each_renamed_state_of_a_long_chain_is_found() -> None:
    found = difference(*renamed(500))
    names = found.matches.names
    assert all(names[f"Old{n}"] == f"New{n}" for n in range(501))
    assert not found.matches.added
    assert not found.matches.removed


def test_hundreds_of_misspelt_targets_get_findings_and_the_first_of_them_hints() -> None:
    few, many = (steps(lambda n=n: asl.check(misspelt(n))) for n in (150, 600))
    assert many < 5 * few
    found = [finding.message for finding in asl.check(misspelt(300)) if "no such state" in finding.message]
    assert len(found) == 300
    assert "did you mean" in found[0]
    assert sum("did you mean" in message for message in found) == COMPARISONS // 300


def test_a_hint_costs_no_more_than_is_left() -> None:
    with hints_within(5):
        assert nearest("Secnod", ["First", "Second", "Third"]) == " (did you mean 'Second'?)"
        assert nearest("Secnod", ["First", "Second", "Third"]) == "", "3 of 5 comparisons are spent"
    assert nearest("Secnod", ["First", "Second", "Third"]), "outside of a check every name gets one"


def test_a_dense_machine_is_checked_priced_and_compared_in_proportion_to_its_transitions() -> None:
    few, many = dense(48), dense(96)
    for look in (asl.check, asl.mermaid, asl.grants, lambda machine: difference(machine, machine)):
        assert steps(lambda look=look: look(many)) < 5 * steps(lambda look=look: look(few)), (
            "twice the states, four times the transitions"
        )
    assert steps(lambda: pricing.cost(many)) < 9 * steps(lambda: pricing.cost(few)), (
        "linear equations: eight times the work for twice the states"
    )


def test_what_is_larger_than_aws_takes_is_told_so_and_not_analysed() -> None:
    endless = dense(400)
    assert [finding.rule.id for finding in asl.check(endless)] == ["ASL016"]
    assert steps(lambda: asl.check(endless)) < 3 * steps(lambda: asl.walk(endless))


def test_a_chain_just_within_the_limit_is_analysed() -> None:
    findings = asl.check({**chain(2_000, "S"), "StartAt": "S1"})
    assert "ASL016" not in {finding.rule.id for finding in findings}
    assert "ASL009" in {finding.rule.id for finding in findings}, "S0 is not reached"


def test_a_loop_that_brings_something_new_for_ever_is_given_up() -> None:
    assert ended("forgetful(25)") == "0"


def test_long_blanks_in_paths_and_calls_are_passed_over_once() -> None:
    """Regular expressions take no steps that could be counted; a quadratic one takes hours for as many as fit."""
    assert int(ended("blank(50_000)")) > 5


def ended(machine: str) -> str:
    """How many findings a check of `machine` has, in a process of its own, which a hang ends with an error."""
    code = f"import asl; from bench.hostile_inputs import *; print(len(asl.check({machine})))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    return run.stdout.strip()
