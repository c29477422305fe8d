"""$formatInteger and $parseInteger: integers as digits, letters, Roman numerals and words.

https://docs.jsonata.org/2.0.0/numeric-functions#formatinteger; dates are made of the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from asl.running.jsonata.values import UNDEFINED, ExpressionFailure, Value, number, number_text

_SMALL = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
          "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen")  # fmt: skip
_SMALL_TH = ("Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
             "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
             "Nineteenth")  # fmt: skip
_TENS = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_THOUSANDS = ("Thousand", "Million", "Billion", "Trillion")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_DIGITS = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
_ZEROS = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The digit 0 of each script that pictures may be written in."""


@dataclass(frozen=True)
class Picture:
    """How an integer is written."""

    kind: Literal["digits", "letters", "roman", "words", "sequence"]
    letters: Literal["upper", "lower", "title"] = "lower"
    ordinal: bool = False
    zero: int = 0x30
    least: int = 0
    """Digits that are always there."""
    optional: int = 0
    separators: tuple[tuple[int, str], ...] = ()
    """Where separators stand, in digits from the end."""
    every: int = 0
    """Where the separators are all the same and stand at the same distance: that distance."""
    token: str = ""


_KINDS: dict[str, Picture] = {
    "A": Picture("letters", "upper"),
    "a": Picture("letters"),
    "I": Picture("roman", "upper"),
    "i": Picture("roman"),
    "W": Picture("words", "upper"),
    "Ww": Picture("words", "title"),
    "w": Picture("words"),
}


def picture(written: str) -> Picture:
    """Read a picture.

    Raises:
        ExpressionFailure: D3131 for digits of several scripts.
    """
    main, semicolon, modifier = written.rpartition(";")
    if not semicolon:
        main, modifier = written, ""
    ordinal = modifier[:1] == "o"
    if main in _KINDS:
        known = _KINDS[main]
        return Picture(known.kind, known.letters, ordinal)
    zeros: set[int] = set()
    least = optional = 0
    separators: list[tuple[int, str]] = []
    for letter in reversed(main):
        zero = next((zero for zero in _ZEROS if zero <= ord(letter) <= zero + 9), None)
        if zero is not None:
            zeros.add(zero)
            least += 1
        elif letter == "#":
            optional += 1
        else:
            separators.append((least + optional, letter))
        if len(zeros) > 1:
            raise ExpressionFailure("D3131")
    if not least:
        return Picture("sequence", ordinal=ordinal, token=main)
    return Picture(
        "digits", "lower", ordinal, zeros.pop(), least, optional, tuple(separators), every=_every(separators)
    )


def _every(separators: list[tuple[int, str]]) -> int:
    if len({letter for _, letter in separators}) != 1:
        return 0
    places = [place for place, _ in separators]
    distance = math.gcd(*places)
    return distance if all(count * distance in places for count in range(1, len(places) + 1)) else 0


def format_integer(value: Value, written: Value) -> Value:
    if value is UNDEFINED:
        return value
    whole: int = math.floor(value)
    return formatted(number(float(whole)), picture(written))


def formatted(value: float, how: Picture) -> str:
    """An integer as the picture has it."""
    text = _FORMATS[how.kind](abs(value), how)
    return f"-{text}" if value < 0 else text


def _in_case(text: str, how: Picture) -> str:
    return text.upper() if how.letters == "upper" else text.lower() if how.letters == "lower" else text


def _as_letters(value: float, how: Picture) -> str:
    rest, letters = int(value), ""
    while rest > 0:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return _in_case(letters, how)


def _as_roman(value: float, how: Picture) -> str:
    rest, letters = int(value), ""
    for worth, numeral in _ROMAN:
        letters += numeral * (rest // worth)
        rest %= worth
    return _in_case(letters, how)


def _as_words(value: float, how: Picture) -> str:
    return _in_case(_words(int(value), how.ordinal), how)


def _words(value: int, ordinal: bool, *, follows: bool = False) -> str:
    """The words of a number; `follows` says that some stand before it."""
    if value <= 19:
        return " and " * follows + (_SMALL_TH if ordinal else _SMALL)[value]
    if value < 100:
        tens, rest = " and " * follows + _TENS[value // 10 - 2], value % 10
        if rest:
            return f"{tens}-{_words(rest, ordinal)}"
        return f"{tens[:-1]}ieth" if ordinal else tens
    if value < 1000:
        words, rest = f"{_SMALL[value // 100]} Hundred", value % 100
    else:
        size = min((len(str(value)) - 1) // 3, len(_THOUSANDS))
        many, rest = divmod(value, 1000**size)
        words = f"{_words(many, ordinal=False)} {_THOUSANDS[size - 1]}"
    tail = _words(rest, ordinal, follows=True) if rest else "th" * ordinal
    return ", " * follows + words + tail


def _as_digits(value: float, how: Picture) -> str:
    digits = number_text(value).rjust(how.least, "0")
    if how.zero != 0x30:
        digits = "".join(chr(ord(digit) + how.zero - 0x30) for digit in digits)
    if how.every:
        separator = how.separators[0][1]
        for place in range((len(digits) - 1) // how.every * how.every, 0, -how.every):
            at = len(digits) - place
            digits = digits[:at] + separator + digits[at:]
    else:
        for place, separator in reversed(how.separators):
            # Where there are too few digits, JavaScript counts from their end.
            at = len(digits) - place
            digits = digits[: max(at, 0)] + separator + digits[at:]
    if how.ordinal:
        digits += "th" if digits[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
    return digits


def _refused(value: float, how: Picture) -> str:
    raise ExpressionFailure("D3130", value=how.token)


_FORMATS: dict[str, Callable[[float, Picture], str]] = {
    "digits": _as_digits,
    "letters": _as_letters,
    "roman": _as_roman,
    "words": _as_words,
    "sequence": _refused,
}


def parse_integer(value: Value, written: Value) -> Value:
    if value is UNDEFINED:
        return value
    return parser(picture(written))[1](value)


def parser(how: Picture, width: int = 0) -> tuple[str, Callable[[str], Value]]:
    """What an integer of the picture looks like, and how it is read; `width` is that of digits where it is fixed.

    Raises:
        ExpressionFailure: D3130 for a picture that is none.
    """
    upper = how.letters == "upper"
    if how.kind == "letters":
        return "[A-Z]+" if upper else "[a-z]+", lambda text: _of_letters(text, "A" if upper else "a")
    if how.kind == "roman":
        return "[MDCLXVI]+" if upper else "[mdclxvi]+", lambda text: _of_roman(text if upper else text.upper())
    if how.kind == "words":
        return f"(?:{'|'.join((*_WORTH, 'and', '[-, ]'))})+", _of_words
    if how.kind == "sequence":
        raise ExpressionFailure("D3130", value=how.token)
    occurs = "+"
    if width > 0:
        occurs = f"{{{width - how.optional},{width}}}" if how.optional else f"{{{width}}}"
    return f"[0-9]{occurs}{'(?:th|st|nd|rd)' * how.ordinal}", lambda text: _of_digits(text, how)


def _of_letters(text: str, first: str) -> Value:
    return sum((ord(letter) - ord(first) + 1) * 26**place for place, letter in enumerate(reversed(text)))


def _of_roman(text: str) -> Value:
    result, highest = 0, 1
    for letter in reversed(text):
        worth = _ROMAN_DIGITS.get(letter)
        if worth is None:
            return math.nan
        highest = max(highest, worth)
        result += -worth if worth < highest else worth
    return result


def _of_digits(text: str, how: Picture) -> Value:
    if how.ordinal:
        text = text[:-2]
    for separator in "," if how.every else [letter for _, letter in how.separators]:
        text = text.replace(separator, "")
    if how.zero != 0x30:
        text = "".join(chr(max(ord(digit) - how.zero + 0x30, 0)) for digit in text)
    return leading_integer(text)


def leading_integer(text: str) -> Value:
    """JavaScript's parseInt: what follows the digits is passed over."""
    found = re.match(r"\s*([-+]?[0-9]+)", text)
    return number(float(found[1])) if found else math.nan


_WORTH: dict[str, int] = {
    **{word.lower(): value for value, word in enumerate(_SMALL)},
    **{word.lower(): value for value, word in enumerate(_SMALL_TH)},
    **{word.lower(): 20 + 10 * place for place, word in enumerate(_TENS)},
    **{f"{word.lower()[:-1]}ieth": 20 + 10 * place for place, word in enumerate(_TENS)},
    "hundred": 100,
    "hundredth": 100,
    **{word.lower(): 1000 ** (place + 1) for place, word in enumerate(_THOUSANDS)},
    **{f"{word.lower()}th": 1000 ** (place + 1) for place, word in enumerate(_THOUSANDS)},
}


def _of_words(text: str) -> Value:
    sums = [0]
    for word in re.split(r",\s|\sand\s|[\s\\-]", text.lower()):
        worth = _WORTH.get(word)
        if worth is None:
            return math.nan
        if worth >= 100:
            sums[-1] *= worth
        elif sums[-1] >= 1000:
            sums.append(worth)
        else:
            sums[-1] += worth
    return sum(sums)
