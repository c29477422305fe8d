"""Write the comment on a pull request from what its previews left, which the pull request's own code has written.

    python .github/scripts/write_comment.py ZIPS FOLDER BASE

ZIPS is a folder with `preview-STACK.zip` and `machines.zip`, FOLDER gets `comment.md` and, where the machines can be
read, `told/review.html`, for whose address the comment has a place, PAGE. BASE is the commit to compare them with. Runs
from a checkout of the default branch. The zips are data: only files of known names and sizes are taken out of them,
nothing in them is run, and nothing in them can end the place that it has in the comment.

Reads COMMIT, LOG and APPROVE (addresses of runs) and SET_UP (the names of the stacks that are) from the environment.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from describe_preview import described

STACKS = ("dev", "staging", "prod")
APPROVED_FIRST = "prod"
"""The stack whose preview waits for a person."""
MARKER = "<!-- orderflow-preview -->"
PAGE = "<!-- orderflow-page -->"
TAKEN_BYTES = 20_000_000
"""What a zip may hold. A preview of ten thousand resources is smaller."""
PREVIEW = re.compile(r"outcome\.txt|preview\.(txt|json)")
MACHINES = re.compile(rf"({'|'.join(STACKS)})/([\w.%~-]+\.json|stopped\.txt)")


def taken(file: Path, names: re.Pattern[str], into: Path) -> bool:
    """Put what `file` holds under one of `names` into a folder; whether there was something to be had."""
    try:
        with zipfile.ZipFile(file) as archive:
            wanted = [one for one in archive.infolist() if names.fullmatch(one.filename)]
            is_known = all(one.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in wanted)
            if not is_known or sum(one.file_size for one in wanted) > TAKEN_BYTES:
                return False
            for one in wanted:
                (into / one.filename).parent.mkdir(parents=True, exist_ok=True)
                (into / one.filename).write_bytes(archive.read(one))
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False
    return bool(wanted)


def previewed(zips: Path, work: Path, set_up: set[str], log: str, approve: str) -> Iterator[tuple[str, str]]:
    """The row and the section of each stack."""
    for stack in STACKS:
        if stack not in set_up:
            yield f"| {stack} | not set up | | | | |\n", ""
        elif taken(zips / f"preview-{stack}.zip", PREVIEW, work / stack):
            yield described(stack, work / stack)
        elif stack == APPROVED_FIRST and approve:
            said = f"⏳ waits until someone has read the code and [lets it run]({approve})"
            yield f"| {stack} | {said} | | | | |\n", ""
        else:
            yield f"| {stack} | ❌ no result, see the [log]({log}) | | | | |\n", ""


def machines(zips: Path, work: Path, base: str, log: str) -> str:
    """The section on the state machines, by the default branch's own checks of what the pull request's program said."""
    nothing = f"### State machines: ❌ no result, see the [log]({log})\n"
    if not taken(zips / "machines.zip", MACHINES, work / "machines"):
        return nothing
    script = Path(__file__).with_name("review_machines.py")
    command = [sys.executable, str(script), "--described", str(work / "machines"), base, str(work / "told"), *STACKS]
    try:
        subprocess.run(command, check=True, timeout=600)
    except (subprocess.SubprocessError, OSError):
        return nothing
    return (work / "told" / "section.md").read_text()


def main(zips: str, folder: str, base: str) -> None:
    commit, log, approve = (os.environ[name] for name in ("COMMIT", "LOG", "APPROVE"))
    set_up, work = set(os.environ["SET_UP"].split()), Path(folder)
    stacks = list(previewed(Path(zips), work, set_up, log, approve))
    parts = [
        f"{MARKER}\n## What this would change\n\nCommit {commit[:7]}, [log]({log}). Told by this pull request's own "
        "program: it helps to read the change, and does not vouch for code that means harm.\n\n{PAGE}\n",
        "| stack | | replaced | deleted | created | updated |\n| --- | --- | --- | --- | --- | --- |\n"
        + "".join(row for row, _ in stacks),
        machines(Path(zips), work, base, log),
        *(section for _, section in stacks if section),
    ]
    (work / "comment.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
