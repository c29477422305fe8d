"""Which rule of a Choice holds for data that is known: as AWS decides it, and never said where it is not certain."""

from __future__ import annotations

from typing import Any

import pytest

from asl.analysis.flow.choices import verdict
from asl.analysis.flow.shapes import ANY, constant, record

DATA = {"yes": True, "n": 5, "word": "a", "nothing": None, "list": [1]}
TRUE: dict[str, Any] = {"Variable": "$.n", "NumericEquals": 5}
FALSE: dict[str, Any] = {"Variable": "$.n", "NumericEquals": 6}
UNKNOWN: dict[str, Any] = {"Variable": "$.unknown", "NumericEquals": 5}
PARTS = {True: TRUE, False: FALSE, None: UNKNOWN}


def held(rule: dict[str, Any]) -> bool | None:
    fields = {name: constant(value) for name, value in DATA.items()}
    return verdict(rule, record({**fields, "unknown": ANY}))


@pytest.mark.parametrize("one", PARTS)
@pytest.mark.parametrize("two", PARTS)
def test_and_or_and_not_are_those_of_logic_with_a_third_value(one: bool | None, two: bool | None) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#amazon-states-language-choice-state-rules"""
    parts, values = [PARTS[one], PARTS[two]], {one, two}
    both = False if False in values else None if None in values else True
    either = True if True in values else None if None in values else False
    assert held({"And": parts}) is both
    assert held({"Or": parts}) is either
    assert held({"Not": PARTS[one]}) is (None if one is None else not one)
    assert held({"Not": {"And": parts}}) is (None if both is None else not both)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "$.n", "NumericLessThanEquals": 5}, True),
        ({"Variable": "$.n", "NumericLessThanEquals": 4}, False),
        ({"Variable": "$.n", "NumericGreaterThanEquals": 5}, True),
        ({"Variable": "$.n", "NumericGreaterThanEquals": 6}, False),
        ({"Variable": "$.word", "StringEquals": "a"}, True),
        ({"Variable": "$.word", "StringEquals": "b"}, False),
        ({"Variable": "$.yes", "BooleanEquals": True}, True),
        ({"Variable": "$.yes", "BooleanEquals": False}, False),
        ({"Variable": "$.word", "StringLessThanEquals": "b"}, None),  # an order of texts that nobody works out here
        # Another kind of data than the operator compares never fits.
        ({"Variable": "$.word", "NumericEquals": 5}, False),
        ({"Variable": "$.n", "StringEquals": "5"}, False),
        ({"Variable": "$.n", "BooleanEquals": True}, False),
        ({"Variable": "$.yes", "TimestampEquals": "2026-01-01T00:00:00Z"}, False),
        ({"Variable": "$.list", "StringEquals": "a"}, False),
        ({"Variable": "$.nothing", "StringEquals": "a"}, False),
        # To look at what is not there fails, unless it is asked whether it is there.
        ({"Variable": "$.gone", "StringEquals": "a"}, False),
        ({"Variable": "$.gone", "IsPresent": False}, True),
        ({"Variable": "$.gone", "IsPresent": True}, False),
    ],
    ids=str,
)
def test_what_a_comparison_says_of_known_data(rule: dict[str, Any], expected: bool | None) -> None:
    assert held(rule) is expected


def test_nothing_is_said_of_what_is_nested_too_deep() -> None:
    rule = TRUE
    for _ in range(98):
        rule = {"Not": rule}
    assert held(rule) is True
    assert held({"Not": {"Not": rule}}) is None
