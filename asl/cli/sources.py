"""The definitions that a command line names: files, folders, or standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from asl.reading import LONGEST, Text, UnreadableError, read
from asl.syntax.shapes import Object, as_object

_SUFFIXES = (".json", ".yaml", ".yml")
_YAML = (".yaml", ".yml")
_LARGEST_BYTES = 4 * LONGEST
_SKIPPED = ("node_modules", "__pycache__")
_LIKELY = re.compile(r"\"(?:StartAt|States)\"|^['\"]?(?:StartAt|States)\b", re.MULTILINE)
"""What makes a file in a folder worth reading: there are others beside it, of many kinds."""


@dataclass(frozen=True, slots=True)
class Source:
    """One definition by the name it was found under; `problem` where it cannot be read."""

    name: str
    text: Text | None
    problem: UnreadableError | None = None

    @property
    def definition(self) -> Object:
        return as_object(self.text.value) if self.text else {}

    def line(self, path: str) -> int:
        """The line of a finding's path, or of the nearest thing around it that is there."""
        return self.text.line(path) if self.text else self.problem.line if self.problem else 1

    def is_open(self, path: str) -> bool:
        """Whether at `path` stands a placeholder without quotes: of what deployment puts there nothing is known."""
        return self.text is not None and self.text.is_open(path)


def sources(names: Iterable[str]) -> list[Source]:
    """The definitions that `names` lead to, folders in the order of their files' names.

    Raises:
        typer.BadParameter: for a name that leads nowhere.
    """
    found = [source for name in names for source in _of(name)]
    if not found:
        raise typer.BadParameter("no definition found there: no JSON or YAML file with StartAt and States")
    return found


def _of(name: str) -> Iterator[Source]:
    path = Path(name)
    if name != "-" and path.is_dir():
        yield from _in_folder(path)
    else:
        yield source(name)


def source(name: str) -> Source:
    """The definition in one file; `-` is standard input.

    Raises:
        typer.BadParameter: when there is no such file, or it must not be read.
    """
    try:
        data = sys.stdin.buffer.read(_LARGEST_BYTES + 1) if name == "-" else _bytes(Path(name))
    except OSError as error:
        raise typer.BadParameter(f"{name}: {error.strerror or error}") from error
    return _read("standard input" if name == "-" else name, data)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_BYTES + 1)


def _read(name: str, data: bytes) -> Source:
    try:
        found = read(_decoded(data), yaml=name.lower().endswith(_YAML))
        if not isinstance(found.value, dict):
            raise UnreadableError(found.place.line, 1, "expected an object with StartAt and States")
    except UnreadableError as problem:
        return Source(name, None, problem)
    return Source(name, found)


def _decoded(data: bytes) -> str:
    if len(data) > _LARGEST_BYTES:
        raise UnreadableError(1, 1, f"over {_LARGEST_BYTES:,} bytes, where AWS takes {LONGEST:,} characters at most")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise UnreadableError(line, column, f"no UTF-8: byte 0x{data[error.start]:02x}") from None


def _in_folder(folder: Path) -> Iterator[Source]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for path in (Path(root, name) for name in sorted(files) if name.lower().endswith(_SUFFIXES)):
            try:
                data = _bytes(path)
            except OSError as error:
                raise typer.BadParameter(f"{path}: {error.strerror or error}") from error
            if _LIKELY.search(data.decode("utf-8", "replace")):
                found = _read(str(path), data)
                if found.problem or "StartAt" in found.definition or "States" in found.definition:
                    yield found
