"""Values as texts: what $string and & write, and what messages show."""

from __future__ import annotations

import math
import re
import sys
from array import array
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from json.encoder import encode_basestring
from typing import Any, cast

from asl.running.jsonata.values import (
    DICT,
    LIST,
    UNDEFINED,
    ExpressionFailure,
    Value,
    is_json,
    is_number,
    number_text,
)

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
_SURROGATE = re.compile("[\ud800-\udfff]")
_quoted = cast("Any", encode_basestring)


def text(value: Value, *, pretty: bool = False) -> str:
    """`value` as $string and & have it: https://docs.jsonata.org/string-functions#string

    Raises:
        ExpressionFailure: D3001 for a number that JSON does not have.
    """
    kind: Any = value.__class__
    if kind is str:
        return value
    if kind is int or kind is float:
        if not -1e308 < value < 1e308 and not abs(value) < math.inf:
            raise ExpressionFailure("D3001", value=value)
        return _as_string(value) or ""
    if not is_json(value):
        return ""
    pieces: list[str] = []
    _write(value, pieces.append, 2 if pretty else 0, "\n" if pretty else "", _as_string)
    return "".join(pieces)


def json_text(value: Value) -> str:
    """`value` as JavaScript's JSON.stringify has it, which messages show."""
    if not is_json(value):
        return "undefined"
    pieces: list[str] = []
    _write(value, pieces.append, 0, "", _as_json)
    return "".join(pieces)


def quoted(value: str) -> str:
    """A text as JSON, with nothing escaped that need not be."""
    result: str = _quoted(value)
    if not value.isascii():
        result = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", result)
    return result


def units(value: str) -> str:
    """A text as JavaScript has it: each letter beyond the first plane is two."""
    if value.isascii() or max(value) <= "\uffff":
        return value
    return "".join(map(chr, array("H", value.encode(f"utf-16-{sys.byteorder[0]}e", "surrogatepass"))))


def letters(value: str) -> str:
    """The text that `units` took apart."""
    return (
        value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _SURROGATE.search(value) else value
    )


def rounded(value: float) -> float:
    """A number with at most 15 digits, halves away from zero, as JavaScript's toPrecision(15) rounds."""
    if type(value) is int and -(10**15) < value < 10**15:
        return value
    if float(f"{value:.14g}") == value:
        return value
    return float(_FIFTEEN.create_decimal(Decimal(value)))


def _as_string(value: Value) -> str | None:
    """A number or function inside of what $string writes."""
    if type(value) is float or type(value) is int:
        # Rounding the greatest number there is makes it infinite.
        shown = rounded(value) if is_number(value) else value
        return number_text(shown) if abs(shown) < math.inf else "null"
    return None if value is UNDEFINED else '""'


def _as_json(value: Value) -> str | None:
    if type(value) is float and not abs(value) < math.inf:
        return "null"
    return number_text(value) if type(value) is int or type(value) is float else None


def _write(value: Value, put: Callable[[str], object], indent: int, line: str, other: Any) -> None:
    """`put` the pieces of `value` as JSON; `other` writes numbers and what is no JSON."""
    if value is None:
        put("null")
    elif type(value) is bool:
        put("true" if value else "false")
    elif type(value) is str:
        put(quoted(value))
    elif isinstance(value, LIST):
        inner, between = line + " " * indent, "["
        for item in value:
            put(between + inner)
            _write(item, put, indent, inner, other)
            between = ","
        put(f"{line}]" if value else "[]")
    elif isinstance(value, DICT):
        inner, between = line + " " * indent, "{"
        for key, item in value.items():
            if is_json(item) or other(item) is not None:
                put(f"{between}{inner}{quoted(key)}:{' ' * (indent > 0)}")
                _write(item, put, indent, inner, other)
                between = ","
        put(f"{line}}}" if between == "," else "{}")
    else:
        put(other(value) or "null")
