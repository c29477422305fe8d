"""Regular expressions as functions: https://docs.jsonata.org/2.0.0/regex"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from asl.running.jsonata.calling import Evaluation, Function, apply
from asl.running.jsonata.texts import text, units
from asl.running.jsonata.values import DICT, LIST, UNDEFINED, Array, ExpressionFailure, Object, Value

if TYPE_CHECKING:
    from regress import Match

    from asl.syntax.regular_expressions import RegularExpression


class Matcher(Function):
    """A regular expression: called with a text, it gives its first match, with a function `next` for the following."""

    __slots__ = ("_expression",)

    def __init__(self, expression: RegularExpression) -> None:
        super().__init__(2, holds=False)
        self._expression = expression

    def handed(self) -> Function:
        return self

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        subject = arguments[0] if isinstance(arguments[0], str) else text(arguments[0])
        start = arguments[1] if len(arguments) > 1 and type(arguments[1]) is int else 0
        matches = self.matches(subject, start)
        return _match(next(matches, None), matches)

    def matches(self, subject: str, start: int = 0) -> Iterator[Object]:
        """Its matches from a position on, one after the other.

        Raises:
            ExpressionFailure: D1004 for one of no length, unless it is the first or at the end.
        """
        places = _Places(subject, self._expression.groups)
        for number, match in enumerate(self._expression.regex.find_iter(subject) or ()):
            found = places.match(match)
            if found["start"] < start:
                continue
            if not found["match"] and number:
                raise ExpressionFailure("D1004")
            yield found
            if found["end"] >= places.length:
                return
            if not found["match"]:
                raise ExpressionFailure("D1004")


class _Places:
    """Where matches lie: the engine counts bytes of UTF-8, JavaScript units of UTF-16."""

    def __init__(self, subject: str, groups: int) -> None:
        self._groups = range(1, groups + 1)
        self._bytes = None if subject.isascii() else subject.encode("utf-8", "surrogatepass")
        self._subject = subject
        self.length = len(units(subject))
        self._byte = self._unit = 0

    def match(self, match: Match) -> Object:
        span = match.range()
        start = self._unit_at(span.start)
        matched = self._text(span)
        groups = Array(self._group(match.group(number)) for number in self._groups)
        return Object(match=matched, start=start, end=start + len(units(matched)), groups=groups)

    def _group(self, span: slice | None) -> Value:
        return UNDEFINED if span is None else self._text(span)

    def _text(self, span: slice) -> str:
        return self._subject[span] if self._bytes is None else self._bytes[span].decode("utf-8", "surrogatepass")

    def _unit_at(self, byte: int) -> int:
        if self._bytes is None:
            return byte
        # Matches come from left to right, so that each part is counted once.
        self._unit += len(units(self._bytes[self._byte : byte].decode("utf-8", "surrogatepass")))
        self._byte = byte
        return self._unit


class _Next(Function):
    """The function that gives the match after one."""

    __slots__ = ("_rest",)

    def __init__(self, rest: Iterator[Object]) -> None:
        super().__init__(0, holds=False)
        self._rest = rest

    def call(self, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
        return _match(next(self._rest, None), self._rest)


def _match(found: Object | None, rest: Iterator[Object]) -> Value:
    return UNDEFINED if found is None else Object(found, next=_Next(rest))


def matches(function: Value, subject: str, evaluation: Evaluation) -> Iterator[Value]:
    """The matches of a regular expression, or of a function that stands in for one.

    Raises:
        ExpressionFailure: T1010 where the function gives no match.
    """
    if type(function) is Matcher:
        yield from function.matches(subject)
        return
    found = apply(function, [subject], None, evaluation)
    while found is not UNDEFINED:
        if found and not _is_match(found):
            raise ExpressionFailure("T1010")
        yield found
        found = apply(found.get("next", UNDEFINED), [UNDEFINED], None, evaluation)


def _is_match(found: Value) -> bool:
    return isinstance(found, DICT) and (
        type(found.get("start")) in (int, float)
        or isinstance(found.get("groups"), LIST)
        or isinstance(found.get("next"), Function)
    )
