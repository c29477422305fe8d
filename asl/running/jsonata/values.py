"""Values as JSONata sees them, on top of plain JSON in Python.

JSON from outside is plain: `dict`, `list`, `str`, `int`, `float`, `bool`, `None`. What an expression makes itself is of
the subclasses below, so that only those are walked when the result is made plain, however large the input is.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""Anything that an expression can come to: JSON, a function, or UNDEFINED."""


LIST: Any = list
DICT: Any = dict
CONTAINERS: Any = (list, dict)
"""For isinstance: of what is in them the type checker need know no more than of a value."""


class Undefined:
    """What an expression comes to that finds nothing. It is no JSON: null is another thing."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()


class Array(list[Value]):
    """An array that an expression made. `cons`: an array constructor made it as a step of a path, which keeps it."""

    cons = False


class Sequence(list[Value]):
    """The values that a path or a function found: none is UNDEFINED, and one stands for itself unless `keep`."""

    keep = False


class Tuples(list[dict[str, Value]]):
    """The values that a path found, each under `@`, with what the path bound on its way: `%`, `@$x`, `#$i`."""


class Object(dict[str, Value]):
    """An object that an expression made."""


SAFE: Final = 2**53
"""Up to here every integer is a number of JavaScript, and integers are computed as such."""


def settled(result: Value) -> Value:
    """A sequence as what it stands for."""
    if type(result) is Sequence:
        if not result:
            return UNDEFINED
        if len(result) == 1 and not result.keep:
            return result[0]
    return result


def number(value: float) -> int | float:
    """A number as Python's int where it is whole, except for a negative zero."""
    if -SAFE <= value <= SAFE and value == (whole := int(value)) and (whole or math.copysign(1, value) > 0):
        return whole
    return value


def is_number(value: Value) -> bool:
    """Whether it is a number and no NaN.

    Raises:
        ExpressionFailure: it is infinite, which no number that goes on being computed with may be.
    """
    if type(value) is int:
        return True
    if type(value) is not float or value != value:
        return False
    if math.isinf(value):
        raise ExpressionFailure("D1001", value=value)
    return True


def truth(value: Value) -> bool:
    """Whether a condition holds that comes to `value`: https://docs.jsonata.org/boolean-functions#boolean"""
    if type(value) is bool:
        return value
    if value is UNDEFINED or value is None:
        return False
    if isinstance(value, LIST):
        items: list[Value] = value
        return any(truth(item) for item in items)
    if isinstance(value, DICT) or type(value) is str:
        return len(value) > 0
    if type(value) is float or type(value) is int:
        return is_number(value) and value != 0
    return bool(getattr(value, "holds", False))


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same JSON. Numbers are never booleans, as they are for Python."""
    if isinstance(left, LIST):
        one: list[Value] = left
        if not isinstance(right, LIST) or len(one) != len(other := list[Value](right)):
            return False
        return all(equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    if isinstance(left, DICT):
        fields: dict[str, Value] = left
        if not isinstance(right, DICT) or fields.keys() != (others := dict[str, Value](right)).keys():
            return False
        return all(equal(value, others[key]) for key, value in fields.items())
    return left == right and (type(left) is bool) == (type(right) is bool)


def identity(value: Value) -> Hashable:
    """The same for two values exactly if they are `equal`."""
    if isinstance(value, LIST):
        items: list[Value] = value
        return ("[", *map(identity, items))
    if isinstance(value, DICT):
        fields: dict[str, Value] = value
        return frozenset((key, identity(item)) for key, item in fields.items())
    return (value, type(value) is bool)


def same(left: Value, right: Value) -> bool:
    """JavaScript's `===`: arrays and objects are the same only if they are one."""
    if isinstance(left, CONTAINERS):
        return left is right
    return not isinstance(right, CONTAINERS) and left == right and (type(left) is bool) == (type(right) is bool)


def appended(left: Value, right: Value) -> Value:
    """Both as one array; what is no array counts as an array of one, and UNDEFINED as nothing."""
    if left is UNDEFINED:
        return right
    if right is UNDEFINED:
        return left
    result = Array(left) if isinstance(left, LIST) else Array((left,))
    if isinstance(right, LIST):
        result.extend(right)
    else:
        result.append(right)
    return result


def field(value: Value, name: str) -> Value:
    """The field of an object; of an array, those of all its elements in one sequence."""
    if isinstance(value, DICT):
        return value.get(name, UNDEFINED)
    if not isinstance(value, LIST):
        return UNDEFINED
    result = Sequence()
    items: list[Value] = value
    for item in items:
        found = field(item, name)
        if isinstance(found, LIST):
            result.extend(found)
        elif found is not UNDEFINED:
            result.append(found)
    return result


def plain(value: Value) -> Value:
    """The result of an expression as JSON.

    AWS writes numbers that JSON does not have as texts, `"Infinity"` and `"NaN"`. What has no value is left out of an
    object, and is null in an array.
    """
    kind: Any = value.__class__
    if kind is float:
        return (number(value) if value else 0) if math.isfinite(value) else number_text(value)
    if kind is Object or kind is dict:
        if kind is dict:
            return value
        return {key: plain(item) for key, item in value.items() if is_json(item)}
    if kind is list:
        return value
    if isinstance(value, LIST):
        items: list[Value] = value
        return [plain(item) if is_json(item) else None for item in items]
    return value


def is_json(value: Value) -> bool:
    """Whether it is neither UNDEFINED nor a function."""
    return value is None or isinstance(value, (str, int, float, list, dict))


def number_text(value: float) -> str:
    """A number as JavaScript writes it: https://tc39.es/ecma262/#sec-numeric-types-number-tostring"""
    if type(value) is int and -SAFE <= value <= SAFE:
        return str(value)
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS times ten to the power of `point`.
    point = len(whole) + int(exponent or 0) if whole != "0" else int(exponent or 0) - (len(fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{point - 1:+d}"


class ExpressionFailure(Exception):  # noqa: N818 it becomes the EvaluationError that callers see
    """An error of JSONata with its code, and what its message names: `token`, `value`, `index`, ..."""

    def __init__(self, code: str, **named: Value) -> None:
        super().__init__(code)
        self.code = code
        self.named = named
