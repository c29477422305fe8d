"""CloudWatch's metric math and alarms, as far as the stack uses them: no emulator evaluates either.

Of the language: arithmetic, comparisons, AND, `IF` and `FILL` with a number. A value that is missing makes whatever is
reckoned from it missing, and `FILL` puts a number there, also where a metric has never been written:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Value: TypeAlias = float | None
Series: TypeAlias = Sequence[Value]
"""A value for each period, the oldest first; None where there is no data."""

OPERATORS: Mapping[type[ast.AST], Callable[[Any, Any], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Gt: lambda one, other: float(one > other),
    ast.GtE: lambda one, other: float(one >= other),
    ast.Lt: lambda one, other: float(one < other),
    ast.Eq: lambda one, other: float(one == other),
}
BREACHING: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def evaluate(expression: str, known: Mapping[str, Value]) -> Value:
    """What an expression comes to in one period.

    Raises:
        NotImplementedError: for what is not listed above.
        KeyError: for an id that is not known.
    """
    return _of(ast.parse(expression.replace(" AND ", " and "), mode="eval").body, known)


def _of(node: ast.expr, known: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return known[name]
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            one, other = _of(left, known), _of(right, known)
            return None if one is None or other is None else OPERATORS[type(op)](one, other)
        case ast.BoolOp(op=ast.And(), values=parts):
            values = [_of(part, known) for part in parts]
            return None if None in values else float(all(values))
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, ast.Constant(value=int() | float() as number)]):
            return number if (value := _of(filled, known)) is None else value
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            value = _of(condition, known)
            return None if value is None else _of(then if value else otherwise, known)
        case _:
            raise NotImplementedError(ast.unparse(node))


def rings(alarm: Mapping[str, Any], data: Mapping[str, Series]) -> bool:
    """Whether an alarm is in the state ALARM after its evaluation periods, with `data` by the metrics' names."""
    for series in data.values():
        assert len(series) == alarm["evaluationPeriods"]
    breaches = BREACHING[alarm["comparisonOperator"]]
    without_data = {"breaching": True, "notBreaching": False}[alarm["treatMissingData"]]
    values = [_watched(alarm, data, period) for period in range(int(alarm["evaluationPeriods"]))]
    bad = sum(without_data if value is None else breaches(value, alarm["threshold"]) for value in values)
    return bad >= alarm["datapointsToAlarm"]


def _watched(alarm: Mapping[str, Any], data: Mapping[str, Series], period: int) -> Value:
    def told(metric: str) -> Value:
        return data[metric][period] if metric in data else None

    if "metricName" in alarm:
        return told(alarm["metricName"])
    queries = alarm["metricQueries"]
    known = {query["id"]: told(query["metric"]["metricName"]) for query in queries if "metric" in query}
    (result,) = [query for query in queries if query.get("returnData")]
    return evaluate(result["expression"], known)
