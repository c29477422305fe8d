"""Reading JSON of unknown shape: what is not of the wanted kind reads as empty, and the rules say so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard, cast

Object: TypeAlias = Mapping[str, object]
"""A JSON object. A definition is one; nothing in this package ever changes it."""

# Rules ask very often. A tuple of types is asked faster than a union, which is built anew each time.
_ARRAYS: tuple[type[Sequence[object]], ...] = (list, tuple)
_DICT: type[Object] = dict


def as_object(value: object) -> Object:
    """`value` when it is a JSON object, else an empty one."""
    if isinstance(value, _DICT):
        return value  # pyright: ignore[reportUnknownVariableType] a cast would take longer than the question
    # Any other Mapping is recognised slowly; what is asked for is mostly not there.
    return {} if value is None or isinstance(value, str) or not isinstance(value, Mapping) else cast(Object, value)


def as_list(value: object) -> Sequence[object]:
    """`value` when it is a JSON array, else an empty one."""
    return value if isinstance(value, _ARRAYS) else ()  # pyright: ignore[reportUnknownVariableType] as above


def as_text(value: object) -> str:
    """`value` when it is a JSON string, else an empty one."""
    return value if isinstance(value, str) else ""


NUMBERS = (int, float)
"""Made once: `int | float` in the place of its use is made anew each time, which takes longer than to ask."""


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether `value` is a JSON number; Python's `True` is not one."""
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def is_integer(value: object) -> TypeGuard[int]:
    """Whether `value` is a whole JSON number."""
    return isinstance(value, int) and not isinstance(value, bool)


def kind(value: object) -> str:
    """The JSON name of a value's type, for messages."""
    if isinstance(value, str):
        return "a string"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, _ARRAYS):
        return "an array"
    if isinstance(value, Mapping):
        return "an object"
    return "null" if value is None else "a number" if is_number(value) else f"a {type(value).__name__}"


def shown(value: object) -> str:
    """`value` for a message, as JSON spells it: strings and numbers, cut where they are long; of others the kind."""
    if isinstance(value, str):
        text = json.dumps(value if len(value) <= 120 else value[:117] + "...", ensure_ascii=False)
        # Half of a surrogate pair is no text that can be printed.
        return "'" + text[1:-1].replace('\\"', '"').encode("utf-8", "backslashreplace").decode() + "'"
    # Python refuses to print a whole number of more than 4,300 digits.
    if is_integer(value) and abs(value) > 10**30:
        return "a huge number"
    return json.dumps(value) if is_number(value) or isinstance(value, bool) else kind(value)
