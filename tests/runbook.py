"""The runbook's fenced blocks, and what the commands of its first deployment give to AWS."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from tests import pages
from tests.hangs import HANG_SECONDS

PAGE = pages.ROOT / "docs" / "runbook.md"
REPOSITORY = "acme/orders"

NOTING = """
aws() {
  printf '%s\\0' "$@" >> "$NOTED"; printf '\\0' >> "$NOTED"
  case "$1 $2" in
    "sts get-caller-identity") echo "$OF_ACCOUNT" ;;
    "kms create-key") echo "$OF_KEY" ;;
    "iam create-policy") echo "arn:aws:iam::$OF_ACCOUNT:policy/$4" ;;
  esac
}
gh() { echo "$OF_SUBJECT"; }
"""
"""Stands in for AWS's and GitHub's command lines: notes each call, and answers what the next one needs."""


@dataclass(frozen=True)
class Block:
    """A fenced block: the section that it is in, its text without indentation, and the line that it begins in."""

    section: str
    text: str
    line: int


@dataclass
class Printed:
    """What the first deployment of a stack makes: roles with trust and inline policies, and managed policies."""

    trusts: dict[str, Any] = field(default_factory=dict[str, Any])
    inline: dict[str, Any] = field(default_factory=dict[str, Any])
    managed: dict[str, Any] = field(default_factory=dict[str, Any])
    settings: dict[str, str] = field(default_factory=dict[str, str])


def blocks(section: str | None = None, language: str = "console") -> list[Block]:
    """The page's blocks in a language, in a section or in all, as they are typed by someone of the repository
    `acme/orders`."""
    lines = PAGE.read_text().splitlines()
    found: list[Block] = []
    for block in pages.blocks("docs/runbook.md", language):
        (*_, heading) = (line for line in lines[: block.line] if line.startswith("## "))
        text = block.text.replace("your-org/your-repository", REPOSITORY)
        found.append(Block(heading.removeprefix("## "), text, block.line + 1))
    return [block for block in found if section in (None, block.section)]


def policy_of_the_doctor(stack: str, *, account: str, region: str) -> dict[str, Any]:
    """What the page gives to whoever calls `orderflow doctor`."""
    (block,) = [block for block in blocks("Is it all there?") if "put-role-policy" in block.text]
    document = block.text.partition("<<JSON\n")[2].partition("\nJSON")[0]
    return json.loads(Template(document).substitute(S=stack, ACCOUNT=account, AWS_REGION=region))


def printed(
    stack: str, *, account: str, key: str = "arn:aws:kms:us-east-1:1:key/1", subject: str = f"repo:{REPOSITORY}"
) -> Printed:
    """What the commands of the first deployment make of a stack, as bash hands it to `aws`; `key` is the key's ARN."""
    script = "\n".join(block.text for block in blocks("First deployment to an account"))
    script = script.replace("export S=dev", f"export S={stack}")
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder, "noted")
        answers = {"OF_ACCOUNT": account, "OF_KEY": key, "OF_SUBJECT": subject}
        environment = {**answers, "NOTED": str(noted), "PATH": "/usr/bin:/bin"}
        command = ["bash", "-euo", "pipefail", "-c", NOTING + script]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=HANG_SECONDS)
        calls = [call.split("\0") for call in noted.read_text().split("\0\0") if call]
        settings = Path(folder, f"Pulumi.{stack}.yaml").read_text()
    made = Printed(settings=dict(line.strip().split(": ", 1) for line in settings.splitlines()))
    for call in calls:
        given = dict(zip(call[2::2], call[3::2], strict=False))
        match call[:2]:
            case ["iam", "create-role"]:
                made.trusts[given["--role-name"]] = json.loads(given["--assume-role-policy-document"])
            case ["iam", "put-role-policy"]:
                made.inline[given["--role-name"]] = json.loads(given["--policy-document"])
            case ["iam", "create-policy"]:
                made.managed[given["--policy-name"]] = json.loads(given["--policy-document"])
    return made
