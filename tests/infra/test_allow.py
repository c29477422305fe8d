"""What a machine may reach by declaration: strings, components and Outputs, each with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import asl
from emulator.program import run_program
from tests.infra.conftest import Recorder

PROGRAM = """
import pulumi_aws as aws
import asl
from components import Logs, StateMachine, StateMachineArgs

role = aws.iam.Role("worker", name="worker", assume_role_policy="{}")
scan = {
    "Type": "Task",
    "Resource": "arn:aws:states:::ecs:runTask",
    "Parameters": {"TaskDefinition.$": "$.scanner"},
    "TimeoutSeconds": 60,
    "End": True,
}
StateMachine(
    "scan",
    StateMachineArgs({"StartAt": "Scan", "States": {"Scan": scan}}, Logs(7), tracing=False, allow=[ALLOW]),
)
"""
SCANNERS = 'asl.Allow("Scan", ["scan-fast", "scan-deep"], "both scanners", parameter="TaskDefinition")'


def run(tmp_path: Path, allow: str) -> Recorder:
    """The stack of a program that declares `allow`."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("ALLOW", allow))
    recorder = Recorder()
    run_program(recorder, "dev", program=program)
    return recorder


@pytest.mark.parametrize("role", ["role", "role.arn", "[role]", '"worker"'])
def test_what_is_declared_stands_in_the_policy_with_its_reason(role: str, tmp_path: Path) -> None:
    declared = f'{SCANNERS}, asl.Allow("Scan", {role}, "role of the scanners", parameter="TaskRoles")'
    policy = run(tmp_path, declared).one("aws:iam/rolePolicy:RolePolicy", "scan-machine").inputs["policy"]
    found = {one["Sid"]: one for one in json.loads(policy)["Statement"]}
    assert found["BothScanners"]["Resource"] == [
        "arn:aws:ecs:us-east-1:000000000000:task-definition/scan-deep:*",
        "arn:aws:ecs:us-east-1:000000000000:task-definition/scan-fast:*",
    ]
    passed = found["RoleOfTheScanners"]
    assert passed["Resource"] == ["arn:aws:iam::000000000000:role/worker"]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_a_key_is_declared_as_the_resource_it_is(tmp_path: Path) -> None:
    none = 'asl.Allow("Scan", [], "no roles of its own", parameter="TaskRoles")'
    key = 'asl.Allow("Scan", aws.kms.Key("images"), "key of the images", actions=("kms:Decrypt",))'
    policy = run(tmp_path, f"{SCANNERS}, {none}, {key}").one("aws:iam/rolePolicy:RolePolicy", "scan-machine").inputs
    (found,) = [one for one in json.loads(policy["policy"])["Statement"] if one["Action"] == ["kms:Decrypt"]]
    assert found["Sid"] == "KeyOfTheImages"
    assert found["Resource"] == ["arn:aws:kms:us-east-1:000000000000:key/images"]


def test_what_is_not_declared_stops_the_program_and_says_what_to_declare(tmp_path: Path) -> None:
    with pytest.raises(asl.PermissionsError) as stopped:
        run(tmp_path, SCANNERS)
    assert stopped.value.problems == (
        "scan: States.Scan.Parameters: TaskRoles of ecs:runTask is not in the definition; "
        "declare Allow('Scan', TaskRoles, REASON, parameter='TaskRoles')",
    )
