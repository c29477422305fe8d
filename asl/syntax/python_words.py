"""Text that Python or Pulumi writes in place of a value, when a program makes text of what is none."""

from __future__ import annotations

import re

_OBJECT = re.compile(r"<[\w.<>]+ object at 0x[0-9a-fA-F]+>|<(?:bound method|function|class|module|coroutine object) ")
OUTPUT_TEXT = "Calling __str__ on an Output"
"""What Pulumi's text in place of an Output begins with."""


def written_by_mistake(text: str) -> str:
    """What `text` holds that nobody meant to write: see the answers below. Empty where it holds nothing.

    https://www.pulumi.com/docs/iac/concepts/inputs-outputs/#outputs-and-strings
    """
    if OUTPUT_TEXT in text:
        return "what Pulumi writes where an Output is put into a text"
    # Asked first, because it is quick and nearly always answers.
    if "<" in text and (found := _OBJECT.search(text)):
        whole = "object at" in found[0]
        return (
            "what Python writes where an object is put into a text" if whole else "Python's words for a piece of code"
        )
    return ""
