"""Payload templates: what is filled in, what stays, and what is said of a path that finds nothing."""

from __future__ import annotations

from random import Random

import pytest

from asl.running.intrinsics import IntrinsicError
from asl.running.paths import Data, NoInputError, PathError
from asl.running.templates import compiled, fill

DATA = Data({"order": {"id": "a-1"}, "list": [1, 2]}, {"Execution": {"Name": "run"}}, {"rate": 7})


def filled(template: object, data: Data = DATA) -> object:
    return fill(template, data, Random(1))


def test_fields_that_end_in_a_dollar_are_computed_in_their_place_at_every_depth() -> None:
    template = {
        "fixed": "$.order.id",
        "id.$": "$.order.id",
        "inner": {"run.$": "$$.Execution.Name", "n": 1},
        "rows": [{"rate.$": "$rate"}, "$.order.id", 3],
        "call.$": "States.Format('{}-{}', $.order.id, $rate)",
        "all.$": "$",
        "last.$": "$.list[5]",
    }
    result = filled(template)
    assert result == {
        "fixed": "$.order.id",
        "id": "a-1",
        "inner": {"run": "run", "n": 1},
        "rows": [{"rate": 7}, "$.order.id", 3],
        "call": "a-1-7",
        "all": DATA.document,
        "last": None,
    }
    assert list(result) == ["fixed", "id", "inner", "rows", "call", "all", "last"]  # type: ignore[call-overload]


def test_a_template_is_compiled_once_and_fills_for_any_data() -> None:
    template = {"a.$": "$.a", "b": {"c": [1]}}
    made = compiled(template)
    assert [made(Data({"a": number}, {}, {}), Random(1)) for number in (1, 2)] == [
        {"a": 1, "b": {"c": [1]}},
        {"a": 2, "b": {"c": [1]}},
    ]
    assert template == {"a.$": "$.a", "b": {"c": [1]}}
    constant = {"b": [1]}
    assert filled(constant) is constant


@pytest.mark.parametrize(
    ("field", "path", "document"),
    [
        # As recorded for the input, and told by people for the context object.
        ("value.$", "$.no_such_jsonpath", '{"order":{"id":"a-1"},"list":[1,2]}'),
        ("value.$", "$.list[-1].name", '{"order":{"id":"a-1"},"list":[1,2]}'),
        ("value.$", "$.list.sum()", '{"order":{"id":"a-1"},"list":[1,2]}'),
        ("value.$", "$$.Execution.Input.no_such_jsonpath", '{"Execution":{"Name":"run"}}'),
    ],
)
def test_a_path_that_finds_nothing_is_told_with_its_field_and_the_data(field: str, path: str, document: str) -> None:
    with pytest.raises(PathError) as told:
        filled({"outer": [{field: path}]})
    assert str(told.value) == (
        f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{document}'"
    )


def test_what_functions_say_is_told_as_it_is() -> None:
    with pytest.raises(IntrinsicError, match=r"evaluating the intrinsic function: States\.MathAdd\(\$\.order, 1\)\. "):
        filled({"a.$": " States.MathAdd($.order, 1) "})
    with pytest.raises(PathError, match=r"^The function 'States\.Array\(\$\.no\)' had"):
        filled({"a.$": "States.Array($.no)"})


def test_null_is_told_as_what_it_is() -> None:
    with pytest.raises(NoInputError, match=r"^Unable to apply Path transformation to null or empty input"):
        filled({"a.$": "$"}, Data(None, {}, {}))
