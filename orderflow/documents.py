"""JSON from elsewhere, whose shape nobody vouches for."""

from __future__ import annotations

import json
from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def parse(text: str | None) -> Any:
    """The JSON value in `text`; `text` itself where it is none."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


def parse_object(text: str | None) -> dict[str, Any]:
    """The JSON object in `text`; empty where there is none."""
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if is_object(value) else {}


def at(value: Any, *path: str) -> Any:
    """What stands at `path`, or None."""
    for key in path:
        value = value.get(key) if is_object(value) else None
    return value


def text_at(value: Any, *path: str) -> str | None:
    """The text at `path`; None where there is nothing, or something else."""
    found = at(value, *path)
    return found if isinstance(found, str) else None


def int_at(value: Any, *path: str) -> int | None:
    """The whole number at `path`; None where there is nothing, or something else."""
    found = at(value, *path)
    return found if type(found) is int else None
