"""Who takes in a file: one execution at a time, and nobody again once it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.shared.intake.claims import LEFT, LONGEST, TAKEN_IN, Claim, Claims


@pytest.fixture
def claims(shop: Any) -> Claims:
    return Claims("INTAKES_TABLE", shop.dynamodb)


def taken(claims: Claims, shop: Any, execution: str, key: str = "incoming/a.csv") -> str | None:
    """Whose the file is already, when `execution` wants it."""
    earlier = claims.claim("digest", key, execution, shop.clock())
    return earlier.execution_id if earlier else None


def test_the_first_to_claim_a_file_has_it_and_may_claim_it_again(claims: Claims, shop: Any) -> None:
    assert [taken(claims, shop, one) for one in ("e-1", "e-1", "e-2")] == [None, None, "e-1"]
    assert claims.find("digest") == Claim("e-1", "incoming/a.csv", "2026-03-01T12:00:00.000Z", "RUNNING")


def test_a_file_that_was_taken_in_is_nobodys_again(claims: Claims, shop: Any) -> None:
    taken(claims, shop, "e-1")
    claims.end("digest", "e-1", TAKEN_IN)
    shop.clock.advance(2 * LONGEST.total_seconds())
    assert taken(claims, shop, "e-2") == "e-1"


def test_a_file_that_was_left_is_free(claims: Claims, shop: Any) -> None:
    taken(claims, shop, "e-1")
    claims.end("digest", "e-1", LEFT)
    assert taken(claims, shop, "e-2", "incoming/b.csv") is None
    claims.end("digest", "e-1", TAKEN_IN)
    found = claims.find("digest")
    assert found
    assert (found.execution_id, found.status) == ("e-2", "RUNNING"), "it is no longer the first one's to end"


def test_an_execution_that_never_said_how_it_ended_holds_its_file_no_longer_than_any_runs(
    claims: Claims, shop: Any
) -> None:
    taken(claims, shop, "e-1")
    shop.clock.advance(LONGEST.total_seconds())
    assert taken(claims, shop, "e-2") == "e-1"
    shop.clock.advance(timedelta(seconds=1).total_seconds())
    assert taken(claims, shop, "e-2") is None
