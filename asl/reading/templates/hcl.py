"""Values in Terraform's language, as they stand in `jsonencode(…)`.

What has to be computed stays a placeholder: https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

import json
import re

from asl.reading.building import Place, UnreadableError
from asl.reading.templates.functions import placeholder
from asl.reading.templates.interpolations import end_of, interpolated, whole
from asl.reading.templates.parts import Part

_SPACE = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BLANKS = re.compile(r"[ \t]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_CONSTANTS = {"true": True, "false": False, "null": None}


def read_hcl(text: str, line: int) -> Part:
    """The value that `text` holds, every part of it in `line`.

    Raises:
        UnreadableError: for what is no expression.
    """
    reader = _Reader(text, line)
    found = reader.value()
    reader.space()
    if reader.at < len(text):
        raise reader.unreadable("the end of the expression")
    return found


class _Reader:
    def __init__(self, text: str, line: int) -> None:
        self.text, self.line, self.at = text, line, 0

    def value(self) -> Part:
        """A value, and if more than that stands there, a placeholder for what it comes to."""
        self.space()
        start = self.at
        found = self.simple()
        if found is not None:
            self.at = self.after(_BLANKS)
            if self.text[self.at : self.at + 1] in ("", ",", "}", "]", ")", "\n", "\r", "#"):
                return found
        self.at = start
        return self.computed()

    def simple(self) -> Part | None:
        sign = self.text[self.at : self.at + 1]
        if sign == '"':
            return self.string()
        if sign in ("{", "["):
            opened = self.at
            self.at += 1
            self.space()
            if re.compile(r"for\b").match(self.text, self.at):
                self.at = opened
                return None
            return self.object() if sign == "{" else self.array()
        if match := _NUMBER.match(self.text, self.at):
            self.at = match.end()
            return self.part(json.loads(match[0]))
        match = _NAME.match(self.text, self.at)
        if match and match[0] in _CONSTANTS:
            self.at = match.end()
            return self.part(_CONSTANTS[match[0]])
        return None

    def object(self) -> Part:
        values: dict[str, object] = {}
        place = Place(self.line)
        while not self.closed("}"):
            key = self.key()
            self.space()
            if self.text[self.at : self.at + 1] not in ("=", ":"):
                raise self.unreadable("= after a key")
            self.at += 1
            given = self.value()
            values[key], place.inner[key] = given.value, given.place
        return Part(values, place)

    def array(self) -> Part:
        values: list[object] = []
        place = Place(self.line)
        while not self.closed("]"):
            given = self.value()
            place.inner[len(values)] = given.place
            values.append(given.value)
        return Part(values, place)

    def closed(self, sign: str) -> bool:
        """Whether the object or array ends here; if not, what parts its elements is passed."""
        self.space()
        if self.text[self.at : self.at + 1] == ",":
            self.at += 1
            self.space()
        if self.at >= len(self.text):
            raise self.unreadable(f"a value or {sign}")
        if self.text[self.at] == sign:
            self.at += 1
            return True
        return False

    def key(self) -> str:
        if self.text[self.at] == '"':
            return str(self.string().value)
        if self.text[self.at] == "(":
            return str(self.computed().value)
        if match := _NAME.match(self.text, self.at) or _NUMBER.match(self.text, self.at):
            self.at = match.end()
            return match[0]
        raise self.unreadable("a key")

    def string(self) -> Part:
        end = self.at + 1
        while self.text[end : end + 1] not in ('"', ""):
            if self.text.startswith("${", end) and not self.text.startswith("$", end - 1):
                end = end_of(self.text, end)
            else:
                end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise self.unreadable("the end of a text")
        inside, self.at = self.text[self.at + 1 : end], end + 1
        if computed := whole(inside):
            return self.part(placeholder(computed), open=True)
        unescaped = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, interpolated(inside, lambda _: None))
        return self.part(unescaped.replace("%%{", "%{"))

    def computed(self) -> Part:
        """An expression up to the comma, line or bracket that ends it."""
        start, depth = self.at, 0
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == '"':
                self.string()
                continue
            if depth == 0 and sign in ",}])\n":
                break
            depth += (sign in "([{") - (sign in ")]}")
            self.at += 1
        written = self.text[start : self.at].strip()
        if not written:
            raise self.unreadable("a value")
        return self.part(placeholder(written), open=True)

    def part(self, value: object, *, open: bool = False) -> Part:
        return Part(value, Place(self.line, open))

    def space(self) -> None:
        self.at = self.after(_SPACE)

    def after(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        return match.end() if match else self.at

    def unreadable(self, wanted: str) -> UnreadableError:
        found = self.text[self.at : self.at + 20] or "the end"
        return UnreadableError(self.line, 1, f"in jsonencode: expected {wanted}, found '{found}'")


def _unescaped(match: re.Match[str]) -> str:
    written = match[1]
    if written[0] == "u" and len(written) == 5:
        return chr(int(written[1:], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(written, written)
