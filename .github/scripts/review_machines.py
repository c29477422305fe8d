"""Tell what the working tree does to the state machines that a revision has, as Markdown for a pull request.

    python .github/scripts/review_machines.py [--described AFTER] REVISION FOLDER STACK...

Runs both programs under Pulumi's mocks, without credentials. Writes `section.md`, which fits into the comment,
`full.md`, and `review.html`, a page of the machines before and after, into FOLDER, and what the working tree's program
said of its machines into FOLDER/after. Ends with 1 when that program stops. With AFTER, a folder like FOLDER/after, the
working tree's program is not run: AFTER says what another's machines are.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

SECTION_BYTES = 24_000
"""This, three stacks' sections and the table fit into the 65,536 characters that GitHub takes for a comment."""
FULL_BYTES = 900_000
"""A job's summary takes 1 MiB of each step: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
UV = ("uv", "run", "--frozen", "--quiet")


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """A tree of `revision`, beside this one for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "base")
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], check=True)


def describe(tree: Path, stacks: Sequence[str], into: Path) -> bool:
    """Have the program in `tree`, with the packages that it locks, describe its machines; whether it came through."""
    command = [*UV, "python", "-m", "emulator", "describe", *stacks, "--into", str(into)]
    ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    for stack in stacks:
        # A tree from before there was this command, or one that cannot even start, has said nothing.
        if not (into / stack).is_dir():
            (into / stack).mkdir(parents=True)
            said = ran.stderr.strip().splitlines() or ["it says nothing"]
            (into / stack / "stopped.txt").write_text(f"cannot describe its machines: {said[-1]}")
    return ran.returncode == 0


def main(revision: str, target: str, stacks: Sequence[str], described: Path | None) -> int:
    here, into = Path.cwd(), Path(target)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as side_by_side:
        before, after = Path(folder, "before"), described or into / "after"
        with checked_out(revision) as tree:
            base = side_by_side.submit(describe, tree, stacks, before)
            complete = True
            if not described:
                shutil.rmtree(after, ignore_errors=True)
                complete = describe(here, stacks, after.resolve())
            base.result()
        command = [*UV, "python", "-m", "asl", "review", str(before), str(after), *stacks, "--room", str(FULL_BYTES)]
        command += ["--short", str(into / "section.md"), "--short-room", str(SECTION_BYTES)]
        command += ["--page", str(into / "review.html")]
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        (into / "full.md").write_text(told.stdout)
    return 0 if complete else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--described", type=Path)
    parser.add_argument("revision")
    parser.add_argument("folder")
    parser.add_argument("stacks", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    asked = arguments()
    sys.exit(main(asked.revision, asked.folder, asked.stacks, asked.described))
