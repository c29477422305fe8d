"""An order that is far too large is told so at once."""

from __future__ import annotations

from bench.hostile_inputs import order
from orderflow import Rejected, check_order
from orderflow.orders import MAX_ITEMS
from tests.steps import steps


def test_tens_of_thousands_of_repeated_items_are_one_problem() -> None:
    result = check_order(order(40_000))
    assert isinstance(result, Rejected)
    assert [problem.field for problem in result.problems] == ["items", "order"], "too many, and too many bytes"
    assert steps(lambda: check_order(order(40_000))) < 5 * steps(lambda: check_order(order(10_000)))


def test_items_within_the_limit_are_told_one_by_one() -> None:
    result = check_order(order(MAX_ITEMS))
    assert isinstance(result, Rejected)
    assert len(result.problems) == MAX_ITEMS // 2
    assert result.problems[0].field == "items[1].sku"
