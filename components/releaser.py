"""What releases the versions of one machine gradually: a machine of its own, and what has `pulumi up` begin it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pulumi
import pulumi_aws as aws

import asl
from asl import allow
from asl.permissions.roles import own_logging

from .handler_files import PYTHON_VERSION
from .logs import Logs, log_group_of
from .naming import FUNCTION, MACHINE, physical_name
from .release import Gradual
from .releasing import releasing
from .role import Role, account
from .state_machine import StateMachine, StateMachineArgs

BEGIN = Path(__file__).with_name("release_handlers") / "begin_release.py"

_ACCEPTED = [
    asl.Accepted(
        "ASL057", "a release that cannot look where it begins has changed nothing", "States.FindOlderReleases"
    ),
    asl.Accepted("ASL057", "a release that cannot look where it begins has changed nothing", "States.FindStart"),
    asl.Accepted("ASL057", "what cannot be taken back has failed, and a person has to see it", "States.TakeBack"),
]


class Releaser(pulumi.ComponentResource):
    """Releases each version that `machine` publishes behind its alias.

    An execution of `releases` releases one version, and is called after its number. It is begun by a function, for
    nothing else in pulumi-aws starts an execution; the function has answered before `pulumi up` goes on.
    """

    releases: StateMachine

    def __init__(
        self,
        name: str,
        purpose: str,
        release: Gradual,
        alarms: Sequence[pulumi.Input[str]],
        machine: aws.sfn.StateMachine,
        alias: aws.sfn.Alias,
        logs: Logs,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("orderflow:index:Releaser", name, None, opts)
        child, where = pulumi.ResourceOptions(parent=self), account(self)
        own = physical_name(purpose, MACHINE)
        definition = releasing(
            machine.arn,
            alias.arn,
            where.apply(lambda where: where.arn("states", f"stateMachine:{own}")),
            release.shares,
            release.minutes,
            alarms,
            release.keep,
        )
        allowed = [
            asl.Allow(
                "StopOlderRelease",
                where.apply(lambda where: where.arn("states", f"execution:{own}:*")),
                "older releases of the same machine",
            ),
            asl.Allow("DeleteOldVersion", machine.arn, "versions of the machine"),
        ]
        if alarms:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
            allowed.append(asl.Allow("LookAtAlarms", "*", "composite alarms are told of with no narrower permission"))
        args = StateMachineArgs(definition, logs, tracing=False, purpose=purpose, accepted=_ACCEPTED, allow=allowed)
        self.releases = StateMachine(name, args, child)
        _begin(name, purpose, self.releases, machine, logs, child, after=alias)
        self.register_outputs({"arn": self.releases.arn})


def _begin(
    name: str,
    purpose: str,
    releases: StateMachine,
    machine: aws.sfn.StateMachine,
    logs: Logs,
    child: pulumi.ResourceOptions,
    after: aws.sfn.Alias,
) -> None:
    """A function, and the call of it that is made whenever the version is another one."""
    physical = physical_name(purpose, FUNCTION)
    log_group = log_group_of(f"{name}-begin", f"/aws/lambda/{physical}", logs, child)
    role = Role(
        f"{name}-begin",
        purpose=purpose,
        service="lambda",
        statements=[*allow("states:startExecution", "${releases}"), own_logging("${log-group}")],
        values=pulumi.Output.all(**{"releases": releases.arn, "log-group": log_group.arn}),
        opts=child,
    )
    function = aws.lambda_.Function(
        f"{name}-begin",
        name=physical,
        runtime=f"python{PYTHON_VERSION}",
        architectures=["arm64"],
        handler=f"{BEGIN.stem}.handler",
        code=pulumi.AssetArchive({BEGIN.name: pulumi.FileAsset(str(BEGIN))}),
        role=role.arn,
        timeout=60,
        memory_size=256,
        tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="PassThrough"),
        environment=aws.lambda_.FunctionEnvironmentArgs(variables={}),
        opts=pulumi.ResourceOptions(parent=child.parent, depends_on=[role.policy, log_group]),
    )
    known = pulumi.Output.all(machine.state_machine_version_arn, machine.creation_date, releases.alias_arn)
    aws.lambda_.Invocation(
        name,
        function_name=function.name,
        input=known.apply(lambda known: json.dumps(_beginning(*known))),
        # Also in the very first `up`: by then the alias leads to that version, and the release sees that.
        opts=pulumi.ResourceOptions(parent=child.parent, depends_on=[after]),
    )


def _beginning(version: str, made: str, releases: str) -> dict[str, object]:
    """What begins a release. AWS gives a name once in 90 days: a machine that is replaced counts its versions anew."""
    number = version.rpartition(":")[2]
    name = f"{number}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"
    return {"releases": releases, "name": name, "input": {"version": version}}
