"""Tasks of ECS that a machine runs: their sizes, their two roles, and what the machine may do with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components import TaskRefusedError
from orderflow.testing.stack import Stack
from tests.infra.conftest import Run

PROGRAM = """
import pulumi
from components import Logs, Queue, QueueArgs, StateMachine, StateMachineArgs, Table, TableArgs, Task, TaskArgs, Use

logs = Logs(7)
results = Table("results", TableArgs("id", keep=False))
uses = USES
scan = Task("scan", TaskArgs(IMAGE, ["subnet-1"], uses, logs, ARGS))
state = {
    "Type": "Task",
    "Resource": "arn:aws:states:::ecs:runTask.sync",
    "Arguments": {**scan.arguments, "Overrides": {"ContainerOverrides": [{"Name": scan.container, "Command": ["a"]}]}},
    "TimeoutSeconds": 600,
    "End": True,
}
definition = {"QueryLanguage": "JSONata", "StartAt": "Scan", "States": {"Scan": state}}
StateMachine("onboarding", StateMachineArgs(definition, logs, tracing=False))
"""
ECR = '"123456789012.dkr.ecr.eu-west-1.amazonaws.com/documents/scan@sha256:0"'
USES = '[Use("RESULTS", results, ("dynamodb:putItem",))]'
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
ARN = "arn:aws:iam::000000000000:role/orderflow-dev-scan"


def made(run: Run, image: str = ECR, uses: str = USES, args: str = "", **options: Any) -> Stack:
    return run(PROGRAM.replace("IMAGE", image).replace("USES", uses).replace("ARGS", args), **options)


def statements(stack: Stack, role: str) -> dict[str, Any]:
    (found,) = [one for one in stack.roles() if one.name == f"orderflow-dev-{role}"]
    return {one["Sid"]: one for one in found.policy["Statement"]}


def test_a_machine_may_run_the_task_in_all_its_revisions_and_hand_over_its_two_roles_to_ecs_alone(run: Run) -> None:
    machine = statements(made(run), "onboarding-machine")
    family = "arn:aws:ecs:us-east-1:000000000000:task-definition/orderflow-dev-scan"
    assert machine["EcsRunTask"]["Resource"] == [f"{family}:7"]
    older = machine["ExecutionsInFlightRunTheRevisionTheyBeganWith"]
    assert (older["Action"], older["Resource"]) == (["ecs:RunTask"], [f"{family}:*"])
    passing = machine["HandOverTheRolesOfATask"]
    assert (passing["Action"], passing["Resource"]) == (["iam:PassRole"], [f"{ARN}-execution", f"{ARN}-task"])
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert not [one for one in machine.values() if one["Resource"] == ["*"] and "NoResourceLevel" not in one["Sid"]]


def test_the_definition_names_task_cluster_and_network(run: Run) -> None:
    stack = made(run, args='security_groups=["sg-1"], public_ip=True')
    arguments = stack.machine("onboarding").definition["States"]["Scan"]["Arguments"]
    assert arguments["TaskDefinition"] == stack.one(DEFINITION, "scan").outputs["arn"]
    assert arguments["Cluster"] == stack.one("aws:ecs/cluster:Cluster", "scan").outputs["arn"]
    assert arguments["NetworkConfiguration"] == {
        "AwsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "ENABLED"}
    }


def test_what_starts_the_container_may_fetch_its_image_and_write_its_log_and_nothing_else(run: Run) -> None:
    stack = made(run)
    starting = statements(stack, "scan-execution")
    repository = "arn:aws:ecr:eu-west-1:123456789012:repository/documents/scan"
    assert starting["PullTheImage"]["Resource"] == [repository]
    assert starting["LoggingInToECRHasNoResourceLevel"]["Action"] == ["ecr:GetAuthorizationToken"]
    log_group = stack.one("aws:cloudwatch/logGroup:LogGroup", "scan")
    assert starting["OwnLogGroup"]["Resource"] == [f"{log_group.outputs['arn']}:*"]
    assert len(starting) == 3


def test_the_code_in_it_has_the_calls_in_uses_and_reads_the_names_from_its_environment(run: Run) -> None:
    stack = made(run, args='environment={"MODE": "fast"}')
    allowed = [(one["Action"], one["Resource"]) for one in statements(stack, "scan-task").values()]
    assert allowed == [(["dynamodb:PutItem"], ["arn:aws:dynamodb:us-east-1:000000000000:table/orderflow-dev-results"])]
    task = stack.one(DEFINITION, "scan").inputs
    (container,) = json.loads(task["containerDefinitions"])
    assert {one["name"]: one["value"] for one in container["environment"]} == {
        "RESULTS": "orderflow-dev-results",
        "MODE": "fast",
    }
    assert container["logConfiguration"]["options"] == {
        "awslogs-group": "/aws/ecs/orderflow-dev-scan",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "scan",
    }


def test_a_stack_tells_what_its_task_may_do_where_it_runs_and_how_long_its_log_is_kept(run: Run) -> None:
    program = PROGRAM.replace("IMAGE", ECR).replace("USES", USES).replace("ARGS", "public_ip=True")
    told = run(f"{program}\nimport components\ncomponents.export(logs, {{}}, scan)\n").exports
    assert told["logs"] == {"/aws/ecs/orderflow-dev-scan": 7}
    task = told["tasks"]["scan"]
    assert task["calls"] == {
        "arn:aws:dynamodb:us-east-1:000000000000:table/orderflow-dev-results": ["dynamodb:putItem"]
    }
    assert (task["subnets"], task["publicIp"], task["logGroup"]) == (["subnet-1"], True, "/aws/ecs/orderflow-dev-scan")


def test_what_works_on_a_queue_reads_its_url(run: Run) -> None:
    queue = '[Use("JOBS", Queue("jobs", QueueArgs(False)), ("sqs:sendMessage",))]'
    stack = made(run, uses=queue)
    (container,) = json.loads(stack.one(DEFINITION, "scan").inputs["containerDefinitions"])
    assert container["environment"] == [
        {"name": "JOBS", "value": stack.one("aws:sqs/queue:Queue", "jobs").outputs["url"]}
    ]
    (allowed,) = statements(stack, "scan-task").values()
    assert allowed["Resource"] == ["arn:aws:sqs:us-east-1:000000000000:orderflow-dev-jobs"]


def test_a_task_waits_for_what_its_roles_may_do_and_older_revisions_stay_for_executions_in_flight(run: Run) -> None:
    stack = made(run, args='architecture="x86_64"')
    task = stack.one(DEFINITION, "scan")
    assert task.inputs["runtimePlatform"] == {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
    assert task.inputs["skipDestroy"] is True
    roles = {stack.one("aws:iam/rolePolicy:RolePolicy", f"scan-{kind}").urn for kind in ("task", "execution")}
    assert roles <= {*task.dependencies}


def test_a_task_that_calls_nothing_has_no_role_for_it(run: Run) -> None:
    stack = made(run, uses="[]")
    assert "taskRoleArn" not in stack.one(DEFINITION, "scan").inputs
    assert statements(stack, "onboarding-machine")["HandOverTheRolesOfATask"]["Resource"] == [f"{ARN}-execution"]


def test_an_image_in_the_open_needs_no_repository_of_ecr(run: Run) -> None:
    assert statements(made(run, image='"public.ecr.aws/docker/library/alpine:3.22"'), "scan-execution").keys() == {
        "OwnLogGroup"
    }


def test_an_image_that_the_program_builds_is_taken_to_be_in_ecr(run: Run) -> None:
    built = f"pulumi.Output.from_input({ECR})"
    assert "PullTheImage" in statements(made(run, image=built), "scan-execution")
    with pytest.raises(TaskRefusedError, match="`image` is none of ECR's: write one that is elsewhere as a text"):
        made(run, image='pulumi.Output.from_input("alpine")')


def test_a_first_preview_knows_all_that_is_to_be_reviewed(run: Run) -> None:
    definition = made(run, preview=True).one(DEFINITION, "scan")
    assert definition.inputs["cpu"] == "256"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("cpu=300", "`cpu` is 300, and Fargate has 256, 512, 1024, 2048, 4096, 8192, 16384"),
        ("memory=4096", r"with `cpu` 256 Fargate has \(512, 1024, 2048\) MiB, and `memory` is 4096"),
        ("memory=1536", "with `cpu` 256 Fargate has .*, and `memory` is 1536"),
        ("security_groups='sg-1'", "`security_groups` is a list of 5 at most"),
        ("cpu=8192, memory=18432", "with `cpu` 8192 Fargate has 16384 to 61440 MiB in steps of 4096"),
    ],
)
def test_a_size_that_fargate_does_not_have_stops_the_preview(run: Run, args: str, said: str) -> None:
    with pytest.raises(TaskRefusedError, match=f"task 'scan': {said}"):
        made(run, args=args)


def test_a_task_without_a_subnet_stops_the_preview(run: Run) -> None:
    with pytest.raises(TaskRefusedError, match="give it one in `subnets`"):
        run(PROGRAM.replace("IMAGE", ECR).replace("USES", "[]").replace('["subnet-1"]', "[]").replace("ARGS", ""))
