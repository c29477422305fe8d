"""A definition as a text that a template puts together, each piece with its line there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import NamedTuple

from asl.reading.building import Place, Text, UnreadableError
from asl.reading.json_text import read_json
from asl.reading.templates.parts import Block, Part

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\$\{[^{}"\n]+\}|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")


class Piece(NamedTuple):
    """A text whose first character stands in `line`; each line feed leads to the next line where `counts`."""

    text: str
    line: int
    counts: bool = False


def written(part: Part) -> list[Piece]:
    """A text as it stands in the template."""
    return [Piece(part.text, part.line, isinstance(part.place, Block))]


def joined(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def substituted(pieces: Iterable[Piece], value: Callable[[str], str | None]) -> list[Piece]:
    """The pieces with the `value` of its name for every `${name}`; those of no value stay."""
    found: list[Piece] = []
    for piece in pieces:
        end, line = 0, piece.line
        for match in _REFERENCE.finditer(piece.text):
            filled = value(match[1])
            if filled is None:
                continue
            before = piece.text[end : match.start()]
            found.append(Piece(before, line, piece.counts))
            line += before.count("\n") if piece.counts else 0
            found.append(Piece(filled, line))
            end = match.end()
        found.append(Piece(piece.text[end:], line, piece.counts))
    return found


def read_written(pieces: list[Piece]) -> Text:
    """The definition that the pieces make together, with the template's lines.

    To know each value's line it is read with each token in a line of its own.

    Raises:
        UnreadableError: with the template's line.
    """
    text = joined(pieces)
    starts, known = _lines(pieces)
    lines: list[int] = []
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        tokens.append(match[0])
        lines += [known[bisect_right(starts, match.start()) - 1]] * (1 + match[0].count("\n"))
    try:
        found = read_json("\n".join(tokens))
    except UnreadableError as error:
        line = lines[min(error.line, len(lines)) - 1] if lines else pieces[0].line
        raise UnreadableError(line, 1, f"in the definition's text: {error.message}") from None
    return Text(found.value, lambda: _moved(found.place, lines), has_open=found.has_open)


def _lines(pieces: list[Piece]) -> tuple[list[int], list[int]]:
    """Where in the joined text another line begins, and which."""
    starts, lines = [0], [pieces[0].line]
    at = 0
    for piece in pieces:
        starts.append(at)
        lines.append(piece.line)
        for count, match in enumerate(re.finditer("\n", piece.text) if piece.counts else (), 1):
            starts.append(at + match.end())
            lines.append(piece.line + count)
        at += len(piece.text)
    return starts, lines


def _moved(place: Place, lines: list[int]) -> Place:
    inner = {key: _moved(one, lines) for key, one in place.inner.items()}
    return Place(lines[place.line - 1], place.open, inner)
