"""The runbook as a newcomer types it: AWS's and Pulumi's own command lines, under the policies that it prints.

State, secrets and roles are at moto's server, where IAM is in force; what the program deploys is in the embedded cloud.
The project there is the small program: of the whole one Pulumi keeps more of the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from emulator.cloud import ACCOUNT, Cloud, cloud
from emulator.engine import pulumi_command
from emulator.engine.provider import serve
from emulator.engine.workspace import UNCOLLECTED
from emulator.program import ROOT
from tests.engine import language_host
from tests.engine.account import REGION, Account, account
from tests.engine.conftest import SMALL, copy_program
from tests.forked import forked
from tests.hangs import HANG_SECONDS
from tests.iam import without_each_line
from tests.runbook import REPOSITORY, blocks, printed

LOADED = "tests.engine.loaded"
FIRST, LAST = "First deployment to an account", "Delete a stack"
PROVIDER = f"awskms://alias/orderflow-{{}}?region={REGION}"
DUTY = '{"Version": "2012-10-17", "Statement": []}'
STATE_AND_SECRETS = 3
"""How many statements of each policy are about Pulumi's own state and secrets; they come first."""

GH = f"""#!/bin/sh
# Stands in for GitHub's command line: says how the repository calls itself, and takes the rest if it is well-formed.
case "$*" in
  *customization/sub*) echo "repo:{REPOSITORY}" ;;
  *"--input -"*) jq --exit-status . > /dev/null ;;
esac
"""


STANDING_BY = """
make() { command make --dry-run "$@"; }
aws() {
  case "$1" in
    sqs) command aws --endpoint-url "$AWS_ENDPOINT_URL_SQS" "$@" ;;
    *) command aws "$@" ;;
  esac
}
pulumi() {
  case "$*" in
    *--preview-only*) command pulumi "$@" ;;
    *) PULUMI_SKIP_CONFIRMATIONS=true command pulumi "$@" ;;
  esac
}
"""
"""`make` says what it would do, which is to prepare the clone that the tests run from. Whoever is asked says yes.
AWS's command line asks SQS of the real one whatever its environment says of endpoints."""


class FailedError(RuntimeError):
    """A command of a script ended with another status than zero."""


@dataclass(frozen=True)
class Desk:
    """Where the newcomer sits: a clone of the project, the account, and what the program is deployed into."""

    account: Account
    cloud: Cloud
    folder: Path
    environment: Mapping[str, str]

    def types(self, script: str, given: Mapping[str, str], folder: Path | None = None, said: str = "") -> str:
        """Have bash run it, as GitHub's runners do, and give what it writes; it stops at the first that fails.

        Raises:
            FailedError: with what it said.
        """
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder or self.folder,
            env={**self.environment, **given},
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=HANG_SECONDS,
        )
        if ran.returncode:
            raise FailedError(f"{script}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}")
        return ran.stdout

    def job(self, stack: str, role: str) -> dict[str, str]:
        """What a job of the workflows has in its environment, once it has taken a role on."""
        return {
            **self.account.as_role(role),
            "AWS_REGION": REGION,
            "STACK": stack,
            "COMMIT": "0123abc",
            "PULUMI_BACKEND_URL": f"s3://orderflow-state-{self.account.number}?region={REGION}",
            "SECRETS_PROVIDER": PROVIDER.format(stack),
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "RUNNER_TEMP": str(self.folder),
        }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk at which the first deployment has been typed as far as GitHub takes over, for `dev` and for `staging`."""
    home = tmp_path_factory.mktemp("desk")
    folder, tools = home / "clone", home / "tools"
    copy_program(folder, SMALL)
    shutil.copy(ROOT / "Makefile", folder)
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    command = pulumi_command().command
    pulumi = shutil.which(command) or command
    paths = (tools, *(Path(program).parent for program in (pulumi, sys.executable)), "/usr/bin", "/bin")
    commands = {
        "aws": Path(sys.executable).with_name("aws"),
        "pulumi-language-python": Path(language_host.__file__),
    }
    with account() as bank, cloud() as running, serve(running) as port, forked(tools, commands, [LOADED]):
        environment = {
            "PATH": os.pathsep.join(map(str, paths)),
            "HOME": str(home),
            "PULUMI_HOME": str(home / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Else the state is written whole after every step, through moto.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            **UNCOLLECTED,
            "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_DEFAULT_REGION": REGION,  # version 1 of AWS's command line, the one on PyPI, does not read AWS_REGION
            **{
                f"AWS_ENDPOINT_URL_{name}": running.endpoint
                for name in ("DYNAMODB", "LAMBDA", "SECRETS_MANAGER", "SFN", "SQS")
            },
            **{name: os.environ[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")},
        }
        yield Desk(bank, running, folder, environment)


class Shell:
    """The administrator's shell: what one block sets, the next one has."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.kept = desk.folder.parent / "shell"
        self.kept.touch()

    def types(self, script: str, said: str = "") -> str:
        before = f'. "{self.kept}"; set -a\n{STANDING_BY}\n'
        after = f'\n{{ export -p; declare -f; }} > "{self.kept}"'
        return self.desk.types(before + script + after, self.desk.account.administrator, said=said)


@pytest.fixture(scope="module")
def shell(desk: Desk) -> Shell:
    """The administrator's shell, after the first deployment of `dev` was typed as far as GitHub takes over."""
    typed = Shell(desk)
    told = "".join(typed.types(block.text) for block in blocks(FIRST))
    assert '"Status": "Enabled"' in told
    assert f"repo:{REPOSITORY}:environment:preview-dev and repo:{REPOSITORY}:environment:dev" in told
    return typed


def step(workflow: str, job: str, name: str) -> str:
    """What a step of a workflow runs."""
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text())["jobs"][job]["steps"]
    (found,) = [step["run"] for step in steps if step.get("name") == name]
    return found


@pytest.fixture(scope="module")
def deployed(desk: Desk, shell: Shell) -> Desk:
    """The desk after the workflow's step `Deploy` for `dev`, under the deploy role."""
    told = desk.types(step("deploy.yml", "dev", "Deploy"), desk.job("dev", "github-orderflow-deploy-dev"))
    assert re.search(r"\+ \d+ created\n", told)
    assert (desk.folder / "summary.md").read_text() == "Deployed 0123abc to dev.\n"
    return desk


def test_each_workflow_does_its_work_under_the_role_that_the_runbook_makes_for_it(deployed: Desk) -> None:
    deployed.types(step("preview-stack.yml", "preview", "Preview"), deployed.job("dev", "github-orderflow-preview-dev"))
    assert "unchanged" in (deployed.folder / "previewed" / "preview.txt").read_text()
    assert json.loads((deployed.folder / "previewed" / "preview.json").read_text())["changeSummary"].keys() == {"same"}
    deployed.types(step("deploy.yml", "dev", "Deploy"), deployed.job("dev", "github-orderflow-deploy-dev"))


def test_the_roles_of_the_program_have_the_boundary(deployed: Desk) -> None:
    role = deployed.cloud.client("iam").get_role(RoleName="orderflow-dev-order-fulfillment-machine")["Role"]
    boundary = f"arn:aws:iam::{deployed.account.number}:policy/boundary-orderflow-dev"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert deployed.account.client("iam").get_policy(PolicyArn=boundary)["Policy"]["PolicyName"]


TINY = "import pulumi\npulumi.export('told', pulumi.Output.secret('to nobody'))\n"


@pytest.fixture(scope="module")
def tiny(desk: Desk, shell: Shell) -> Path:
    """A project of the same name that is run in no time, with the roles that the runbook prints for `staging`."""
    folder, iam, kms = desk.folder.parent / "tiny", *(desk.account.client(name) for name in ("iam", "kms"))
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: orderflow\nruntime: python\n")
    (folder / "__main__.py").write_text(TINY)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/orderflow-staging", TargetKeyId=key)
    made = printed("staging", account=desk.account.number, key=key)
    for name, trust in made.trusts.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=json.dumps(made.inline[name]))
    return folder


DOES = {
    "deploy": """
        pulumi stack select staging --create --secrets-provider "$SECRETS_PROVIDER" --non-interactive
        pulumi up --stack staging --yes --non-interactive""",
    "preview": "pulumi preview --stack staging --non-interactive",
}


@pytest.mark.parametrize("role", DOES)
def test_pulumi_needs_each_line_for_state_and_secrets(desk: Desk, tiny: Path, role: str) -> None:
    """A line that were not needed would let someone do more than the work; one that is missing fails the test above."""
    name, iam = f"github-orderflow-{role}-staging", desk.account.client("iam")
    printed_policy = iam.get_role_policy(RoleName=name, PolicyName="work")["PolicyDocument"]
    statements = {**printed_policy, "Statement": printed_policy["Statement"][:STATE_AND_SECRETS]}
    _forget(desk, "staging")
    step_by_step = {"PULUMI_SKIP_CHECKPOINTS": "false"}
    deploys = desk.job("staging", "github-orderflow-deploy-staging") | step_by_step
    desk.types(DOES["deploy"], deploys, folder=tiny)
    job = desk.job("staging", name) | step_by_step

    def runs(policy: Mapping[str, object]) -> bool:
        iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=json.dumps(policy))
        if role == "deploy":
            _forget(desk, "staging")
            (tiny / "Pulumi.staging.yaml").unlink(missing_ok=True)
        try:
            desk.types(DOES[role], job, folder=tiny)
        except FailedError as failed:
            if re.search(r"AccessDenied|StatusCode: 403", str(failed)):
                return False
            raise
        return True

    assert runs(statements)
    not_needed = [line for line, shorter in without_each_line(statements) if runs(shorter)]
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=json.dumps(printed_policy))
    assert not_needed == []


def _forget(desk: Desk, stack: str) -> None:
    """Leave nothing of a stack's state."""
    s3, bucket = desk.account.client("s3"), f"orderflow-state-{desk.account.number}"
    for each in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        if f"/orderflow/{stack}" in each["Key"]:
            s3.delete_object(Bucket=bucket, Key=each["Key"])


ELSEWHERE = {
    "uv run orderflow --stack prod releases": "tests/engine/test_release.py",
    "uv run orderflow --stack prod rollback": "tests/engine/test_release.py",
    "uv run orderflow --stack prod doctor": "tests/emulator/test_doctor.py",
    "uv run orderflow --stack prod why": "tests/unit/orderflow/test_why.py",
    "uv run orderflow --stack prod decisions": "tests/emulator/test_rescue.py",
    "uv run orderflow --stack prod issues": "tests/emulator/test_rescue.py",
    "uv run orderflow --stack prod accept": "tests/emulator/test_rescue.py",
}
"""Blocks that are not typed here, by how they begin, and where what they do is tested; `tests/unit/test_runbook.py`
has the command line take each."""


@pytest.fixture(scope="module")
def on_duty(desk: Desk, shell: Shell) -> Shell:
    """The administrator's shell, with the stack `prod` deployed."""
    shell.types(
        f"export S=prod PULUMI_BACKEND_URL='s3://orderflow-state-{desk.account.number}?region={REGION}'\n"
        f"pulumi stack init prod --secrets-provider '{PROVIDER.format('dev')}'\n"
        "pulumi up --stack prod --yes --message 0123abc"
    )
    return shell


def test_every_other_block_is_typed_too(desk: Desk, on_duty: Shell) -> None:
    """In the page's order, with what has to happen before one, and with what the page says that one should see.

    What it says of AWS and GitHub beyond that takes an account: `gh` here is a stand-in, and so are both clouds.
    """
    told = {
        "--stack dev": "--stack prod",
        "YOUR-STATE-BUCKET": f"orderflow-state-{desk.account.number}",
        "YOUR-ON-DUTY-ROLE": "on-duty",
        "EARLIER-COMMIT": "0123abc",
        "QUEUE-URL": f"{desk.cloud.endpoint}/{ACCOUNT}/orderflow-prod-poison-events",
    }
    desk.account.client("iam").create_role(RoleName="on-duty", AssumeRolePolicyDocument=DUTY)

    def adopts() -> None:
        machine = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        made = {"name": "orderflow-prod-restock", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/by-hand"}
        desk.cloud.client("stepfunctions").create_state_machine(**made, definition=machine)
        (wanted,) = blocks("Adopt a state machine that exists", language="json")
        wanted = wanted.text.replace("111122223333", ACCOUNT).replace("orderflow-dev", "orderflow-prod")
        (desk.folder / "adopt.json").write_text(wanted)

    def knows_a_urn() -> None:
        found = re.search(r"urn:\S*Table::orders\b", on_duty.types("pulumi stack --stack prod --show-urns"))
        assert found
        told["URN"] = found[0]

    key = PROVIDER.format("dev")
    before: dict[str, Callable[[], object]] = {
        "pulumi import": adopts,
        "pulumi destroy --stack qa": lambda: on_duty.types(f"pulumi stack init qa --secrets-provider '{key}'"),
        "aws dynamodb create-backup": knows_a_urn,
        "pulumi destroy --stack prod\n": lambda: on_duty.types("pulumi state unprotect --all --stack prod"),
    }
    sees = {
        "make sync": "Backend URL.*s3://",
        "pulumi stack history": "0123abc",
        "pulumi cancel prod": "has been canceled!",
        "aws s3api list-object-versions": "orderflow/prod.json",
        "pulumi refresh --stack prod --preview-only": "unchanged",
        "pulumi import": "2 imported",
        "pulumi destroy --stack prod\n": "orderflow-prod-orders",
    }
    said = {"put()": "sk_test_1\n"}
    others = [block for block in blocks() if block.section != FIRST]
    for block in sorted(others, key=lambda block: block.section == LAST):
        if any(block.text.startswith(start) for start in ELSEWHERE):
            continue
        for start, prepare in before.items():
            if block.text.startswith(start):
                prepare()
        (answer,) = [said[start] for start in said if block.text.startswith(start)] or [""]
        text = block.text
        for capitals, value in told.items():
            text = text.replace(capitals, value)
        seen = on_duty.types(text, answer)
        for start, expected in sees.items():
            if block.text.startswith(start):
                assert re.search(expected, seen), f"line {block.line} is to show {expected!r}: {seen}"
    assert "orderflow-prod-orders" not in desk.cloud.client("dynamodb").list_tables()["TableNames"]
    assert {start for start in ELSEWHERE if any(block.text.startswith(start) for block in others)} == ELSEWHERE.keys()
