"""What becomes of a machine's version and alias when its type changes, and when nothing but tags does."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from emulator.cloud import Cloud, cloud
from emulator.engine import Engine, engine
from tests.engine.conftest import Faults, planned
from tests.hangs import eventually

PROJECT = Path(__file__).with_name("machine")
REPLACED = {"sfn.StateMachine steps": "create-replacement", "sfn.Alias steps": "create-replacement"}


@pytest.fixture(scope="module")
def running() -> Iterator[Cloud]:
    with cloud() as started:
        yield started


@pytest.fixture(scope="module")
def faulty(running: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Faults]]:
    faults = Faults()
    with engine(running, tmp_path_factory.mktemp("engine"), faults) as started:
        yield started, faults


@pytest.fixture
def faults(faulty: tuple[Engine, Faults]) -> Faults:
    return faulty[1]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("code") / "code.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("module.py", "def handler(event, context): ...")
    return str(file)


@pytest.fixture
def stack(faulty: tuple[Engine, Faults], code: str) -> Iterator[auto.Stack]:
    """The stack, deployed: its machine is a Standard one, and the tags say `first`."""
    started, faults = faulty
    deployed = started.stack("dev", PROJECT)
    for name, value in {"code": code, "type": "STANDARD", "stage": "first"}.items():
        deployed.set_config(f"machine:{name}", auto.ConfigValue(value))
    deployed.up()
    yield deployed
    faults.urn = ""


def alias(cloud: Cloud, stack: auto.Stack) -> str:
    """The version that the machine's alias routes all executions to."""
    arn = stack.outputs()["alias"].value
    (route,) = cloud.client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=arn)[
        "routingConfiguration"
    ]
    assert route["weight"] == 100
    return route["stateMachineVersionArn"]


def ran(cloud: Cloud, stack: auto.Stack) -> dict[str, Any]:
    """An execution that was started through the alias, ended."""
    client = cloud.client("stepfunctions")
    started = client.start_execution(stateMachineArn=stack.outputs()["alias"].value)["executionArn"]
    return eventually(
        lambda: (found := client.describe_execution(executionArn=started))["status"] != "RUNNING" and found
    )


def type_of_machine(cloud: Cloud) -> str:
    (machine,) = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    return machine["type"]


def test_a_machine_of_another_type_takes_its_alias_along(running: Cloud, stack: auto.Stack) -> None:
    """AWS deletes the aliases with the machine, and no alias of that name can be updated:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    before = stack.outputs()["alias"].value
    stack.set_config("machine:type", auto.ConfigValue("EXPRESS"))
    assert planned(stack) == REPLACED
    stack.up()
    assert type_of_machine(running) == "EXPRESS"
    assert stack.outputs()["alias"].value == before, "who starts executions through the alias goes on to"
    assert alias(running, stack).endswith("stateMachine:machine-dev-steps:1")
    stack.preview(expect_no_changes=True)
    assert set(stack.refresh(run_program=False).summary.resource_changes or {}) == {"same"}

    stack.set_config("machine:type", auto.ConfigValue("STANDARD"))
    stack.up()
    assert ran(running, stack)["status"] == "SUCCEEDED"

    # Asked to be replaced by itself, too: made first, the new one would be deleted as the old.
    made = (stack.export_stack().deployment or {})["resources"]
    (urn,) = [each["urn"] for each in made if each["type"] == "aws:sfn/alias:Alias"]
    stack.up(replace=[urn])
    assert ran(running, stack)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("at", ["StateMachine::steps", "Alias::steps"])
def test_a_replacement_that_stops_half_way_is_finished_by_the_next_up(
    running: Cloud, stack: auto.Stack, faults: Faults, at: str
) -> None:
    faults.operation, faults.urn = "create", at
    stack.set_config("machine:type", auto.ConfigValue("EXPRESS"))
    with pytest.raises(CommandError, match="injected by the test"):
        stack.up()
    faults.urn = ""
    stack.up()
    assert type_of_machine(running) == "EXPRESS"
    assert alias(running, stack).endswith(":1")
    stack.preview(expect_no_changes=True)


def test_tags_alone_move_no_version(running: Cloud, stack: auto.Stack) -> None:
    """In a preview pulumi-aws calls a machine's version unknown for any change, and so its alias changing; then it
    publishes one for a change of anything but tags. Of a function it looks at code and configuration from the start.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sfn/state_machine.go
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/lambda/function.go
    """
    functions, version = running.client("lambda"), alias(running, stack)
    stack.set_config("machine:stage", auto.ConfigValue("second"))
    changed = {name for name in planned(stack) if "Alias" in name or "StateMachine" in name or "Function" in name}
    assert changed == {"sfn.StateMachine steps", "sfn.Alias steps", "lambda.Function function"}
    stack.up()
    assert alias(running, stack) == version
    machine = version.rpartition(":")[0]
    client = running.client("stepfunctions")
    assert len(client.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]) == 1
    assert client.list_tags_for_resource(resourceArn=machine)["tags"] == [{"key": "Stage", "value": "second"}]
    live = functions.get_alias(FunctionName="machine-function", Name="live")
    assert live["FunctionVersion"] == "1"
    published = functions.list_versions_by_function(FunctionName="machine-function")["Versions"]
    assert [each["Version"] for each in published] == ["$LATEST", "1"]
    assert functions.list_tags(Resource=published[0]["FunctionArn"].removesuffix(":$LATEST"))["Tags"] == {
        "Stage": "second"
    }
    stack.preview(expect_no_changes=True)
