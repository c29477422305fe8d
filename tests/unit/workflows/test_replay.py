"""The projection replayed from the ledger's events: in whatever order, to one view, and at the price that is told."""

from __future__ import annotations

from random import Random

import pytest

import asl
from bench.replay import POISONED, Replayed, as_it_should_be, assumed, definition, doubled, ledger, replayed

EVENTS = 600


@pytest.fixture(scope="module")
def in_order() -> Replayed:
    return replayed(ledger(EVENTS))


@pytest.mark.parametrize("seed", [1, 2])
def test_doubled_and_out_of_order_the_events_end_in_the_same_view(seed: int, in_order: Replayed) -> None:
    sent = list(doubled(ledger(EVENTS), Random(seed)))
    assert [one["eventID"] for one in sent] != sorted(one["eventID"] for one in sent)
    found = replayed(iter(sent))
    assert found.view == in_order.view == as_it_should_be(ledger(EVENTS))
    assert len(found.view.rows) == 1 + EVENTS // 6
    assert (found.events, found.set_aside) == (2 * EVENTS, 2 * in_order.set_aside)
    assert in_order.set_aside == EVENTS // POISONED


def test_what_a_replay_costs_is_what_is_told_before_it(in_order: Replayed) -> None:
    """As `asl cost` tells it; https://aws.amazon.com/step-functions/pricing/"""
    told = asl.cost(definition(), executions_per_month=in_order.executions, assumed=assumed())
    transitions = next(item for item in told.standard.items if item.name == "state transitions")
    duration = next(item for item in told.express.items if item.name == "Express GB-seconds")
    assert transitions.units * in_order.executions == pytest.approx(in_order.transitions, rel=0.001)
    # Each execution is rounded up to 100 ms, and the estimate rounds the average.
    assert duration.units * in_order.executions <= in_order.gb_seconds
    assert duration.units * in_order.executions == pytest.approx(in_order.gb_seconds, rel=0.15)
