"""Filters of paths, `?(@.price < 10 && @.category == 'fiction')`, as Jayway's JsonPath 2.0.0 has them.

It knows ==, !=, <, <=, >, >=, =~ and whether a path leads to something, joined by && before ||; parentheses mean
nothing to it, and what is no path, text in single quotes or pattern is compared as the text it is written as.

https://github.com/json-path/JsonPath/blob/json-path-2.0.0/json-path/src/main/java/com/jayway/jsonpath/Criteria.java
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from asl.running.blocked import BlockedError, NothingThereError
from asl.running.java import node_text
from asl.syntax.paths import Segment, parse_path, segments
from asl.syntax.shapes import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.running.walks import Walk

Test: TypeAlias = Callable[[object, object], bool]
"""Whether an element passes; the second is the document."""
Value: TypeAlias = Callable[[object, object], object]
Compile: TypeAlias = "Callable[[Sequence[Segment]], Walk]"

_OPERATORS = ("==", ">=", "<=", "!=", "<", ">", "=~")
"""In the order in which Jayway looks for them."""
_PATTERN = re.compile(r"/(.*)/(i?)", re.DOTALL)


class Pattern(NamedTuple):
    """What stands between slashes."""

    written: re.Pattern[str]


class IncomparableError(Exception):
    """Two values that Jayway does not compare: the criterion is not met, != neither."""


def test_of(text: str, compile: Compile) -> Test:
    """The test that a filter writes, without its brackets and question mark; `compile` makes walks of its paths.

    Raises:
        ValueError: for what is no filter.
    """
    inner = text.removeprefix("(").removesuffix(")")
    # From the last to the first, as Jayway asks them: one of them may not come to an answer.
    tests = [
        [_criterion(one.strip(" ()"), compile) for one in reversed(all_of.split("&&"))]
        for all_of in reversed(inner.split("||"))
    ]
    if len(tests) == len(tests[0]) == 1:
        return tests[0][0]
    return lambda one, document: any(all(test(one, document) for test in all_of) for all_of in tests)


def _criterion(text: str, compile: Compile) -> Test:
    operator = next((operator for operator in _OPERATORS if operator in text), "")
    if not operator:
        return _exists(text, compile)
    left, right = text.split(operator, 1)
    return _compared(_value(left.strip(), compile), operator, _value(right.strip(), compile))


def _exists(text: str, compile: Compile) -> Test:
    if not text.removeprefix("!").startswith(("@", "$")):
        raise ValueError(f"'{text[:40]}' compares nothing")
    path = _path(text.removeprefix("!"), compile)
    wanted = not text.startswith("!")
    return lambda one, document: (_found(path, one, document) is not None) == wanted


def _found(path: Value, one: object, document: object) -> object:
    try:
        return path(one, document)
    except NothingThereError:
        return None


def _path(text: str, compile: Compile) -> Value:
    written = f"${text[1:]}"
    parts = segments(written)
    if parse_path(written).problem or not all(part.single for part in parts):
        raise ValueError(f"the path {text[:40]} of a filter has to lead to one value")
    walk = compile(parts)
    of_document = text.startswith("$")

    def value(one: object, document: object) -> object:
        found: list[object] = []
        walk(document if of_document else one, document, found)
        return found[0]

    return value


def _value(text: str, compile: Compile) -> Value:
    if text.startswith(("@", "$")):
        return _path(text, compile)
    constant: object = text
    if len(text) > 1 and text[0] == text[-1] == "'":
        constant = text[1:-1]
    elif pattern := _PATTERN.fullmatch(text):
        try:
            constant = Pattern(re.compile(pattern[1], re.IGNORECASE if pattern[2] else 0))
        except re.error as problem:
            raise ValueError(f"'{text[:40]}' is no pattern: {problem}") from None
    return lambda one, document: constant


def _compared(left: Value, operator: str, right: Value) -> Test:
    compare = _COMPARISONS[operator]

    def test(one: object, document: object) -> bool:
        try:
            value = left(one, document)
            return compare(right(one, document), value)
        except (NothingThereError, IncomparableError):
            return False

    return test


def _order(expected: object, value: object) -> int:
    """How `expected` stands to `value`: less than 0, 0, more than 0."""
    no_expected, no_value = expected is None or expected == "null", value is None or value == "null"
    if no_expected or no_value:
        return no_value - no_expected
    if isinstance(expected, str) and isinstance(value, bool):
        expected = expected.lower() == "true"
    if isinstance(expected, str) and isinstance(value, str):
        expected = expected.replace("\\'", "'")
        return (expected > value) - (expected < value)
    if isinstance(expected, bool) and isinstance(value, bool):
        return expected - value
    if isinstance(expected, str) or is_number(expected):
        if not is_number(value):
            raise IncomparableError
        first, second = _decimal(str(expected)), Decimal(str(value))
        return (first > second) - (first < second)
    raise IncomparableError


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_nan():
        raise BlockedError(f"'{text}' cannot be compared with a number", tells_way=False)
    return number


def _ordered(fits: Callable[[int], bool]) -> Callable[[object, object], bool]:
    return lambda expected, value: (expected is None) == (value is None) and fits(_order(expected, value))


def _matches(expected: object, value: object) -> bool:
    pattern, text = (value, expected) if isinstance(value, Pattern) else (expected, value)
    if not isinstance(pattern, Pattern):
        raise IncomparableError
    return text is not None and pattern.written.fullmatch(node_text(text)) is not None


_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "==": lambda expected, value: _order(expected, value) == 0,
    "!=": lambda expected, value: _order(expected, value) != 0,
    ">": _ordered(lambda order: order < 0),
    ">=": _ordered(lambda order: order <= 0),
    "<": _ordered(lambda order: order > 0),
    "<=": _ordered(lambda order: order >= 0),
    "=~": _matches,
}
