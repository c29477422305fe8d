"""All that a stack asks AWS for, whole: what no other test speaks of cannot change unseen either."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.resources import differences, renamed, resources, shortened


def test_every_resource_of_prod_is_the_golden_one(every_stack: Any, golden: Any) -> None:
    golden("resources.prod", shortened(resources(every_stack["prod"])))


@pytest.mark.parametrize(
    ("name", "other"),
    [("dev", "prod"), ("staging", "dev"), ("staging with Stripe", "prod"), ("local", "dev")],
)
def test_every_other_stack_differs_from_its_neighbour_as_its_golden_file_says(
    name: str, other: str, every_stack: Any, golden: Any
) -> None:
    """Names apart. The files together say all: whatever one does not tell is as in the neighbour."""
    there = renamed(resources(every_stack[other]), other, name.split()[0])
    golden(f"resources.{name.replace(' ', '-')}", differences(resources(every_stack[name]), there))


def test_whom_alarms_are_told_is_secret_in_the_state_though_the_setting_is_not(every_stack: Any) -> None:
    found = resources(every_stack["prod"])["aws:sns/topicSubscription:TopicSubscription alarms"]
    assert found["inputs"]["endpoint"] == {"secret": "orders-oncall@example.com"}
    assert found["inputs"]["protocol"] == "email"
