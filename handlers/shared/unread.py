"""What could not be read of a book: kept with its reason, so that everything beside it is still looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from handlers.shared.errors import TechnicalError

Read = TypeVar("Read")

REASON_CHARACTERS = 300
"""How much of a reason is kept: a person reads it in a line, and some hundred travel in one batch."""


@dataclass(frozen=True)
class Unread:
    """A row, or something of the provider's or carrier's, that cannot be made out: `key` is its id in its book, and
    `reason` says why, to a person; `order_id` is the order's that it is for, where at least that can be read."""

    key: str
    reason: str
    order_id: str = ""


class NotThereError(TechnicalError):
    """The book holds nothing under this id."""


def reading(key: str, look: Callable[[], Read], order_id: object = None) -> Read | Unread:
    """What `look` gives, or why it gives nothing, whatever it raises; `order_id` is what stands for the order's."""
    try:
        return look()
    except Exception as error:
        return Unread(key, why_not(error), order_id if isinstance(order_id, str) else "")


def looking_up(key: str, look: Callable[[], Read]) -> Read | Unread | None:
    """As `reading`; None where the book holds nothing under this id."""

    def found() -> Read | None:
        try:
            return look()
        except NotThereError:
            return None

    return reading(key, found)


def why_not(error: Exception) -> str:
    """What went wrong, in a line."""
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    told = " ".join(str(error).split())
    return (told if isinstance(error, ValueError | TechnicalError) else f"{type(error).__name__}: {told}")[
        :REASON_CHARACTERS
    ]
