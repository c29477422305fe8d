"""Texts from definitions inside Markdown: shown as they are, whatever they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

_PART = re.compile(r"'[^']*'\S*|\S+")
_PROSE = re.compile(r"[('\[]*[A-Za-z][A-Za-z0-9]*(?:[.:'-][A-Za-z0-9]+)*[)'\]]*[.,:;]*|\d+(?:\.\d+)?[,;:)]*|%|[→—]")
"""A word or number that means nothing to Markdown, to Mermaid or to GitHub, which would greet an @name."""


def say(text: str) -> str:
    """A sentence. What is no plain word becomes code, neighbours together."""
    parts = _PART.findall(text)
    runs = groupby(parts, key=lambda part: all(_PROSE.fullmatch(word) for word in part.split()))
    return " ".join(" ".join(run) if prose else code(" ".join(run)) for prose, run in runs)


def code(text: str) -> str:
    """Code in a line or a table's cell: nothing in it ends the code, the cell or the line."""
    plain = " ".join(text.split()).replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain else ""


def block(language: str, text: str) -> str:
    """A block in a fence that is longer than any inside."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def money(dollars: float) -> str:
    """Dollars with four digits that count below one: $0.001436, $12.34."""
    if dollars >= 1 or not dollars:
        return f"${dollars:,.2f}"
    exponent = int(f"{dollars:e}".partition("e")[2])
    return f"${dollars:.{3 - exponent}f}"


def relative(before: float, after: float) -> str:
    """How much more or less: +5.2 %; nothing where it cannot be said."""
    if before == after or not before:
        return ""
    return f"{(after - before) / before:+.1%}".replace("%", " %")


def count(number: int, singular: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{number} {singular}{'' if number == 1 else 's'}"


def cut(lines: Sequence[str], most: int, more: str = "{}") -> list[str]:
    """At most `most` lines, and one that says how many more there are."""
    rest = len(lines) - most
    return [*lines] if rest <= 0 else [*lines[:most], more.format(f"and {rest} more")]
