"""The machines of a stack: by whatever name, what is deployed of them, and what is said of one that is not there."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from typer.main import get_group
from typer.testing import CliRunner, Result

from orderflow.cli.base import COMMANDS, app
from orderflow.errors import UnknownMachine
from orderflow.machines import find_machine
from orderflow.outputs import Deployment
from tests.hangs import HANG_SECONDS
from tests.unit.orderflow.conftest import MACHINE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHYSICAL = "arn:aws:states:us-east-1:123456789012:stateMachine:orderflow-dev-order-fulfillment"
STACK = Deployment({"order-fulfillment": f"{PHYSICAL}:live", "order-events": f"{MACHINE}-e"}, "us-east-1")


pytestmark = pytest.mark.usefixtures("stack")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize(
    ("reference", "starts"),
    [
        ("order-fulfillment", f"{PHYSICAL}:live"),
        ("orderflow-dev-order-fulfillment", f"{PHYSICAL}:live"),
        (PHYSICAL, PHYSICAL),
        (f"{PHYSICAL}:live", f"{PHYSICAL}:live"),
        (f"{PHYSICAL}:7", f"{PHYSICAL}:7"),
    ],
)
def test_a_machine_is_found_by_each_of_its_names(reference: str, starts: str) -> None:
    found = find_machine(STACK, reference)
    assert (found.name, found.starts, found.arn) == ("order-fulfillment", starts, PHYSICAL)


@pytest.mark.parametrize(
    "reference",
    [
        "order-fulfilment",
        f"{MACHINE}-other",
        PHYSICAL.replace(":stateMachine:", ":execution:") + ":order-1",
        "\x1b[31m",
    ],
)
def test_a_machine_that_is_not_there_is_told_of_with_those_that_are(reference: str) -> None:
    with pytest.raises(UnknownMachine, match="it has order-fulfillment, order-events") as told:
        find_machine(STACK, reference)
    assert ("did you mean 'order-fulfillment'?" in str(told.value)) == (reference == "order-fulfilment")
    assert "\x1b" not in str(told.value)


def described(type: str, arn: str = MACHINE) -> dict[str, Any]:
    group = f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/{type}:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    machine = {"stateMachineArn": arn, "name": "n", "roleArn": "r", "creationDate": NOW, "definition": "{}"}
    return {**machine, "type": type, "status": "ACTIVE", "loggingConfiguration": logging}


def behind_an_alias(stack: dict[str, Any]) -> None:
    stack["machines"] = {"order-fulfillment": {"arn": MACHINE, "aliasArn": f"{MACHINE}:live"}}
    Path(".orderflow/local.json").write_text(json.dumps(stack))


def leads(aws: Stubber, **shares: int) -> None:
    routes = [
        {"stateMachineVersionArn": f"{MACHINE}:{version[1:]}", "weight": share} for version, share in shares.items()
    ]
    aws.add_response("describe_state_machine_alias", {"routingConfiguration": routes})


def test_the_machines_of_a_stack_are_listed_with_where_their_aliases_lead(aws: Stubber, stack: dict[str, Any]) -> None:
    behind_an_alias(stack)
    for _ in range(2):
        leads(aws, v4=10, v3=90)
        aws.add_response("describe_state_machine", described("STANDARD"), {"stateMachineArn": MACHINE})
    assert "order-fulfillment STANDARD ACTIVE 10 % 4, 90 % 3" in " ".join(run("machines").stdout.split())
    machine = json.loads(run("machines", "--json").stdout)
    assert machine == {
        "name": "order-fulfillment",
        "arn": MACHINE,
        "starts": f"{MACHINE}:live",
        "type": "STANDARD",
        "status": "ACTIVE",
        "routes": [{"version": "4", "weight": 10}, {"version": "3", "weight": 90}],
        "logGroup": "/aws/vendedlogs/states/STANDARD",
        "logLevel": "ALL",
    }


def test_the_definition_of_a_version_is_that_ones(aws: Stubber) -> None:
    answer = {**described("STANDARD"), "definition": '{"StartAt": "Old"}'}
    aws.add_response("describe_state_machine", answer, {"stateMachineArn": f"{MACHINE}:2"})
    assert json.loads(run("definition", "order-fulfillment", "--version", "2", "--json").stdout) == {"StartAt": "Old"}


def test_an_arn_says_by_itself_where_the_machine_is(aws: Stubber) -> None:
    """Though a stack runs here that has no such machine."""
    aws.add_response("describe_state_machine", described("STANDARD"), {"stateMachineArn": PHYSICAL})
    assert run("definition", PHYSICAL).exit_code == 0
    refused = run("--stack", "local", "definition", PHYSICAL)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "it has order-fulfillment, order-events, reconciliation" in " ".join(refused.stderr.split())


def test_each_command_is_in_the_module_that_is_loaded_for_it() -> None:
    """Where one is missing there, it cannot be called; where one is not listed, nobody finds it."""
    for module in COMMANDS:
        import_module(f"orderflow.cli.{module}")
    for name, command in get_group(app).commands.items():
        inside = getattr(command, "commands", {"": command})
        homes = {one.callback.__module__.rpartition(".")[2] for one in inside.values()}
        assert [name in COMMANDS[home] for home in homes] == [True], name
    assert get_group(app).commands.keys() == {name for names in COMMANDS.values() for name in names}


def test_a_command_loads_nothing_that_others_need() -> None:
    """What took half of its time: typer's reading of parameters by pydantic, boxes around the help, boto3."""
    code = (
        "import sys; from typer.main import get_command; from orderflow.cli import app\n"
        "get_command(app).get_command(None, 'status')\n"
        "print(*[name for name in ('pydantic', 'boto3', 'rich.markdown', 'rich.progress', 'orderflow.issues', 'asl') "
        "if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    assert found.stdout.strip() == ""
