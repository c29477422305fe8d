"""$formatNumber: numbers by a picture as `#,##0.00`.

https://docs.jsonata.org/2.0.0/numeric-functions#formatnumber; the pictures are those of XPath's format-number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from asl.running.jsonata.numbers import to_round
from asl.running.jsonata.values import UNDEFINED, ExpressionFailure, Value, number_text

_SYMBOLS = {
    "decimal-separator": ".", "grouping-separator": ",", "exponent-separator": "e", "infinity": "Infinity",
    "minus-sign": "-", "NaN": "NaN", "percent": "%", "per-mille": "\u2030", "zero-digit": "0", "digit": "#",
    "pattern-separator": ";",
}  # fmt: skip


def format_number(value: Value, picture: Value, options: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return value
    own: dict[str, str] = options or {}
    symbols = {**_SYMBOLS, **own}
    pictures = picture.split(symbols["pattern-separator"])
    if len(pictures) > 2:
        raise ExpressionFailure("D3080")
    parts = [_Parts.of(one, symbols) for one in pictures]
    for one in parts:
        one.check()
    formats = [_Format.of(one) for one in parts]
    if value >= 0:
        return formats[0].write(value)
    if len(formats) == 1:
        return replace(formats[0], prefix=symbols["minus-sign"] + formats[0].prefix).write(value)
    return formats[1].write(value)


def _digits(symbols: Mapping[str, str]) -> str:
    zero = ord(symbols["zero-digit"])
    return "".join(map(chr, range(zero, zero + 10)))


@dataclass(frozen=True)
class _Parts:
    """A picture taken apart."""

    picture: str
    symbols: Mapping[str, str]
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str

    @staticmethod
    def of(picture: str, symbols: Mapping[str, str]) -> _Parts:
        active_letters = _digits(symbols) + "".join(
            symbols[name] for name in ("decimal-separator", "grouping-separator", "digit", "pattern-separator")
        )
        places = [place for place, letter in enumerate(picture) if letter in active_letters]
        start, end = (places[0], places[-1] + 1) if places else (0, len(picture))
        prefix, active, suffix = picture[:start], picture[start:end], picture[end:]
        at = picture.find(symbols["exponent-separator"], start)
        mantissa, exponent = active, None
        if at != -1 and at <= end:
            # The place is one in the picture, and it is the active part that is cut there.
            mantissa, exponent = active[:at], active[at + 1 :]
        integer, point, fraction = mantissa.partition(symbols["decimal-separator"])
        return _Parts(
            picture, symbols, prefix, suffix, active, mantissa, exponent, integer, fraction if point else suffix
        )

    def count(self, part: str, *, optional: bool = False) -> int:
        """How many digits `part` has, with or without the optional ones."""
        wanted = _digits(self.symbols) + (self.symbols["digit"] if optional else "")
        return sum(letter in wanted for letter in part)

    def check(self) -> None:
        """Refuse a picture that is none; of several reasons the last one is told."""
        reasons = [code for code, wrong in self._reasons().items() if wrong]
        if reasons:
            raise ExpressionFailure(reasons[-1])

    def _reasons(self) -> dict[str, bool]:
        symbols, picture, digits = self.symbols, self.picture, _digits(self.symbols)
        point, group = symbols["decimal-separator"], symbols["grouping-separator"]
        percent, per_mille = symbols["percent"], symbols["per-mille"]
        letters = digits + "".join(
            symbols[name]
            for name in ("decimal-separator", "exponent-separator", "grouping-separator", "digit", "pattern-separator")
        )
        at = picture.find(point)
        optional = self.integer.find(symbols["digit"])
        last_optional = self.fraction.rfind(symbols["digit"])
        scaled = percent in picture or per_mille in picture
        return {
            "D3081": at != picture.rfind(point),
            "D3082": picture.count(percent) > 1,
            "D3083": picture.count(per_mille) > 1,
            "D3084": percent in picture and per_mille in picture,
            "D3085": self.count(self.mantissa, optional=True) == 0,
            "D3086": any(letter not in letters for letter in self.active),
            "D3087": at != -1 and group in (picture[at - 1 : at], picture[at + 1 : at + 2]),
            "D3088": at == -1 and self.integer.endswith(group),
            "D3089": group * 2 in picture,
            "D3090": optional != -1 and self.count(self.integer[:optional]) > 0,
            "D3091": last_optional != -1 and self.count(self.fraction[last_optional:]) > 0,
            "D3092": bool(self.exponent) and scaled,
            "D3093": self.exponent is not None
            and (not self.exponent or any(letter not in digits for letter in self.exponent)),
        }


@dataclass(frozen=True)
class _Format:
    """How a number is written."""

    symbols: Mapping[str, str]
    prefix: str
    suffix: str
    scale: int
    groups: tuple[int, ...]
    """Where separators stand in the integer part, in digits from its end."""
    regular: int
    """The same distance each time, or 0."""
    fraction_groups: tuple[int, ...]
    least_integer: int
    scaling: int
    least_fraction: int
    most_fraction: int
    least_exponent: int
    has_point: bool

    @staticmethod
    def of(parts: _Parts) -> _Format:
        symbols = parts.symbols
        least_integer = scaling = parts.count(parts.integer)
        least_fraction, most_fraction = parts.count(parts.fraction), parts.count(parts.fraction, optional=True)
        if least_integer == 0 and most_fraction == 0:
            if parts.exponent is not None:
                least_fraction = most_fraction = 1
            else:
                least_integer = 1
        if parts.exponent is not None and least_integer == 0 and symbols["digit"] in parts.integer:
            least_integer = 1
        if least_integer == 0 and least_fraction == 0:
            least_fraction = 1
        groups = _groups(parts, parts.integer, left=False)
        return _Format(
            symbols,
            parts.prefix,
            parts.suffix,
            100 if symbols["percent"] in parts.picture else 1000 if symbols["per-mille"] in parts.picture else 1,
            groups,
            _regular(groups),
            _groups(parts, parts.fraction, left=True),
            least_integer,
            scaling,
            least_fraction,
            most_fraction,
            parts.count(parts.exponent or ""),
            symbols["decimal-separator"] in parts.picture,
        )

    def write(self, value: float) -> str:
        value = value * self.scale
        exponent: int | None = None
        if self.least_exponent:
            value, exponent = self._scaled(value)
        whole, _, fraction = self._text(to_round(value, self.most_fraction), self.most_fraction).partition(".")
        zero = self.symbols["zero-digit"]
        whole = whole.lstrip(zero).rjust(self.least_integer, zero)
        fraction = fraction.rstrip(zero).ljust(self.least_fraction, zero)
        written = self._grouped(whole, fraction)
        if exponent is not None:
            sign = self.symbols["minus-sign"] if exponent < 0 else ""
            power = self._text(exponent, 0).rjust(self.least_exponent, zero)
            written += self.symbols["exponent-separator"] + sign + power
        return self.prefix + written + self.suffix

    def _scaled(self, value: float) -> tuple[float, int]:
        """The mantissa and the exponent."""
        highest, lowest, exponent = 10.0**self.scaling, 10.0 ** (self.scaling - 1), 0
        if value <= 0:
            raise ExpressionFailure("time")  # JSONata 2.0.6 goes on for ever
        while value < lowest:
            value, exponent = value * 10, exponent - 1
        while value > highest:
            value, exponent = value / 10, exponent + 1
        return value, exponent

    def _text(self, value: float, places: int) -> str:
        """JavaScript's toFixed of the absolute value, in the digits of the picture."""
        value = abs(value)
        if not value < 1e21:
            written = number_text(value)
        else:
            written = str(Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
        return written.translate(dict(zip(map(ord, "0123456789"), _digits(self.symbols), strict=True)))

    def _grouped(self, whole: str, fraction: str) -> str:
        separator, point = self.symbols["grouping-separator"], self.symbols["decimal-separator"]
        written, end = whole + point + fraction, len(whole)
        if self.regular:
            for at in reversed(range(len(whole) % self.regular or self.regular, len(whole), self.regular)):
                written, end = written[:at] + separator + written[at:], end + len(separator)
        for place in () if self.regular else self.groups:
            written = written[: end - place] + separator + written[end - place :]
            end += 1
        start = written.index(point) + 1
        for place in self.fraction_groups:
            written = written[: start + place] + separator + written[start + place :]
        # Without a point in the picture the last character goes, whatever it is.
        return written if self.has_point and not written.endswith(point) else written[:-1]


def _groups(parts: _Parts, part: str, *, left: bool) -> tuple[int, ...]:
    """Where the separators in `part` stand, in digits on their left or right."""
    separator = parts.symbols["grouping-separator"]
    places: list[int] = []
    at = part.find(separator)
    while at != -1:
        places.append(parts.count(part[:at] if left else part[at:], optional=True))
        at = parts.integer.find(separator, at + 1)
    return tuple(places)


def _regular(groups: tuple[int, ...]) -> int:
    if not groups:
        return 0
    distance = math.gcd(*groups)
    return distance if all(count * distance in groups for count in range(1, len(groups) + 1)) else 0
