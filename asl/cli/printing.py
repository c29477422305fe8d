"""What commands print: in colour on a terminal, and plain everywhere else, without loading what colours it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Segments: TypeAlias = Sequence[tuple[str, str]]
"""Texts with their styles; an empty style is none."""

WIDE = 120
"""The width of tables that go to a file or a pipe, in columns."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def one_line(text: str) -> str:
    """`text` without what would end the line or reach the terminal as a command."""
    return _CONTROL.sub(" ", text)


def result(text: str, style: str = "") -> None:
    """A line of the result, for standard output."""
    segments([(text, style)])


def segments(parts: Segments) -> None:
    """A line of the result that is made of parts."""
    _print(sys.stdout, [(one_line(text), style) for text, style in parts])


def aside(text: str) -> None:
    """A line beside the result, for standard error."""
    _print(sys.stderr, [(one_line(text), "")])


def raw(text: str) -> None:
    """A whole document, as it is."""
    sys.stdout.write(text)


def table(made: Table) -> None:
    """A table of rich."""
    console = _console(sys.stdout)
    if not sys.stdout.isatty():
        console.width = WIDE
    console.print(made)


def _print(stream: TextIO, parts: Segments) -> None:
    if not stream.isatty():
        stream.write("".join(text for text, _ in parts) + "\n")
        return
    from rich.text import Text  # colours alone need it, and loading it takes as long as a check

    _console(stream).print(Text.assemble(*parts), soft_wrap=True)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(file=stream, highlight=False)
