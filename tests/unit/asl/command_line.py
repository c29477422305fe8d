"""The command line in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from asl.cli import main


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed; `output` is both streams in their order."""

    exit_code: int
    stdout: str
    stderr: str
    output: str


def run(*arguments: object, input: str | bytes | None = None) -> Result:
    """`python -m asl` with `arguments`, `input` on standard input."""
    given = input.encode() if isinstance(input, str) else input or b""
    stdin = io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
    both: list[str] = []
    out, err = _Stream(both), _Stream(both)
    code = 0
    with patch.object(sys, "stdin", stdin), redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Result(code, out.getvalue(), err.getvalue(), "".join(both))


class _Stream(io.StringIO):
    def __init__(self, both: list[str]) -> None:
        super().__init__()
        self._both = both

    def write(self, text: str, /) -> int:
        self._both.append(text)
        return super().write(text)

    def writelines(self, lines: Iterable[str], /) -> None:
        for line in lines:
            self.write(line)
