"""Plans of chaos runs: what a few orders show, and what a seed says."""

from __future__ import annotations

import pytest

from emulator.chaos.faults import Fault
from emulator.chaos.plan import WAYS, plan


@pytest.mark.parametrize("seed", range(50))
def test_twenty_orders_show_every_fault_way_news_and_decision(seed: int) -> None:
    orders = plan(seed, 20).orders
    assert {fault.fault for order in orders for fault in order.faults} == set(Fault) - {Fault.HANGS}
    assert {order.way for order in orders} == set(WAYS)
    assert {order.news for order in orders} == {"sent", "lost", "late", "twice", "unsigned"}
    decisions = {(order.way, order.people) for order in orders}
    assert decisions >= {("large", "approve"), ("large", "reject"), ("large", "absent"), ("returned", "absent")}


def test_where_there_are_enough_orders_each_fault_strikes_each_function() -> None:
    cells = plan(1, 1_000).cells
    assert len(cells) > 100
    assert plan(2, 1_000).cells == cells
    assert cells > plan(1, 20).cells


def test_a_seed_says_everything() -> None:
    assert plan(7, 30).orders == plan(7, 30).orders != plan(8, 30).orders


def test_too_few_orders_are_refused_with_the_number_that_is_enough() -> None:
    with pytest.raises(ValueError, match=r"3 orders are too few: \d+ show every kind of trouble") as refused:
        plan(1, 3)
    enough = int(str(refused.value).split(": ")[1].split()[0])
    assert len(plan(1, enough).orders) == enough
