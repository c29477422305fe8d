"""Functions of arrays and objects, and those that take functions.

https://docs.jsonata.org/2.0.0/array-functions, /object-functions and /higher-order-functions
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import chain
from typing import Any

from asl.running.jsonata.calling import Evaluation, Function, apply, chosen
from asl.running.jsonata.operators import order
from asl.running.jsonata.sorting import merged
from asl.running.jsonata.texts import rounded
from asl.running.jsonata.values import (
    CONTAINERS,
    DICT,
    LIST,
    UNDEFINED,
    Array,
    ExpressionFailure,
    Object,
    Sequence,
    Value,
    appended,
    field,
    identity,
    is_number,
    number,
    truth,
)


def count(values: Value) -> Value:
    return 0 if values is UNDEFINED else len(values)


def append(left: Value, right: Value) -> Value:
    return appended(left, right)


def exists(value: Value) -> Value:
    return value is not UNDEFINED


def kind(value: Value) -> Value:
    """The type of a value: https://docs.jsonata.org/2.0.0/object-functions#type"""
    if value is UNDEFINED:
        return value
    if value is None:
        return "null"
    if type(value) is bool:
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, LIST):
        return "array"
    if isinstance(value, Function):
        return "function"
    return "number" if is_number(value) else "object"


def mapped(evaluation: Evaluation, values: Value, function: Value) -> Value:
    if values is UNDEFINED:
        return values
    result = Sequence()
    for position, value in enumerate(values):
        found = apply(function, chosen(function, value, position, values), None, evaluation)
        if found is not UNDEFINED:
            result.append(found)
    return result


def filtered(evaluation: Evaluation, values: Value, function: Value) -> Value:
    if values is UNDEFINED:
        return values
    return Sequence(
        value
        for position, value in enumerate(values)
        if truth(apply(function, chosen(function, value, position, values), None, evaluation))
    )


def single(evaluation: Evaluation, values: Value, function: Value = UNDEFINED) -> Value:
    if values is UNDEFINED:
        return values
    found: list[Value] = []
    for position, value in enumerate(values):
        if function is UNDEFINED or truth(apply(function, chosen(function, value, position, values), None, evaluation)):
            if found:
                raise ExpressionFailure("D3138", index=position)
            found.append(value)
    if not found:
        raise ExpressionFailure("D3139")
    return found[0]


def reduced(evaluation: Evaluation, values: Value, function: Value, start: Value = UNDEFINED) -> Value:
    if values is UNDEFINED:
        return values
    if function.arity < 2:
        raise ExpressionFailure("D3050", index=1)
    first = 1 if start is UNDEFINED and values else 0
    result = values[0] if first else start
    for position in range(first, len(values)):
        arguments = [result, values[position], position, values][: min(function.arity, 4)]
        result = apply(function, arguments, None, evaluation)
    return result


def zipped(*arrays: Value) -> Value:
    if any(not isinstance(array, LIST) for array in arrays):
        return Array()
    return Array(Array(row) for row in zip(*arrays, strict=False))


def keys(value: Value) -> Value:
    if isinstance(value, LIST):
        items: list[Value] = value
        return Sequence(dict.fromkeys(chain.from_iterable(keys(item) for item in items)))
    return Sequence(value) if isinstance(value, DICT) else Sequence()


def lookup(value: Value, key: Value) -> Value:
    return UNDEFINED if key is UNDEFINED else field(value, key)


def spread(value: Value) -> Value:
    if isinstance(value, LIST):
        items: list[Value] = value
        result: Any = Sequence()
        for item in items:
            parts = spread(item)
            if parts is not UNDEFINED:
                result = _grown(result, parts)
        return result
    if isinstance(value, DICT):
        fields: dict[str, Value] = value
        return Sequence(Object({key: item}) for key, item in fields.items())
    return value


def _grown(result: Any, parts: Value) -> Array:
    """As `appended`, without a copy of what was there."""
    grown = result if type(result) is Array else Array(result)
    if isinstance(parts, LIST):
        grown.extend(parts)
    else:
        grown.append(parts)
    return grown


def merge(objects: Value) -> Value:
    if objects is UNDEFINED:
        return objects
    result = Object()
    for one in objects:
        result.update(one)
    return result


def cloned(value: Value) -> Value:
    """A copy that may be changed. It goes through a text, and so do its numbers."""
    if isinstance(value, DICT):
        fields: dict[str, Value] = value
        return Object((key, cloned(item)) for key, item in fields.items() if item is not UNDEFINED)
    if isinstance(value, LIST):
        items: list[Value] = value
        return Array(None if item is UNDEFINED else cloned(item) for item in items)
    if type(value) is float or type(value) is int:
        return number(rounded(value)) if is_number(value) else None
    return "" if isinstance(value, Function) else value


def backwards(values: Value) -> Value:
    if values is UNDEFINED or len(values) <= 1:
        return values
    return Array(reversed(values))


def each(evaluation: Evaluation, value: Value, function: Value) -> Value:
    result = Sequence()
    for key, item in list(value.items()) if isinstance(value, DICT) else ():
        found = apply(function, chosen(function, item, key, value), None, evaluation)
        if found is not UNDEFINED:
            result.append(found)
    return result


def sifted(evaluation: Evaluation, value: Value, function: Value) -> Value:
    result = Object()
    for key, item in list(value.items()) if isinstance(value, DICT) else ():
        if truth(apply(function, chosen(function, item, key, value), None, evaluation)):
            result[key] = item
    return result or UNDEFINED


def failure(message: Value = UNDEFINED) -> Value:
    raise ExpressionFailure("D3137", message=message or "$error() function evaluated")


def ensure(condition: Value, message: Value = UNDEFINED) -> Value:
    if condition is UNDEFINED or not condition:
        raise ExpressionFailure("D3141", message=message or "$assert() statement failed")
    return UNDEFINED


def ordered(evaluation: Evaluation, values: Value, function: Value = UNDEFINED) -> Value:
    if values is UNDEFINED or len(values) <= 1:
        return values
    if function is not UNDEFINED:
        return Array(merged(list(values), lambda one, other: _holds(apply(function, [one, other], None, evaluation))))
    if not all(isinstance(value, str) for value in values) and not all(map(is_number, values)):
        raise ExpressionFailure("D3070", index=1)
    return Array(sorted(values, key=order))


def _holds(value: Value) -> bool:
    """Whether JavaScript takes it for true: arrays and objects always."""
    return value is not UNDEFINED and value is not None and (isinstance(value, CONTAINERS) or bool(value))


def shuffled(evaluation: Evaluation, values: Value) -> Value:
    if values is UNDEFINED or len(values) <= 1:
        return values
    result = Array(values)
    evaluation.random.shuffle(result)
    return result


def distinct(values: Value) -> Value:
    if not isinstance(values, LIST) or len(values) <= 1:
        return values
    items: list[Value] = values
    known: dict[Hashable, Value] = {}
    for item in items:
        known.setdefault(identity(item), item)
    return (Sequence if type(values) is Sequence else Array)(known.values())
