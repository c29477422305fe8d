"""Text from elsewhere, made fit to print: one line, of bounded length, with nothing a terminal would act on."""

from __future__ import annotations


def one_line(text: str, limit: int = 200) -> str:
    """`text` on one line of at most `limit` characters; what cannot be printed is shown as its escape."""
    line = "".join(char if char.isprintable() else _escape(char) for char in " ".join(text[: limit * 8].split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
