"""Dates and times: https://docs.jsonata.org/2.0.0/date-time-functions, by pictures of XPath's format-dateTime."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from asl.running.jsonata.calling import Evaluation
from asl.running.jsonata.integers import Picture, formatted, leading_integer, parser, picture
from asl.running.jsonata.values import UNDEFINED, ExpressionFailure, Value, number

if TYPE_CHECKING:
    from regress import Regex

_DAY = 86_400_000
"""Milliseconds."""
_LAST = 8.64e15
"""Milliseconds from 1970 to the last date there is, and to the first one."""
_DAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_PRESENTATIONS = {
    **dict.fromkeys("YMDdWwXxHhf", "1"), **dict.fromkeys("FPCE", "n"), **dict.fromkeys("ms", "01"),
    **dict.fromkeys("Zz", "01:01"),
}  # fmt: skip
_NUMBERS = "YMDdFWwXxHhmsf"
"""Components that are numbers."""
_ISO = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"


class Moment(NamedTuple):
    """A point in time in UTC, on the Gregorian calendar of all years."""

    year: int
    month: int
    """From 1."""
    day: int
    millis: int
    """Of the day."""

    @staticmethod
    def at(millis: int) -> Moment:
        """The moment so many milliseconds after 1970 began."""
        days, of_day = divmod(millis, _DAY)
        # Years begin in March here, so that leap days come at their end.
        era, day_of_era = divmod(days + 719_468, 146_097)
        year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        shifted = (5 * day_of_year + 2) // 153
        month = shifted + 3 if shifted < 10 else shifted - 9
        return Moment(year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1, of_day)


def _days(year: int, month: int, day: int = 1) -> int:
    """Days from 1970 to a date; months below 1 and above 12 are of the years around."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468 + day - 1


def _weekday(days: int) -> int:
    """From 1, Monday."""
    return (days + 3) % 7 + 1


def _first_week(year: int, month: int) -> int:
    """The day with which the first week of a year or month begins: the Monday of the week with its first Thursday."""
    first = _days(year, month)
    weekday = _weekday(first)
    return first + 8 - weekday if weekday > 4 else first - (weekday - 1)


def _week(today: int, this: int, following: int, previous: int) -> int:
    """Which week it is, counted from `this`, unless it belongs to the period before or after."""
    if today >= following:
        return 1
    return (today - (this if today >= this else previous)) // 7 + 1


def _component(moment: Moment | None, letter: str) -> Value:
    """A component of a date as pictures name them; without a date it is no number."""
    if moment is None:
        return math.nan
    year, month, day, millis = moment
    today = _days(year, month, day)
    match letter:
        case "Y":
            return year
        case "M":
            return month
        case "D":
            return day
        case "d":
            return today - _days(year, 1) + 1
        case "F":
            return _weekday(today)
        case "W":
            return _week(today, _first_week(year, 1), _first_week(year + 1, 1), _first_week(year - 1, 1))
        case "w":
            of_month = (_first_week(year, month), _first_week(year, month + 1), _first_week(year, month - 1))
            return _week(today, *of_month)
        case "X":
            return year - (today < _first_week(year, 1)) + (today >= _first_week(year + 1, 1))
        case "x":
            shift = (today >= _first_week(year, month + 1)) - (today < _first_week(year, month))
            return (month + shift - 1) % 12 + 1
        case "H":
            return millis // 3_600_000
        case "h":
            return (millis // 3_600_000 + 11) % 12 + 1
        case "P":
            return millis // 43_200_000
        case "m":
            return millis // 60_000 % 60
        case "s":
            return millis // 1000 % 60
        case _:
            return millis % 1000


_NO_NUMBER = Picture("digits")


@dataclass(frozen=True)
class _Marker:
    """`[Y0001]` and its like in a picture."""

    letter: str
    named: str = ""
    """`lower`, `upper` or `title` where it is a name; else it is a number."""
    integer: Picture = _NO_NUMBER
    longest: int | None = None
    """Letters of a name."""
    width: int = -1
    """Digits of a year, month or day, where they are given."""
    is_z: bool = False
    """Whether `Z` stands for no offset."""


@lru_cache(maxsize=256)
def _markers(written: str) -> tuple[_Marker | str, ...]:
    """A picture's markers and the text between them.

    Raises:
        ExpressionFailure: D3132 or D3135.
    """
    parts: list[_Marker | str] = []
    start = at = 0
    while at < len(written):
        if written[at] == "[":
            if at > start:
                parts.append(written[start:at].replace("]]", "]"))
            if written[at + 1 : at + 2] == "[":
                parts.append("[")
                start = at = at + 2
                continue
            start, at = at, written.find("]", at)
            if at == -1:
                raise ExpressionFailure("D3135")
            parts.append(_marker(re.sub(r"\s+", "", written[start + 1 : at])))
            start = at + 1
        at += 1
    if at > start:
        parts.append(written[start:at].replace("]]", "]"))
    return tuple(parts)


def _marker(written: str) -> _Marker:
    letter = written[:1]
    main, comma, width = written.rpartition(",")
    presentation = (main if comma else written)[1:]
    shortest, _, longest = width.partition("-") if comma else ("", "", "")
    least, most = _width(shortest), _width(longest)
    modifier = ""
    if len(presentation) > 1 and presentation[-1] in "atco":
        presentation, modifier = presentation[:-1], presentation[-1]
    if not presentation:
        presentation = _PRESENTATIONS.get(letter, "")
    if not presentation:
        raise ExpressionFailure("D3132", value=letter)
    if presentation[0] in "nN":
        named = "lower" if presentation[0] == "n" else "title" if presentation[1:2] == "n" else "upper"
        return _Marker(letter, named, longest=most, integer=picture(presentation) if letter in "Zz" else _NO_NUMBER)
    if letter in "Zz":
        return _Marker(letter, integer=picture(presentation), is_z=modifier == "t")
    if letter not in _NUMBERS:
        return _Marker(letter, longest=most)
    integer = picture(f"{presentation};{modifier}" if modifier else presentation)
    if least is not None and integer.kind == "digits" and integer.least < least:
        integer = replace(integer, least=least)
    digits = -1
    if letter in "YMD":
        if most is not None:
            digits, integer = most, replace(integer, least=most)
        elif integer.kind == "digits" and integer.least + integer.optional >= 2:
            digits = integer.least + integer.optional
    return _Marker(letter, integer=integer, longest=most, width=digits)


def _width(written: str) -> int | None:
    return int(written) if written.isdecimal() else None


def from_millis(millis: Value, written: Value = UNDEFINED, timezone: Value = UNDEFINED) -> Value:
    if millis is UNDEFINED:
        return millis
    offset = 0 if timezone is UNDEFINED else leading_integer(timezone)
    # Minutes of a zone west of Greenwich count towards the east here, as for JSONata: -0530 is six hours less thirty.
    hours, minutes = (math.floor(offset / 100), int(math.fmod(offset, 100))) if offset == offset else (offset, offset)
    moved = millis + (60 * hours + minutes) * 60_000
    moment = Moment.at(int(moved)) if abs(moved) <= _LAST else None
    markers = _markers(_ISO if written is UNDEFINED else written)
    return "".join(part if isinstance(part, str) else _written(part, moment, hours, minutes) for part in markers)


def _written(marker: _Marker, moment: Moment | None, hours: int, minutes: int) -> str:
    letter = marker.letter
    if letter in "CE":
        return "ISO"
    if letter == "P":
        name = "pm" if _component(moment, letter) == 1 else "am"
        return name.upper() if marker.named == "upper" else name
    if letter in "Zz":
        return _zone(marker, hours, minutes)
    if letter not in _NUMBERS:
        return "undefined"
    value = _component(moment, letter)
    if letter == "Y" and marker.width != -1:
        value = math.fmod(value, 10**marker.width)
    if marker.named and letter != "f":
        return _name(marker, value)
    return formatted(number(value), marker.integer)


def _name(marker: _Marker, value: Value) -> str:
    if marker.letter not in "MxF":
        raise ExpressionFailure("D3133", value=marker.letter)
    name = (_DAYS if marker.letter == "F" else _MONTHS)[int(value)]
    name = name.upper() if marker.named == "upper" else name.lower() if marker.named == "lower" else name
    return name[: marker.longest]


def _zone(marker: _Marker, hours: int, minutes: int) -> str:
    offset, integer = hours * 100 + minutes, marker.integer
    if offset == 0 and marker.is_z:
        return "Z"
    if integer.every or integer.least in (3, 4):
        text = formatted(offset, integer)
    elif integer.least in (1, 2):
        text = formatted(hours, integer) + (f":{formatted(minutes, picture('00'))}" if minutes else "")
    else:
        raise ExpressionFailure("D3134", value=integer.least)
    return "GMT" * (marker.letter == "z") + "+" * (offset >= 0) + text


_TIMESTAMP = re.compile(
    r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII
)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([+-]\d\d):?(\d\d)|Z)?|Z)?", re.ASCII
)


def to_millis(evaluation: Evaluation, timestamp: Value, written: Value = UNDEFINED) -> Value:
    if timestamp is UNDEFINED:
        return timestamp
    if written is not UNDEFINED:
        return _parsed(timestamp, written, evaluation)
    if not _TIMESTAMP.fullmatch(timestamp):
        raise ExpressionFailure("D3110", value=timestamp)
    match = _DATE.fullmatch(timestamp)
    return math.nan if match is None else _of_date(*match.groups())


def _of_date(*groups: str | None) -> Value:
    """The milliseconds of an ISO date. Days that a month does not have are those of the next; no zone is UTC."""
    year, month, day, hour, minute, second = (
        int(part or least) for part, least in zip(groups[:6], "011000", strict=True)
    )
    fraction, zone, zone_minutes = groups[6:]
    wrong = hour > 24 or (hour == 24 and (minute or second or int(fraction or 0)))
    if not 1 <= month <= 12 or not 1 <= day <= 31 or wrong:
        return math.nan
    offset = int(zone or 0) * 60 + int(f"{(zone or '+')[0]}{zone_minutes or 0}")
    if abs(offset) >= 24 * 60:
        return math.nan
    of_day = (hour * 60 + minute - offset) * 60_000 + second * 1000 + int((fraction or "")[:3].ljust(3, "0"))
    return _days(year, month, day) * _DAY + of_day


# Dates by a picture


_Reader = tuple[str, "Callable[[str], Value] | None"]


@lru_cache(maxsize=256)
def _pattern(written: str) -> tuple[Regex, tuple[tuple[str, Callable[[str], Value] | None], ...]]:
    """The regular expression of a picture, and for each group its component and how that is read."""
    from regress import Regex

    readers: list[tuple[str, Callable[[str], Value] | None]] = []
    pattern = ""
    for part in _markers(written):
        if isinstance(part, str):
            text, read = re.sub(r"[.*+?^${}()|[\]\\]", r"\\\g<0>", part), None
        else:
            text, read = _reader(part)
        pattern += f"({text})"
        readers.append(("" if isinstance(part, str) else part.letter, read))
    return Regex(f"^{pattern}$", "i"), tuple(readers)


def _reader(marker: _Marker) -> _Reader:
    if marker.letter in "Zz":
        return _zone_reader(marker)
    if marker.letter in _NUMBERS and not marker.named:
        return parser(marker.integer, marker.width)
    if marker.letter in "Mx":
        names = {name[: marker.longest or None]: place for place, name in enumerate(_MONTHS) if place}
    elif marker.letter == "F":
        names = {name[: marker.longest or None]: place for place, name in enumerate(_DAYS) if place}
    elif marker.letter == "P":
        names = {"am": 0, "AM": 0, "pm": 1, "PM": 1}
    else:
        raise ExpressionFailure("D3133", value=marker.letter)
    return "[a-zA-Z]+", lambda text: names.get(text, UNDEFINED)


def _zone_reader(marker: _Marker) -> _Reader:
    integer = marker.integer
    separator = integer.separators[0][1] if integer.every else ""
    before = "GMT" if marker.letter == "z" else ""
    pattern = f"{before}[-+][0-9]+" + (f"{separator}[0-9]+" if separator else "")

    def read(text: str) -> Value:
        text = text[len(before) :]
        if separator:
            hours, _, minutes = text.partition(separator)
        else:
            hours, minutes = (text, "0") if len(text) <= 3 else (text[:3], text[3:])
        return leading_integer(hours) * 60 + leading_integer(minutes)

    return pattern, read


def _parsed(timestamp: str, written: str, evaluation: Evaluation) -> Value:
    regex, readers = _pattern(written)
    found = regex.find(timestamp)
    if found is None:
        return UNDEFINED
    texts = timestamp.encode()
    components: dict[str, Value] = {}
    for place, (letter, read) in enumerate(readers, 1):
        span = found.group(place)
        if read is not None and span is not None:
            components[letter] = read(texts[span].decode())
    if not components:
        return UNDEFINED
    date, time = _forms(components)
    _complete(components, date + time, Moment.at(evaluation.millis))
    return _milliseconds(components, date, time)


def _forms(components: dict[str, Value]) -> tuple[str, str]:
    """Which components make up the date and the time, by those that are given."""
    there = {letter for letter, value in components.items() if value == value and value}
    if _is_of(there, "YXMxWwdD", "YMD"):
        date = "YMD"
    elif _is_of(there, "YXMxWwdD", "Yd"):
        date = "YD"
    elif _is_of(there, "YXMxWwdD", "Xxw"):
        date = "XxwF"
    else:
        date = "XWF" if _is_of(there, "YXMxWwdD", "XW") else "YMD"
    return date, "Phmsf" if not _is_of(there, "PHhmsf", "Hmsf") and _is_of(there, "PHhmsf", "Phmsf") else "Hmsf"


def _is_of(there: set[str], letters: str, form: str) -> bool:
    """Whether of `letters` some of `form` and no others are given."""
    given = there & set(letters)
    return bool(given) and given <= set(form)


def _complete(components: dict[str, Value], letters: str, now: Moment) -> None:
    """What is not given is now's before the first that is, and the least possible behind the last one.

    Raises:
        ExpressionFailure: D3136 where one is missing between.
    """
    begun = ended = False
    for letter in letters:
        if components.get(letter, UNDEFINED) is UNDEFINED:
            if begun:
                components[letter] = 1 if letter in "MDd" else 0
                ended = True
            else:
                components[letter] = _component(now, letter)
        else:
            begun = True
            if ended:
                raise ExpressionFailure("D3136")


def _milliseconds(components: dict[str, Value], date: str, time: str) -> Value:
    if date.startswith("X"):
        raise ExpressionFailure("D3136")
    month = components.get("M", 0)
    month = month if month and month > 0 else 1
    day = components["D"]
    if date == "YD":
        # Of a day beyond the year, only month and day are taken.
        derived = Moment.at((_days(int(components["Y"]), 1) + int(components["d"]) - 1) * _DAY)
        month, day = derived.month, derived.day
    hour = components.get("H", 0)
    if time.startswith("P"):
        hour = (0 if components["h"] == 12 else components["h"]) + 12 * (components["P"] == 1)
    parts = (components["Y"], month, day, hour, components["m"], components["s"], components["f"])
    if any(part != part for part in parts):
        return math.nan
    year = components["Y"] + 1900 if 0 <= components["Y"] <= 99 else components["Y"]
    of_day = ((hour * 60 + components["m"]) * 60 + components["s"]) * 1000 + components["f"]
    millis = _days(int(year), int(month), int(day)) * _DAY + of_day
    return number(float(millis - (components.get("Z") or components.get("z") or 0) * 60_000))


def now(evaluation: Evaluation, written: Value = UNDEFINED, timezone: Value = UNDEFINED) -> Value:
    return from_millis(evaluation.millis, written, timezone)


def millis(evaluation: Evaluation) -> Value:
    return evaluation.millis
