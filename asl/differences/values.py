"""Comparing values, and saying them in a few words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from asl.syntax.shapes import Object, as_list, as_object, is_number

_LONGEST = 60


def same(one: object, other: object) -> bool:
    """Whether two values are the same JSON; the order of keys does not count. In Python alone True equals 1."""
    if is_number(one) and is_number(other):
        return one == other
    return canonical(one) == canonical(other)


def canonical(value: object) -> str:
    """A text that two values share just when they are the same JSON."""
    return json.dumps(value, sort_keys=True, default=str)


def shown(value: object) -> str:
    """A value in a few words, on one line."""
    if _is_object(value):
        return f"an object of {len(as_object(value))} fields"
    if _is_list(value):
        return f"an array of {len(as_list(value))} elements"
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def named(value: object) -> str:
    """The name of a state, an error or a variable; where that is no text, what stands in its place."""
    return value if isinstance(value, str) else "no state" if value is None else shown(value)


def leaves(old: object, new: object, path: str) -> Iterator[str]:
    """In words, what is different between two values at `path`."""
    if same(old, new):
        return
    if _is_object(old) and _is_object(new):
        before, after = as_object(old), as_object(new)
        for key in (*before, *(key for key in after if key not in before)):
            yield from _at_key(before, after, key, f"{path}.{key}")
    elif _is_list(old) and _is_list(new) and len(as_list(old)) == len(as_list(new)):
        for index, pair in enumerate(zip(as_list(old), as_list(new), strict=True)):
            yield from leaves(*pair, f"{path}[{index}]")
    else:
        before, after = shown(old), shown(new)
        yield f"{path} {before} → {after}" if before != after else f"{path} is another value that begins {before}"


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _at_key(before: Object, after: Object, key: str, path: str) -> Iterator[str]:
    if key not in after:
        yield f"{path} removed, was {shown(before[key])}"
    elif key not in before:
        yield f"{path} added: {shown(after[key])}"
    else:
        yield from leaves(before[key], after[key], path)
