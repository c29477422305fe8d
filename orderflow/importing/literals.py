"""JSON values as Python writes them, in the style of formatters: on one line where they fit, else one part a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias, cast

WIDTH, INDENT = 120, 4
LEAST = 40
"""The least room for a part of a text, however deep it stands."""
INLINE = 4
"""How many values an object on one line has at most: more are read one below the other."""


@dataclass(frozen=True)
class Call:
    """A name, or with `arguments` a call of a function."""

    name: str
    arguments: Sequence[str] | None = None

    def __str__(self) -> str:
        return self.name if self.arguments is None else f"{self.name}({', '.join(self.arguments)})"


Expression: TypeAlias = Callable[[object, str | int], Call | None]
"""What stands for the value of a container's key in place of itself; None where it is itself."""
Name: TypeAlias = Callable[[str], str | None]
"""The variable that stands for a placeholder in a text; None where the text means itself."""


class Writer:
    """Writes values; `expression` and `name` say what of them are variables."""

    def __init__(self, placeholder: re.Pattern[str], expression: Expression, name: Name) -> None:
        self._placeholder, self._expression, self._name = placeholder, expression, name

    def write(self, value: object, indent: int, before: int, after: int = 1) -> str:
        """`value`, whose first line has `before` characters in front of it and whose last has `after` behind it."""
        short = self._on_one_line(value)
        if short is not None and before + len(short) + after <= WIDTH:
            return short
        inner = indent + INDENT
        if isinstance(value, dict):
            return _exploded("{", self._fields(cast("dict[str, object]", value), inner), "}", indent)
        if isinstance(value, list):
            return _exploded("[", self._elements(cast("list[object]", value), inner), "]", indent)
        if isinstance(value, str):
            width = max(LEAST, WIDTH - inner - len('f""'))
            lines = "".join(f"{' ' * inner}{self._text(part)}\n" for part in self._split(value, width))
            return f"(\n{lines}{' ' * indent})"
        return _scalar(value)

    def _fields(self, value: Mapping[str, object], indent: int) -> Iterator[str]:
        for key, inner in value.items():
            head = f"{self._text(key)}: "
            yield head + self._value(value, key, inner, indent, indent + len(head))

    def _elements(self, value: Sequence[object], indent: int) -> Iterator[str]:
        for index, inner in enumerate(value):
            yield self._value(value, index, inner, indent, indent)

    def _value(self, container: object, key: str | int, value: object, indent: int, before: int) -> str:
        said = self._expression(container, key)
        if said is None:
            return self.write(value, indent, before)
        return wrapped(f"{said.name}(", said.arguments, ")", indent, before + len(",")) if said.arguments else str(said)

    def _on_one_line(self, value: object) -> str | None:
        """None for what reads better on several, however short."""
        if isinstance(value, dict):
            held = cast("dict[str, object]", value)
            if _leaves(held) > INLINE or any(isinstance(one, dict) and "Type" in one for one in held.values()):
                return None
            said = [self._said(held, key, inner) for key, inner in held.items()]
            if None in said:
                return None
            return "{" + ", ".join(f"{self._text(key)}: {one}" for key, one in zip(held, said, strict=True)) + "}"
        if isinstance(value, list):
            listed = cast("list[object]", value)
            said = [self._said(listed, index, one) for index, one in enumerate(listed)]
            return None if None in said else "[" + ", ".join(cast("list[str]", said)) + "]"
        return self._text(value) if isinstance(value, str) else _scalar(value)

    def _said(self, container: object, key: str | int, value: object) -> str | None:
        said = self._expression(container, key)
        return self._on_one_line(value) if said is None else str(said)

    def _text(self, text: str) -> str:
        """A text, as an f-string where something in it is a variable."""
        found = [match for match in self._placeholder.finditer(text) if self._name(match[0])]
        if not found:
            return _quoted(_escaped(text))
        written, at = list[str](), 0
        for match in found:
            written += [_doubled(_escaped(text[at : match.start()])), "{" + str(self._name(match[0])) + "}"]
            at = match.end()
        written.append(_doubled(_escaped(text[at:])))
        return "f" + _quoted("".join(written))

    def _split(self, text: str, width: int) -> Iterator[str]:
        """The text in parts that fit, broken between lines or words where there are any."""
        while text:
            if (
                len(text) <= 4 * width and len(self._text(text)) - len('f""') <= width
            ):  # a long one is not written whole
                yield text
                return
            end = self._longest(text, width)
            yield text[:end]
            text = text[end:]

    def _longest(self, text: str, width: int) -> int:
        """Where the first part of a text ends: behind a line, a word, or what else fits, and in no placeholder."""
        near = [*takewhile(lambda match: match.start() <= width, self._placeholder.finditer(text))]
        inside = {at for match in near for at in range(match.start() + 1, match.end())}
        line = text.find("\n", 0, width) + 1
        for end in range(line or min(len(text), width), 0, -1):
            if end not in inside and len(self._text(text[:end])) - len('f""') <= width:
                word = max(text.rfind(sign, 0, end) for sign in " ,;") + 1
                return word if end != line and word > end // 2 else end
        return near[0].end() if near else 1


def wrapped(head: str, parts: Sequence[str], tail: str, indent: int, used: int, *, single: str = "") -> str:
    """A call or a signature: on one line, with its parts on the next, or with each of them on one of its own.

    `used` are the columns of the line that are taken, `single` goes behind a part that is alone on the next line.
    """
    joined, inner = ", ".join(parts), " " * (indent + INDENT)
    if used + len(head) + len(joined) + len(tail) <= WIDTH:
        return f"{head}{joined}{tail}"
    if len(inner) + len(joined) <= WIDTH:
        return f"{head}\n{inner}{joined}{single if len(parts) == 1 else ''}\n{' ' * indent}{tail}"
    return _exploded(head, iter(parts), tail, indent)


def _exploded(left: str, parts: Iterator[str], right: str, indent: int) -> str:
    lines = "".join(f"{' ' * (indent + INDENT)}{part},\n" for part in parts)
    return f"{left}\n{lines}{' ' * indent}{right}"


def _leaves(value: object) -> int:
    """How many values are in one, and what holds others counts as one more."""
    if isinstance(value, dict):
        return sum(1 + _leaves(one) * isinstance(one, dict) for one in cast("dict[str, object]", value).values())
    return 1


def _scalar(value: object) -> str:
    return repr(value)


def _escaped(text: str) -> str:
    """A text between quotes, with no quote of it escaped yet."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in inside)


def _doubled(text: str) -> str:
    """A part of an f-string, where a brace stands twice for itself."""
    return text.replace("{", "{{").replace("}", "}}")


def _quoted(inside: str) -> str:
    """Between the quotes of which the text has fewer, double ones where that is the same."""
    quote = "'" if inside.count('"') > inside.count("'") else '"'
    return quote + inside.replace(quote, f"\\{quote}") + quote
