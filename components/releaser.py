"""What releases the versions of one machine gradually: a machine of its own, and what has `pulumi up` begin it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

import asl
from asl import allow
from asl.permissions.roles import own_logging

from .alarms import Alarm, set_off
from .handler_files import PYTHON_VERSION
from .logs import Logs, log_group_of
from .metrics import of_executions
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


@dataclass(frozen=True)
class ReleaserArgs:
    """What is released, behind which alias and how; `alarms` are all that are watched. `topic` hears of releases that
    were taken back or failed."""

    release: Gradual
    machine: aws.sfn.StateMachine
    alias: aws.sfn.Alias
    alarms: Sequence[pulumi.Input[str]]
    topic: pulumi.Input[str] | None
    logs: Logs
    purpose: str


class Releaser(pulumi.ComponentResource):
    """Releases each version that a machine publishes behind its alias.

    An execution of `releases` releases one version, and is called after its number. It is begun by a function, for
    nothing else in pulumi-aws starts an execution; the function has answered before `pulumi up` goes on.
    """

    releases: StateMachine

    def __init__(self, name: str, args: ReleaserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orderflow:index:Releaser", name, None, opts)
        child, where, machine = pulumi.ResourceOptions(parent=self), account(self), args.machine
        own = physical_name(args.purpose, MACHINE)
        definition = releasing(
            machine.arn,
            args.alias.arn,
            where.apply(lambda where: where.arn("states", f"stateMachine:{own}")),
            args.release.shares,
            args.release.minutes,
            args.alarms,
            args.release.keep,
        )
        its_own = where.apply(lambda where: where.arn("states", f"execution:{own}:*"))
        allowed = [
            asl.Allow("StopOlderRelease", its_own, "older releases of the same machine"),
            asl.Allow("DeleteOldVersion", machine.arn, "versions of the machine"),
        ]
        if args.alarms:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
            allowed.append(asl.Allow("LookAtAlarms", "*", "composite alarms are told of with no narrower permission"))
        plain = StateMachineArgs(
            definition, args.logs, tracing=False, purpose=args.purpose, accepted=_ACCEPTED, allow=allowed
        )
        self.releases = StateMachine(name, plain, child)
        if args.topic:
            advice = "A version was taken back, or its release failed: 'orderflow releases' says why."
            failed = Alarm(f"{args.purpose}-failed", of_executions(self.releases, "ExecutionsFailed"), advice)
            set_off(failed, args.topic, child)
        _begin(name, args, self.releases, child)
        self.register_outputs({"arn": self.releases.arn})


def _begin(name: str, args: ReleaserArgs, releases: StateMachine, child: pulumi.ResourceOptions) -> None:
    """A function, and the call of it that is made whenever the version is another one."""
    physical = physical_name(args.purpose, FUNCTION, child.parent)
    log_group = log_group_of(f"{name}-begin", f"/aws/lambda/{physical}", args.logs, child)
    role = Role(
        f"{name}-begin",
        purpose=args.purpose,
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
    version, made = args.machine.state_machine_version_arn, args.machine.creation_date
    known = pulumi.Output.all(version, made, releases.alias_arn)
    aws.lambda_.Invocation(
        name,
        function_name=function.name,
        input=known.apply(lambda known: json.dumps(_beginning(*known))),
        # Also in the very first `up`: by then the alias leads to that version, and the release sees that.
        opts=pulumi.ResourceOptions(parent=child.parent, depends_on=[args.alias]),
    )


def _beginning(version: str, made: str, releases: str) -> dict[str, object]:
    """What begins a release. AWS gives a name once in 90 days: a machine that is replaced counts its versions anew."""
    number = version.rpartition(":")[2]
    name = f"{number}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"
    return {"releases": releases, "name": name, "input": {"version": version}}
