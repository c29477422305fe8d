"""What Step Functions adds to JSONata, and does otherwise.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
"""

from __future__ import annotations

import hashlib
import json

from asl.running.jsonata.calling import Evaluation
from asl.running.jsonata.values import UNDEFINED, Array, ExpressionFailure, Sequence, Value, number

MAX_RANGE = 360_145
"""Elements of $range. AWS publishes no number; it was seen to take these, and no more."""
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def partition(values: Value, size: Value = UNDEFINED) -> Value:
    """Chunks of `size` elements, cut towards zero; the last one may be shorter."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    if size is UNDEFINED:
        return Array((Array(values),))
    size = int(size)
    if size < 0:
        raise ExpressionFailure("D3137", message="Second argument must be zero or greater")
    if size == 0:
        return UNDEFINED
    return Array(Array(values[start : start + size]) for start in range(0, len(values), size))


def ranged(first: Value, last: Value, step: Value = UNDEFINED) -> Value:
    """The numbers from `first` to `last` inclusive. A single one stands for itself."""
    if first is UNDEFINED or last is UNDEFINED or step is UNDEFINED or int(step) == 0:
        return UNDEFINED
    first, last, step = int(first), int(last), int(step)
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if (last - first) // step >= MAX_RANGE:
        raise ExpressionFailure("memory")
    return Sequence(numbers)


def hashed(value: Value, algorithm: Value = UNDEFINED) -> Value:
    if value is UNDEFINED or algorithm is UNDEFINED:
        return UNDEFINED
    if algorithm not in _ALGORITHMS:
        raise ExpressionFailure("D3137", message=f"Unsupported algorithm: {algorithm}")
    return hashlib.new(_ALGORITHMS[algorithm], value.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def random_number(evaluation: Evaluation, seed: Value = UNDEFINED) -> Value:
    """A number from 0 to 1; the same for the same seed, from Java's generator, as AWS gives it."""
    if seed is UNDEFINED:
        return evaluation.random.random()
    state = (int(seed) ^ 0x5DEECE66D) & (2**48 - 1)
    bits: list[int] = []
    for width in (26, 27):
        state = (state * 0x5DEECE66D + 0xB) & (2**48 - 1)
        bits.append(state >> (48 - width))
    return number(((bits[0] << 27) + bits[1]) / 2**53)


def uuid(evaluation: Evaluation) -> Value:
    digits = f"{evaluation.random.getrandbits(128):032x}"
    # Version 4 of RFC 9562; its variant is told by the first bits of the fourth part.
    parts = (
        digits[:8],
        digits[8:12],
        f"4{digits[13:16]}",
        f"{'89ab'[int(digits[16], 16) % 4]}{digits[17:20]}",
        digits[20:],
    )
    return "-".join(parts)


def parsed(value: Value) -> Value:
    """The JSON in a text. Integers are exact as far as 64 bits go."""
    if value is UNDEFINED:
        return value
    try:
        return json.loads(value, parse_int=_integer, parse_constant=_refused)
    except ValueError as problem:
        raise ExpressionFailure("D3137", message=f"Invalid JSON: {problem}") from None


def _integer(digits: str) -> int | float:
    value = int(digits)
    return value if -(2**63) <= value < 2**63 else float(value)


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")
