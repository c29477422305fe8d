"""The commands of this project that the runbook names exist, and GitHub's answers are read right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import understood
from tests.hangs import HANG_SECONDS
from tests.runbook import PAGE, blocks

GH = """#!{python}
import json, sys, jq
answer = json.loads({answer!r})
assert sys.argv[1:3] == ["api", "repos/acme/orders/actions/oidc/customization/sub"] and sys.argv[3] == "--jq", sys.argv
try:
    print(jq.compile(sys.argv[4]).input_value(answer).first())
except ValueError as error:
    sys.exit(f"failed to evaluate jq expression: {{error}}")
"""
"""GitHub's command line as far as `api --jq` goes. The real one has gojq, with the same `//` and `error`."""


def of_the_project() -> list[str]:
    """Every `orderflow …` on the page: in its blocks, in running text and in the generated tables."""
    typed = [line for block in blocks() for line in block.text.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", PAGE.read_text())
    commands = [re.sub(r"^uv run ", "", line).partition(" #")[0].strip() for line in (*typed, *inline)]
    return sorted({command for command in commands if re.match(r"orderflow( |$)", command)})


@pytest.mark.parametrize("command", of_the_project())
def test_every_command_of_the_project_is_one(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("order.json").write_text("{}")
    assert understood(command)


@pytest.mark.parametrize("wrong", ["orderflow reddrive order-1", "orderflow why", "orderflow settle o-1 --because x"])
def test_a_command_that_does_not_exist_is_found(wrong: str) -> None:
    assert not understood(wrong)


def subject(answer: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """What the block that asks for the subject prints, where GitHub gives this answer."""
    (block,) = [block for block in blocks("First deployment to an account") if "customization/sub" in block.text]
    gh = folder / "gh"
    gh.write_text(GH.format(python=sys.executable, answer=json.dumps(answer)))
    gh.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "REPO": "acme/orders"}
    return subprocess.run(
        ["bash", "-c", block.text], env=environment, capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )


IMMUTABLE = "repo:acme@12345/orders@678910"


@pytest.mark.parametrize(
    ("answer", "prefix"),
    [
        (
            {"use_default": True, "use_immutable_subject": False, "sub_claim_prefix": "repo:acme/orders"},
            "repo:acme/orders",
        ),
        ({"use_default": True, "use_immutable_subject": True, "sub_claim_prefix": IMMUTABLE}, IMMUTABLE),
        # A new repository may have ids although nobody opted in: the prefix says what its tokens hold.
        ({"use_default": True, "use_immutable_subject": False, "sub_claim_prefix": IMMUTABLE}, IMMUTABLE),
        ({"use_default": True}, "repo:acme/orders"),  # GitHub Enterprise Server has names alone
    ],
)
def test_the_subject_is_what_github_says_of_the_repository(answer: Any, prefix: str, tmp_path: Path) -> None:
    assert subject(answer, tmp_path).stdout == f"{prefix}:environment:preview-dev and {prefix}:environment:dev\n"


def test_a_subject_of_the_owners_own_making_is_refused(tmp_path: Path) -> None:
    template = {"use_default": False, "include_claim_keys": ["repo", "actor"], "sub_claim_prefix": IMMUTABLE}
    asked = subject(template, tmp_path)
    assert "it has a template of its own" in asked.stderr
    assert IMMUTABLE not in asked.stdout
