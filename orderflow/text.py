"""Text from elsewhere, made fit to print: one line, of bounded length, with nothing a terminal would act on."""

from __future__ import annotations


def one_line(text: str, limit: int = 200) -> str:
    """`text` on one line of at most `limit` characters; what cannot be printed is shown as its escape."""
    line = printable(" ".join(text[: limit * 8].split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def printable(text: str, keep: str = "") -> str:
    """`text` with the escape of each character that cannot be printed; those in `keep` stay."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
