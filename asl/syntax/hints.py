"""Hints at the name that was probably meant, within a bound on what they may cost."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import islice

LONGEST_NAMED = 100
"""Letters of a name that gets a hint; AWS's own names and states' have 80 at most."""
LARGEST_CROWD = 500
"""Among more names than this nobody looks for the nearest."""
COMPARISONS = 20_000
"""How many names are compared for the hints of one check: of hundreds of misspelt names the first get one."""
_LIKELIEST = 4
_NEAR = 0.6

_left: ContextVar[list[int] | None] = ContextVar("comparisons left", default=None)


@contextmanager
def hints_within(comparisons: int = COMPARISONS) -> Generator[None]:
    """While inside, all hints together cost so many comparisons at most; what is found after that gets none."""
    before = _left.set([comparisons])
    try:
        yield
    finally:
        _left.reset(before)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the name that was probably meant, with its leading blank; empty where nothing is near."""
    meant = near(name, known)
    return f" (did you mean '{meant}'?)" if meant and meant != name else ""


def nearest_field(name: str, known: Collection[str], language: str) -> str:
    """As `nearest`, among fields of which some belong to one query language: the other's lead to their counterpart."""
    meant = near(name, known)
    if language == "JSONata":
        here = _JSONATA.get(meant) or (meant.removesuffix("Path") if meant not in ("", "Path") else "")
    else:
        here = next((field for field in _JSONPATH.get(meant, (meant,)) if field in known), "")
    return f" (did you mean '{here}'?)" if here and here != name and here in known else ""


_JSONATA = {
    "Parameters": "Arguments", "InputPath": "Arguments", "ItemsPath": "Items", "ResultSelector": "Output",
    "ResultPath": "Output", "OutputPath": "Output",
}  # fmt: skip
"""Of JSONPath's fields; what ends with Path beside these has the same name without it."""
_JSONPATH = {"Arguments": ("Parameters",), "Items": ("ItemsPath",), "Output": ("OutputPath", "ResultPath")}
"""https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""


def near(name: str, known: Iterable[str]) -> str:
    """Which of the `known` is the most like `name`; empty where nothing is."""
    crowd = [other for other in islice(known, LARGEST_CROWD + 1) if len(other) <= LONGEST_NAMED]
    if len(name) > LONGEST_NAMED or len(crowd) > LARGEST_CROWD or not _afforded(len(crowd)):
        return ""
    matcher = SequenceMatcher(b=name)

    def alike(other: str, exactly: bool = False) -> float:
        matcher.set_seq1(other)
        return matcher.ratio() if exactly else min(matcher.real_quick_ratio(), matcher.quick_ratio())

    # The quick ratio counts common letters, the exact one looks for them in order, which takes a hundred times as long.
    likeliest = nlargest(_LIKELIEST, ((alike(other), other) for other in crowd))
    best = max(((alike(other, exactly=True), other) for quick, other in likeliest if quick >= _NEAR), default=(0.0, ""))
    return best[1] if best[0] >= _NEAR else ""


def _afforded(comparisons: int) -> bool:
    left = _left.get()
    if left is None:
        return True
    left[0] -= comparisons
    return left[0] >= 0
