"""The lines of a file of any size, numbered, in a memory that no line can outgrow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_BYTES = 262_144
"""The largest input of an execution, and so of a line: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class LineRefusedError(ValueError):
    """A line that cannot become an order; the message is the reason, for whoever wrote the file."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, by its number from 1; of one that is too long only its size is kept."""

    number: int
    size: int
    body: bytes | None

    @property
    def is_blank(self) -> bool:
        return self.body is not None and not self.body.strip()

    @property
    def text(self) -> str:
        """Raises LineRefusedError for one that is too long, or no UTF-8."""
        if self.body is None:
            raise LineRefusedError(f"has {self.size:,} bytes; a line may have {MAX_BYTES:,} at most")
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            found = self.body[error.start]
            raise LineRefusedError(
                f"is not UTF-8: byte {error.start + 1} is 0x{found:02x}; save the file as UTF-8"
            ) from error


class Lines:
    """Lines one after the other; those that were taken in vain can be put back."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._left = _lines(chunks)
        self._back: deque[Line] = deque()

    def take(self) -> Line | None:
        """The next line; None after the last one."""
        return self._back.popleft() if self._back else next(self._left, None)

    def put_back(self, lines: Iterable[Line]) -> None:
        self._back.extendleft(reversed(list(lines)))

    def written(self) -> Iterator[Line]:
        """The lines that are left and have anything in them."""
        while (line := self.take()) is not None:
            if not line.is_blank:
                yield line


def _lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    growing = _Growing()
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            growing.add(piece)
            yield growing.line()
        growing.add(rest)
    if growing.size:
        yield growing.line()


class _Growing:
    """The line that is being read: of one that has become too long nothing more is held."""

    def __init__(self) -> None:
        self.size, self._number = 0, 1
        self._held: list[bytes] = []

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= MAX_BYTES:
            self._held.append(piece)
        else:
            self._held.clear()

    def line(self) -> Line:
        """The line that ends here; Windows ends lines with two bytes. The next one begins."""
        body = b"".join(self._held).removesuffix(b"\r") if self.size <= MAX_BYTES else None
        line = Line(self._number, self.size, body)
        self.size, self._number = 0, self._number + 1
        self._held.clear()
        return line
