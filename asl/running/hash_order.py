"""Values without duplicates in the order of a Java HashSet, in which States.ArrayUnique is seen to give them.

[true, false, true, false] comes to [false, true], and [[1, 2], [1, 2], [2, 1]] to [[2, 1], [1, 2]]: by the hash codes
of Java's values, not as they were met. 1 and 1.0 are two values, an integer and a double.

https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/HashSet.html
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeAlias, cast

_Known: TypeAlias = "dict[object, int]"
_Read: TypeAlias = "tuple[int, int]"
"""The hash code of a value, and a number that equal values share."""
_MASK = 0xFFFFFFFF


def unique(values: Sequence[object]) -> list[object]:
    """Each of `values` once."""
    known: _Known = {}
    met: dict[int, tuple[int, object]] = {}
    for value in values:
        code, number = _read(value, known)
        met.setdefault(number, (code ^ code >> 16, value))
    places = 16
    while len(met) * 4 > places * 3:
        places *= 2
    # In one place they stand as they were met, as after Python's sort.
    return [value for _, value in sorted(met.values(), key=lambda entry: entry[0] & (places - 1))]


def _read(value: object, known: _Known) -> _Read:
    # Without recursion, from the inside out.
    read: list[_Read] = []
    todo: list[tuple[object, bool]] = [(value, False)]
    while todo:
        one, has_inner = todo.pop()
        if has_inner:
            count = len(cast("list[object]", one))
            inner = read[len(read) - count :]
            del read[len(read) - count :]
            read.append(_of_list(inner, known) if isinstance(one, list) else _of_object(_names(one), inner, known))
        elif isinstance(one, list):
            todo += [(one, True), *((inner, False) for inner in reversed(cast("list[object]", one)))]
        elif isinstance(one, dict):
            fields = cast("dict[str, object]", one)
            todo += [(fields, True), *((fields[name], False) for name in reversed(fields))]
        else:
            read.append((_of_scalar(one), _number((type(one), one), known)))
    return read[0]


def _names(value: object) -> Sequence[str]:
    return list(cast("dict[str, object]", value))


def _number(key: object, known: _Known) -> int:
    return known.setdefault(key, len(known))


def _of_list(inner: Sequence[_Read], known: _Known) -> _Read:
    code = 1
    for each, _ in inner:
        code = (31 * code + each) & _MASK
    return code, _number((list, tuple(number for _, number in inner)), known)


def _of_object(names: Sequence[str], inner: Sequence[_Read], known: _Known) -> _Read:
    code = sum(_of_text(name) ^ each for name, (each, _) in zip(names, inner, strict=True)) & _MASK
    return code, _number((dict, frozenset(zip(names, (number for _, number in inner), strict=True))), known)


def _of_scalar(value: object) -> int:
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, float):
        bits = int.from_bytes(struct.pack(">d", value), "big")
        return (bits ^ bits >> 32) & _MASK
    if isinstance(value, int):
        return value & _MASK if -(2**31) <= value < 2**31 else _of_long(value)
    return _of_text(value) if isinstance(value, str) else 0


def _of_long(value: int) -> int:
    bits = value & (2**64 - 1)
    return (bits ^ bits >> 32) & _MASK


def _of_text(text: str) -> int:
    code = 0
    units = text.encode("utf-16-le", "surrogatepass")
    for unit in memoryview(units).cast("H"):
        code = (31 * code + unit) & _MASK
    return code
