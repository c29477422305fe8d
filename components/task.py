"""A task of ECS on Fargate: a container that a machine runs and waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from asl import Account, Statement
from asl.permissions.roles import own_logging, pull_image, repository_arn

from .images import advise_digest
from .logs import Logs, log_group_of
from .naming import CLUSTER, TASK, physical_name
from .packaging import Architecture
from .references import Reference
from .role import Role, account
from .uses import Use, calls, keys, permissions, variables, wrong_with_uses

GB = 1024
_SIZES_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html"
_NETWORK_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html"
SIZES: Mapping[int, Sequence[int]] = {
    256: (512, 1 * GB, 2 * GB),
    512: range(1 * GB, 4 * GB + 1, GB),
    1024: range(2 * GB, 8 * GB + 1, GB),
    2048: range(4 * GB, 16 * GB + 1, GB),
    4096: range(8 * GB, 30 * GB + 1, GB),
    8192: range(16 * GB, 60 * GB + 1, 4 * GB),
    16384: range(32 * GB, 120 * GB + 1, 8 * GB),
}
"""The memory that Fargate has for each CPU, in MiB and in 1024ths of a virtual CPU:
`_SIZES_PAGE`."""


@dataclass(frozen=True)
class TaskArgs:
    """`image` is a container's URI, best by its digest; it is built for `architecture`. In its environment are
    `environment` and the names in `uses`, and it may make the calls in `uses` and no others.

    It runs in the `subnets`, with the `security_groups` or the VPC's default one, and fetches its image and writes its
    log through these: in a public subnet it needs a `public_ip` for that. `cpu` is in 1024ths of a virtual CPU,
    `memory` in MiB. It runs in the cluster whose ARN is `cluster`, or in one of its own.
    `purpose` is what its name in AWS ends with, the component's name unless given.
    """

    image: pulumi.Input[str]
    subnets: Sequence[pulumi.Input[str]]
    uses: Sequence[Use]
    logs: Logs
    security_groups: Sequence[pulumi.Input[str]] = ()
    public_ip: bool = False
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    cpu: int = 256
    memory: int = 512
    architecture: Architecture = "arm64"
    cluster: pulumi.Input[str] | None = None
    purpose: str | None = None


class TaskRefusedError(pulumi.RunError):
    """A task that ECS would refuse, which Pulumi shows as what the user has to mend.

    No ValueError: one that is raised while Outputs are resolved Pulumi wraps, and shows with a traceback.
    """


class Task(pulumi.ComponentResource):
    """A task definition on Fargate, with a log group, the role that starts its container, and a role for the calls that
    it makes, where it makes any. `arguments` is what a state passes to run it, `container` the name to override it by:

        {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Arguments": {
            **scan.arguments,
            "Overrides": {"ContainerOverrides": [{"Name": scan.container, "Command": ["--fast"]}]}}}

    A machine with such a state may run the task and hand over its roles. Revisions that are no longer current stay,
    also after the stack: executions in flight run the one that they began with.

    Raises:
        TaskRefusedError: for a size that Fargate does not have, and for no subnet, before any resource is registered;
            for an image that turns out to be none of ECR's.
    """

    purpose: str
    container: str
    arn: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    calls: pulumi.Output[dict[str, list[str]]]
    keys: list[pulumi.Output[str]]
    subnets: list[pulumi.Input[str]]
    public_ip: bool
    arguments: dict[str, Any]

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _require(name, args)
        super().__init__("orderflow:index:Task", name, None, opts)
        advise_digest(args.image, self)
        child = pulumi.ResourceOptions(parent=self)
        self.purpose, self.container = args.purpose or name, name
        physical = physical_name(self.purpose, TASK)
        log_group = log_group_of(name, f"/aws/ecs/{physical}", args.logs, child)
        self._roles = {"execution-role": self._role("execution", *_starting(name, args.image, log_group, self))}
        if any(use.calls for use in args.uses):
            self._roles["task-role"] = self._role("task", *permissions(args.uses))
        definition = aws.ecs.TaskDefinition(
            name,
            family=physical,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu),
            memory=str(args.memory),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=args.architecture.upper(), operating_system_family="LINUX"
            ),
            execution_role_arn=self._roles["execution-role"].arn,
            task_role_arn=self._roles["task-role"].arn if "task-role" in self._roles else None,
            container_definitions=pulumi.Output.json_dumps([_container(name, args, log_group, self)]),
            skip_destroy=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy for role in self._roles.values()]),
        )
        cluster = args.cluster or aws.ecs.Cluster(name, name=physical_name(self.purpose, CLUSTER), opts=child).arn
        self._logical, self.arn, self.log_group_name = name, definition.arn, log_group.name
        self.cluster_arn = pulumi.Output.from_input(cluster)
        self.calls, self.keys = calls(args.uses), keys(args.uses)
        self.subnets, self.public_ip = [*args.subnets], args.public_ip
        self.arguments = {
            "Cluster": self.cluster_arn,
            "TaskDefinition": self,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": _network(args),
        }
        self.register_outputs({"arn": self.arn, "cluster_arn": self.cluster_arn})

    def reference(self) -> Reference:
        """How a definition names this task, whose roles whoever runs it hands over."""
        roles = {name: role.arn for name, role in self._roles.items()}
        return Reference(f"{self._logical}.arn", self.arn, roles=roles)

    def _role(self, kind: str, statements: Sequence[Statement], values: Mapping[str, pulumi.Output[str]]) -> Role:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html"""
        return Role(
            f"{self.container}-{kind}",
            purpose=f"{self.purpose}-{kind}",
            service="ecs-tasks",
            statements=statements,
            values=pulumi.Output.all(**values),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _require(name: str, args: TaskArgs) -> None:
    if args.cpu not in SIZES:
        raise TaskRefusedError(
            f"task '{name}': `cpu` is {args.cpu}, and Fargate has {', '.join(map(str, SIZES))} ({_SIZES_PAGE})"
        )
    if args.memory not in (sizes := SIZES[args.cpu]):
        steps = f"{sizes[0]} to {sizes[-1]} MiB in steps of {sizes.step}" if isinstance(sizes, range) else ""
        raise TaskRefusedError(
            f"task '{name}': with `cpu` {args.cpu} Fargate has {steps or f'{sizes} MiB'}, and "
            f"`memory` is {args.memory} ({_SIZES_PAGE})"
        )
    if not args.subnets:
        raise TaskRefusedError(f"task '{name}': on Fargate it runs in a subnet: give it one in `subnets`")
    for what, given, limit in (("subnets", args.subnets, 16), ("security_groups", args.security_groups, 5)):
        if isinstance(given, str) or len(given) > limit:
            raise TaskRefusedError(f"task '{name}': `{what}` is a list of {limit} at most ({_NETWORK_PAGE})")
    if wrong := list(wrong_with_uses(args.uses, args.environment)):
        raise TaskRefusedError("\n".join(f"task '{name}': {one}" for one in wrong))


def _starting(
    name: str, image: pulumi.Input[str], log_group: aws.cloudwatch.LogGroup, task: Task
) -> tuple[list[Statement], dict[str, pulumi.Output[str]]]:
    """What starting the container needs: writing its log, and fetching its image from ECR unless it is in the open.

    Of an image that is an Output nobody knows yet where it is; what a program builds it pushes to ECR.
    """
    statements, values = [own_logging("${log-group}")], {"log-group": log_group.arn}
    if isinstance(image, str) and repository_arn(image, Account()) is None:
        return statements, values

    def repository(known: Sequence[Any]) -> str:
        found = repository_arn(*known)
        if found is None:
            raise TaskRefusedError(f"task '{name}': `image` is none of ECR's: write one that is elsewhere as a text")
        return found

    values["repository"] = pulumi.Output.all(image, account(task)).apply(repository)
    return [*statements, *pull_image("${repository}")], values


def _container(
    name: str, args: TaskArgs, log_group: aws.cloudwatch.LogGroup, task: Task
) -> Mapping[str, pulumi.Input[Any]]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"""
    environment = {**variables(args.uses), **args.environment}
    return {
        "name": name,
        "image": args.image,
        "essential": True,
        "environment": [{"name": variable, "value": value} for variable, value in environment.items()],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group.name,
                "awslogs-region": account(task).apply(lambda where: where.region),
                "awslogs-stream-prefix": name,
            },
        },
    }


def _network(args: TaskArgs) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "Subnets": list(args.subnets),
        "AssignPublicIp": "ENABLED" if args.public_ip else "DISABLED",
    }
    if args.security_groups:
        configuration["SecurityGroups"] = list(args.security_groups)
    return {"AwsvpcConfiguration": configuration}
