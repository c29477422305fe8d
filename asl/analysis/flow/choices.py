"""Which rule of a JSONPath Choice can be true, as far as the data is known."""

from __future__ import annotations

from asl.analysis.flow.jsonpath import value_of
from asl.analysis.flow.shapes import NESTED, Anything, Missing, Scalar, Shape
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number

MAX_DEPTH = 100
FAMILIES = {"String": "string", "Timestamp": "string", "Numeric": "number", "Boolean": "boolean"}
"""The kind of data that an operator's first word compares."""


def verdict(rule: Object, data: Shape, depth: int = 0) -> bool | None:
    """Whether `rule` is true where `data` is the effective input; None where that depends on what is not known."""
    if depth >= MAX_DEPTH:
        return None
    if "Not" in rule:
        inner = verdict(as_object(rule["Not"]), data, depth + 1)
        return None if inner is None else not inner
    for name, wanted in (("And", False), ("Or", True)):
        if name in rule:
            parts = [verdict(as_object(part), data, depth + 1) for part in as_list(rule[name])]
            return wanted if wanted in parts else None if None in parts else not wanted
    return _compared(rule, value_of(as_text(rule.get("Variable")), data))


def _compared(rule: Object, found: Shape | Missing) -> bool | None:
    if isinstance(found, Missing):
        # To compare what is not there fails the execution, so no rule leads on.
        return None if found.documented else rule.get("IsPresent") is False
    if isinstance(found, Anything):
        return None
    operator = operator_of(rule)
    if can_be_true(operator, found) is False:
        return False
    if operator.endswith("Equals") and isinstance(found, Scalar) and found.value is not None:
        wanted = rule[operator]
        return _compare(operator, found.value, wanted)
    return None


def _compare(operator: str, value: str | int | float | bool, wanted: object) -> bool | None:
    if is_number(value) and is_number(wanted):
        answers = {
            "NumericEquals": value == wanted,
            "NumericLessThanEquals": value <= wanted,
            "NumericGreaterThanEquals": value >= wanted,
        }
        return answers.get(operator)
    return value == wanted if operator in ("StringEquals", "BooleanEquals") else None


def operator_of(rule: Object) -> str:
    """The comparison that `rule` makes; empty where it makes none."""
    known = (name for name in rule if name.startswith((*FAMILIES, "Is")))
    return next(known, "")


def can_be_true(operator: str, found: Shape) -> bool | None:
    """False where `operator` compares another kind than `found` is; None where that cannot be said."""
    wanted = next((kind for family, kind in FAMILIES.items() if operator.startswith(family)), "")
    if not wanted or isinstance(found, Anything):
        return None
    is_other = isinstance(found, NESTED) or found.kind != wanted
    return False if is_other else None
