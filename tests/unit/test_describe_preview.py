"""What a pull request's comment says of a stack's preview."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / ".github" / "scripts"
SCRIPT = SCRIPTS / "describe_preview.py"
COMMENT = 65_536
"""What GitHub takes for a comment, in characters."""


def step(op: str, type: str, name: str, **more: object) -> dict[str, object]:
    """A step as `pulumi preview --json` tells it."""
    return {"op": op, "urn": f"urn:pulumi:dev::orderflow::orderflow:index:Table${type}::{name}", **more}


def described(
    folder: Path, monkeypatch: pytest.MonkeyPatch, outcome: str, text: str | None, *steps: dict[str, object]
) -> tuple[str, str]:
    """The row and the section for a preview."""
    if text is not None:
        (folder / "preview.txt").write_text(text)
    (folder / "outcome.txt").write_text(outcome)
    (folder / "preview.json").write_text(json.dumps({"steps": steps}))
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "dev", str(folder), str(folder / "out")])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return (folder / "out" / "row.md").read_text(), (folder / "out" / "section.md").read_text()


def test_replacements_and_deletions_stand_first_and_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row, section = described(
        tmp_path,
        monkeypatch,
        "success",
        "the diff",
        step("update", "aws:sfn/stateMachine:StateMachine", "order-fulfillment"),
        step("same", "aws:sqs/queue:Queue", "poison-events"),
        step("delete-replaced", "aws:dynamodb/table:Table", "orders"),
        step("replace", "aws:dynamodb/table:Table", "orders", replaceReasons=["hashKey"]),
        step("create-replacement", "aws:dynamodb/table:Table", "orders"),
        step("delete", "aws:sns/topic:Topic", "notices"),
        step("create", "pulumi:pulumi:Stack", "orderflow-dev"),
    )
    assert row == "| dev | ⚠️ look closely | **1** | **1** | 0 | 1 |\n"
    caution = section.index("[!CAUTION]")
    assert caution < section.index("`orders`") < section.index("`notices`") < section.index("<details>")
    assert "the diff" in section


def test_nothing_to_do_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row, section = described(tmp_path, monkeypatch, "success", "", step("same", "aws:sns/topic:Topic", "notices"))
    assert "no changes" in row
    assert section.startswith("### dev: no changes")


def test_a_failed_preview_shows_how_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x\n" * 60_000 + "error: ASL003 States.ValidateOrder.Next"
    row, section = described(tmp_path, monkeypatch, "failure", text)
    assert "failed" in row
    assert "ASL003 States.ValidateOrder.Next" in section
    assert "are too long for a comment" in section
    assert len(section) <= runpy.run_path(str(SCRIPT))["SECTION_BYTES"]


def test_three_stacks_the_machines_and_the_table_fit_into_one_comment() -> None:
    stacks, machines = (
        runpy.run_path(str(SCRIPTS / name))["SECTION_BYTES"] for name in ("describe_preview.py", "review_machines.py")
    )
    assert 3 * stacks + machines + 2_000 <= COMMENT


def test_text_cannot_end_its_block_or_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "```\n</details>\n# owned"
    name = "a|b`c"
    _, section = described(tmp_path, monkeypatch, "success", hostile, step("delete", "aws:sns/topic:Topic", name))
    assert "````diff\n```\n" in section
    assert "`a'b'c`" in section


def test_a_preview_that_never_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row, section = described(tmp_path, monkeypatch, "skipped", None)
    assert "failed" in row
    assert "did not start" in section


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[" * 100_000,
        "[]",
        "{}",
        '{"steps": 1}',
        '{"steps": [1]}',
        '{"steps": [{"op": []}]}',
        '{"steps": [{"op": "delete", "urn": 5}]}',
        '{"steps": [{"op": "delete", "urn": "a::b"}]}',
    ],
)
def test_what_is_not_pulumis_is_a_failure_and_not_no_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    (tmp_path / "outcome.txt").write_text("success")
    (tmp_path / "preview.json").write_text(written)
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "dev", str(tmp_path), str(tmp_path / "out")])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert "failed" in (tmp_path / "out" / "row.md").read_text()
    assert "not what Pulumi writes" in (tmp_path / "out" / "section.md").read_text()


def test_long_names_and_signs_that_turn_the_writing_around_do_not_get_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [
        step(
            "replace", "aws:a/b:C" * 500, f"{n}\u202e\x1b[2J" + "\U0001f4a5" * 5_000, replaceReasons=["r" * 5_000] * 50
        )
        for n in range(50)
    ]
    _, section = described(tmp_path, monkeypatch, "success", "a\u202eb\x1b[31mc\rd", *steps)
    assert len(section.encode()) <= runpy.run_path(str(SCRIPT))["SECTION_BYTES"]
    assert not {"\u202e", "\x1b", "\r"} & set(section)
    assert re.search(r"> - and (\d+) more", section)
