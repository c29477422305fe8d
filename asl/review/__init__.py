"""What a change of a program does to its machines: described before and after, compared, and told in Markdown.

What is not asked for is not loaded: a program describes its machines, and compares none.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asl.review.description import FOLDER, Description, Stack, read
    from asl.review.markdown import review
    from asl.review.masking import Masks

__all__ = ["FOLDER", "Description", "Masks", "Stack", "read", "review"]

_HOMES = {
    "asl.review.description": ("FOLDER", "Description", "Stack", "read"),
    "asl.review.markdown": ("review",),
    "asl.review.masking": ("Masks",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            found: object = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'asl.review' has no attribute '{name}'")
