"""Payload templates: `name.$` is computed at any depth, and what is not computed stays as it is written.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import pytest

from asl.running.intrinsics import IntrinsicError
from asl.running.paths import Data, PathError
from asl.running.templates import compiled

DOCUMENT = {"order": {"id": "a", "lines": [{"sku": "s", "n": 2}, {"sku": "t", "n": 1}]}, "nothing": None}
CONTEXT = {"Execution": {"Id": "arn:1", "Input": {}}}


def filled(template: object, document: object = DOCUMENT) -> Any:
    return compiled(template)(Data(document, CONTEXT, {"more": {"x": 7}}), Random(1))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ({"id.$": "$.order.id"}, {"id": "a"}),
        ({"all.$": "$"}, {"all": DOCUMENT}),
        ({"nothing.$": "$.nothing"}, {"nothing": None}),
        ({"run.$": "$$.Execution.Id", "x.$": "$more.x"}, {"run": "arn:1", "x": 7}),
        ({"skus.$": "$.order.lines[*].sku"}, {"skus": ["s", "t"]}),
        ({"text.$": "States.Format('{}-{}', $.order.id, $more.x)"}, {"text": "a-7"}),
        ({"a": {"b": [{"c.$": "$.order.id"}, "$.order.id", 1]}}, {"a": {"b": [{"c": "a"}, "$.order.id", 1]}}),
        ({"a": [[{"b.$": "$more.x"}]]}, {"a": [[{"b": 7}]]}),
        ({"plain": "$.order.id", "n": 1, "none": None}, {"plain": "$.order.id", "n": 1, "none": None}),
        ({}, {}),
        ([1, {"a.$": "$more.x"}], [1, {"a": 7}]),
        ("$.order.id", "$.order.id"),
        (None, None),
    ],
)
def test_fields_whose_name_ends_in_a_dollar_are_computed_at_any_depth(template: object, value: object) -> None:
    before = copy.deepcopy(template)
    assert filled(template) == value
    assert template == before


def test_fields_keep_their_order() -> None:
    assert list(filled({"z.$": "$more.x", "a": 1, "m.$": "$.order.id"})) == ["z", "a", "m"]


def test_a_path_that_finds_nothing_tells_its_field_and_the_input_in_aws_words() -> None:
    """The text was recorded for a Pass state's Parameters."""
    with pytest.raises(PathError) as failed:
        filled({"deep": {"value.$": "$.no_such_jsonpath"}}, {"there": [1, "ä"]})
    assert str(failed.value) == (
        "The JSONPath '$.no_such_jsonpath' specified for the field 'value.$' could not be found in the input "
        '\'{"there":[1,"ä"]}\''
    )


def test_a_path_into_the_context_object_that_finds_nothing_fails_in_the_same_words() -> None:
    """As recorded; the snapshot hides which document it told."""
    with pytest.raises(PathError, match="specified for the field 'value") as failed:
        filled({"value.$": "$$.Execution.Input.no_such_jsonpath"})
    assert str(failed.value).startswith("The JSONPath '$$.Execution.Input.no_such_jsonpath' specified")


def test_a_function_that_cannot_be_applied_comes_out_as_its_own_failure() -> None:
    with pytest.raises(IntrinsicError):
        filled({"n.$": "States.ArrayLength($.order.id)"})


def test_a_template_is_compiled_once_and_filled_in_many_times() -> None:
    fill = compiled({"id.$": "$.id", "same": {"a": 1}})
    made: list[Any] = [fill(Data({"id": n}, {}, {}), Random(1)) for n in range(3)]
    assert [one["id"] for one in made] == [0, 1, 2]
    assert made[0]["same"] is made[1]["same"], "what is not computed is shared"
