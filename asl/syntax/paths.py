"""Paths into data: `$` (the input), `$$` (the context object) or `$name` (a variable), then fields and elements."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

_ROOT = re.compile(r"\$\$|\$(?!\$)(?:[^\W\d]\w*)?")
_NAME = re.compile(r"\.\.?(\*|[^\s.\[\]()*?@,'\"$]+(?:\(\))?)|\.\.?(?=\[)")
_INDEX = re.compile(r"-?\d+")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_NAMES = re.compile(r"""(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))+""")
_COMPUTED = re.compile(r"\?.+|\(.+\)", re.DOTALL)
_FROM_END = re.compile(r"\(\s*@\.(?:length|size)(?:\(\))?\s*-\s*(\d{1,9})\s*\)")


class Path(NamedTuple):
    """A parsed path; `problem` says what is wrong with it. `single` paths name one place: they are reference paths."""

    root: str
    steps: tuple[str, ...]
    """Names and indices up to the first step that can name several places."""
    single: bool
    problem: str = ""


@lru_cache(maxsize=2**16)
def parse_path(text: str) -> Path:
    """Read `text` as AWS does (Jayway's JSONPath): https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html

    Jayway passes over blanks at the end.
    """
    text = text.rstrip()
    match = _ROOT.match(text)
    if match is None:
        return Path("", (), False, "does not start with $")
    root, at = match[0], match.end()
    steps: list[str] = []
    single = True
    while at < len(text):
        if text[at] == "[":
            end = _closing(text, at)
            if end < 0:
                return Path(root, tuple(steps), False, f"the bracket at character {at + 1} is not closed")
            step = _bracket(text[at + 1 : end])
            if step is None:
                return Path(root, tuple(steps), False, f"'{text[at : end + 1][:80]}' is no index, name or filter")
            at = end + 1
        else:
            found = _NAME.match(text, at)
            if found is None:
                return Path(root, tuple(steps), False, f"character {at + 1} ('{text[at]}') cannot stand there")
            at = found.end()
            if found[0] == ".":  # `$.[0]` reads like `$[0]`
                continue
            many = found[0].startswith("..") or found[1] == "*" or found[0].endswith("()")
            step = "" if many else found[1]
        single = single and step != ""
        if single:
            steps.append(step)
    return Path(root, tuple(steps), single)


class Segment(NamedTuple):
    """One step of a path that runs: what it is, and whether it looks at every depth (`..`)."""

    kind: Literal["names", "any", "indices", "slice", "from end", "filter"]
    names: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    """The indices; of `from end` what is added to the array's length, -1 for `[(@.length-1)]`."""
    bounds: tuple[int | None, int | None] = (None, None)
    text: str = ""
    """A filter without its brackets and question mark."""
    deep: bool = False

    @property
    def single(self) -> bool:
        """Whether it leads to one value: a name, several names (an object of them), an index."""
        return not self.deep and (self.kind in ("names", "from end") or len(self.numbers) == 1)


@lru_cache(maxsize=2**14)
def segments(text: str) -> tuple[Segment, ...]:
    """The steps of a path without problems, in order: what `parse_path` reads of it, for those who run it.

    Raises:
        ValueError: for a script in a path that is no `(@.length-1)`.
    """
    text = text.rstrip()
    root = _ROOT.match(text)
    at, found, deep = root.end() if root else 0, list[Segment](), False
    while at < len(text):
        if text[at] == "[":
            end = _closing(text, at)
            found.append(_bracketed(text[at + 1 : end].strip())._replace(deep=deep))
            at, deep = end + 1, False
            continue
        match = _NAME.match(text, at)
        if match is None:
            break
        at, deep = match.end(), deep or match[0].startswith("..")
        if match[1] is not None:  # else the dots stand before a bracket
            found.append(Segment("any", deep=deep) if match[1] == "*" else Segment("names", (match[1],), deep=deep))
            deep = False
    return tuple(found)


def _bracketed(inner: str) -> Segment:
    if _QUOTED.fullmatch(inner) or _NAMES.fullmatch(inner):
        names = [match[1] if match[1] is not None else match[2] for match in _QUOTED.finditer(inner)]
        return Segment("names", tuple(_unescaped(name) for name in names))
    if inner == "*":
        return Segment("any")
    if inner.startswith("?"):
        return Segment("filter", text=inner[1:].strip())
    if script := _FROM_END.fullmatch(inner):
        return Segment("from end", numbers=(-int(script[1]),))
    if inner.startswith("("):
        raise ValueError(f"'{inner[:40]}' is no script that Step Functions knows")
    if ":" in inner:
        first, last, *_ = (int(bound) if bound.strip() else None for bound in inner.split(":"))
        return Segment("slice", bounds=(first, last))
    return Segment("indices", numbers=tuple(int(index) for index in inner.split(",")))


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)


def _bracket(inner: str) -> str | None:
    """A name or an index; empty for what names several places; None for what is no step."""
    inner = inner.strip()
    if _INDEX.fullmatch(inner):
        return f"[{inner}]"
    if quoted := _QUOTED.fullmatch(inner):
        return quoted[1] or quoted[2] or "''"
    return "" if _is_many(inner) or _NAMES.fullmatch(inner) or _COMPUTED.fullmatch(inner) else None


def _is_many(inner: str) -> bool:
    """Whether it is `*`, a slice or several indices. Split, since a pattern with blanks in many places is quadratic."""
    if ":" in inner:
        bounds = [bound.strip() for bound in inner.split(":")]
        return len(bounds) <= 3 and all(not bound or _INDEX.fullmatch(bound) for bound in bounds)
    indices = inner.split(",")
    return inner == "*" or (len(indices) > 1 and all(_INDEX.fullmatch(index.strip()) for index in indices))


def _closing(text: str, opening: int) -> int:
    """Where the bracket at `opening` closes, past quoted text and brackets inside; -1 where it does not."""
    depth, quote, at = 0, "", opening
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth == 0:
                return at if char == "]" else -1
        at += 1
    return -1
