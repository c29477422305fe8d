"""What intrinsic functions give.

Where AWS's page and what Step Functions is seen to do differ, the second decides: it cuts fractions off and rounds them
in MathAdd only, looks in an array for what reads the same, decodes whatever is like Base64.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TypeAlias, cast
from uuid import UUID

from asl.running.hash_order import unique
from asl.running.java import java_text, json_text
from asl.running.paths import Data, NoInputError, PathError, reader
from asl.running.sizes import text
from asl.syntax.intrinsics import MAX_RANGE, PIECE, SUMMANDS, Call, Literal, parse_call
from asl.syntax.shapes import as_object, is_number

Evaluate: TypeAlias = Callable[[Data, Random], object]
MAX_CHARACTERS = 10_000
"""Of what is encoded, decoded or hashed, by the page above."""
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_PIECES = re.compile(r"\\.?|\{\}|[{}]", re.DOTALL)
"""What stands for something else in a format, and braces that stand for nothing."""
_NO_DIGITS = re.compile(r"[^A-Za-z0-9+/_-]")
_OF_URLS = str.maketrans("-_", "+/")


class IntrinsicError(Exception):
    """A function cannot be applied to its arguments."""


@lru_cache(maxsize=2**12)
def caller(written: str) -> Evaluate:
    """How to evaluate a call as a template writes it, `States.Format('{}', $.name)`.

    Raises, when it evaluates:
        IntrinsicError: naming the call and the function whose arguments do not fit.
        PathError: naming the call and the argument that finds nothing.
    """
    try:
        call = parse_call(written)
    except ValueError as problem:
        return _failing(written, str(problem))
    evaluate = _evaluated(call)

    def evaluated(data: Data, random: Random) -> object:
        try:
            return evaluate(data, random)
        except _ArgumentError as problem:
            raise IntrinsicError(_told(written, str(problem))) from problem
        except _MissingError as missing:
            raise PathError(f"The function '{written}' had the following error: {missing}") from missing

    return evaluated


def call(text: str, data: Data, random: Random) -> object:
    """What the call `text` gives, as `caller` says."""
    return caller(text.strip())(data, random)


def _failing(written: str, problem: str) -> Evaluate:
    def fail(data: Data, random: Random) -> object:
        raise IntrinsicError(_told(written, problem))

    return fail


def _told(written: str, problem: str) -> str:
    """AWS tells the whole call, also where an inner one fails."""
    return f"There was an error while evaluating the intrinsic function: {written}. {problem}"


class _ArgumentError(ValueError):
    """Arguments do not fit a function; of most AWS is seen to say no more than which function."""

    def __init__(self, function: str, problem: str = "Invalid arguments", detail: str = "") -> None:
        super().__init__(f"{problem} in States.{function}{detail}")


class _MissingError(Exception):
    """An argument finds nothing."""


def _evaluated(call: Call) -> Evaluate:
    function = _FUNCTIONS[call.function]
    # The escapes in a format's text are read together with its places.
    raw = call.function == "Format"
    arguments = [_argument(one, raw=raw and index == 0) for index, one in enumerate(call.arguments)]
    if raw:
        arguments[1:] = [_as_node(one, fill) for one, fill in zip(call.arguments[1:], arguments[1:], strict=True)]
    return lambda data, random: function([one(data, random) for one in arguments], random)


def _as_node(argument: Literal | str | Call, evaluate: Evaluate) -> Evaluate:
    """What StringToJson has read is formatted as JSON, a string with its quotes."""
    if isinstance(argument, Call) and argument.function == "StringToJson":
        return lambda data, random: json_text(evaluate(data, random))
    return evaluate


def _argument(argument: Literal | str | Call, *, raw: bool) -> Evaluate:
    if isinstance(argument, Call):
        return _evaluated(argument)
    if isinstance(argument, Literal):
        value = argument.value
        constant = _unescaped(value) if isinstance(value, str) and not raw else value
        return lambda data, random: constant
    read = reader(argument, "nothing")

    def found(data: Data, random: Random) -> object:
        try:
            return read(data)
        except NoInputError:
            raise
        except PathError as missing:
            # AWS names the state's input also where the path leads into the context object, and one $ of its two.
            told = argument.removeprefix("$") if argument.startswith("$$") else argument
            raise _MissingError(
                f"The JsonPath argument for the field '{told}' could not be found in the input '{text(data.document)}'"
            ) from missing

    return found


def _unescaped(written: str) -> str:
    return PIECE.sub(lambda piece: piece[0][-1] if piece[0].startswith("\\") else piece[0], written)


def _format(given: Sequence[object], random: Random) -> object:
    template, *values = given
    written = _string(template, "Format")
    pieces = _PIECES.findall(written)
    lone = next((piece for piece in pieces if piece in ("{", "}")), None)
    if lone:
        lacks = "}" if lone == "{" else "{"
        raise _ArgumentError("Format", "Invalid template", f": matching '{lacks}' not found for '{lone}'.")
    if pieces.count("{}") != len(values):
        raise _ArgumentError("Format", detail=": number of arguments do not match the occurrences of {}.")
    left = iter(values)
    return _PIECES.sub(lambda piece: java_text(next(left)) if piece[0] == "{}" else _plain(piece[0]), written)


def _plain(escape: str) -> str:
    """What a backslash and the sign behind it stand for; data may have one before any sign."""
    return escape[1:] if escape[1:] in ("'", "{", "}", "\\") else escape


def _string(value: object, function: str) -> str:
    if isinstance(value, str):
        return value
    raise _ArgumentError(function)


def _array(value: object, function: str) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    raise _ArgumentError(function)


def _whole(value: object, function: str) -> int:
    """A number without its fraction: AWS's page speaks of rounding, but 2.6 is seen to become 2, -0.6 to become 0."""
    if is_number(value) and math.isfinite(value):
        return math.trunc(value)
    raise _ArgumentError(function)


def _length(given: Sequence[object], random: Random) -> object:
    return len(_array(given[0], "ArrayLength"))


def _contains(given: Sequence[object], random: Random) -> object:
    """By how values read: "true" is true, and an object with its fields in another order is another one."""
    wanted = java_text(given[1])
    return any(java_text(one) == wanted for one in _array(given[0], "ArrayContains"))


def _item(given: Sequence[object], random: Random) -> object:
    array, index = _array(given[0], "ArrayGetItem"), _whole(given[1], "ArrayGetItem")
    if not array and index >= 0:
        return None  # as AWS is seen to do
    if not 0 <= index < len(array):
        raise _ArgumentError("ArrayGetItem")
    return array[index]


def _partition(given: Sequence[object], random: Random) -> object:
    array, size = _array(given[0], "ArrayPartition"), _whole(given[1], "ArrayPartition")
    if size <= 0:
        raise _ArgumentError("ArrayPartition")
    return [array[first : first + size] for first in range(0, len(array), size)]


def _range(given: Sequence[object], random: Random) -> object:
    first, last, step = (_whole(one, "ArrayRange") for one in given)
    if step == 0:
        raise _ArgumentError("ArrayRange")
    made = range(first, last + (1 if step > 0 else -1), step)
    if made[MAX_RANGE:]:
        raise _ArgumentError("ArrayRange")
    return list(made)


def _unique(given: Sequence[object], random: Random) -> object:
    return unique(_array(given[0], "ArrayUnique"))


def _short(value: object, function: str) -> str:
    written = _string(value, function)
    # Java counts a character beyond the first 65,536 as two.
    if len(written.encode("utf-16-le", "surrogatepass")) > 2 * MAX_CHARACTERS:
        raise _ArgumentError(function)
    return written


def _encode(given: Sequence[object], random: Random) -> object:
    return base64.b64encode(_short(given[0], "Base64Encode").encode("utf-8", "replace")).decode()


def _decode(given: Sequence[object], random: Random) -> object:
    """AWS is seen to pass over signs that are none of Base64, and over what lacks at the end."""
    digits = _NO_DIGITS.sub("", _short(given[0], "Base64Decode").partition("=")[0]).translate(_OF_URLS)
    whole = digits[: len(digits) - (len(digits) % 4 == 1)]
    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")


def _hash(given: Sequence[object], random: Random) -> object:
    data, name = given
    algorithm = _HASHES.get(_string(name, "Hash"))
    if algorithm is None:
        raise _ArgumentError("Hash")
    written = _short(java_text(data), "Hash")
    return hashlib.new(algorithm, written.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _merge(given: Sequence[object], random: Random) -> object:
    first, second, deep = given
    if deep is True or not isinstance(first, Mapping) or not isinstance(second, Mapping):
        raise _ArgumentError("JsonMerge")
    return {**as_object(first), **as_object(second)}  # pyright: ignore[reportUnknownArgumentType]


def _to_json(given: Sequence[object], random: Random) -> object:
    written = _string(given[0], "StringToJson")
    if not written.strip():
        return None  # by what AWS was recorded to do
    try:
        return json.loads(written, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise _ArgumentError("StringToJson", "Cannot convert String to Json", f", caused by: {problem}") from None


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number")


def _random(given: Sequence[object], random: Random) -> object:
    first, last = _whole(given[0], "MathRandom"), _whole(given[1], "MathRandom")
    if first >= last:
        raise _ArgumentError("MathRandom")
    chance = Random(_whole(given[2], "MathRandom")) if len(given) > 2 else random  # noqa: S311 no secret
    return chance.randrange(first, last)


def _add(given: Sequence[object], random: Random) -> object:
    """The only function that rounds, halves upwards: 1.6 and 2.7 are seen to make 5. The sum is bounded, too."""
    numbers = [math.floor(one + 0.5) for one in given if is_number(one) and math.isfinite(one)]
    total, (least, most) = sum(numbers), SUMMANDS
    if len(numbers) != len(given) or min(total, *numbers) < least or max(total, *numbers) > most:
        raise _ArgumentError("MathAdd")
    return total


def _split(given: Sequence[object], random: Random) -> object:
    """At each of the second argument's characters, without what is empty between two of them."""
    written, delimiters = _string(given[0], "StringSplit"), set(_string(given[1], "StringSplit"))
    if not delimiters:
        return [written] if written else []
    (first, *others) = delimiters
    return [part for part in written.translate({ord(one): first for one in others}).split(first) if part]


_FUNCTIONS: Mapping[str, Callable[[Sequence[object], Random], object]] = {
    "Array": lambda given, random: list(given),
    "ArrayContains": _contains,
    "ArrayGetItem": _item,
    "ArrayLength": _length,
    "ArrayPartition": _partition,
    "ArrayRange": _range,
    "ArrayUnique": _unique,
    "Base64Decode": _decode,
    "Base64Encode": _encode,
    "Format": _format,
    "Hash": _hash,
    "JsonMerge": _merge,
    "JsonToString": lambda given, random: json_text(given[0]),
    "MathAdd": _add,
    "MathRandom": _random,
    "StringSplit": _split,
    "StringToJson": _to_json,
    "UUID": lambda given, random: str(UUID(int=random.getrandbits(128), version=4)),
}
