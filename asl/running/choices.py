"""Choice rules: which of them holds for a state's input.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from asl.running import instants
from asl.running.data import expressions, wanted
from asl.running.failures import RUNTIME, Broken
from asl.running.frames import Frame
from asl.running.paths import PathError, reader
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number

Holds: TypeAlias = Callable[[Frame, object], bool]
"""Whether a rule holds for a frame and the state's effective input."""


def jsonata_rule(rule: Object, place: str) -> Holds:
    """A rule with a `Condition`, which stands at `place` in its state, `Choices[0]/`.

    Raises, when asked:
        Broken: where it gives no boolean.
    """
    field = f"{place}Condition"
    condition = expressions(rule.get("Condition"), field)

    def holds(frame: Frame, document: object) -> bool:
        found = condition(frame, frame.names())
        if not isinstance(found, bool):
            raise wanted(field, rule.get("Condition"), found, "boolean")
        return found

    return holds


def jsonpath_rule(rule: Object) -> Holds:
    """A rule with `And`, `Or`, `Not` or a comparison of its `Variable`."""
    if "And" in rule:
        every = [jsonpath_rule(as_object(one)) for one in as_list(rule["And"])]
        return lambda frame, document: all(one(frame, document) for one in every)
    if "Or" in rule:
        some = [jsonpath_rule(as_object(one)) for one in as_list(rule["Or"])]
        return lambda frame, document: any(one(frame, document) for one in some)
    if "Not" in rule:
        inner = jsonpath_rule(as_object(rule["Not"]))
        return lambda frame, document: not inner(frame, document)
    return _comparison(rule)


def _comparison(rule: Object) -> Holds:
    variable = as_text(rule.get("Variable"))
    name, wants = next(((key, value) for key, value in rule.items() if key in _TESTS or _of_path(key)), ("", None))
    read = reader(variable)
    if name == "IsPresent":
        return lambda frame, document: _is_present(read, frame, document) is wants
    value = _value(variable)
    if not _of_path(name):
        test = _TESTS[name]
        return lambda frame, document: test(value(frame, document), wants)
    test, other = _TESTS[name.removesuffix("Path")], _value(as_text(wants))
    return lambda frame, document: test(value(frame, document), other(frame, document))


def _of_path(key: str) -> bool:
    return key.endswith("Path") and key.removesuffix("Path") in _COMPARISONS


def _is_present(read: Callable[..., object], frame: Frame, document: object) -> bool:
    try:
        read(frame.data(document))
    except PathError:
        return False
    return True


def _value(path: str) -> Callable[[Frame, object], object]:
    read = reader(path)

    def value(frame: Frame, document: object) -> object:
        try:
            return read(frame.data(document))
        except PathError as error:
            detail = f"Invalid path '{path}': The choice state's condition path references an invalid value."
            raise Broken(RUNTIME, detail) from error

    return value


def _among(type: str, compare: Callable[..., bool]) -> Callable[[object, object], bool]:
    """A comparison of two values of one type. Any other value compares to nothing."""
    convert = _CONVERT[type]

    def test(value: object, wants: object) -> bool:
        left, right = convert(value), convert(wants)
        return left is not None and right is not None and compare(left, right)

    return test


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | float | None:
    return value if is_number(value) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _instant(value: object) -> float | None:
    return instants.read(value) if isinstance(value, str) else None


_CONVERT: Mapping[str, Callable[[object], object]] = {
    "String": _string,
    "Numeric": _number,
    "Timestamp": _instant,
    "Boolean": _boolean,
}
_ORDERS: Mapping[str, Callable[..., bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    f"{type}{order}": _among(type, compare)
    for type in _CONVERT
    for order, compare in _ORDERS.items()
    if type != "Boolean" or order == "Equals"
}


def _matches(value: object, pattern: object) -> bool:
    return isinstance(value, str) and isinstance(pattern, str) and _pattern(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern in which `*` stands for any characters, and `\\\\*` for the asterisk itself.

    What stands between two asterisks is looked for once, where it comes first: trying all places is exponential.
    """
    pieces = re.findall(r"\\[\\*]|\*|[^\\*]+|\\", text, re.DOTALL)
    parts = [""]
    for piece in pieces:
        if piece == "*":
            parts.append("")
        else:
            parts[-1] += re.escape(piece[-1] if piece in ("\\*", "\\\\") else piece)
    first, *between = parts
    if not between:
        return re.compile(first, re.DOTALL)
    last = between.pop()
    return re.compile(first + "".join(f"(?>.*?{part})" for part in between if part) + f".*{last}", re.DOTALL)


def _is(test: Callable[[object], bool]) -> Callable[[object, object], bool]:
    return lambda value, wants: test(value) is wants


_TESTS: Mapping[str, Callable[[object, object], bool]] = {
    **_COMPARISONS,
    "StringMatches": _matches,
    "IsPresent": _is(lambda value: True),
    "IsNull": _is(lambda value: value is None),
    "IsString": _is(lambda value: isinstance(value, str)),
    "IsNumeric": _is(is_number),
    "IsBoolean": _is(lambda value: isinstance(value, bool)),
    "IsTimestamp": _is(lambda value: _instant(value) is not None),
}
