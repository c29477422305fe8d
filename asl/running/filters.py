"""Filters of paths, `?(@.price < 10 && @.category == 'fiction')`, as Jayway's JsonPath has them.

https://github.com/json-path/JsonPath#filter-operators
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from asl.syntax.paths import segments

Test: TypeAlias = Callable[[object, object], bool]
"""Whether an element passes; the second is the document."""
Value: TypeAlias = Callable[[object, object], object]

MISSING = object()
"""What a path in a filter gives that finds nothing."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<path>[@$](?:[\w.\-]|\[[^\]]*\])*) |
    (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") |
    (?P<regex>/(?:[^/\\]|\\.)+/[a-z]*) |
    (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) |
    (?P<operator>==|!=|<=|>=|=~|<|>|&&|\|\||!|\(|\)|\[|\]|,) |
    (?P<word>\w+)
    )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}


class FilterError(ValueError):
    """A filter that cannot be read."""


class _Token(NamedTuple):
    kind: str
    text: str


@lru_cache(maxsize=1024)
def test_of(text: str) -> Test:
    """The test that a filter writes, without its brackets and question mark.

    Raises:
        FilterError: for what is no filter.
    """
    tokens: list[_Token] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FilterError(f"'{text[at:][:40]}' cannot stand in a filter")
        tokens.append(_Token(match.lastgroup or "", match[match.lastgroup or ""]))
        at = match.end()
    parser = _Parser(tokens)
    test = parser.alternatives()
    parser.expect_end()
    return test


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def alternatives(self) -> Test:
        tests = [self._conjunction()]
        while self._takes("||"):
            tests.append(self._conjunction())
        return tests[0] if len(tests) == 1 else lambda one, document: any(test(one, document) for test in tests)

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise FilterError(f"'{self._tokens[self._at].text}' stands behind the filter")

    def _conjunction(self) -> Test:
        tests = [self._term()]
        while self._takes("&&"):
            tests.append(self._term())
        return tests[0] if len(tests) == 1 else lambda one, document: all(test(one, document) for test in tests)

    def _term(self) -> Test:
        if self._takes("!"):
            inner = self._term()
            return lambda one, document: not inner(one, document)
        if self._takes("("):
            inner = self.alternatives()
            if not self._takes(")"):
                raise FilterError("a parenthesis is not closed")
            return inner
        left = self._value()
        operator = self._peek()
        if operator in _OPERATORS:
            self._at += 1
            compare, right = _OPERATORS[operator], self._value()
            return lambda one, document: compare(left(one, document), right(one, document))
        return lambda one, document: left(one, document) is not MISSING

    def _value(self) -> Value:
        if self._at == len(self._tokens):
            raise FilterError("the filter breaks off")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "path":
            return _path(text)
        if kind == "operator" and text == "[":
            return self._list()
        constant = _constant(kind, text)
        return lambda one, document: constant

    def _list(self) -> Value:
        values: list[Value] = []
        while not self._takes("]"):
            if values and not self._takes(","):
                raise FilterError("a comma is missing between the values of a list")
            values.append(self._value())
        return lambda one, document: [value(one, document) for value in values]

    def _peek(self) -> str:
        return self._tokens[self._at].text.lower() if self._at < len(self._tokens) else ""

    def _takes(self, operator: str) -> bool:
        if self._peek() == operator:
            self._at += 1
            return True
        return False


def _constant(kind: str, text: str) -> object:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if kind == "number":
        return float(text) if re.search(r"[.eE]", text) else int(text)
    if kind == "regex":
        pattern, _, flags = text[1:].rpartition("/")
        return re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
    if kind == "word" and text in _WORDS:
        return _WORDS[text]
    raise FilterError(f"'{text}' is no value")


def _path(text: str) -> Value:
    parts = segments(f"${text[1:]}")
    if not all(part.kind in ("name", "index") for part in parts):
        raise FilterError(f"'{text}' leads to several places")
    steps: list[str | int] = [part.names[0] if part.kind == "name" else part.numbers[0] for part in parts]
    of_document = text.startswith("$")

    def value(one: object, document: object) -> object:
        found = document if of_document else one
        for step in steps:
            try:
                found = found[step]  # type: ignore[index] # pyright: ignore[reportIndexIssue, reportUnknownVariableType] what cannot be indexed has nothing there
            except (KeyError, IndexError, TypeError):
                return MISSING
        return found  # pyright: ignore[reportUnknownVariableType]

    return value


def _equal(left: object, right: object) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left is not MISSING and right is not MISSING and left == right


def _ordered(compare: Callable[[object, object], bool]) -> Callable[[object, object], bool]:
    def test(left: object, right: object) -> bool:
        numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right))
        return (numbers or (isinstance(left, str) and isinstance(right, str))) and compare(left, right)

    return test


def _elements(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _contains(left: object, right: object) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return any(_equal(one, right) for one in _elements(left))


def _size(value: object) -> int | None:
    return len(value) if isinstance(value, str | list | dict) else None  # pyright: ignore[reportUnknownArgumentType]


_OPERATORS: dict[str, Callable[[object, object], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    "<=": _ordered(lambda left, right: left <= right),  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    ">": _ordered(lambda left, right: left > right),  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    ">=": _ordered(lambda left, right: left >= right),  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    "=~": lambda left, right: isinstance(left, str) and cast("re.Pattern[str]", right).fullmatch(left) is not None,
    "in": lambda left, right: _contains(_elements(right), left),
    "nin": lambda left, right: not _contains(_elements(right), left),
    "subsetof": lambda left, right: all(_contains(right, one) for one in _elements(left)),
    "anyof": lambda left, right: any(_contains(right, one) for one in _elements(left)),
    "noneof": lambda left, right: not any(_contains(right, one) for one in _elements(left)),
    "contains": _contains,
    "size": lambda left, right: _size(left) == right,
    "empty": lambda left, right: (_size(left) == 0) is right,
}
