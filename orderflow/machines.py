"""The machines of a stack: which there are, what each is called, and what is deployed of it.

A machine is named as the stack calls it, as AWS does, or by an ARN: its own, a version's or an alias's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orderflow.arns import StatesArn, machine_arn, read_arn
from orderflow.documents import parse_object, text_at
from orderflow.errors import UnknownMachine, aws_errors
from orderflow.outputs import Deployment
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeStateMachineOutputTypeDef


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: what the stack calls it (AWS, where no stack does), and the ARN that its executions start through.

    `starts` is an alias's or a version's where there is one: that says which definition they run by.
    """

    name: str
    starts: str

    @property
    def read(self) -> StatesArn:
        """Raises OrderflowError where `starts` is no machine's ARN."""
        return machine_arn(self.starts)

    @property
    def arn(self) -> str:
        """The machine's own ARN, without version or alias."""
        return self.read.machine_arn


@dataclass(frozen=True, slots=True)
class Route:
    """A version, and the share of new executions that an alias leads there, in percent."""

    version: str
    weight: int


@dataclass(frozen=True, slots=True)
class Deployed:
    """What AWS says of a machine. `type` is STANDARD or EXPRESS, `routes` where its alias leads; empty without one."""

    name: str
    arn: str
    starts: str
    type: str
    status: str
    routes: Sequence[Route]
    log_group: str | None
    log_level: str


def find_machine(deployment: Deployment, reference: str) -> Machine:
    """The machine that `reference` means.

    An ARN with a version or an alias starts executions through just that; the stack's own machines start through the
    alias that the stack tells.

    Raises:
        UnknownMachine: when the stack has no such machine; the message says which it has.
    """
    if reference in deployment.machines:
        return Machine(reference, deployment.machines[reference])
    arn = read_arn(reference)
    machines = [Machine(name, starts) for name, starts in deployment.machines.items()]
    for machine in machines:
        if arn and arn.kind == "stateMachine" and machine.arn == arn.machine_arn:
            return Machine(machine.name, reference)
        if machine.read.machine == reference:
            return machine
    if arn and arn.kind == "stateMachine" and not machines:
        return Machine(arn.machine, reference)
    raise UnknownMachine(_unknown(reference, machines))


def describe(client: SFNClient, machine: Machine) -> Deployed:
    """What is deployed of it, and where its alias leads."""
    routes = _routes(client, machine)
    found = _described(client, machine.arn)
    logging = found.get("loggingConfiguration", {})
    group = next((text_at(one, "cloudWatchLogsLogGroup", "logGroupArn") for one in logging.get("destinations", [])), "")
    return Deployed(
        name=machine.name,
        arn=machine.arn,
        starts=machine.starts,
        type=found["type"],
        status=found.get("status", ""),
        routes=routes,
        log_group=(group or "").removesuffix(":*").rpartition(":log-group:")[2] or None,
        log_level=logging.get("level", "OFF"),
    )


def definition(client: SFNClient, machine: Machine, version: int | None = None) -> dict[str, Any]:
    """The definition that new executions run by, or that of a version.

    Where an alias leads to two versions, as in the middle of a release, that of the one with the larger share.

    Raises:
        OrderflowError: when there is no such version.
    """
    if version is not None:
        arn = f"{machine.arn}:{version}"
    elif routes := _routes(client, machine):
        arn = f"{machine.arn}:{max(routes, key=lambda route: route.weight).version}"
    else:
        arn = machine.starts
    return parse_object(_described(client, arn)["definition"])


def _described(client: SFNClient, arn: str) -> DescribeStateMachineOutputTypeDef:
    with aws_errors():
        return client.describe_state_machine(stateMachineArn=arn)


def _routes(client: SFNClient, machine: Machine) -> list[Route]:
    """Where the alias leads that executions start through. A version, whose name is a number, leads nowhere else."""
    qualifier = machine.read.name
    if not qualifier or qualifier.isdecimal():
        return []
    with aws_errors():
        alias = client.describe_state_machine_alias(stateMachineAliasArn=machine.starts)
    return [
        Route(route["stateMachineVersionArn"].rpartition(":")[2], route["weight"])
        for route in alias["routingConfiguration"]
    ]


def _unknown(reference: str, machines: Sequence[Machine]) -> str:
    from asl.syntax.hints import nearest  # loads the language, which no other path needs

    names = [machine.name for machine in machines]
    hint = nearest(reference, [*names, *(machine.read.machine for machine in machines)])
    known = f"it has {', '.join(names)}" if names else "it tells of none; give the machine's ARN"
    return f"the stack has no machine {one_line(reference)!r}{hint}; {known} (--stack names another stack)"
