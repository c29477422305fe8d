"""Rules about DynamoDB's expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from asl.analysis.caching import once
from asl.integrations.arguments import arguments, field_of, is_expression
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number, kind, shown
from asl.syntax.strings import MAX_DEPTH
from asl.syntax.walk import Machine, State

_TYPED = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"
_VALUES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html"
_EXPRESSIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression",
                "UpdateExpression")  # fmt: skip
_TYPES: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys(("B", "N", "S"), "a string"), **dict.fromkeys(("BOOL", "NUL", "NULL"), "a boolean"),
    **dict.fromkeys(("BS", "L", "NS", "SS"), "an array"), "M": "an object",
})  # fmt: skip
"""The types of values, and what each is written as. An AWS SDK integration writes the same types with one capital."""
_JSON = ("a boolean", "a number", "a string", "an array", "an object", "null")
"""Kinds of values that are known; an Output can become any of them."""
_PARTS = (("ExpressionAttributeValues", re.compile(r":\w+")), ("ExpressionAttributeNames", re.compile(r"#\w+")))


def _calls(machine: Machine) -> Iterator[State]:
    return (state for state in machine.of("Task") if "dynamodb" in state.resource)


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


@once
def _values(machine: Machine) -> Sequence[tuple[str, object]]:
    """Every value that the definition gives to DynamoDB, with its path; what an expression gives is left out."""
    return [
        found
        for state in _calls(machine)
        for field in ("Key", "Item", "ExpressionAttributeValues")
        for path, value in _named(state.at(f"{field_of(state)}.{field}"), arguments(state).get(field))
        for found in _with_parts(path, value)
    ]


def _with_parts(path: str, value: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    """A value, and those in its lists and maps."""
    if is_expression(value) or depth >= MAX_DEPTH:
        return
    yield path, value
    given = as_object(value)
    if "L" not in given and "M" not in given:
        return
    inside = [(f"{path}.L[{index}]", one) for index, one in enumerate(as_list(given.get("L")))]
    for place, one in (*inside, *_named(f"{path}.M", given.get("M"))):
        yield from _with_parts(place, one, depth + 1)


def _named(path: str, values: object) -> Iterator[tuple[str, object]]:
    return ((f"{path}.{name}", value) for name, value in as_object(values).items() if not name.endswith(".$"))


def _values_have_types(machine: Machine) -> Iterator[Problem]:
    for path, value in _values(machine):
        if not isinstance(value, str) and (problem := _wrong_value(value)):
            yield path, problem


def _wrong_value(value: object) -> str:
    given = as_object(value)
    if len(given) != 1:
        return f"is {shown(value)}, where one value with its type is expected, like {{'S': …}}"
    type, inner = next(iter(given.items()))
    wanted = _TYPES.get(type.removesuffix(".$").upper())
    if wanted is None:
        return f"'{type}' is no type of a value{nearest(type.upper(), _TYPES)}"
    if type == "N" and is_number(inner):
        return f"is the number {shown(inner)}: DynamoDB takes numbers as strings"
    open_ended = type.endswith(".$") or is_expression(inner) or "${" in as_text(inner) or inner in ("true", "false")
    if not open_ended and kind(inner) in _JSON and kind(inner) != wanted:
        return f"is {kind(inner)} under '{type}', where {wanted} is expected"
    return ""


def _texts_have_types(machine: Machine) -> Iterator[Problem]:
    for path, value in _values(machine):
        if isinstance(value, str) and "${" not in value:
            yield path, f"is {shown(value)} without a type"


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
    Rule(
        "ASL098",
        "warning",
        "A text for DynamoDB has its type, too",
        "AWS documents each value together with its type; a bare text is taken for an S by some calls at best.",
        "Write {'S': 'text'}, or the type that is meant.",
        _TYPED,
        _texts_have_types,
    ),
)
