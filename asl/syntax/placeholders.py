"""Values that are not known yet. In a definition and in a policy they stand as `${name}` inside a string."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_PLACEHOLDER = re.compile(r"\$\{([^{}]+)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with every `${name}` that `values` knows replaced; the others stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text) if "${" in text else text


def replaced(text: str, value: Callable[[str], str]) -> str:
    """`text` with the `value` of its name for every `${name}`."""
    return _PLACEHOLDER.sub(lambda match: value(match[1]), text)


def is_placeholder(text: str) -> bool:
    """Whether `text` is one `${name}` and nothing else."""
    return _PLACEHOLDER.fullmatch(text) is not None


def stand_in(text: str, word: str = "x") -> str:
    """`text` with `word` for every `${name}`, to look at the form of what is around."""
    return _PLACEHOLDER.sub(word, text) if "${" in text else text
