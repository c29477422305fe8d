"""Why a path leads no further."""

from __future__ import annotations


class BlockedError(Exception):
    """A walk cannot go on. The way to where it is stands between the two halves of the text, if in it at all."""

    def __init__(self, before: str, after: str = "", *, tells_way: bool = True) -> None:
        super().__init__(before, after)
        self._tells_way = tells_way
        self._before, self._after = before, after
        self.way: list[str] = []
        """The steps to where it is, the last one first."""

    def __str__(self) -> str:
        return f"{self._before}${''.join(reversed(self.way))}{self._after}" if self._tells_way else self._before


class NothingThereError(BlockedError):
    """There is nothing where the walk has to go on."""
