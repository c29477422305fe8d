"""A reader of a page, who types what it says, changes files as its diffs say, and compares what comes out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.hangs import HANG_SECONDS
from tests.pages import Block, blocks, commands, prose

TUTORIAL, MIGRATING = "docs/tutorial.md", "docs/migrating.md"
"""The pages that are followed from their beginning to their end."""
INSTALLING = ("python3 -m venv", "pip install")
"""What the test has done before."""
WITH_AN_ACCOUNT = "pulumi "
READ, TYPED, LETTERS = 200, 40, 5
"""Words a minute, and the letters of a word that is typed."""


def followed(page: str) -> list[Block]:
    """The blocks of a page that are followed: all but those that need an account."""
    return [block for block in blocks(page) if not block.text.startswith(f"$ {WITH_AN_ACCOUNT}")]


@dataclass
class Reader:
    """`folder` is where the reader is; `environment` has the wheel's commands on its PATH."""

    folder: Path
    environment: Mapping[str, str]

    def follow(self, page: str) -> None:
        """Do all that the page says, block by block, as far as there is no need of an account."""
        for block in followed(page):
            if block.language == "console":
                for command in commands(block):
                    if not command.typed.startswith(INSTALLING):
                        said = self.type(command.typed, fails=any(map(_is_a_failure, command.shown)))
                        require_shown(command.shown, said, command.typed)
            elif block.language == "diff":
                self.change(block)
            elif block.name:
                file = self.folder / block.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.body)

    def type(self, command: str, *, fails: bool = False) -> str:
        """What a command says; `cd` moves the reader."""
        where = f"{command}\ncode=$?; echo; pwd; exit $code"
        done = subprocess.run(
            ["bash", "-c", where],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=HANG_SECONDS,
        )
        assert (done.returncode != 0) == fails, f"{command}\n{done.stdout}"
        said, here = done.stdout.rstrip("\n").rsplit("\n", 1)
        self.folder = Path(here)
        return said

    def change(self, block: Block) -> None:
        """Change a file as a diff says; what it takes away stands there once."""
        file = self.folder / block.name
        before, after = _sides(block)
        text = file.read_text()
        assert text.count(before) == 1, f"{block}: not once in {block.name}:\n{before}"
        file.write_text(text.replace(before, after))


def steps_of_the_workflow(folder: Path) -> list[str]:
    """What the workflow of GitHub's that the reader has copied runs, without installing, for pull request 7."""
    (file,) = (folder / ".github" / "workflows").glob("*.yml")
    (job,) = yaml.safe_load(file.read_text())["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    return [run.replace("${{ github.event.number }}", "7") for run in runs if not run.startswith(INSTALLING)]


def minutes(page: str) -> float:
    """How long a page takes to read, with all that comes out, and to type."""
    read, typed = [prose(page)], list[str]()
    for block in blocks(page):
        if block.language == "console":
            for command in commands(block):
                typed.append(command.typed)
                read += command.shown
        elif block.language == "diff":
            read.append(block.text)
            typed.append(_changed(*_sides(block)))
        else:
            read.append(block.text)
    words = sum(len(text.split()) for text in read)
    return words / READ + sum(map(len, typed)) / LETTERS / TYPED


def require_shown(shown: Sequence[str], said: str, command: str) -> None:
    """Fail unless the lines come out in this order, with nothing between them where no `...` says so."""
    pattern = "".join(_line(line) for line in shown) if shown else r"(?:.*\n)*"
    told = re.sub(r" +$", "", said, flags=re.MULTILINE).strip("\n") + "\n"
    assert re.fullmatch(pattern + (r"(?:.*\n)*" if shown and shown[-1] == "..." else ""), told), f"{command}\n{told}"


def _line(line: str) -> str:
    return r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n"


def _is_a_failure(line: str) -> bool:
    return line.startswith(("orderflow: ", "FAILED "))


def _sides(block: Block) -> tuple[str, str]:
    """What stands there before and after the change that a diff tells."""

    def side(sign: str) -> str:
        return "".join(f"{line[1:]}\n" for line in block.body.splitlines() if line[:1] in (sign, " "))

    return side("-"), side("+")


def _changed(before: str, after: str) -> str:
    """What is typed to make one of the other: all from the first difference to the last, but what editors indent."""
    start = _shared(before, after)
    rest = after[start:]
    end = _shared(before[start:][::-1], rest[::-1])
    return "\n".join(line.strip() for line in rest[: len(rest) - end].splitlines())


def _shared(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    shortest = min(len(one), len(other))
    return next((at for at in range(shortest) if one[at] != other[at]), shortest)


def without_own_environment(path: Path) -> dict[str, str]:
    """The environment of somebody else, who has only the commands in `path`, and a name for git.

    Not that of a CI job: there pytest shows whole what it cuts to a line for people.
    """
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "CI", "BUILD_NUMBER")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    git = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**kept, **git, "PATH": f"{path}:{os.environ['PATH']}"}
