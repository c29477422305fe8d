"""Regular expressions of JSONata, which are JavaScript's and not Python's.

A named group is written `(?<name>…)`, a look-behind may be of any length, and there are neither inline flags nor
possessive or atomic groups: https://docs.jsonata.org/2.0.0/regex
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regress import Regex


class RegularExpressionError(ValueError):
    """A pattern that JavaScript does not take."""


@dataclass(frozen=True, slots=True)
class RegularExpression:
    """One that JavaScript takes, and how many groups it has."""

    regex: Regex
    groups: int


_GROUP = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(\((?!\?)|\(\?<(?![=!]))", re.DOTALL)
"""What may hide a bracket, and one that opens a group."""


def compiled(pattern: str, flags: Any) -> RegularExpression:
    """`pattern` as JSONata's parser hands it over, with its flags `i` and `m`.

    Raises:
        RegularExpressionError: saying what is wrong with it.
    """
    from regress import Regex, RegressError

    told = "i" * flags.case_insensitive + "m" * flags.multiline
    try:
        return RegularExpression(Regex(pattern, told), sum(bool(found[1]) for found in _GROUP.finditer(pattern)))
    except RegressError as problem:
        raise RegularExpressionError(f"/{pattern[:80]}/ is no regular expression of JavaScript: {problem}") from None
