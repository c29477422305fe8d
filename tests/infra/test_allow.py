"""What a machine may reach by declaration: strings, components and Outputs, each with its reason."""

from __future__ import annotations

import pytest

import asl
from tests.infra.conftest import Run

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


@pytest.mark.parametrize("role", ["role", "role.arn", "[role]", '"worker"'])
def test_what_is_declared_stands_in_the_policy_with_its_reason(role: str, run: Run) -> None:
    declared = f'{SCANNERS}, asl.Allow("Scan", {role}, "role of the scanners", parameter="TaskRoles")'
    policy = run(PROGRAM.replace("ALLOW", declared)).machine("scan").policy
    found = {one["Sid"]: one for one in policy["Statement"]}
    assert found["BothScanners"]["Resource"] == [
        "arn:aws:ecs:us-east-1:000000000000:task-definition/scan-deep:*",
        "arn:aws:ecs:us-east-1:000000000000:task-definition/scan-fast:*",
    ]
    passed = found["RoleOfTheScanners"]
    assert passed["Resource"] == ["arn:aws:iam::000000000000:role/worker"]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_a_key_is_declared_as_the_resource_it_is(run: Run) -> None:
    none = 'asl.Allow("Scan", [], "no roles of its own", parameter="TaskRoles")'
    key = 'asl.Allow("Scan", aws.kms.Key("images"), "key of the images", actions=("kms:Decrypt",))'
    policy = run(PROGRAM.replace("ALLOW", f"{SCANNERS}, {none}, {key}")).machine("scan").policy
    (found,) = [one for one in policy["Statement"] if one["Action"] == ["kms:Decrypt"]]
    assert found["Sid"] == "KeyOfTheImages"
    assert found["Resource"] == ["arn:aws:kms:us-east-1:000000000000:key/images"]


def test_what_is_not_declared_stops_the_program_and_says_what_to_declare(run: Run) -> None:
    with pytest.raises(asl.PermissionsError) as stopped:
        run(PROGRAM.replace("ALLOW", SCANNERS))
    assert stopped.value.problems == (
        "scan: States.Scan.Parameters: TaskRoles of ecs:runTask is not in the definition; "
        "declare Allow('Scan', TaskRoles, REASON, parameter='TaskRoles')",
    )
