"""The operators between two values: https://docs.jsonata.org/2.0.0/numeric-operators and the pages beside it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from asl.running.jsonata.calling import MAX_NUMBERS, MAX_TEXT, Frame, Run
from asl.running.jsonata.texts import text, units
from asl.running.jsonata.values import (
    LIST,
    SAFE,
    UNDEFINED,
    ExpressionFailure,
    Sequence,
    Value,
    equal,
    is_number,
    number,
    same,
    settled,
    truth,
)


def _arithmetic(token: str, compute: Callable[[float, float], float]) -> Callable[[Run, Run], Run]:
    """`+`, `-`, `*`, `/` and `%`, of JavaScript's numbers."""

    def made(left: Run, right: Run) -> Run:
        def evaluate(context: Value, frame: Frame) -> Value:
            one, other = left(context, frame), right(context, frame)
            if one is not UNDEFINED and not is_number(one):
                raise ExpressionFailure("T2001", value=one, token=token)
            if other is not UNDEFINED and not is_number(other):
                raise ExpressionFailure("T2002", value=other, token=token)
            if one is UNDEFINED or other is UNDEFINED:
                return UNDEFINED
            result = compute(one, other)
            if type(result) is float:
                return number(result)
            return result if -SAFE <= result <= SAFE else number(compute(float(one), float(other)))

        return evaluate

    return made


def _divided(one: float, other: float) -> float:
    if other:
        return one / other
    if one == 0 or one != one:
        return math.nan
    return math.copysign(math.inf, math.copysign(1, one) * math.copysign(1, other))


def _remainder(one: float, other: float) -> float:
    """JavaScript's, which has the sign of the dividend."""
    return math.fmod(one, other) if other else math.nan


def _comparison(token: str, holds: Callable[[Any, Any], bool]) -> Callable[[Run, Run], Run]:
    def made(left: Run, right: Run) -> Run:
        def evaluate(context: Value, frame: Frame) -> Value:
            one, other = left(context, frame), right(context, frame)
            if type(one) is int and type(other) is int:
                return holds(one, other)
            if not (_is_ordered(one) and _is_ordered(other)):
                shown = other if isinstance(one, str) or type(one) in (int, float) else one
                raise ExpressionFailure("T2010", value=shown, token=token)
            if one is UNDEFINED or other is UNDEFINED:
                return UNDEFINED
            if isinstance(one, str) != isinstance(other, str):
                raise ExpressionFailure("T2009", value=one, value2=other, token=token)
            return holds(order(one), order(other))

        return evaluate

    return made


def _is_ordered(value: Value) -> bool:
    return value is UNDEFINED or isinstance(value, str) or type(value) in (int, float)


def order(value: Value) -> Any:
    """What a number or text is ordered by: JavaScript compares texts by their units of UTF-16."""
    if isinstance(value, str) and not value.isascii() and max(value) > "\uffff":
        return units(value)
    return value


def _equals(left: Run, right: Run) -> Run:
    def evaluate(context: Value, frame: Frame) -> Value:
        one, other = left(context, frame), right(context, frame)
        return one is not UNDEFINED and other is not UNDEFINED and equal(one, other)

    return evaluate


def _differs(left: Run, right: Run) -> Run:
    def evaluate(context: Value, frame: Frame) -> Value:
        one, other = left(context, frame), right(context, frame)
        return one is not UNDEFINED and other is not UNDEFINED and not equal(one, other)

    return evaluate


def _concatenation(left: Run, right: Run) -> Run:
    def evaluate(context: Value, frame: Frame) -> Value:
        one, other = left(context, frame), right(context, frame)
        result = ("" if one is UNDEFINED else text(one)) + ("" if other is UNDEFINED else text(other))
        if len(result) > MAX_TEXT:
            raise ExpressionFailure("memory")
        return result

    return evaluate


def _range(left: Run, right: Run) -> Run:
    def evaluate(context: Value, frame: Frame) -> Value:
        first, last = left(context, frame), right(context, frame)
        if first is not UNDEFINED and not _is_whole(first):
            raise ExpressionFailure("T2003", value=first)
        if last is not UNDEFINED and not _is_whole(last):
            raise ExpressionFailure("T2004", value=last)
        if first is UNDEFINED or last is UNDEFINED or first > last:
            return UNDEFINED
        size = int(last) - int(first) + 1
        if size > 10_000_000:
            raise ExpressionFailure("D2014", value=size)
        if size > MAX_NUMBERS:
            raise ExpressionFailure("memory")
        return settled(Sequence(range(int(first), int(last) + 1)))

    return evaluate


def _is_whole(value: Value) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def _contained(left: Run, right: Run) -> Run:
    def evaluate(context: Value, frame: Frame) -> Value:
        one, other = left(context, frame), right(context, frame)
        if one is UNDEFINED or other is UNDEFINED:
            return False
        items: list[Value] = other if isinstance(other, LIST) else [other]
        return any(same(item, one) for item in items)

    return evaluate


def _both(left: Run, right: Run) -> Run:
    right = _named("and", right)
    return lambda context, frame: truth(left(context, frame)) and truth(right(context, frame))


def _either(left: Run, right: Run) -> Run:
    right = _named("or", right)
    return lambda context, frame: truth(left(context, frame)) or truth(right(context, frame))


def _named(token: str, right: Run) -> Run:
    """The right side of `and` or `or`: whatever fails in it is told as the operator's failure."""

    def evaluate(context: Value, frame: Frame) -> Value:
        try:
            return right(context, frame)
        except ExpressionFailure as failure:
            failure.named["token"] = token
            raise

    return evaluate


OPERATORS: dict[str, Callable[[Run, Run], Run]] = {
    "+": _arithmetic("+", operator.add),
    "-": _arithmetic("-", operator.sub),
    "*": _arithmetic("*", operator.mul),
    "/": _arithmetic("/", _divided),
    "%": _arithmetic("%", _remainder),
    "<": _comparison("<", operator.lt),
    "<=": _comparison("<=", operator.le),
    ">": _comparison(">", operator.gt),
    ">=": _comparison(">=", operator.ge),
    "=": _equals,
    "!=": _differs,
    "&": _concatenation,
    "..": _range,
    "in": _contained,
    "and": _both,
    "or": _either,
}
