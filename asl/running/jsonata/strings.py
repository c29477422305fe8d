"""Functions of texts: https://docs.jsonata.org/2.0.0/string-functions"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import quote

from asl.running.jsonata.calling import MAX_TEXT, Evaluation, apply
from asl.running.jsonata.matching import matches
from asl.running.jsonata.texts import letters, text, units
from asl.running.jsonata.values import UNDEFINED, Array, ExpressionFailure, Object, Sequence, Value


def string(value: Value, pretty: Value = False) -> Value:
    return UNDEFINED if value is UNDEFINED else text(value, pretty=pretty is True)


def substring(value: Value, start: Value, length: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return value
    if start is UNDEFINED:
        return "" if length is not UNDEFINED else value
    size = len(value)
    if size + start < 0:
        start = 0
    if length is UNDEFINED:
        return value[_index(start) :]
    if length <= 0:
        return ""
    end = start + length if start >= 0 else size + start + length
    return value[_index(start) : _index(end)]


def _index(position: float) -> int:
    """A position as JavaScript's slices take it."""
    return int(position)


def substring_before(value: Value, part: Value) -> Value:
    if value is UNDEFINED or part is UNDEFINED:
        return value
    return value.partition(part)[0] if part else ""


def substring_after(value: Value, part: Value) -> Value:
    if value is UNDEFINED or not part:
        return value
    before, found, after = value.partition(part)
    return after if found else before


def lowercase(value: Value) -> Value:
    return value if value is UNDEFINED else value.lower()


def uppercase(value: Value) -> Value:
    return value if value is UNDEFINED else value.upper()


def length(value: Value) -> Value:
    return value if value is UNDEFINED else len(value)


def trim(value: Value) -> Value:
    if value is UNDEFINED:
        return value
    result = re.sub("[ \t\n\r]+", " ", value)
    return result.removeprefix(" ").removesuffix(" ")


def pad(value: Value, width: Value, padding: Value = UNDEFINED) -> Value:
    if value is UNDEFINED or width is UNDEFINED:
        return value
    missing = int(abs(width) - len(value))
    if missing > MAX_TEXT:
        raise ExpressionFailure("memory")
    if missing <= 0:
        return value
    filling = ((padding if padding is not UNDEFINED and padding else " ") * missing)[:missing]
    return value + filling if width > 0 else filling + value


def contains(evaluation: Evaluation, value: Value, pattern: Value) -> Value:
    if value is UNDEFINED:
        return value
    if isinstance(pattern, str):
        return pattern in value
    return next(matches(pattern, value, evaluation), None) is not None


def match(evaluation: Evaluation, value: Value, pattern: Value, limit: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return value
    found = _limited(matches(pattern, value, evaluation), limit, "D3040", 3)
    return Sequence(
        Object(
            match=one.get("match", UNDEFINED), index=one.get("start", UNDEFINED), groups=one.get("groups", UNDEFINED)
        )
        for one in found
    )


def _limited(items: Iterator[Value], limit: Value, code: str, index: int) -> list[Value]:
    """The first `limit` of them, and all where there is no limit."""
    if limit is UNDEFINED:
        return list(items)
    if limit < 0:
        raise ExpressionFailure(code, value=limit, index=index)
    taken = list(islice(items, math.ceil(limit)))
    if taken:
        next(items, None)  # which is looked for, and may fail, although it is not wanted
    return taken


def split(evaluation: Evaluation, value: Value, separator: Value, limit: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return value
    if isinstance(separator, str):
        parts = value.split(separator) if separator else list(units(value))
        if limit is not UNDEFINED and limit < 0:
            raise ExpressionFailure("D3020", value=limit, index=3)
        return Array(parts if limit is UNDEFINED else parts[: int(limit)])
    return Array(_limited(_parts(evaluation, value, separator), limit, "D3020", 3))


def _parts(evaluation: Evaluation, value: str, separator: Value) -> Iterator[Value]:
    subject, start = units(value), 0
    for found in matches(separator, value, evaluation):
        yield letters(subject[start : found["start"]])
        start = found["end"]
    yield letters(subject[start:])


def join(values: Value, separator: Value = UNDEFINED) -> Value:
    if values is UNDEFINED:
        return values
    return ("" if separator is UNDEFINED else separator).join(values)


def replace(
    evaluation: Evaluation, value: Value, pattern: Value, replacement: Value, limit: Value = UNDEFINED
) -> Value:
    if value is UNDEFINED:
        return value
    if pattern == "":
        raise ExpressionFailure("D3010", value=pattern, index=2)
    if isinstance(pattern, str):
        if limit is not UNDEFINED and limit < 0:
            raise ExpressionFailure("D3011", value=limit, index=4)
        count = -1 if limit is UNDEFINED else math.ceil(limit)
        return value.replace(pattern, replacement if isinstance(replacement, str) else text(replacement), count)
    substitute = _substitute(evaluation, replacement)
    subject, result, position = units(value), "", 0
    for found in _limited(matches(pattern, value, evaluation), limit, "D3011", 4):
        put = substitute(found)
        if not isinstance(put, str):
            raise ExpressionFailure("D3012", value=put)
        result += subject[position : found["start"]] + put
        position = found["start"] + len(units(found["match"]))
    return letters(result + subject[position:])


def _substitute(evaluation: Evaluation, replacement: Value) -> Callable[[Value], Value]:
    if isinstance(replacement, str):
        return lambda found: _filled(replacement, found)
    return lambda found: apply(replacement, [found], None, evaluation)


def _filled(replacement: str, found: Value) -> str:
    """`$1` stands for a group, `$0` for the match, `$$` for itself; a `$` before anything else is one."""
    groups: list[Value] = found["groups"]
    most = len(str(len(groups)))

    def put(escape: re.Match[str]) -> str:
        digits = escape[1]
        if digits == "$":
            return "$"
        if digits.startswith("0"):
            return f"{found['match']}{digits[1:]}"
        number = digits[:most]
        if len(number) > 1 and int(number) > len(groups):
            number = digits[: most - 1]
        group = groups[int(number) - 1] if 0 < int(number) <= len(groups) else UNDEFINED
        return ("" if group is UNDEFINED else str(group)) + digits[len(str(int(number))) :]

    return re.sub(r"\$(\$|[0-9]+)", put, replacement)


def base64_encode(value: Value) -> Value:
    """Each unit of UTF-16 as one byte, of which the upper half is lost."""
    return value if value is UNDEFINED else base64.b64encode(bytes(ord(unit) & 255 for unit in units(value))).decode()


def base64_decode(value: Value) -> Value:
    """Leniently: what is no letter of base64 is passed over, and nothing is read behind `=`."""
    if value is UNDEFINED:
        return value
    known = re.sub("[^A-Za-z0-9+/]", "", value.partition("=")[0].translate({ord("-"): "+", ord("_"): "/"}))
    whole = known[: len(known) - (len(known) % 4 == 1)]
    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("latin-1")


_OF_COMPONENTS = "-_.!~*'()"
_OF_URLS = _OF_COMPONENTS + ";/?:@&=+$,#"


def encode_url_component(value: Value) -> Value:
    return _encoded(value, _OF_COMPONENTS, "encodeUrlComponent")


def encode_url(value: Value) -> Value:
    return _encoded(value, _OF_URLS, "encodeUrl")


def _encoded(value: Value, safe: str, function: str) -> Value:
    if value is UNDEFINED:
        return value
    try:
        return quote(value, safe)
    except UnicodeEncodeError:
        raise ExpressionFailure("D3140", value=value, functionName=function) from None


def decode_url_component(value: Value) -> Value:
    return _decoded(value, "", "decodeUrlComponent")


def decode_url(value: Value) -> Value:
    return _decoded(value, ";/?:@&=+$,#", "decodeUrl")


_ESCAPES = re.compile(r"%(?:[0-7][0-9A-Fa-f]|[89A-Fa-f][0-9A-Fa-f](?:%[89A-Ba-b][0-9A-Fa-f])*)?")


def _decoded(value: Value, kept: str, function: str) -> Value:
    """`value` with its escapes read, except for those of the letters `kept`."""
    if value is UNDEFINED:
        return value

    def read(escape: re.Match[str]) -> str:
        if len(escape[0]) == 1:
            raise ExpressionFailure("D3140", value=value, functionName=function)
        try:
            letter = bytes.fromhex(escape[0].replace("%", "")).decode()
        except UnicodeDecodeError:
            raise ExpressionFailure("D3140", value=value, functionName=function) from None
        return escape[0] if letter in kept else letter

    return _ESCAPES.sub(read, value)
