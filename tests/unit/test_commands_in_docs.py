"""Every command on the pages: bash takes it, this project knows it, and a test runs it, or it says why none can."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.commands import understood
from tests.hangs import HANG_SECONDS
from tests.pages import ROOT, Block, blocks, commands, pages
from tests.reader import MIGRATING, TUTORIAL, followed
from tests.unit.asl import test_language_page as language

CONSOLE = [block for page in pages() for block in blocks(page, "console")]
RUN_BY: Mapping[tuple[str, str], str] = {
    ("README.md", "uv run orderflow new workflow restock"): "tests/unit/test_readme.py",
    ("docs/commands.md", "orderflow machines"): "tests/emulator/test_commands.py",
    ("docs/import.md", "orderflow import template.yaml"): "tests/unit/orderflow/importing/test_importing.py",
    ("docs/new-workflow.md", "mkdir shop && cd shop"): "tests/infra/test_wheel.py",
    ("docs/viewer.md", "$ python -m asl view order.asl.json"): "tests/unit/asl/test_viewer.py",
    ("docs/testing.md", "$ pytest --asl-cov"): "tests/unit/orderflow/testing/test_newcomer.py",
}
"""The test that runs a block, by its page and how it begins, where no test goes through all blocks of the page."""
NOT_RUN: Mapping[tuple[str, str], str] = {
    ("README.md", "make demo"): "for minutes: it is the suite, and the demo that tests/emulator/test_demo.py runs",
    ("docs/contract.md", "uv add"): "from where a team has this; tests/infra/test_wheel.py installs the wheel",
    ("docs/language.md", "orderflow preview"): "in this place: it is what the tutorial's workflow does",
    ("docs/runbook.md", "make review"): "on this clone, as it changes; each pull request does",
}
"""Why no test runs a block, by its page and how it begins."""
DEPLOYED = "a stack that is deployed"
ELSEWHERE: Mapping[str, str] = {
    "aws": "an AWS account",
    "curl": DEPLOYED,
    "gh": "a repository at GitHub",
    "pulumi": "Pulumi's command and an AWS account; tests/engine has the engine",
}
"""Programs that need what no test has."""
HERE = ("new", "import", "preview")
"""Commands of `orderflow` that need no stack."""


def gone_through() -> set[Block]:
    """The blocks of pages of which a test runs all, whatever is added there."""
    samples = tuple(f"$ {sample['command']}" for sample in language.samples())
    of_language = (block for block in blocks("docs/language.md") if block.text.startswith(samples))
    return {*followed(TUTORIAL), *followed(MIGRATING), *of_language}


def named(block: Block, keys: Mapping[tuple[str, str], str]) -> bool:
    return any(block.page == page and block.text.startswith(begins) for page, begins in keys)


def needed(block: Block) -> set[str]:
    """What a block needs that no test has."""
    called = re.findall(rf"(?:^|[;&|(]|=\$\()\s*({'|'.join(ELSEWHERE)}) ", block.text, re.MULTILINE)
    about = re.compile(rf"orderflow (?!({'|'.join(HERE)}) )")
    deployed = {DEPLOYED for command in of_the_project(block) if about.match(command)}
    return {ELSEWHERE[program] for program in called} | deployed


def of_the_project(block: Block) -> Iterator[str]:
    """The commands `orderflow …` of a block."""
    for command in commands(block):
        for part in re.split(r"&&|;", command.typed.partition(" #")[0]):
            if re.match(r"orderflow |uv run orderflow ", words := part.strip()):
                yield words.removeprefix("uv run ")


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_every_block_is_bash(block: Block) -> None:
    typed = "\n".join(command.typed for command in commands(block)) if block.text.startswith("$ ") else block.text
    checked = subprocess.run(
        ["bash", "-n"], input=typed, capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_block_is_run_by_a_test_or_says_why_it_cannot_be() -> None:
    ran = gone_through()
    left = [block for block in CONSOLE if block not in ran and not named(block, RUN_BY) and not named(block, NOT_RUN)]
    assert [f"{block}: {block.text}" for block in left if not needed(block)] == []


def test_what_is_said_of_a_block_is_said_of_one_that_is_there() -> None:
    for key in (*RUN_BY, *NOT_RUN):
        assert sum(named(block, {key: ""}) for block in CONSOLE) == 1, key
    for (page, _), test in RUN_BY.items():
        assert Path(page).stem.lower() in (ROOT / test).read_text().lower(), f"{test} does not read {page}"


@pytest.mark.parametrize("block", [block for block in CONSOLE if [*of_the_project(block)]], ids=str)
def test_every_command_of_the_project_is_one(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("order.json").write_text("{}")
    assert [command for command in of_the_project(block) if not understood(command)] == []


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = {name for page in pages() for name in re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / page).read_text(), re.M)}
    assert used - targets == set()


def test_commands_stand_in_blocks_of_the_language_console() -> None:
    others = [block for page in pages() for block in blocks(page) if block.language != "console"]
    assert [str(block) for block in others if re.search(r"^\$ ", block.text, re.MULTILINE)] == []
    assert [str(block) for block in others if block.language in ("bash", "sh", "shell")] == []
