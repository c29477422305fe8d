"""Intrinsic functions: `States.Format('{} of {}', $.done, $.all)`."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import NamedTuple

from asl.syntax.paths import parse_path

MAX_NESTED = 10
"""https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"""

MAX_RANGE = 1_000
"""Elements that States.ArrayRange makes at most, by the same page."""
SUMMANDS = (-(2**31), 2**31 - 1)
"""The least and the largest number that States.MathAdd takes, by the same page."""
_ANY = 1_000_000
ARITY: dict[str, tuple[int, int]] = {
    "Array": (0, _ANY), "ArrayContains": (2, 2), "ArrayGetItem": (2, 2), "ArrayLength": (1, 1),
    "ArrayPartition": (2, 2), "ArrayRange": (3, 3), "ArrayUnique": (1, 1), "Base64Decode": (1, 1),
    "Base64Encode": (1, 1), "Format": (1, _ANY), "Hash": (2, 2), "JsonMerge": (3, 3), "JsonToString": (1, 1),
    "MathAdd": (2, 2), "MathRandom": (2, 3), "StringSplit": (2, 2), "StringToJson": (1, 1), "UUID": (0, 0),
}  # fmt: skip
"""How many arguments each function takes: least, most."""

_HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
_CALL = re.compile(r"\s*States\.(\w+)\s*\(")
_TEXT = re.compile(r"\s*'((?:[^'\\]|\\.)*)'\s*", re.DOTALL)
_LITERAL = re.compile(r"\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\s*(?=[,)])")
_WHOLE = re.compile(r"-?\d{1,15}")
PIECE = re.compile(r"\\.?|\{\}", re.DOTALL)
"""What stands for something else in a literal: an escape, or a place for a value."""
_ESCAPES = (r"\'", r"\{", r"\}", r"\\")
_NUMBERS = {"ArrayPartition": (1,), "ArrayRange": (0, 1, 2), "ArrayGetItem": (1,), "MathAdd": (0, 1),
            "MathRandom": (0, 1, 2)}  # fmt: skip
_PARTS = {**dict.fromkeys(("ArrayContains", "ArrayGetItem", "ArrayLength", "ArrayPartition", "ArrayUnique"), (0,)),
          "JsonMerge": (0, 1)}  # fmt: skip
"""Arguments that are arrays or objects, which no literal can be."""
_TEXTS = {"Base64Decode": (0,), "Base64Encode": (0,), "Format": (0,), "StringSplit": (0, 1), "StringToJson": (0,)}


class Argument(NamedTuple):
    """An argument that is known at run time alone: whose it is, counted from 1, the path or call, what it has to be."""

    function: str
    position: int
    written: str
    wanted: str


class Intrinsic(NamedTuple):
    """A parsed call: the paths and the typed arguments in it, at any depth, and what is wrong with it."""

    paths: tuple[str, ...]
    problem: str = ""
    arguments: tuple[Argument, ...] = ()


class Literal(NamedTuple):
    """An argument as it is written: a number, a word, or a text behind its opening quote."""

    written: str

    @property
    def value(self) -> object:
        """What it stands for; of a text with its escapes still in it."""
        return self.written[1:] if self.written.startswith("'") else json.loads(self.written)


class Call(NamedTuple):
    """A call with its arguments; a text among them is a path."""

    function: str
    arguments: tuple[Literal | str | Call, ...]


class _Found(NamedTuple):
    """What reading a call collects."""

    paths: list[str]
    arguments: list[Argument]


def is_call(value: str) -> bool:
    """Whether `value` is meant as an intrinsic function."""
    return "States." in value and value.lstrip().startswith("States.")


def parse_call(text: str) -> Call:
    """The call that `text` writes.

    Raises:
        ValueError: with what is wrong with it.
    """
    call, end = _call(text, 0, _Found([], []), 1)
    if text[end:].strip():
        raise ValueError(f"'{text[end:][:40]}' stands behind the call")
    return call


@lru_cache(maxsize=2**16)
def parse_intrinsic(text: str) -> Intrinsic:
    """Read `text` as one call with nothing behind it."""
    found = _Found([], [])
    try:
        _, end = _call(text, 0, found, 1)
    except ValueError as problem:
        return Intrinsic(tuple(found.paths), str(problem))
    behind = f"'{text[end:][:40]}' stands behind the call" if text[end:].strip() else ""
    return Intrinsic(tuple(found.paths), behind, tuple(found.arguments))


def _call(text: str, at: int, found: _Found, level: int) -> tuple[Call, int]:
    opening = _CALL.match(text, at)
    if opening is None:
        raise ValueError(f"'{text[at:][:40]}' is no call of an intrinsic function")
    name, at = opening[1], opening.end()
    if name not in ARITY:
        raise ValueError(f"there is no intrinsic function States.{name}")
    if level > MAX_NESTED:
        raise ValueError(f"calls are nested more than {MAX_NESTED} deep")
    given: list[Literal | str | Call] = []
    while not text.startswith(")", _past_blanks(text, at)):
        if given:
            at = _past(text, at, ",")
        begin = at
        argument, at = _argument(text, at, found, level)
        given.append(argument)
        if not isinstance(argument, Literal) and (wanted := _wanted(name, len(given) - 1)):
            found.arguments.append(Argument(name, len(given), text[begin:at].strip(), wanted))
    _fits(name, [one.written if isinstance(one, Literal) else None for one in given])
    return Call(name, tuple(given)), _past(text, at, ")")


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _past(text: str, at: int, wanted: str) -> int:
    at = _past_blanks(text, at)
    if text[at : at + 1] != wanted:
        raise ValueError(f"character {at + 1} should be '{wanted}'")
    return at + 1


def _argument(text: str, at: int, found: _Found, level: int) -> tuple[Literal | str | Call, int]:
    """One argument, and its end."""
    if quoted := _TEXT.match(text, at):
        for piece in PIECE.findall(quoted[1]):
            if piece.startswith("\\") and piece not in _ESCAPES:
                raise ValueError(f"'{piece}' is no escape; {', '.join(_ESCAPES)} are, and a backslash is written twice")
        return Literal(f"'{quoted[1]}"), quoted.end()
    if literal := _LITERAL.match(text, at):
        return Literal(literal[1]), literal.end()
    if _CALL.match(text, at):
        return _call(text, at, found, level + 1)
    end, depth, quote = at, 0, ""
    while end < len(text) and (quote or depth or text[end] not in ",)"):
        char = text[end]
        quote = ("" if char == quote else quote) if quote else char if char in "'\"" else ""
        depth += (not quote) * ((char in "[(") - (char in "])"))
        end += 1
    path = text[at:end].strip()
    if problem := parse_path(path).problem:
        raise ValueError(f"the argument '{path[:60]}' is no literal, path or call: {problem}")
    found.paths.append(path)
    return path, end


def _wanted(name: str, position: int) -> str:
    """What the argument of `name` at `position` has to be; empty where it can be anything."""
    if position in _NUMBERS.get(name, ()):
        return "a number"
    if position in _TEXTS.get(name, ()):
        return "a string"
    if position in _PARTS.get(name, ()):
        return "an object" if name == "JsonMerge" else "an array"
    return ""


def _fits(name: str, literals: list[str | None]) -> None:
    least, most = ARITY[name]
    if not least <= len(literals) <= most:
        wanted = f"{least}" if least == most else f"at least {least}" if most == _ANY else f"{least} to {most}"
        raise ValueError(f"States.{name} takes {wanted} arguments, has {len(literals)}")
    for position, literal in enumerate(literals):
        if literal is None:
            continue
        wanted = _wanted(name, position)
        given = "a string" if literal.startswith("'") else "a number" if literal[0] in "-0123456789" else "a word"
        if wanted not in ("", given):
            raise ValueError(f"argument {position + 1} of States.{name} is {wanted}")
    first, last = (literals[0], literals[-1]) if literals else (None, None)
    holes = PIECE.findall(first or "").count("{}")
    if name == "Format" and first is not None and holes != len(literals) - 1:
        raise ValueError(f"States.Format has {holes} places {{}} for {len(literals) - 1} values")
    if name == "ArrayPartition" and last is not None and float(last) <= 0:
        raise ValueError("States.ArrayPartition makes parts of at least one element")
    if name == "MathAdd" and not all(SUMMANDS[0] <= float(literal) <= SUMMANDS[1] for literal in literals if literal):
        raise ValueError(f"States.MathAdd adds numbers from {SUMMANDS[0]:,} to {SUMMANDS[1]:,}")
    if name == "ArrayRange":
        _range_fits(literals)
    if name == "Hash" and last is not None and last[1:] not in _HASHES:
        raise ValueError(f"States.Hash knows {', '.join(_HASHES)}")
    if name == "JsonMerge" and last not in (None, "false"):
        raise ValueError("States.JsonMerge merges shallowly only: its third argument is false")


def _range_fits(literals: list[str | None]) -> None:
    # AWS rounds figures with a fraction; those are left alone here.
    first, last, step = (int(literal) if literal and _WHOLE.fullmatch(literal) else None for literal in literals)
    if step == 0:
        raise ValueError("States.ArrayRange takes no steps of 0")
    if first is not None and last is not None and step and (last - first) / step >= MAX_RANGE:
        raise ValueError(f"States.ArrayRange makes at most {MAX_RANGE:,} elements")
