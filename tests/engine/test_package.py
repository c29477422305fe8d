"""The components in other hands: in the wheel, and as a Pulumi package for a program in YAML."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from emulator import lifeline
from emulator.cloud import Cloud
from emulator.engine import Engine, yaml_host
from emulator.program import ROOT
from tests.engine import language_host, package_host
from tests.engine.conftest import BEFORE, planned
from tests.hangs import HANG_SECONDS, eventually
from tests.wheel import installed

PAGE = (ROOT / "docs" / "package.md").read_text()
FILES = dict(re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
"""The files that the page shows, by their names."""
IN_YAML, IN_PYTHON, SHORTEST = FILES["Pulumi.yaml"], FILES["news/__main__.py"], FILES["__main__.py"]
SETTINGS = {"Pulumi.yaml": "name: news\nruntime: python\n"}
HANDLERS = {name: text for name, text in FILES.items() if name.startswith("handlers/")}

Project: TypeAlias = Callable[[Mapping[str, str]], Path]


@dataclass(frozen=True)
class Others:
    """Where somebody else has installed the wheel, and serves the package from it at a port."""

    python: Path
    port: int


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    home = tmp_path_factory.mktemp("others")
    python = installed(home, "components", environment=BEFORE)
    said, package = home / "said", str(ROOT / "plugin" / "__main__.py")
    with said.open("wb") as output:
        serving = lifeline.start([str(python), "-P", package_host.__file__, package], output=output, cwd=home)
    try:
        yield Others(python, int(eventually(lambda: re.match(r"(\d+)\n", said.read_text()))[1]))
    finally:
        lifeline.stop(serving)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A new folder with the page's handlers, and files given by their names and texts."""

    def project(files: Mapping[str, str]) -> Path:
        folder = tmp_path_factory.mktemp("project")
        for file, text in {**HANDLERS, **files}.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text)
        return folder

    return project


@dataclass(frozen=True)
class InYaml:
    """The stack of the page's program in YAML."""

    stack: auto.Stack
    program: Path

    def deployed(self) -> str:
        """Deploy it as the page has it; the ARN of its machine's alias."""
        self.program.write_text(IN_YAML)
        return self.stack.up().outputs["machine"].value


@pytest.fixture(scope="module")
def in_yaml(shared_engine: Engine, others: Others, project: Project) -> Iterator[InYaml]:
    folder = project({"Pulumi.yaml": IN_YAML})
    stack = shared_engine.hosted("yaml", folder, [yaml_host()], {"orderflow": others.port})
    yield InYaml(stack, folder / "Pulumi.yaml")
    stack.destroy()


def test_a_preview_checks_a_definition_in_yaml_of_which_nothing_is_deployed_yet(
    shared_engine: Engine, others: Others, project: Project
) -> None:
    folder = project({"Pulumi.yaml": IN_YAML})
    stack = shared_engine.hosted("first", folder, [yaml_host()], {"orderflow": others.port})
    assert planned(stack)["sfn.StateMachine orders"] == "create"
    (folder / "Pulumi.yaml").write_text(IN_YAML.replace("Next: Label", "Next: Labell"))
    with pytest.raises(CommandError) as refused:
        stack.preview()
    assert "ASL003 States.Weigh.Next: names 'Labell', and there is no such state (did you mean 'Label'?)" in str(
        refused.value
    )
    assert "Traceback" not in str(refused.value)
    assert ".py" not in str(refused.value)


def test_a_machine_in_yaml_is_deployed_runs_stays_and_changes(shared_cloud: Cloud, in_yaml: InYaml) -> None:
    alias = in_yaml.deployed()
    in_yaml.stack.preview(expect_no_changes=True)
    assert ended(shared_cloud, alias, {"orderId": "news-1", "pieces": 3}) == {
        "orderId": "news-1",
        "pieces": 3,
        "grams": 1200,
        "labelled": {"label": "news-1, 1200 g"},
    }
    in_yaml.program.write_text(IN_YAML.replace("MaxAttempts: 5", "MaxAttempts: 4"))
    assert planned(in_yaml.stack) == {"sfn.StateMachine orders": "update", "sfn.Alias orders": "update"}
    in_yaml.stack.up()
    in_yaml.stack.preview(expect_no_changes=True)


def test_what_is_deployed_in_yaml_is_the_same_to_the_byte_from_the_wheel_and_from_here(
    shared_cloud: Cloud, shared_engine: Engine, others: Others, in_yaml: InYaml, project: Project, tmp_path: Path
) -> None:
    """The provider compares texts as they are, so what would be another definition or policy would be a change."""
    elsewhere, here = project({**SETTINGS, "__main__.py": IN_PYTHON}), project(SETTINGS)
    sources = f"pathlib.Path({str(here / 'handlers')!r})"
    ours = IN_PYTHON.replace("orderflow.components", "components").replace(
        "layer=None", f"layer=None, sources={sources}"
    )
    (here / "__main__.py").write_text(f"import pathlib\n{ours}")
    language_host.install(tmp_path / "bin", str(others.python))
    in_yaml.deployed()
    shared_engine.hosted("yaml", elsewhere, [tmp_path / "bin"]).preview(expect_no_changes=True)
    shared_engine.stack("yaml", here).preview(expect_no_changes=True)

    name = "news-yaml-orders"
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"
    definition = shared_cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]
    assert '"ResultPath": null' in definition
    assert '"Resource": "arn:aws:lambda:us-east-1:000000000000:function:news-yaml-label:live"' in definition
    held = shared_cloud.client("iam").get_role_policy(RoleName=f"{name}-machine", PolicyName=f"{name}-machine")
    (invoke,) = [one for one in held["PolicyDocument"]["Statement"] if one["Action"] == ["lambda:InvokeFunction"]]
    assert len(invoke["Resource"]) == 2


def test_ten_lines_and_the_wheel_deploy_a_machine(
    shared_cloud: Cloud, shared_engine: Engine, others: Others, project: Project, tmp_path: Path
) -> None:
    assert len([line for line in SHORTEST.splitlines() if line]) <= 10
    language_host.install(tmp_path / "bin", str(others.python))
    stack = shared_engine.hosted("ten", project({**SETTINGS, "__main__.py": SHORTEST}), [tmp_path / "bin"])
    alias = stack.up().outputs["machine"].value
    order = {"orderId": "news-2", "pieces": 2}
    assert ended(shared_cloud, alias, order) == {**order, "grams": 800}
    stack.destroy()


def test_pulumi_can_generate_sdks_from_the_schema(shared_engine: Engine) -> None:
    schema = ROOT / "tests" / "infra" / "golden" / "package.json"
    said = subprocess.run(
        [shared_engine.command.command, "schema", "check", str(schema)],
        env={**os.environ, "PULUMI_HOME": str(shared_engine.home / "pulumi"), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def ended(cloud: Cloud, alias: str, order: dict[str, Any]) -> Any:
    """What an execution comes to that is started through the alias."""
    client = cloud.client("stepfunctions")
    started = client.start_execution(stateMachineArn=alias, input=json.dumps(order))["executionArn"]

    def over() -> dict[str, Any] | None:
        found = client.describe_execution(executionArn=started)
        return found if found["status"] != "RUNNING" else None

    found = eventually(over)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])
