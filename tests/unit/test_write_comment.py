"""The comment on a pull request: what previews left is data, however it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.hangs import HANG_SECONDS

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".github" / "scripts" / "write_comment.py"
LOG, APPROVE = "https://github.com/o/r/actions/runs/1", "https://github.com/o/r/actions/runs/2"
DELETED = {"op": "delete", "urn": "urn:pulumi:dev::orderflow::aws:sns/topic:Topic::notices"}
PREVIEW = {"outcome.txt": "success", "preview.txt": "the diff", "preview.json": json.dumps({"steps": [DELETED]})}
COMMENT = 65_536
"""What GitHub takes for a comment, in characters."""


def left(folder: Path, name: str, files: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> None:
    """A zip of what a job left, as GitHub hands it out."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}.zip", "w", compression) as archive:
        for inside, text in files.items():
            archive.writestr(inside, text)


def comment(
    folder: Path, set_up: str = "dev staging prod", approve: str = APPROVE, base: str = "no such commit"
) -> str:
    told = {"COMMIT": "abcdef0123456789", "LOG": LOG, "APPROVE": approve, "SET_UP": set_up}
    command = [sys.executable, str(SCRIPT), str(folder / "zips"), str(folder / "out"), "no such commit"]
    (folder / "out").mkdir()
    subprocess.run(command, cwd=ROOT, env={**os.environ, **told}, check=True, timeout=HANG_SECONDS, capture_output=True)
    return (folder / "out" / "comment.md").read_text()


def test_each_stack_says_what_came_of_it(tmp_path: Path) -> None:
    left(tmp_path / "zips", "preview-dev", {**PREVIEW})
    text = comment(tmp_path, set_up="dev prod")
    assert text.startswith("<!-- orderflow-preview -->\n## What this would change\n\nCommit abcdef0, ")
    assert "| dev | ⚠️ look closely | 0 | **1** | 0 | 0 |" in text
    assert "| staging | not set up | | | | |" in text
    assert f"| prod | ⏳ waits until someone has read the code and [lets it run]({APPROVE}) |" in text
    assert "### dev: ⚠️ 1 deleted" in text
    assert "### State machines: ❌ no result" in text


def test_a_preview_that_left_nothing_is_no_success(tmp_path: Path) -> None:
    text = comment(tmp_path, approve="")
    assert [f"| {stack} | ❌ no result, see the [log]({LOG}) |" in text for stack in ("dev", "staging", "prod")] == [
        True
    ] * 3


@pytest.mark.parametrize("made", ["no zip", "a bomb", "an unknown compression", "broken", "nothing of ours"])
def test_a_zip_that_means_harm_is_no_result(tmp_path: Path, made: str) -> None:
    zips = tmp_path / "zips"
    if made == "a bomb":
        left(zips, "preview-dev", {"preview.txt": b"0" * 30_000_000})
    elif made == "an unknown compression":
        left(zips, "preview-dev", {**PREVIEW}, zipfile.ZIP_BZIP2)
    elif made == "nothing of ours":
        left(zips, "preview-dev", {"row.md": "| prod | fine |", "../preview.txt": "x", "/tmp/preview.txt": "x"})
    else:
        left(zips, "preview-dev", {**PREVIEW})
        whole = (zips / "preview-dev.zip").read_bytes()
        (zips / "preview-dev.zip").write_bytes(b"no" if made == "no zip" else whole[:40] + b"!!!!" + whole[44:])
    assert f"| dev | ❌ no result, see the [log]({LOG}) | | | | |" in comment(tmp_path)


def test_a_zip_writes_nowhere_else(tmp_path: Path) -> None:
    left(tmp_path / "zips", "preview-dev", {**PREVIEW, "../../escaped.txt": "x", "sub/preview.txt": "x"})
    left(tmp_path / "zips", "machines", {"dev/../../escaped.json": "{}", "elsewhere/a.json": "{}"})
    comment(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    ours = {"out/dev/outcome.txt", "out/dev/preview.txt", "out/dev/preview.json", "out/comment.md"}
    assert written == {"zips/preview-dev.zip", "zips/machines.zip", *ours}


def test_text_of_one_stack_cannot_pass_for_another_or_for_the_table(tmp_path: Path) -> None:
    forged = "````\n</details>\n\n| prod | ✅ no changes | | | | |\n<!-- orderflow-preview -->\n### prod: no changes\n"
    left(tmp_path / "zips", "preview-dev", {**PREVIEW, "preview.txt": forged, "outcome.txt": "| prod | ✅"})
    text = comment(tmp_path)
    outside, fenced = [], False
    for line in text.splitlines():
        if line.startswith("`````"):
            fenced = not fenced
        elif not fenced:
            outside.append(line)
    assert "### prod: no changes" in text
    assert not [line for line in outside if "no changes" in line]
    assert sum(line.startswith("| prod |") for line in outside) == 1


def test_the_longest_of_everything_fits_into_a_comment(tmp_path: Path) -> None:
    steps = [{"op": "replace", "urn": f"urn:pulumi:dev::orderflow::a:b/c:D::{n}" + "é" * 300} for n in range(1_000)]
    for stack in ("dev", "staging", "prod"):
        files = {"outcome.txt": "success", "preview.txt": "é" * 100_000, "preview.json": json.dumps({"steps": steps})}
        left(tmp_path / "zips", f"preview-{stack}", {**files})
    assert len(comment(tmp_path).encode()) + 24_000 <= COMMENT


def test_machines_that_cannot_be_read_are_no_result(tmp_path: Path) -> None:
    left(tmp_path / "zips", "machines", {"dev/a.json": "{}"})
    assert "### State machines: ❌ no result" in comment(tmp_path)
