"""Warnings that are meant to stay."""

from __future__ import annotations

import pytest

import asl

FORGOTTEN = {
    "StartAt": "Work",
    "States": {
        "Work": {"Type": "Pass", "End": True},
        "Forgotten": {"Type": "Pass", "End": True},
        "Forgotten2": {"Type": "Pass", "End": True},
    },
}


def paths(*accepted: asl.Accepted) -> list[str]:
    return [finding.path for finding in asl.require("orders", FORGOTTEN, accepted=accepted)]


def test_a_warning_is_accepted_where_it_is_meant_and_nowhere_else() -> None:
    assert paths() == ["States.Forgotten", "States.Forgotten2"]
    assert paths(asl.Accepted("ASL009", "kept for the next release", "States.Forgotten")) == ["States.Forgotten2"]
    assert paths(asl.Accepted("ASL009", "kept for the next release")) == []


def test_an_acceptance_that_accepts_nothing_is_told() -> None:
    (stale,) = asl.require("orders", {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, accepted=[
        asl.Accepted("ASL009", "kept for the next release")
    ])  # fmt: skip
    assert stale.rule.id == "ASL009"
    assert "'kept for the next release'" in stale.message


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        (asl.Accepted("ASL003", "never mind"), "ASL003 cannot be accepted: it is an error"),
        (asl.Accepted("ASL9", "never mind"), "there is no such rule"),
        (asl.Accepted("ASL009", " "), "without a reason"),
    ],
    ids=["an error", "no rule", "no reason"],
)
def test_what_cannot_be_accepted_is_refused(accepted: asl.Accepted, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paths(accepted)
