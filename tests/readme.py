"""The README's fenced blocks, which tests hold to what they say."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "README.md"
README = PAGE.read_text()


def block(language: str, holding: str) -> str:
    """The fenced block of `language` that holds a text."""
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if holding in text]
    return found
