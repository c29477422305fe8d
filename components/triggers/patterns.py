"""Which events or records a trigger takes: an event pattern, held against what EventBridge reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from asl.syntax.hints import nearest

from .parts import TriggerRefusedError

OPERATORS = ("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard")
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"""
COMPARISONS = ("<", "<=", "=", ">", ">=")


def require_pattern(trigger: str, pattern: object, *, of_pipe: bool = False) -> None:
    """Hold a pattern against what EventBridge takes, of which a pipe takes less. Outputs in it may be anything.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html

    Raises:
        TriggerRefusedError: for a pattern that AWS would refuse, naming the place.
    """
    if wrong := next(_wrong_with_fields(pattern, "pattern", of_pipe), None):
        raise TriggerRefusedError(f"{trigger}: {wrong}")


def _wrong_with_fields(pattern: object, place: str, of_pipe: bool) -> Iterator[str]:
    if isinstance(pattern, pulumi.Output):
        return
    if not isinstance(pattern, Mapping) or not pattern:
        yield f"{place} is {pattern!r}, and a pattern lists the values of a field: write [{pattern!r}]"
        return
    fields: Mapping[str, Any] = pattern
    for name, given in fields.items():
        where = f"{place}.{name}"
        if isinstance(given, list | tuple):
            if not given:
                yield f"{where} is empty, and nothing would match it: list what it may be, or leave it out"
            judge = _wrong_with_fields if name == "$or" else _wrong_with_value
            for value in given:
                yield from judge(value, where, of_pipe)
        else:
            yield from _wrong_with_fields(given, where, of_pipe)


def _wrong_with_value(value: object, place: str, of_pipe: bool) -> Iterator[str]:
    """A value that a field may have, or one comparison with it."""
    if value is None or isinstance(value, str | int | float | pulumi.Output):
        return
    if not isinstance(value, Mapping) or len(value) != 1:
        yield f"{place} lists {value!r}, and a value is a text, a number, true, false, null or one comparison"
        return
    ((operator, operand),) = value.items()
    if operator not in OPERATORS:
        yield f"{place}: there is no comparison {operator!r}{nearest(str(operator), OPERATORS)}"
    elif operator == "exists" and not isinstance(operand, bool | pulumi.Output):
        yield f"{place}: `exists` is true or false, not {operand!r}"
    elif operator == "numeric" and not _is_numeric(operand):
        yield f"{place}: `numeric` is one or two comparisons with numbers, such as ['>', 0, '<=', 5], not {operand!r}"
    elif of_pipe and (operator == "wildcard" or (operator == "anything-but" and isinstance(operand, Mapping))):
        yield f"{place}: a pipe does not know {operator!r} of this form, which is for rules: compare otherwise"


def _is_numeric(operand: object) -> bool:
    if isinstance(operand, pulumi.Output):
        return True
    if not isinstance(operand, list | tuple) or len(operand) not in (2, 4):
        return False
    with_numbers = (isinstance(one, int | float | pulumi.Output) and not isinstance(one, bool) for one in operand[1::2])
    return all(one in COMPARISONS for one in operand[::2]) and all(with_numbers)
