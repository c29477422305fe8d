"""What of Python's values is JSON: what a definition may hold, and what an Output in it may turn out to be."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias, cast

import pulumi

from asl.syntax.python_words import written_by_mistake

Scalar: TypeAlias = "str | int | float | bool | None"


class UnfitError(Exception):
    """A value that cannot stand in a definition. Its text says what it is and what to write: `is a set: …`."""


def scalar(value: object) -> Scalar:
    """`value` as JSON has it: a member of an enum is its value, and a text of a subclass is a text.

    Raises:
        UnfitError: when it is none.
    """
    if isinstance(value, Enum):
        return scalar(value.value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if found := written_by_mistake(value):
            raise UnfitError(f"holds {found}: write the Output itself, or pulumi.Output.format('…{{0}}…', output)")
        # Not str(value), which a subclass answers as it likes.
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        raise UnfitError("is not a number (NaN) or infinite, which JSON cannot write: write a number, or null")
    raise UnfitError(_told(value))


def known_value(value: object) -> Any:
    """What an Output has turned out to be, as JSON.

    The engine knows no whole numbers, only such without a fraction:
    https://protobuf.dev/reference/protobuf/google.protobuf/#value

    Raises:
        UnfitError: when it, or something in it, is none.
    """
    if isinstance(value, Mapping):
        found = {scalar(key): known_value(inner) for key, inner in cast("Mapping[object, object]", value).items()}
        if not all(isinstance(key, str) for key in found):
            raise UnfitError("has a key that is no text")
        return found
    if isinstance(value, list | tuple):
        return [known_value(inner) for inner in cast("list[object]", value)]
    plain = scalar(value)
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def _told(value: object) -> str:
    if isinstance(value, pulumi.Output):
        return "is an Output inside another: join them by pulumi.Output.all"
    name = value.__name__ if isinstance(value, type) else type(value).__name__
    if isinstance(value, type):
        return f"is the class {name}: write what is made of it"
    if isinstance(value, set | frozenset):
        return f"is a {name}, which has no order: write a list"
    if isinstance(value, bytes | bytearray):
        return f"is of {name}: write text, such as its base64"
    if isinstance(value, datetime.date | datetime.time):
        return f"is a {name}: write its text, value.isoformat()"
    offered = [f".{form}" for form in ("arn", "name", "url", "id") if hasattr(value, form)]
    if offered:
        return f"is a {name}, which does not say how it is named here: write its {' or '.join(offered)}"
    if dataclasses.is_dataclass(value):
        return f"is a {name}: write dataclasses.asdict(…)"
    return f"is a {name}: write JSON values, components or Outputs"
