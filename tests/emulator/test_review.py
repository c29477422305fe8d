"""What a pull request is told of a change: the whole script, between a commit and a working tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.program import ROOT
from tests.hangs import HANG_SECONDS

SCRIPT = Path(".github") / "scripts" / "review_machines.py"
STACKS = ("dev", "staging", "prod")
COMMENT = SCRIPT.with_name("write_comment.py")
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
CHANGES = [
    ('"CountPoll"', '"CountAnswers"'),
    ('catch("ValidationError", to="NotifyValidationFailed")', 'catch("Invalid", to="NotifyValidationFailed")'),
    (
        'result="$.payment",\n            then="WaitForShipping",',
        'result="$.payment",\n            then="TellWarehouse",',
    ),
    ('"WaitToAsk": wait(', '"TellWarehouse": WAREHOUSE,\n        "WaitToAsk": wait('),
    (
        "def order_fulfillment(",
        "WAREHOUSE: Node = {\n"
        '    "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 10,\n'
        '    "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/warehouse",\n'
        '                   "MessageBody.$": "$.orderId"},\n'
        '    "Catch": [catch("States.ALL", to="WaitForShipping", result_path="$.untold")],\n'
        '    "ResultPath": "$.told", "Next": "WaitForShipping",\n'
        "}\n\n\ndef order_fulfillment(",
    ),
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with this tree as its only commit; its stacks have orders, and none of the other workflows."""
    here = tmp_path / "repository"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in filter(None, subprocess.check_output(listed, cwd=ROOT, text=True).split("\0")):
        if (ROOT / name).is_file():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, here / name)
    for stack in STACKS:
        settings = here / f"Pulumi.{stack}.yaml"
        less, left_out = re.subn("  orderflow:workflows: .*\n", "", settings.read_text())
        assert left_out == 1
        settings.write_text(less)
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "base"]):
        subprocess.run([*GIT, *arguments], cwd=here, check=True, capture_output=True)
    return here


def run(repository: Path, script: Path, *arguments: str, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": sys.prefix, "UV_NO_SYNC": "1", **told}
    environment.pop("VIRTUAL_ENV", None)
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(
        command, cwd=repository, env=environment, timeout=HANG_SECONDS, capture_output=True, text=True
    )


def reviewed(repository: Path, revision: str) -> tuple[int, str]:
    """How the script ends, and the section that it writes."""
    ran = run(repository, SCRIPT, revision, str(repository.parent / "told"), *STACKS)
    assert (repository.parent / "told" / "full.md").is_file(), ran.stderr
    return ran.returncode, (repository.parent / "told" / "section.md").read_text()


def test_a_change_of_the_order_workflow_is_told_to_the_pull_request(repository: Path) -> None:
    workflow = repository / "workflows" / "order_fulfillment.py"
    source = workflow.read_text()
    for right, wrong in CHANGES:
        assert right in source
        source = source.replace(right, wrong)
    workflow.write_text(source)
    code, section = reviewed(repository, "HEAD")
    assert code == 0
    assert re.match(r"### State machines: ⚠️ 1 of \d+ changed\n", section), "one, however many a stack has"
    assert "CountPoll renamed to CountAnswers" in section
    assert "- ValidateOrder: after ValidationError goes to OrderNotValidated, was NotifyValidationFailed" in section
    assert "- TellWarehouse (Task) added" in section
    assert "**gained** `sqs:SendMessage` | `arn:${Partition}:sqs:us-east-1:ACCOUNT-1:warehouse`" in section
    assert '["TellWarehouse"]' in section[section.index("```mermaid") :]
    # One more transition, at 0.025 dollars a thousand, and one message, at 0.40 a million, for each of a million orders
    # that is paid; of those that need an approval, 2 %, a tenth are assumed not to get it.
    (row,) = [row for row in section.splitlines() if row.startswith("| staging, prod |")]
    before, after = (float(dollars.replace(",", "")) for dollars in re.findall(r"\$([\d,.]+) a month", row))
    assert after - before == pytest.approx((25 + 0.4) * 0.998, abs=0.01)
    worktrees = subprocess.check_output(["git", "worktree", "list"], cwd=repository, text=True)
    assert len(worktrees.splitlines()) == 1, "the base's tree is gone again"
    page = (repository.parent / "told" / "review.html").read_text()
    shown, *_ = json.loads(page.partition('id="data">')[2].partition("</script>")[0])["views"]
    assert "TellWarehouse" in shown["machine"]["definition"]["States"]
    assert "CountPoll" in shown["change"]["before"]["definition"]["States"]
    assert shown["change"]["promises"], "what the program promises of its orders"
    assert all(one["kept"] and one["before"] for one in shown["change"]["promises"])
    assert section in commented(repository)
    assert (repository.parent / "comment" / "told" / "review.html").read_text() == page


def commented(repository: Path) -> str:
    """The comment that the last commit's code makes of what the changed program left; that program is gone by then."""
    subprocess.run([*GIT, "checkout", "--quiet", "."], cwd=repository, check=True)
    folder = repository.parent
    shutil.make_archive(str(folder / "zips" / "machines"), "zip", folder / "told" / "after")
    written = {"COMMIT": "abcdef0", "LOG": "https://log", "APPROVE": "", "SET_UP": ""}
    ran = run(repository, COMMENT, str(folder / "zips"), str(folder / "comment"), "HEAD", **written)
    assert ran.returncode == 0, ran.stderr
    return (folder / "comment" / "comment.md").read_text()


def test_an_error_of_the_change_fails_the_check_and_is_told_and_so_is_a_base_that_cannot_speak(
    repository: Path,
) -> None:
    workflow = repository / "workflows" / "order_fulfillment.py"
    workflow.write_text(workflow.read_text().replace('then="CountPoll"', 'then="CuontPoll"'))
    (repository / "emulator" / "describe.py").rename(repository / "describe.py")
    subprocess.run([*GIT, "commit", "--quiet", "--all", "--message", "mute"], cwd=repository, check=True)
    (repository / "describe.py").rename(repository / "emulator" / "describe.py")
    code, section = reviewed(repository, "HEAD")
    assert code == 1
    assert section.startswith("### State machines: ❌ order-fulfillment cannot be deployed\n")
    assert "❌ ASL003 States.WaitToAsk.Next: names 'CuontPoll'" in section
    assert "**before the change** stops in dev, staging, prod" in section
    assert "cannot describe its machines: ModuleNotFoundError" in section
    assert "**after the change** stops in dev, staging, prod" in section
    assert "new" not in section.split("####")[1].splitlines()[0]
