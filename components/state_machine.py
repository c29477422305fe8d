"""A state machine from a plain dict: checked before anything of it is registered, allowed just what it calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

import asl
from asl.integrations.arns import machine_forms
from asl.permissions.roles import MACHINE_LOG_GROUP, MACHINE_LOGGING, MACHINE_TRACING, publish_encrypted
from asl.review.description import Description
from asl.rules.acceptance import without_accepted
from asl.syntax.hints import nearest
from asl.syntax.walk import TYPES

from .alarms import machine_alarms, set_off
from .dashboard import Dashboard, machine_rows
from .description import describe
from .gathering import gather
from .input_schema import require_schema
from .logs import Logs, log_group_of
from .naming import MACHINE, physical_name
from .open_values import certain, require_settled
from .outstanding import wait_for_all_at_once
from .references import Gathered, ReferencesRefusedError
from .release import AllAtOnce, Release, require_release
from .role import Role, account
from .task_roles import for_tasks

ALIAS = "live"


@dataclass(frozen=True)
class StateMachineArgs:
    """`definition` is ASL as a dict; where it wants a name, URL or ARN it may hold a component or an Output.

    `allow` declares what a state may reach that is known only at run time; its resources may be components and Outputs
    too. The type of a machine can never change: a new one takes its place under the same name and alias, and AWS ends
    the executions of the old one. `purpose` is what its name in AWS ends with, the component's name unless given: a
    component that is renamed keeps its machine by the old name here and an alias.
    `accepted` are warnings of the check that are meant to stay, with their reasons; `promises` are proven with it.
    `assumed` says how executions go on average: the review of a change tells its price by it, and nothing else does.
    `release` is how a new version takes over. All versions have one role: `earlier_calls` keeps in it what a version
    calls that may still run, or be gone back to, and `definition` no longer does, in pairs of a call, such as
    `dynamodb:putItem`, and the component, Output or ARN that it is made on. With `alarm_topic`, a topic's ARN, the
    machine has alarms of its own, of which that topic hears; with `dashboard` it has a page of graphs.
    `input_schema` is the JSON Schema of its input: what starts it is held against that in the preview.
    """

    definition: Mapping[str, Any]
    logs: Logs
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    tracing: bool = True
    purpose: str | None = None
    accepted: Sequence[asl.Accepted] = ()
    promises: Sequence[asl.MustReach] = ()
    allow: Sequence[asl.Allow] = ()
    assumed: asl.Assumptions = field(default_factory=asl.Assumptions)
    release: Release = field(default_factory=AllAtOnce)
    earlier_calls: Sequence[tuple[str, Any]] = ()
    alarm_topic: pulumi.Input[str] | None = None
    dashboard: bool = False
    input_schema: Mapping[str, Any] | None = None


class TypeRefusedError(ValueError, pulumi.RunError):
    """A type that no machine has, which Pulumi shows as what the user has to mend."""


class DefinitionRefusedError(asl.DefinitionError, pulumi.RunError):
    """A definition with errors, which Pulumi shows as what the user has to mend: without a traceback."""


class PermissionsRefusedError(asl.PermissionsError, pulumi.RunError):
    """A definition whose permissions cannot be derived, which Pulumi shows as what the user has to declare."""


class StateMachine(pulumi.ComponentResource):
    """A Standard or Express machine with its role, policy, log group, version and alias.

    `symbolic` is the definition with `${name}` for what is not known yet, and `permissions` the policy in the same
    form: both are there in the very first preview. `diagram` is a Mermaid flowchart. `alarms` are the names of its own
    alarms; `releases` is the machine that releases its versions, where they take over gradually.

    Raises:
        ReleaseRefusedError: for a release that cannot be carried out, before any resource of the machine is registered.
        ReferencesRefusedError: when the definition holds what is neither JSON nor a reference, or a resource where it
            cannot stand; before any resource of the machine is registered, or when an Output turns out to be such.
        TypeRefusedError: for a type that is neither STANDARD nor EXPRESS.
        SchemaRefusedError: for an `input_schema` that is no JSON Schema.
        DefinitionRefusedError: when the definition has errors, before any resource of the machine is registered.
        PermissionsRefusedError: when it does not say what a state works on and nothing declares it; likewise before.
    """

    purpose: str
    type: Literal["STANDARD", "EXPRESS"]
    input_schema: Mapping[str, Any] | None
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    version_arn: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    keys: list[pulumi.Output[str]]
    allow: pulumi.Output[list[dict[str, Any]]] | None
    alarms: list[str]
    releases: StateMachine | None = None
    symbolic: dict[str, Any]
    permissions: dict[str, object]
    diagram: str

    def __init__(self, name: str, args: StateMachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _require_type(name, args.type)
        require_release(name, args.release)
        require_schema(name, args.input_schema)
        gathered = gather(args.definition, machine=name)
        symbolic, purpose = gathered.symbolic(), args.purpose or name
        # A policy names whatever it is by its ARN.
        allow = [*args.allow, *for_tasks(gathered)]
        declared = gather({"AllowedArns": [one.resource for one in allow]}, machine=name)
        earlier = gather({"AllowedArns": [on for _, on in args.earlier_calls]}, machine=name)
        kept = _kept(name, args.earlier_calls, earlier.symbolic())
        warnings, statements = _checked(name, purpose, args, gathered, _declarations(allow, declared.symbolic()), kept)
        super().__init__("orderflow:index:StateMachine", name, None, opts)
        wait_for_all_at_once()
        _tell(name, warnings, self)
        self.symbolic, self.diagram = symbolic, asl.mermaid(symbolic)
        self.permissions = asl.document(statements)
        values = gathered.values()
        physical = physical_name(purpose, MACHINE, self)
        child = pulumi.ResourceOptions(parent=self)
        found = {**gathered.references, **gathered.keys(), **declared.references, **earlier.references}
        reached = Gathered(None, found).values()
        role = Role(
            f"{name}-machine",
            purpose=f"{purpose}-machine",
            service="states",
            statements=statements,
            # The machine's own name: permissions of a Distributed Map and of HTTP calls name the machine itself.
            values=reached.apply(lambda values: {**_texts(name, values, self.permissions), "Machine": physical}),
            for_arns=machine_forms(f"stateMachine:{physical}"),
            opts=child,
        )
        # Under this prefix log groups stay out of the account's log resource policy, whose size is limited:
        # https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
        log_group = log_group_of(f"{name}-machine", f"/aws/vendedlogs/states/{physical}", args.logs, child)
        machine = aws.sfn.StateMachine(
            name,
            name=physical,
            type=args.type,
            definition=pulumi.Output.all(values, _in_its_region(self, gathered)).apply(
                lambda found: require_settled(
                    gathered.render(found[0]), gathered, lambda definition: asl.check(definition, type=args.type)
                )
            ),
            role_arn=role.arn,
            publish=True,
            # Written at every level: where it is left out AWS keeps what was there before.
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level=args.logs.level,
                include_execution_data=args.logs.execution_data,
                log_destination=log_group.arn.apply(lambda arn: f"{arn}:*"),
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=args.tracing),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        alias = aws.sfn.Alias(
            name,
            name=ALIAS,
            routing_configurations=[
                aws.sfn.AliasRoutingConfigurationArgs(
                    state_machine_version_arn=machine.state_machine_version_arn, weight=100
                )
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # AWS deletes a machine's aliases with it, and the next machine's has the same ARN.
                replace_with=[machine],
                delete_before_replace=True,
                # Who releases gradually shifts it; Pulumi makes it, and looks at it in a refresh.
                ignore_changes=None if isinstance(args.release, AllAtOnce) else ["routingConfigurations"],
            ),
        )
        self.purpose, self.type, self.input_schema = purpose, args.type, args.input_schema
        self.name, self.arn, self.log_group_name = machine.name, machine.arn, log_group.name
        self.keys = [one.output for one in gathered.keys().values()]
        self.allow = (
            declared.values().apply(lambda known: _told(allow, json.loads(declared.render(known)))) if allow else None
        )
        self.version_arn, self.alias_arn = machine.state_machine_version_arn, alias.arn
        self._watch(args, child)
        self._release(name, args, machine, alias)
        self.register_outputs({"name": self.name, "arn": self.arn, "alias_arn": self.alias_arn})

    def _watch(self, args: StateMachineArgs, child: pulumi.ResourceOptions) -> None:
        """What the machine brings itself for whoever watches it."""
        topic = args.alarm_topic
        self.alarms = [set_off(alarm, topic, child) for alarm in machine_alarms(self)] if topic else []
        if args.dashboard:
            Dashboard(self.purpose, machine_rows([self]), child)

    def _release(self, name: str, args: StateMachineArgs, machine: aws.sfn.StateMachine, alias: aws.sfn.Alias) -> None:
        if isinstance(args.release, AllAtOnce):
            return
        from .releaser import Releaser, ReleaserArgs  # which is made of a machine

        alarms = [*self.alarms, *args.release.alarms]
        if not alarms:
            pulumi.log.warn(f"{name}: its release watches no alarm, so that nothing takes a bad version back", self)
        purpose = f"{self.purpose}-release"
        releaser = ReleaserArgs(args.release, machine, alias, alarms, args.alarm_topic, args.logs, purpose)
        self.releases = Releaser(f"{name}-release", releaser, pulumi.ResourceOptions(parent=self)).releases


def _require_type(name: str, type: str) -> None:
    if type not in TYPES:
        raise TypeRefusedError(f"{name}: type is {' or '.join(TYPES)}, not {type!r}{nearest(type, TYPES)}")


def _in_its_region(machine: pulumi.Resource, gathered: Gathered) -> pulumi.Output[None]:
    """Known once every resource that says where it is has said so, and is where the machine is."""
    told = {one.name: one.region for one in gathered.references.values() if one.region is not None}
    found = pulumi.Output.all(account(machine), told)
    return found.apply(lambda found: gathered.require_region(found[0].region, found[1]))


def _texts(name: str, values: Mapping[str, Any], permissions: Mapping[str, object]) -> dict[str, str]:
    """The values that a policy can name, which are texts; others stay out of it.

    Raises:
        ReferencesRefusedError: for one that is none, and that the permissions are to name.
    """
    policy = json.dumps(permissions)
    others = [one for one, value in values.items() if not isinstance(value, str) and f"${{{one}}}" in policy]
    if others:
        raise ReferencesRefusedError(
            name, [f"{one}: its value is no text, and the role is to reach it" for one in others]
        )
    return {one: value for one, value in values.items() if isinstance(value, str)}


def _checked(
    name: str,
    purpose: str,
    args: StateMachineArgs,
    gathered: Gathered,
    allow: Sequence[asl.Allow],
    kept: Sequence[asl.Statement],
) -> tuple[list[asl.Finding], list[asl.Statement]]:
    """The warnings that nobody accepted, and the role's statements. Right or wrong, a preview describes the machine."""
    # Only at this level does the log have a record for each event: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    symbolic = gathered.symbolic()
    assumed = args.assumed if args.logs.level == "ALL" else replace(args.assumed, log_event_kb=0)
    description = Description(purpose, args.type, symbolic, assumed, promises=tuple(args.promises))
    try:
        warnings = _required(name, symbolic, args, gathered)
        description = replace(description, findings=tuple(warnings))
        derived = asl.grants(symbolic, allow=allow)
        derived += kept
        derived += [publish_encrypted(str(key)) for key in gathered.keys().values()]
    except asl.DefinitionError as error:
        describe(replace(description, findings=error.findings))
        raise DefinitionRefusedError(name, error.findings) from None
    except asl.PermissionsError as error:
        describe(replace(description, refused=error.problems))
        raise PermissionsRefusedError(f"{name}: {problem}" for problem in error.problems) from None
    # What is read from data has been declared, or the permissions would have been refused.
    warnings = [finding for finding in warnings if finding.rule.id != "ASL034"]
    statements = [*derived, MACHINE_LOG_GROUP, MACHINE_LOGGING, *([MACHINE_TRACING] if args.tracing else [])]
    describe(replace(description, findings=tuple(warnings), permissions=asl.document(statements)))
    return warnings, statements


def _required(name: str, symbolic: Mapping[str, Any], args: StateMachineArgs, gathered: Gathered) -> list[asl.Finding]:
    """The warnings that nobody accepted; raises as `asl.require` does, for what no value of an Output would mend."""
    found = asl.check(symbolic, type=args.type, promises=args.promises)
    findings = certain(found, gathered, lambda definition: asl.check(definition, type=args.type))
    if errors := [finding for finding in findings if finding.rule.severity == "error"]:
        raise asl.DefinitionError(name, errors)
    return list(without_accepted(findings, args.accepted))


def _tell(name: str, warnings: Sequence[asl.Finding], machine: StateMachine) -> None:
    """What can lose something is shown by every preview; advice is counted, and shown by one with `--debug`."""
    advice = [finding for finding in warnings if finding.rule.is_advice]
    for finding in warnings:
        if not finding.rule.is_advice:
            pulumi.log.warn(f"{name}: {finding}", machine)
    if advice:
        # Together, since the program waits for the engine at each message.
        pulumi.log.debug("\n".join(f"{name}: {finding}" for finding in advice), machine)
        count = f"{len(advice)} piece{'s' * (len(advice) != 1)} of advice"
        pulumi.log.info(f"{name}: {count} not shown: `pulumi preview --debug` shows them", machine)


def _declarations(allow: Sequence[asl.Allow], gathered: dict[str, Any]) -> list[asl.Allow]:
    """Declarations with what was gathered of them: what they reach, or `${name}` for what is not known yet."""
    reached = gathered["AllowedArns"]
    return [replace(one, resource=resource) for one, resource in zip(allow, reached, strict=True)]


def _kept(name: str, calls: Sequence[tuple[str, Any]], gathered: dict[str, Any]) -> list[asl.Statement]:
    """What earlier versions call. Raises PermissionsRefusedError, for a call that no integration makes."""
    reached = gathered["AllowedArns"]
    try:
        return [one for (call, _), on in zip(calls, reached, strict=True) for one in asl.allow(call, on)]
    except (KeyError, ValueError) as error:
        raise PermissionsRefusedError([f"{name}: earlier_calls: {error.args[0]}"]) from None


def _told(allow: Sequence[asl.Allow], known: dict[str, Any]) -> list[dict[str, Any]]:
    """Declarations as the stack tells them, so that what the machine needs can be derived once more."""
    return [asdict(one) for one in _declarations(allow, known)]
