"""What intrinsic functions give.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TypeAlias, cast
from uuid import UUID

from asl.running.paths import Data, PathError, reader
from asl.running.sizes import text
from asl.syntax.intrinsics import MAX_RANGE, PIECE, SUMMANDS, Call, Literal, parse_call
from asl.syntax.shapes import as_list, as_object, is_number

Evaluate: TypeAlias = Callable[[Data, Random], object]
MAX_CHARACTERS = 10_000
"""Of what is encoded, decoded or hashed, by the page above."""
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class IntrinsicError(Exception):
    """A function cannot be applied to its arguments."""


@lru_cache(maxsize=2**12)
def caller(written: str) -> Evaluate:
    """How to evaluate a call as a template writes it, `States.Format('{}', $.name)`.

    Raises, when it evaluates:
        IntrinsicError: naming the call and what is wrong with its arguments.
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

    return evaluated


def _failing(written: str, problem: str) -> Evaluate:
    def fail(data: Data, random: Random) -> object:
        raise IntrinsicError(_told(written, problem))

    return fail


def _told(written: str, problem: str) -> str:
    return f"The function '{written}' had the following error: {problem}"


class _ArgumentError(ValueError):
    """What is wrong with an argument."""


def _evaluated(call: Call) -> Evaluate:
    function = _FUNCTIONS[call.function]
    # The escapes in a format's text are read together with its places.
    raw = call.function == "Format"
    arguments = [_argument(one, raw=raw and index == 0) for index, one in enumerate(call.arguments)]
    return lambda data, random: function([one(data, random) for one in arguments], random)


def _argument(argument: Literal | str | Call, *, raw: bool) -> Evaluate:
    if isinstance(argument, Call):
        return _evaluated(argument)
    if isinstance(argument, Literal):
        value = argument.value
        constant = _unescaped(value) if isinstance(value, str) and not raw else value
        return lambda data, random: constant
    read = reader(argument)

    def found(data: Data, random: Random) -> object:
        try:
            return read(data)
        except PathError as missing:
            raise _ArgumentError(
                f"The JsonPath argument for the field '{argument}' could not be found in the input "
                f"'{text(data.document)}'"
            ) from missing

    return found


def _unescaped(written: str) -> str:
    return PIECE.sub(lambda piece: piece[0][-1] if piece[0].startswith("\\") else piece[0], written)


def _format(given: Sequence[object], random: Random) -> object:
    template, *values = given
    written = _string(template, "1")
    places = PIECE.findall(written).count("{}")
    if places != len(values):
        raise _ArgumentError(f"the number of places {{}} ({places}) does not fit the number of values ({len(values)})")
    left = iter(values)
    return PIECE.sub(lambda piece: as_java(next(left)) if piece[0] == "{}" else piece[0][-1], written)


def as_java(value: object) -> str:
    """A value as Java writes it, by which AWS formats: `{Id=1, Tags=[a, b]}`."""
    # Without recursion, for data may be nested as deep as it likes.
    pieces: list[str] = []
    todo: list[tuple[bool, object]] = [(False, value)]
    while todo:
        is_written, one = todo.pop()
        if is_written or isinstance(one, str):
            pieces.append(cast("str", one))
        elif isinstance(one, Mapping):
            fields = as_object(one)  # pyright: ignore[reportUnknownArgumentType]
            _push(todo, "{", [(f"{name}=", inner) for name, inner in fields.items()], "}")
        elif isinstance(one, list):
            _push(todo, "[", [("", inner) for inner in as_list(one)], "]")  # pyright: ignore[reportUnknownArgumentType]
        else:
            pieces.append(text(one))
    return "".join(pieces)


def _push(todo: list[tuple[bool, object]], opening: str, parts: Sequence[tuple[str, object]], closing: str) -> None:
    """Put a bracket's parts on a stack, the first of them on top."""
    todo.append((True, closing))
    for index in range(len(parts) - 1, -1, -1):
        before, value = parts[index]
        todo += [(False, value), (True, f"{', ' if index else ''}{before}")]
    todo.append((True, opening))


def _string(value: object, position: str) -> str:
    if isinstance(value, str):
        return value
    raise _ArgumentError(f"argument {position} has to be a string, was {text(value)}")


def _array(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    raise _ArgumentError(f"argument 1 has to be an array, was {text(value)}")


def _whole(value: object, position: int) -> int:
    """A number, rounded where it has a fraction, halves upwards."""
    if is_number(value) and math.isfinite(value):
        return math.floor(value + 0.5)
    raise _ArgumentError(f"argument {position} has to be a number, was {text(value)}")


def _same(left: object, right: object) -> bool:
    """Whether two values are the same JSON: true is not 1."""
    return text(left) == text(right) if isinstance(left, bool) or isinstance(right, bool) else left == right


def _contains(given: Sequence[object], random: Random) -> object:
    return any(_same(one, given[1]) for one in _array(given[0]))


def _item(given: Sequence[object], random: Random) -> object:
    array, index = _array(given[0]), _whole(given[1], 2)
    if not 0 <= index < len(array):
        raise _ArgumentError(f"the index {index} is outside of an array of {len(array)}")
    return array[index]


def _partition(given: Sequence[object], random: Random) -> object:
    array, size = _array(given[0]), _whole(given[1], 2)
    if size <= 0:
        raise _ArgumentError("parts have at least one element")
    return [array[first : first + size] for first in range(0, len(array), size)]


def _range(given: Sequence[object], random: Random) -> object:
    first, last, step = (_whole(one, position) for position, one in enumerate(given, 1))
    if step == 0:
        raise _ArgumentError("the step of a range cannot be 0")
    made = range(first, last + (1 if step > 0 else -1), step)
    if len(made) > MAX_RANGE:
        raise _ArgumentError(f"a range has at most {MAX_RANGE:,} elements, was {len(made):,}")
    return list(made)


def _unique(given: Sequence[object], random: Random) -> object:
    found: dict[str, object] = {}
    for one in _array(given[0]):
        found.setdefault(text(one), one)
    return list(found.values())


def _short(value: object) -> str:
    written = _string(value, "1")
    if len(written) > MAX_CHARACTERS:
        raise _ArgumentError(f"at most {MAX_CHARACTERS:,} characters, was {len(written):,}")
    return written


def _decode(given: Sequence[object], random: Random) -> object:
    try:
        return base64.b64decode(_short(given[0]), validate=True).decode("utf-8", "replace")
    except ValueError as problem:
        raise _ArgumentError(f"no Base64: {problem}") from problem


def _hash(given: Sequence[object], random: Random) -> object:
    data, name = given
    algorithm = _HASHES.get(_string(name, "2"))
    if algorithm is None:
        raise _ArgumentError(f"'{name}' is none of {', '.join(_HASHES)}")
    written = _short(data if isinstance(data, str) else text(data))
    return hashlib.new(algorithm, written.encode(), usedforsecurity=False).hexdigest()


def _merge(given: Sequence[object], random: Random) -> object:
    first, second, deep = given
    if deep is not False:
        raise _ArgumentError("the third argument has to be false: objects are merged shallowly only")
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        raise _ArgumentError("arguments 1 and 2 have to be objects")
    return {**as_object(first), **as_object(second)}  # pyright: ignore[reportUnknownArgumentType]


def _to_json(given: Sequence[object], random: Random) -> object:
    written = _string(given[0], "1")
    if not written.strip():
        return None  # by what AWS was recorded to do
    try:
        return json.loads(written, parse_constant=_no_number)
    except ValueError as problem:
        raise _ArgumentError(f"no JSON: {problem}") from problem
    except RecursionError:
        raise _ArgumentError("no JSON that can be read: it is nested too deep") from None


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number")


def _random(given: Sequence[object], random: Random) -> object:
    first, last = _whole(given[0], 1), _whole(given[1], 2)
    if first >= last:
        raise _ArgumentError("the first number has to be less than the second")
    chance = Random(_whole(given[2], 3)) if len(given) > 2 else random  # noqa: S311 no secret
    return chance.randrange(first, last)


def _add(given: Sequence[object], random: Random) -> object:
    numbers = [_whole(one, position) for position, one in enumerate(given, 1)]
    if not all(SUMMANDS[0] <= number <= SUMMANDS[1] for number in numbers):
        raise _ArgumentError(f"numbers go from {SUMMANDS[0]:,} to {SUMMANDS[1]:,}")
    return sum(numbers)


def _split(given: Sequence[object], random: Random) -> object:
    """At each of the second argument's characters, without what is empty between two of them."""
    written, delimiters = _string(given[0], "1"), _string(given[1], "2")
    if not delimiters:
        return [written] if written else []
    first = delimiters[0]
    return [part for part in written.translate({ord(one): first for one in delimiters}).split(first) if part]


_FUNCTIONS: Mapping[str, Callable[[Sequence[object], Random], object]] = {
    "Array": lambda given, random: list(given),
    "ArrayContains": _contains,
    "ArrayGetItem": _item,
    "ArrayLength": lambda given, random: len(_array(given[0])),
    "ArrayPartition": _partition,
    "ArrayRange": _range,
    "ArrayUnique": _unique,
    "Base64Decode": _decode,
    "Base64Encode": lambda given, random: base64.b64encode(_short(given[0]).encode()).decode(),
    "Format": _format,
    "Hash": _hash,
    "JsonMerge": _merge,
    "JsonToString": lambda given, random: text(given[0]),
    "MathAdd": _add,
    "MathRandom": _random,
    "StringSplit": _split,
    "StringToJson": _to_json,
    "UUID": lambda given, random: str(UUID(int=random.getrandbits(128), version=4)),
}
