"""How long values are as JSON text, which is how Step Functions counts them."""

from __future__ import annotations

import json

from asl.syntax.shapes import NUMBERS

MAX_BYTES = 262_144
"""Of a state's input or output: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def text(value: object) -> str:
    """`value` as JSON, as short as it can be written."""
    try:
        return _encode(value)
    except RecursionError:
        return "".join(_pieces(value))


def is_too_long(value: object) -> bool:
    """Whether `value` is longer than a state may take or give."""
    if _is_surely_short(value):
        return False
    written = text(value)
    # A character takes four bytes at most.
    return len(written) * 4 > MAX_BYTES and len(written.encode("utf-8", "surrogatepass")) > MAX_BYTES


_FEW, _SHORT = 32, 1_000


def _is_surely_short(value: object) -> bool:
    """Whether it holds so little that nobody needs to write it to know its length.

    A character takes six bytes at most, with its escape, and Python writes no number of more than 4,300 digits.
    """
    parts: list[object]
    if isinstance(value, dict):
        parts = [*value, *value.values()]  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        parts = value  # pyright: ignore[reportUnknownVariableType]
    else:
        parts = [value]
    if len(parts) > _FEW:
        return False
    for one in parts:
        if isinstance(one, str):
            if len(one) > _SHORT:
                return False
        elif one is not None and not isinstance(one, NUMBERS):
            return False
    return True


def _pieces(value: object) -> list[str]:
    """The text of what is nested deeper than Python's encoder goes."""
    pieces: list[str] = []
    todo: list[tuple[bool, object]] = [(True, value)]
    while todo:
        is_value, one = todo.pop()
        if not is_value:
            pieces.append(str(one))
        elif isinstance(one, dict) and one:
            rest: list[tuple[bool, object]] = [(False, "{")]
            for number, (key, inner) in enumerate(one.items()):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                rest += [(False, f"{',' if number else ''}{_encode(key)}:"), (True, inner)]
            todo += reversed([*rest, (False, "}")])
        elif isinstance(one, list) and one:
            rest = [(False, "[")]
            for number, inner in enumerate(one):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                rest += [(False, "," if number else ""), (True, inner)]
            todo += reversed([*rest, (False, "]")])
        else:
            pieces.append(_encode(one))
    return pieces
