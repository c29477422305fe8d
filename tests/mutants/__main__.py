"""`make mutants`: a seeded sample of small breaks in the code, and which of them no test notices.

    python -m tests.mutants --seed 1 --count 150               over everything that ships
    python -m tests.mutants --json a.json, then --again a.json  once there are more tests: what they may notice, too
    python -m tests.mutants --since main --count 150           in the files that changed since a commit

First the tests run once as they are, to see which test passes through which line. Then each break stands alone in a
copy of the tree, and the tests that pass through its line run until one fails. Survivors are listed; those known
not to matter stand in `accepted.txt` beside this file, each with its reason. Exit 1 where under 95 % are noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import TypeVar

from coverage import CoverageData
from rich.console import Console

from emulator import lifeline
from tests.mutants.breaks import Break, breaks, sample
from tests.mutants.result import WANTED, Result

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
LEAST_SECONDS = 60
TIMES = 3
"""A break that makes a test compute or wait for ever is noticed, too: a run is ended after so many times what all tests
of its folder took as the code is, a minute at least. What tests a break is a part of those."""

TESTS = {
    "asl": ("tests/unit/asl", "tests/unit/workflows"),
    "components": ("tests/infra/test_resources.py", "tests/infra"),
    "handlers": ("tests/unit/handlers",),
    "orderflow": ("tests/unit/orderflow", "tests/infra/test_stack_kit.py"),
    "workflows": ("tests/unit/workflows", "tests/infra"),
}
"""What tests the sources of each folder, first what notices most. The tiers that need a deployed stack take
minutes for each break."""

AS_A_WHOLE = ("components", "workflows")
"""Folders whose tests all look at the same few stacks, which are made once."""

T = TypeVar("T")
R = TypeVar("R")

console = Console(highlight=False)


def main() -> int:
    """Sample, break, test, tell."""
    parser = argparse.ArgumentParser(description="small breaks in the code, and which of them no test notices")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--since", help="only in files that changed since this commit", metavar="COMMIT")
    parser.add_argument("--only", nargs="*", help="only in these files or folders", metavar="PATH")
    parser.add_argument("--again", type=Path, help="only what was not noticed by the run that wrote it", metavar="FILE")
    parser.add_argument("--json", type=Path, help="write the result there", metavar="FILE")
    parser.add_argument("--markdown", type=Path, help="write the table into this page", metavar="FILE")
    given = parser.parse_args()
    files = sources(given.since, given.only)
    every = [one for file in files for one in breaks(file, (ROOT / file).read_text())]
    drawn = sample(every, given.seed, given.count)
    if not drawn:
        console.print("nothing changed that could be broken")
        return 0
    console.print(f"{len(drawn)} of {len(every)} breaks, seed {given.seed}, in {len(files)} files")
    before = set[str](json.loads(given.again.read_text())["noticed"]) if given.again else set[str]()
    tried = [one for one in drawn if one.name not in before]
    folders = {one.file.parts[0] for one in tried}
    with tempfile.TemporaryDirectory() as folder:
        copies = [_copy(Path(folder, str(number))) for number in range(WORKERS)]
        passing = passing_through(copies, folders)
        survivors = _survivors(tried, copies, passing)
    result = Result(given.seed, drawn, survivors, len(drawn) - len(tried))
    if given.json:
        given.json.write_text(result.json())
    if given.markdown:
        result.write_into(given.markdown)
    return _tell(result)


def sources(since: str | None, only: Sequence[str] | None) -> list[Path]:
    """The files that ship, or those of them that changed."""
    command = ["git", "diff", "--name-only", since, "--"] if since else ["git", "ls-files"]
    listed = subprocess.run([*command, *TESTS], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    files = [Path(line) for line in listed if line.endswith(".py") and (ROOT / line).is_file()]
    return [file for file in files if not only or any(file.is_relative_to(one) for one in only)]


@dataclass(frozen=True)
class Passing:
    """Which tests run through a line, by file and line, as pytest names them; through how many lines each; and after
    how many seconds a break in a folder is given up."""

    through: Mapping[tuple[str, int], set[str]]
    lines: Mapping[str, int]
    limits: Mapping[str, float]

    def tests_of(self, one: Break) -> list[str]:
        """Those that pass through the line, and first those that pass through little else: they are about just that,
        and soon over. All of its folder where a line is passed once for many: imports, whole stacks."""
        folder = one.file.parts[0]
        lines = range(one.line, one.end_line + 1)
        found = set().union(*(self.through.get((str(one.file), line), set()) for line in lines))
        if not found or folder in AS_A_WHOLE:
            return list(TESTS[folder])
        return sorted(found, key=lambda test: (self.lines[test], test))


def passing_through(copies: Sequence[Path], folders: set[str]) -> Passing:
    """What the tests run through as they are; of the folders that are tested as a whole, nothing."""
    found: dict[tuple[str, int], set[str]] = {}
    limits: dict[str, float] = {}

    def run(folder: str, copy: Path) -> None:
        # A suite of a folder by itself: what runs through another folder's lines is not asked.
        covered = () if folder in AS_A_WHOLE else (f"--cov={folder}", "--cov-context=test", "--cov-report=")
        started = time.monotonic()
        code, said = _pytest(copy, [*covered, *TESTS[folder]])
        if code:
            sys.exit(f"the tests fail as they are:\n{said[-5000:]}")
        limits[folder] = max(LEAST_SECONDS, TIMES * (time.monotonic() - started))
        if covered:
            found.update(_lines(copy))

    _in_turns(copies, run, sorted(folders))
    return Passing(found, Counter(test for passing in found.values() for test in passing), limits)


def _lines(copy: Path) -> Iterator[tuple[tuple[str, int], set[str]]]:
    read = CoverageData(str(copy / ".coverage"))
    read.read()
    for name in read.measured_files():
        file = str(Path(name).relative_to(copy))
        for line, contexts in read.contexts_by_lineno(name).items():
            yield (file, line), {context.rpartition("|")[0] for context in contexts if context}


def _in_turns(copies: Sequence[Path], work: Callable[[T, Path], R], things: Sequence[T]) -> list[R]:
    """The work on each thing, in a copy that no other work is in."""
    free: Queue[Path] = Queue()
    for copy in copies:
        free.put(copy)

    def in_a_copy(thing: T) -> R:
        copy = free.get()
        try:
            return work(thing, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(in_a_copy, things))


def _survivors(drawn: Sequence[Break], copies: Sequence[Path], passing: Passing) -> list[Break]:
    def survives(one: Break, copy: Path) -> bool:
        file = copy / one.file
        source = file.read_text()
        try:
            file.write_text(one.applied(source))
            survived = _passes(copy, passing.tests_of(one), passing.limits[one.file.parts[0]])
        finally:
            file.write_text(source)
        console.print(f"  {'[red]survives[/]' if survived else 'noticed '}  ", end="")
        console.print(str(one), markup=False, soft_wrap=True)
        return survived

    return [one for one, survived in zip(drawn, _in_turns(copies, survives, drawn), strict=True) if survived]


def _passes(copy: Path, tests: list[str], limit: float) -> bool:
    try:
        return _pytest(copy, ["-x", *tests], limit)[0] == 0
    except subprocess.TimeoutExpired:
        return False


def _pytest(copy: Path, arguments: list[str], limit: float | None = None) -> tuple[int, str]:
    """The exit code and what was said; nothing that the tests started outlives them."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    # Compiled code stays from break to break: a broken file is of another second than what was compiled before.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        process = lifeline.start(command, output=said, cwd=copy, env=environment)
        try:
            code = process.wait(limit)
        finally:
            lifeline.stop(process)
        said.seek(0)
        return code, said.read().decode(errors="replace")


def _copy(to: Path) -> Path:
    """The tree as it lies there, without what Git does not know."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for line in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines():
        if (ROOT / line).is_file():
            (to / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / line, to / line)
    return to


def _tell(result: Result) -> int:
    for one in result.open:
        console.print(f"survives: {one}", markup=False, soft_wrap=True)
    noticed = f"{len(result.drawn) - len(result.survivors)} of {len(result.drawn)} noticed"
    counted = f"{noticed}, {len(result.accepted)} known not to matter, {len(result.open)} survive"
    console.print(f"{counted}: {result.share:.1%} of {WANTED:.0%}")
    return 0 if result.share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
