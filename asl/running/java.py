"""Values as texts, as Java and Jackson write them: Step Functions' numbers and formatted values look like that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import cast

from asl.running.sizes import text

_ODD = re.compile(r"\de[+-]?\d|\d{8}\.|0\.000")
"""What Python may have written in another way: some of the numbers with a fraction."""
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def java_text(value: object) -> str:
    """A value as `toString` writes it, `{Id=1, Tags=[a, b]}`: strings bare, at every depth."""
    return _written(value, string=str, between=", ", equals="=")


def node_text(value: object) -> str:
    """A value as a node of Jackson's writes it: JSON, but a string bare."""
    return value if isinstance(value, str) else json_text(value)


def json_text(value: object) -> str:
    """A value as JSON without blanks, its numbers as Java writes them."""
    written = text(value)
    if not _ODD.search(written):
        return written
    return _written(value, string=_quoted, between=",", equals=":")


def _written(value: object, *, string: Callable[[str], str], between: str, equals: str) -> str:
    # Without recursion: data may be nested as deep as it likes.
    pieces: list[str] = []
    todo: list[tuple[bool, object]] = [(False, value)]
    while todo:
        is_done, one = todo.pop()
        if is_done:
            pieces.append(cast("str", one))
        elif isinstance(one, str):
            pieces.append(string(one))
        elif isinstance(one, dict):
            fields = cast("dict[str, object]", one)
            inner = [((True, f"{between if index else ''}{string(name)}{equals}"), (False, fields[name]))
                     for index, name in enumerate(fields)]  # fmt: skip
            todo += reversed([(True, "{"), *(piece for pair in inner for piece in pair), (True, "}")])
        elif isinstance(one, list):
            elements = cast("list[object]", one)
            listed = [((True, between if index else ""), (False, element)) for index, element in enumerate(elements)]
            todo += reversed([(True, "["), *(piece for pair in listed for piece in pair), (True, "]")])
        else:
            pieces.append(_scalar(one))
    return "".join(pieces)


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _double(value) if isinstance(value, float) else str(value)


def _double(value: float) -> str:
    """https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Double.html#toString(double)"""
    if not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return str(value)
    sign, digits, _ = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0")
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{Decimal(repr(value)).adjusted()}"
