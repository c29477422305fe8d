"""The pages that people read first, and the fenced blocks on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, its language, its text without indentation, and the line that it begins in."""

    page: str
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def name(self) -> str:
        """The file that the block is, or changes: its first line says so, `# workflows/restock.py`."""
        named = re.match(r"(?:#|//) (\S+\.\w+)\n", self.text)
        return named[1] if named else ""

    @property
    def body(self) -> str:
        """The text without the line that names the file."""
        return self.text.partition("\n")[2] if self.name else self.text


@dataclass(frozen=True)
class Command:
    """What is typed, and the lines that come out, in which `...` stands for what is left out."""

    typed: str
    shown: tuple[str, ...]


def pages() -> list[str]:
    """README and everything in docs/ and examples/, from the root of the repository."""
    files = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md"))
    return sorted(file.relative_to(ROOT).as_posix() for file in files if "node_modules" not in file.parts)


def blocks(page: str, language: str | None = None) -> list[Block]:
    """The blocks of a page, or those in a language."""
    text = (ROOT / page).read_text()
    found = [
        Block(
            page,
            fence["language"],
            re.sub(f"^{fence['indent']}", "", fence["text"], flags=re.MULTILINE),
            text.count("\n", 0, fence.start()) + 1,
        )
        for fence in FENCE.finditer(text)
    ]
    return [block for block in found if language in (None, block.language)]


def program(page: str) -> str:
    """All Python of a page, one block after the other."""
    return "\n".join(block.text for block in blocks(page, "python"))


def commands(block: Block) -> Iterator[Command]:
    """What a block has people type: lines that begin with `$`, or all where none does; a backslash goes on."""
    text = block.text.replace("\\\n", "\\\0")
    if not re.search(r"^\$ ", text, re.MULTILINE):
        yield from (Command(line.replace("\0", "\n"), ()) for line in text.splitlines() if line.strip())
        return
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        typed, *shown = part.splitlines()
        yield Command(typed.replace("\0", "\n"), tuple(shown))


def prose(page: str) -> str:
    """What stands on a page outside of its blocks."""
    return FENCE.sub("", (ROOT / page).read_text())
