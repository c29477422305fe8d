"""Whatever JSON comes in, findings come out: no exception, no change of the input, the same twice."""

from __future__ import annotations

import copy
import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import asl
from asl.syntax.expressions import parse_expression
from asl.syntax.hints import nearest
from asl.syntax.shapes import shown

EXAMPLES = Path(__file__).parents[3] / "asl" / "rules" / "examples"
SEEDS = [json.loads(file.read_text()) for file in sorted(EXAMPLES.glob("*.json"))]
WORDS = [
    "",
    "$",
    "$.a[",
    "$$",
    "{% $states.result %}",
    "{% ((( %}",
    "States.Format('{}', $.a)",
    "JSONata",
    "${x",
    "Map",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of `value` with each of its keys."""
    found: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        item = todo.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        found += [(item, key) for key in keys]
        todo += [item[key] for key in keys]
    return found


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.lists(VALUES, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_a_mutated_definition_never_raises(seed: Any, values: list[Any], chance: random.Random) -> None:
    definition = copy.deepcopy(seed)
    for value in values:
        if found := places(definition):
            container, key = chance.choice(found)
            container[key] = value
    before = repr(definition)
    first = [str(finding) for finding in asl.check(definition)]
    assert [str(finding) for finding in asl.check(definition, type="STANDARD")] == first
    assert repr(definition) == before


@given(VALUES)
def test_any_value_is_a_definition_with_findings(value: Any) -> None:
    assert asl.check(value)


def deep_maps(levels: int) -> dict[str, Any]:
    definition: dict[str, Any] = {"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}}
    for level in range(levels):
        definition = {
            "StartAt": f"M{level}",
            "States": {f"M{level}": {"Type": "Map", "ItemProcessor": definition, "End": True}},
        }
    return definition


def deep_value(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


def deep_choice(levels: int) -> Any:
    rule: Any = {"Variable": "$.a", "IsNull": True}
    for _ in range(levels):
        rule = {"Not": rule}
    return {"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{**rule, "Next": "C"}]}}}


def pass_with(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **fields}}}


EXTREMES = {
    "maps in maps": lambda: deep_maps(10_000),
    "a deep value": lambda: pass_with(Parameters=deep_value(10_000)),
    "deep comparisons": lambda: deep_choice(10_000),
    "a deep expression": lambda: pass_with(QueryLanguage="JSONata", Output="{% " + "(" * 10_000 + " %}"),
    "a deep call": lambda: pass_with(Parameters={"a.$": "States.Array(" * 10_000}),
    "a long path": lambda: pass_with(InputPath="$" + ".a" * 100_000 + "["),
    "open brackets": lambda: pass_with(InputPath="$" + "[" * 100_000),
    "a huge number": lambda: {**pass_with(), "TimeoutSeconds": 10**5000},
    "not a number": lambda: {**pass_with(), "TimeoutSeconds": float("nan")},
    "endless retries": lambda: {
        "StartAt": "A",
        "TimeoutSeconds": 9,
        "States": {
            "A": {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "TimeoutSeconds": 1,
                "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 10**400, "BackoffRate": 1.0000001}],
                "End": True,
            }
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EXTREMES)
def test_an_extreme_definition_is_told_off_and_no_more(name: str) -> None:
    assert asl.check(EXTREMES[name]())


def speaking(expression: str) -> dict[str, Any]:
    return pass_with(QueryLanguage="JSONata", Output=f"{{% {expression} %}}")


@pytest.mark.parametrize("broken", ["$states.input.(", "[1, {", "'open", "$a := function($x) {", "a.%.%.%", "?"])
def test_a_broken_expression_does_not_spoil_the_next_one(broken: str) -> None:
    parse_expression.cache_clear()
    assert "ASL042" in {finding.rule.id for finding in asl.check(speaking(broken))}
    assert asl.check(speaking("$states.input.after[0]")) == []


def test_threads_do_not_mix_up_expressions() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = pool.map(asl.check, (speaking(f"$sum([{n}, $states.input.n]) > {n}") for n in range(200)))
            assert list(found) == [[]] * 200
    finally:
        sys.setswitchinterval(usual)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x" * 120, repr("x" * 120)),
        ("x" * 121, repr("x" * 117 + "...")),
        (None, "null"),
        (5, "5"),
        ({"a": 1}, "an object"),
        ([1], "an array"),
    ],
    ids=lambda value: str(value)[:9],
)
def test_a_value_is_said_in_a_few_words(value: object, words: str) -> None:
    assert shown(value) == words


def test_a_name_is_hinted_at_also_where_nobody_counts_the_hints() -> None:
    assert nearest("Totl", ["Total", "Other"]) == " (did you mean 'Total'?)"
    assert nearest("Totl", ["Other"]) == ""
