"""JSON as https://www.rfc-editor.org/rfc/rfc8259 has it, and placeholders where a value stands.

Python's own decoder reads what is plain JSON. What it refuses, or takes though AWS would not, is read once more, part
by part: for the placeholders in it, or for the place of what is wrong.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import count
from json import JSONDecodeError, JSONDecoder

from asl.reading.building import DEEPEST, Builder, Place, Text, UnreadableError
from asl.syntax.shapes import as_list, as_object

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])", re.ASCII)
_PLACEHOLDER = re.compile(r"\$\{[^{}\"\n]+\}")
_WORD = re.compile(r"[^\s,:\[\]{}\"]+")
_CONSTANTS = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 400
_DECODER = JSONDecoder()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.builder = text, Builder()
        self.at: int = 0
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def read(self) -> Text:
        self.space()
        self.value()
        while (container := self.builder.container) is not None:
            self.object_part(container) if isinstance(container, dict) else self.array_part(container)
        self.space()
        if self.at < len(self.text):
            raise self.expected("the end of the file")
        assert self.builder.result is not None  # noqa: S101 - a value was read
        return self.builder.result

    def object_part(self, container: dict[str, object]) -> None:
        if self.closed("}", "a comma or }", empty=not container):
            return
        if self.peek() != '"':
            raise self.expected("a key in double quotes")
        line, column = self.place(self.at)
        self.builder.key(self.string(), line, column)
        self.space()
        if self.peek() != ":":
            raise self.expected("a colon after the key")
        self.at += 1
        self.space()
        self.value()

    def array_part(self, container: list[object]) -> None:
        if not self.closed("]", "a comma or ]", empty=not container):
            self.value()

    def closed(self, sign: str, wanted: str, *, empty: bool) -> bool:
        """Whether the innermost object or array ends here; if not, the comma before its next part is passed."""
        self.space()
        if self.peek() == sign:
            self.at += 1
            self.builder.end()
            return True
        if not empty:
            if self.peek() != ",":
                raise self.expected(wanted)
            self.at += 1
            self.space()
        return False

    def value(self) -> None:
        line, column = self.place(self.at)
        sign = self.peek()
        if sign in ("{", "["):
            self.at += 1
            self.builder.begin({} if sign == "{" else [], line, column)
        elif sign == '"':
            self.builder.value(self.string(), line)
        elif match := _PLACEHOLDER.match(self.text, self.at):
            self.at = match.end()
            self.builder.value(match[0], line, open=True)
        else:
            self.builder.value(self.scalar(), line)

    def string(self) -> str:
        try:
            found, self.at = _DECODER.raw_decode(self.text, self.at)
        except JSONDecodeError as error:
            raise UnreadableError(*self.place(error.pos), f"in a string: {error.msg}") from None
        return str(found)

    def scalar(self) -> object:
        if match := _NUMBER.match(self.text, self.at):
            whole = match[1] is None and match[2] is None
            if len(match[0]) > _LONGEST_NUMBER or not (whole or math.isfinite(float(match[0]))):
                raise UnreadableError(*self.place(self.at), "a number beyond what any field takes")
            self.at = match.end()
            return int(match[0]) if whole else float(match[0])
        word = _WORD.match(self.text, self.at)
        if word is None or word[0] not in _CONSTANTS:
            raise self.expected("a value in JSON")
        self.at = word.end()
        return _CONSTANTS[word[0]]

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1

    def expected(self, what: str) -> UnreadableError:
        word = _WORD.match(self.text, self.at)
        found = f"'{word[0][:40]}'" if word else f"'{self.peek()}'" if self.peek() else "the end of the file"
        return UnreadableError(*self.place(self.at), f"expected {what}, found {found}")


def read_json(text: str) -> Text:
    """The value that `text` holds. Keys that stand twice, NaN and Infinity are refused: AWS refuses them too."""
    try:
        value = _PLAIN.decode(text)
    except (ValueError, RecursionError):
        return _Reader(text).read()
    return _Reader(text).read() if _is_too_deep(value) else Text(value, lambda: _places(text))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _number(written: str) -> float:
    found = float(written)
    if len(written) > _LONGEST_NUMBER or not math.isfinite(found):
        raise ValueError(written)
    return found


def _whole(written: str) -> int:
    if len(written) > _LONGEST_NUMBER:
        raise ValueError(written)
    return int(written)


def _constant(written: str) -> object:
    raise ValueError(written)


_PLAIN = JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_whole, parse_constant=_constant)


def _is_too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(DEEPEST + 1):
        inside = [part for one in level for part in as_object(one).values() or as_list(one)]
        level = [part for part in inside if isinstance(part, _CONTAINERS)]
        if not level:
            return False
    return True


_CONTAINERS: tuple[type[object], ...] = (dict, list)


def _places(text: str) -> Place:
    """Where each value of `text` stands, which is known to be JSON; looked for inside those alone that are asked."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(begin: int) -> Place:
        inside = _inside(text, begin)
        return Place(bisect_right(starts, begin), inside=lambda: {key: place(inner) for key, inner in inside})

    return place(_past_blanks(text, 0))


def _inside(text: str, begin: int) -> Iterator[tuple[str | int, int]]:
    """The key or index of each value in the object or array that begins at `begin`, and where it begins itself."""
    is_object = text[begin] == "{"
    at = _past_blanks(text, begin + 1) if text[begin] in "{[" else len(text)
    for index in count():
        if text[at : at + 1] in ("}", "]", ""):
            return
        key: str | int = index
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _past_blanks(text, _past_blanks(text, at) + 1)
        yield key, at
        _, at = _DECODER.raw_decode(text, at)
        at = _past_blanks(text, at)
        if text[at] == ",":
            at = _past_blanks(text, at + 1)


def _past_blanks(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
