"""Rules about DynamoDB's expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asl.findings import Problem, Rule, nearest
from asl.integrations.arguments import arguments, field_of, is_expression
from asl.remembering import states_of
from asl.shape import Object, as_object, as_text, shown
from asl.walk import Machine, State

_TYPED = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"
_VALUES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html"
_EXPRESSIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression",
                "UpdateExpression")  # fmt: skip
_TYPES = ("B", "BOOL", "BS", "L", "M", "N", "NS", "NUL", "NULL", "S", "SS")
_PARTS = (("ExpressionAttributeValues", re.compile(r":\w+")), ("ExpressionAttributeNames", re.compile(r"#\w+")))


def _calls(machine: Machine) -> Iterator[State]:
    return (state for state in states_of(machine, "Task") if "dynamodb" in state.resource)


def _placeholders_fit(machine: Machine) -> Iterator[Problem]:
    for state in _calls(machine):
        given = arguments(state)
        texts = [as_text(given[name]) for name in _EXPRESSIONS if name in given]
        # What is put together at run time says nothing here.
        if any(f"{name}.$" in given for name in _EXPRESSIONS) or any(is_expression(t) or "${" in t for t in texts):
            continue
        for field, pattern in _PARTS:
            if f"{field}.$" not in given and not isinstance(given.get(field), str):
                yield from _fits(state, given, field, {name for text in texts for name in pattern.findall(text)})


def _fits(state: State, given: Object, field: str, used: set[str]) -> Iterator[Problem]:
    place = state.at(f"{field_of(state)}.{field}")
    known = {name.removesuffix(".$") for name in as_object(given.get(field))}
    for name in sorted(used - known):
        yield place, f"lacks {name}, which an expression uses{nearest(name, known)}"
    for name in sorted(known - used):
        yield place, f"has {name}, which no expression uses{nearest(name, used)}"


def _values_have_types(machine: Machine) -> Iterator[Problem]:
    for state in _calls(machine):
        for field in ("Key", "Item", "ExpressionAttributeValues"):
            for name, value in as_object(arguments(state).get(field)).items():
                if not name.endswith(".$") and (problem := _wrong_value(value)):
                    yield state.at(f"{field_of(state)}.{field}.{name}"), problem


def _wrong_value(value: object) -> str:
    if is_expression(value):
        return ""
    given = as_object(value)
    if len(given) != 1:
        return f"is {shown(value)}, where one value with its type is expected, like {{'S': …}}"
    type, inner = next(iter(given.items()))
    # An AWS SDK integration writes the same types with one capital.
    if type.removesuffix(".$").upper() not in _TYPES:
        return f"'{type}' is no type of a value{nearest(type.upper(), _TYPES)}"
    if type == "N" and not isinstance(inner, str):
        return f"is the number {shown(inner)}: DynamoDB takes numbers as strings"
    return ""


RULES = (
    Rule(
        "ASL087",
        "error",
        "DynamoDB's expressions use just the names and values that they are given",
        "DynamoDB refuses a call with a placeholder that is not defined, or with one that is defined and not used.",
        "Define each :value and #name that the expressions use, and no other.",
        _VALUES,
        _placeholders_fit,
    ),
    Rule(
        "ASL094",
        "error",
        "A value for DynamoDB has its type",
        "DynamoDB takes each value together with its type, and numbers as strings; it refuses all else.",
        "Write {'S': 'text'}, {'N': '5'}, {'BOOL': true}; with a path, the type with .$ behind it.",
        _TYPED,
        _values_have_types,
    ),
)
