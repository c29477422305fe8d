"""Functions of numbers and booleans: https://docs.jsonata.org/2.0.0/numeric-functions"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from asl.running.jsonata.values import LIST, SAFE, UNDEFINED, ExpressionFailure, Value, number, number_text, truth

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?", re.ASCII)
_OTHER_BASE = re.compile(r"^(0[xX][0-9A-Fa-f]+)|(0[oO][0-7]+)|(0[bB][0-1]+)$")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def to_number(value: Value) -> Value:
    if value is UNDEFINED or type(value) is int or type(value) is float:
        return value
    if type(value) is bool:
        return int(value)
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) and math.isfinite(parsed := float(value)):
            return number(parsed)
        if _OTHER_BASE.search(value):
            return _of_base(value)
    raise ExpressionFailure("D3030", value=value, index=1)


def _of_base(value: str) -> Value:
    try:
        return number(float(int(value.strip(), 0))) if value.strip()[:1] == "0" and "_" not in value else math.nan
    except ValueError:
        return math.nan


def absolute(value: Value) -> Value:
    return value if value is UNDEFINED else abs(value)


def floor(value: Value) -> Value:
    return value if value is UNDEFINED or _is_whole(value) else math.floor(value)


def ceil(value: Value) -> Value:
    return value if value is UNDEFINED or _is_whole(value) else math.ceil(value)


def _is_whole(value: float) -> bool:
    """Whether nothing is left to round, be it that it is no number."""
    return type(value) is int or not abs(value) <= SAFE


def to_round(value: Value, precision: Value = UNDEFINED) -> Value:
    """Halves go to the even neighbour. The point is moved in the number's text, so that 1.005 is what it looks like."""
    if value is UNDEFINED:
        return value
    if precision is UNDEFINED or precision == 0:
        return _half_even(value)
    return number(_shifted(_half_even(_shifted(value, precision)), -precision) + 0.0)


def _shifted(value: float, places: float) -> float:
    mantissa, _, exponent = number_text(value).partition("e")
    try:
        return float(f"{mantissa}e{int(exponent or 0) + places}")
    except ValueError:
        return math.nan


def _half_even(value: float) -> Value:
    return value if _is_whole(value) else round(value)


def average(values: Value) -> Value:
    return UNDEFINED if values is UNDEFINED or not values else number(_total(values) / len(values))


def total(values: Value) -> Value:
    if values is UNDEFINED:
        return values
    result = _total(values)
    return result if type(result) is int and -SAFE <= result <= SAFE else number(float(result))


def _total(values: Iterable[float]) -> float:
    # Number by number: Python's sum of floats is more exact from version 3.12 on.
    result = 0
    for value in values:
        result += value
    return result


def highest(values: Value) -> Value:
    return UNDEFINED if values is UNDEFINED or not values else max(values)


def lowest(values: Value) -> Value:
    return UNDEFINED if values is UNDEFINED or not values else min(values)


def square_root(value: Value) -> Value:
    if value is UNDEFINED:
        return value
    if value < 0:
        raise ExpressionFailure("D3060", value=value, index=1)
    return number(math.sqrt(value))


def power(base: Value, exponent: Value) -> Value:
    if base is UNDEFINED:
        return base
    result = _power(base, exponent)
    if not math.isfinite(result):
        raise ExpressionFailure("D3061", value=base, exp=exponent, index=1)
    return number(result)


def _power(base: float, exponent: Value) -> float:
    try:
        if type(base) is int and type(exponent) is int and 0 <= exponent <= 1024:
            return float(base**exponent)
        return math.nan if exponent is UNDEFINED else math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:  # zero to a negative power, or a root of a negative number
        return math.inf if base == 0 else math.nan


def format_base(value: Value, base: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return value
    whole, radix = _half_even(value), 10 if base is UNDEFINED else _half_even(base)
    if not 2 <= radix <= 36:
        raise ExpressionFailure("D3100", value=radix)
    if not math.isfinite(whole) or radix == 10:
        return number_text(whole)
    rest, digits = abs(int(whole)), ""
    while rest:
        rest, digit = divmod(rest, radix)
        digits = _DIGITS[digit] + digits
    return "-" * (whole < 0) + (digits or "0")


def to_boolean(value: Value) -> Value:
    if isinstance(value, LIST) and len(value) == 1:
        return to_boolean(value[0])
    return value if value is UNDEFINED else truth(value)


def negation(value: Value) -> Value:
    return value if value is UNDEFINED else not truth(value)
