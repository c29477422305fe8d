"""`${…}` with anything inside, brackets and texts included, as Terraform and the Serverless Framework have it."""

from __future__ import annotations

import re
from collections.abc import Callable

from asl.reading.templates.functions import placeholder

_SIGN = re.compile(r'["{}\\]')


def end_of(text: str, start: int) -> int:
    """Where the `${…}` that begins at `start` ends; the end of `text` where it does not."""
    depth, quoted, at = 0, False, start
    while match := _SIGN.search(text, at):
        at, sign = match.end(), match[0]
        if sign == "\\":
            at += 1
        elif sign == '"':
            quoted = not quoted
        elif not quoted or text.startswith("${", match.start() - 1):
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return at
    return len(text)


def interpolated(text: str, value: Callable[[str], str | None]) -> str:
    """`text` with the `value` of what is inside for every `${…}`, a placeholder where that is None.

    `$${` stands for `${` itself.
    """
    found: list[str] = []
    at = 0
    while (start := text.find("${", at)) >= 0:
        if text.startswith("$", start - 1) and start > at:
            found.append(text[at : start - 1] + "${")
            at = start + 2
            continue
        end = end_of(text, start)
        inside = text[start + 2 : end - 1].strip()
        given = value(inside)
        found += [text[at:start], placeholder(inside) if given is None else given]
        at = end
    return "".join(found) + text[at:]


def whole(text: str) -> str:
    """What is inside where `text` is one `${…}` and nothing else; empty otherwise."""
    text = text.strip()
    return text[2:-1].strip() if text.startswith("${") and end_of(text, 0) == len(text) and text[-1] == "}" else ""
