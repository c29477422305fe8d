"""What paths, intrinsic functions and payload templates give, as far as their input is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from asl.analysis.flow.shapes import (
    ANY,
    MAX_DEPTH,
    Missing,
    Record,
    Scalar,
    Shape,
    constant,
    listing,
    listing_of,
    look_up,
    record,
)
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.paths import parse_path
from asl.syntax.shapes import as_list, as_object

ITEM = ("Map", "Item", "Value")

_STRING, _NUMBER, _BOOLEAN = Scalar("string"), Scalar("number"), Scalar("boolean")
_RESULTS: dict[str, Shape] = {
    **dict.fromkeys(("Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID"), _STRING),
    **dict.fromkeys(("ArrayLength", "MathAdd", "MathRandom"), _NUMBER),
    "ArrayContains": _BOOLEAN,
    **dict.fromkeys(("Array", "ArrayUnique", "ArrayRange", "ArrayPartition"), listing_of(ANY)),
    "StringSplit": listing_of(_STRING),
}

CONTEXT = record(
    {
        "Execution": record(
            {**dict.fromkeys(("Id", "Name", "RoleArn", "StartTime"), _STRING), "RedriveCount": _NUMBER}, "some"
        ),
        "State": record({**dict.fromkeys(("EnteredTime", "Name"), _STRING), "RetryCount": _NUMBER}, "some"),
        "StateMachine": record({"Id": _STRING, "Name": _STRING}, "some"),
        "Task": record({"Token": _STRING}, "some"),
        "Map": record({"Item": record({"Index": _NUMBER}, "some")}, "some"),
    },
    "some",
)
"""https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""


def value_of(text: str, data: Shape, item: Shape = ANY) -> Shape | Missing:
    """What `text`, a path or a call, gives where `$` is `data` and `$$.Map.Item.Value` is `item`."""
    if "${" in text:
        return ANY
    if is_call(text):
        return _called(text, data, item)
    path = parse_path(text)
    if path.problem:
        return ANY
    if path.root == "$":
        found = look_up(data, path.steps)
    elif path.root == "$$" and path.steps[:3] == ITEM:
        found = look_up(item, path.steps[3:])
    elif path.root == "$$":
        found = look_up(CONTEXT, path.steps)
    else:
        return ANY
    # A path that can name several places gives what it finds, and fails only on the way there.
    return found if path.single or isinstance(found, Missing) else ANY


def _called(text: str, data: Shape, item: Shape) -> Shape:
    name = text.lstrip().removeprefix("States.").partition("(")[0].strip()
    if name == "JsonMerge":
        parts = [value_of(path, data, item) for path in parse_intrinsic(text).paths]
        if len(parts) == 2 and isinstance(parts[0], Record) and isinstance(parts[1], Record):
            return merged(parts[0], parts[1])
    return _RESULTS.get(name, ANY)


def merged(one: Record, other: Record) -> Shape:
    """`one` with the fields of `other` over its own."""
    known = "all" if one.known == other.known == "all" else "some"
    return record(dict(other.fields) if other.known == "some" else {**one.fields, **other.fields}, known)


def template(value: object, data: Shape, item: Shape = ANY, depth: int = 0) -> Shape:
    """What a payload template makes; a path that finds nothing is told by its own rule, and counts as Anything."""
    if depth >= MAX_DEPTH:
        return ANY
    if isinstance(value, Mapping):
        fields: dict[str, Shape] = {}
        for name, inner in as_object(cast(object, value)).items():
            if name.endswith(".$"):
                found = value_of(inner, data, item) if isinstance(inner, str) else ANY
                fields[name[:-2]] = ANY if isinstance(found, Missing) else found
            else:
                fields[name] = template(inner, data, item, depth + 1)
        return record(fields)
    if isinstance(value, list | tuple):
        return listing([template(inner, data, item, depth + 1) for inner in as_list(cast(object, value))])
    return constant(value)
