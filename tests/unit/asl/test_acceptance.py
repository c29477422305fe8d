"""Warnings that are meant to stay."""

from __future__ import annotations

import pytest

import asl


def route(then: str) -> dict[str, object]:
    """A Choice without Default."""
    return {"Type": "Choice", "Choices": [{"Variable": "$.sum", "NumericEquals": 1, "Next": then}]}


ROUTES = {
    "StartAt": "First",
    "States": {"First": route("Second"), "Second": route("Done"), "Done": {"Type": "Succeed"}},
}


def paths(*accepted: asl.Accepted) -> list[str]:
    return [finding.path for finding in asl.require("orders", ROUTES, accepted=accepted)]


def test_a_warning_is_accepted_where_it_is_meant_and_nowhere_else() -> None:
    assert paths() == ["States.First", "States.Second"]
    assert paths(asl.Accepted("ASL050", "kept for the next release", "States.First")) == ["States.Second"]
    assert paths(asl.Accepted("ASL050", "kept for the next release")) == []


def test_an_acceptance_that_accepts_nothing_is_told() -> None:
    (stale,) = asl.require("orders", {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, accepted=[
        asl.Accepted("ASL050", "kept for the next release")
    ])  # fmt: skip
    assert stale.rule.id == "ASL050"
    assert "'kept for the next release'" in stale.message


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        (asl.Accepted("ASL003", "never mind"), "ASL003 cannot be accepted: it is an error"),
        (asl.Accepted("ASL9", "never mind"), "there is no such rule"),
        (asl.Accepted("ASL050", " "), "without a reason"),
    ],
    ids=["an error", "no rule", "no reason"],
)
def test_what_cannot_be_accepted_is_refused(accepted: asl.Accepted, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paths(accepted)
