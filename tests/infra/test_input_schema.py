"""What is certain of an input of which a part is unknown, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from components.input_schema import Unknown, UnknownText, misfits

ANY, TEXT = Unknown("<$.detail.x>"), UnknownText("a-<$.id>")
EITHER = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
BY_KIND = {
    "if": {"properties": {"kind": {"const": "gift"}}},
    "then": {"required": ["wrapping"]},
}


@pytest.mark.parametrize(
    ("schema", "given", "said"),
    [
        ({"type": "string"}, ANY, []),
        ({"type": "object", "required": ["a"]}, ANY, []),
        ({"properties": {"a": {"type": "string", "pattern": "^b"}}}, {"a": TEXT}, []),
        ({"properties": {"a": {"type": "integer"}}}, {"a": TEXT}, ["a: 'a-<$.id>' is not of type 'integer'"]),
        ({"properties": {"a": {"enum": ["b"]}}}, {"a": ANY}, []),
        ({"enum": [{"a": 1}]}, {"a": ANY}, []),
        ({"required": ["b"]}, {"a": ANY}, ["the input: 'b' is a required property"]),
        ({"properties": {"a": {"items": {"required": ["b"]}}}}, {"a": [{"c": ANY}]}, ["a[0]: 'b' is a required"]),
        ({"minItems": 2}, [ANY], ["the input: [<$.detail.x>] is too short"]),
        ({"properties": {"a": EITHER}}, {"a": ANY}, []),
        ({"properties": {"a": EITHER}}, {"a": "b"}, ["a: 'b' is not valid under any of the given schemas"]),
        ({"properties": {"a": EITHER}}, {"a": {"b": ANY}}, ["a: {'b': <$.detail.x>} is not valid"]),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"c": ANY}, ["the input: {'c': <$.detail.x>} is not"]),
        ({"not": {"required": ["a"]}}, {"a": ANY}, []),
        (BY_KIND, {"kind": ANY}, []),
        (BY_KIND, {"kind": "gift"}, ["the input: 'wrapping' is a required property"]),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "number"}}}, "x", ["the input: 'x' is not of type 'number'"]),
    ],
)  # fmt: skip
def test_only_what_is_wrong_whatever_is_unknown_is_told(schema: dict[str, Any], given: Any, said: list[str]) -> None:
    found = misfits(schema, given)
    assert len(found) == len(said), found
    assert all(one.startswith(begin) for one, begin in zip(found, said, strict=True)), found


def test_a_schema_is_read_by_the_draft_that_it_names() -> None:
    """In draft 4 the bound is exclusive by a word beside it; in 2020-12 it would be a number of its own."""
    old = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 0, "exclusiveMinimum": True}
    assert misfits(old, 0)
    assert not misfits({"minimum": 0}, 0)
