"""A Pulumi program's stack without Pulumi's engine: every resource that it would register, and what it exports.

    def test_parcels(stack):
        parcels = stack("dev").machine("parcels")
        assert parcels.definition["States"]["Weigh"]["Retry"]
        assert "dynamodb:PutItem" in parcels.role.actions

Needs Pulumi, and the packages that the program imports; the fixture loads this file when it is asked for.
"""

from __future__ import annotations

import difflib
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from asl.syntax.python_words import OUTPUT_TEXT, written_by_mistake
from orderflow.testing.made_up import REGION, Asked, Outputs, made_up
from orderflow.testing.program import Engine, revealed, run_program
from orderflow.testing.project import Project

MACHINE = "aws:sfn/stateMachine:StateMachine"
ROLE = "aws:iam/role:Role"


class NotInStackError(AssertionError):
    """The stack has no such resource, or more than one."""


class DuplicateResourceError(Exception):
    """Two resources have one URN, which Pulumi refuses."""


class NotKnownYetError(AssertionError):
    """What is asked for is unknown in a first preview."""


class UnresolvedOutputError(AssertionError):
    """A resource holds Pulumi's or Python's own words where a value should be."""


class UnknownFunctionError(Exception):
    """The program asks the provider something that nobody has given an answer to."""


@dataclass(frozen=True)
class Resource:
    """One resource as the program registered it. Inputs have Pulumi's own spelling, `roleArn`, and secrets in plain."""

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str = ""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """What its attributes are; of a first preview only what the inputs say."""
    secret_inputs: frozenset[str] = frozenset()
    request: Any = None
    """What the engine is asked, a `RegisterResourceRequest`, or a `ReadResourceRequest` of what exists already."""

    @property
    def parent(self) -> str:
        """URN of the component or stack that it is part of."""
        return self.request.parent

    @property
    def dependencies(self) -> list[str]:
        """URNs of all that is made before it: because its inputs come from there, or because of `depends_on`."""
        return [*self.request.dependencies]

    @property
    def protect(self) -> bool:
        return getattr(self.request, "protect", False)

    @property
    def retain(self) -> bool:
        """Whether it is kept at AWS when the stack no longer has it (`retain_on_delete`)."""
        return getattr(self.request, "retainOnDelete", False)

    @property
    def ignore_changes(self) -> list[str]:
        return [*getattr(self.request, "ignoreChanges", ())]

    @property
    def aliases(self) -> list[str]:
        """URNs under which the state may know it still; a renamed resource without one is replaced."""
        return [one.urn or self._aliased(one.spec) for one in getattr(self.request, "aliases", ())]

    @property
    def unknown(self) -> list[str]:
        """Paths of the inputs that a first preview cannot tell, `definition`, `environment.variables.QUEUE`."""
        return sorted(path for path, value in leaves(self.inputs) if isinstance(value, Unknown))

    def _aliased(self, spec: Any) -> str:
        """https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/"""
        stack, project, qualified, _ = self.urn.removeprefix("urn:pulumi:").split("::", 3)
        parents: list[str] = qualified.split("$")[:-1]
        if spec.parentUrn:
            above = spec.parentUrn.split("::")[2]
            parents = [] if above == "pulumi:pulumi:Stack" else above.split("$")
        elif spec.noParent:
            parents = []
        type = "$".join([*parents, spec.type or self.type])
        return f"urn:pulumi:{spec.stack or stack}::{spec.project or project}::{type}::{spec.name or self.name}"


@dataclass(frozen=True)
class Role:
    """A role: who may take it on, and what it may do then."""

    resource: Resource
    inline: tuple[Mapping[str, Any], ...]
    attached: tuple[str, ...]
    """ARNs of the policies attached that are none of this stack's; what they allow stands at AWS."""

    @property
    def name(self) -> str:
        """Its name in AWS."""
        return self.resource.inputs.get("name", self.resource.name)

    @property
    def trust(self) -> Mapping[str, Any]:
        return _document(self.resource, "assumeRolePolicy")

    @property
    def policy(self) -> dict[str, Any]:
        """One document of all statements: of its inline policies, and of policies of the stack that are attached."""
        return {
            "Version": "2012-10-17",
            "Statement": [one for document in self.inline for one in listed(document["Statement"])],
        }

    @property
    def actions(self) -> set[str]:
        """Every action of a statement that allows something, as it is spelt there."""
        allowing = (one for one in self.policy["Statement"] if one["Effect"] == "Allow")
        return {action for statement in allowing for action in listed(statement.get("Action", []))}


@dataclass(frozen=True)
class Machine:
    """A state machine."""

    resource: Resource
    stack: Stack

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The definition that AWS gets.

        Raises:
            NotKnownYetError: in a first preview, of a definition made from Outputs.
        """
        return dict(_document(self.resource, "definition"))

    @property
    def type(self) -> str:
        """STANDARD or EXPRESS."""
        return self.resource.inputs.get("type", "STANDARD")

    @property
    def role(self) -> Role:
        """The role that its executions take on.

        Raises:
            NotKnownYetError: in a first preview, where no ARN is known; ask the stack for the role by its name.
            NotInStackError: when it is none of this stack's.
        """
        arn = _known(self.resource, "roleArn")
        for resource in self.stack.resources(ROLE):
            if resource.outputs.get("arn") == arn:
                return self.stack.role(resource.name)
        raise NotInStackError(f"{self.resource.name} runs as {arn}, which is no role of this stack")

    @property
    def policy(self) -> dict[str, Any]:
        """What its role allows."""
        return self.role.policy


@dataclass
class Stack:
    """What a run of the program registered and exported."""

    name: str
    project: str
    preview: bool = False
    registered: list[Resource] = field(default_factory=list[Resource])
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the program exports, secrets in plain."""

    def resources(self, type: str = "") -> list[Resource]:
        """All of a type, such as `aws:sqs/queue:Queue`, in the order of their registration; without one, all."""
        return [one for one in self.registered if not type or one.type == type]

    def one(self, type: str, name: str) -> Resource:
        """The resource of a type by its name in the program, or by its name in AWS.

        Raises:
            NotInStackError: when there is none or more than one, naming those that there are.
        """
        known = self.resources(type)
        found = [one for one in known if one.name == name] or [one for one in known if one.inputs.get("name") == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotInStackError(
                f"stack {self.name} has {len(found)} {type} {name}: {_listed(one.urn for one in found)}"
            )
        if not known:
            types = {one.type for one in self.registered}
            near = difflib.get_close_matches(type, types, 3, 0.7) or sorted(types)
            raise NotInStackError(f"stack {self.name} has no {type}; it has {_listed(near)}")
        raise NotInStackError(
            f"stack {self.name} has no {type} {name}; it has {_listed(sorted(one.name for one in known))}"
        )

    def machine(self, name: str) -> Machine:
        """The state machine by its name in the program or in AWS."""
        return Machine(self.one(MACHINE, name), self)

    def machines(self) -> list[Machine]:
        return [Machine(one, self) for one in self.resources(MACHINE)]

    def role(self, name: str) -> Role:
        """The role by its name in the program or in AWS, with all that gives it permissions.

        Raises:
            NotKnownYetError: in a first preview, where a policy is not known.
        """
        resource = self.one(ROLE, name)
        own = {resource.outputs[key] for key in ("id", "name", "arn") if key in resource.outputs}
        inline = [_parsed(one.get("policy")) for one in resource.inputs.get("inlinePolicies", ())]
        attached = [*resource.inputs.get("managedPolicyArns", ())]
        for one in self.resources("aws:iam/rolePolicy:RolePolicy"):
            if _known(one, "role") in own:
                inline.append(_document(one, "policy"))
        for one in self.resources("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
            if _known(one, "role") in own:
                attached.append(_known(one, "policyArn"))
        ours = {one.outputs.get("arn"): one for one in self.resources("aws:iam/policy:Policy")}
        inline += [_document(ours[arn], "policy") for arn in attached if arn in ours]
        return Role(resource, tuple(inline), tuple(arn for arn in attached if arn not in ours))

    def roles(self) -> list[Role]:
        return [self.role(one.name) for one in self.resources(ROLE)]

    def unknown(self, type: str, name: str) -> list[str]:
        """Paths of a resource's inputs that a first preview cannot tell; nobody who reviews it sees what is there."""
        return self.one(type, name).unknown

    @property
    def unknown_exports(self) -> list[str]:
        """Paths of the exports that a first preview cannot tell."""
        return sorted(path for path, value in leaves(self.exports) if isinstance(value, Unknown))


class Stacks:
    """The fixture `stack`: runs the program of a project for the stack that is named, and tells what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last: Stack | None = None
        """What the last run registered, also if the program failed."""

    def __call__(
        self,
        name: str,
        *,
        preview: bool = False,
        config: Mapping[str, str] | None = None,
        outputs: Outputs | None = None,
        project: str | Path = ".",
        program: Path | None = None,
        configured_as: str | None = None,
    ) -> Stack:
        """Run the program for stack `name`, as a deployment, or as the `preview` of a stack that does not exist yet.

        `config` replaces single values of Pulumi.yaml and Pulumi.NAME.yaml, such as `{"shop:token": "t"}`, and is how
        secrets get a value. `outputs` says what types of resources have as outputs, and what functions answer, beside
        what is made up. `project` is the folder of Pulumi.yaml, from where pytest was started; without it, the nearest
        upwards. `configured_as` is the stack whose file is read instead, and `program` another program than the
        project's.

        Raises:
            UnresolvedOutputError: when a resource holds the text that Pulumi makes of an Output.
            DuplicateResourceError: when two resources have one URN.
            UnknownFunctionError: when the program asks the provider what neither this kit nor `outputs` answers.
            Exception: whatever the program raises.
        """
        where = Project.around(self.folder / project)
        self.last = stack = Stack(name, where.name, preview)
        recorder = Recorder(stack, outputs or {})
        exports = run_program(
            recorder, where, name, preview=preview, config=config, configured_as=configured_as, program=program
        )
        stack.exports = revealed(exports)
        if problems := [problem for one in stack.registered for problem in _unresolved(one)]:
            raise UnresolvedOutputError("\n".join(problems))
        return stack


class Recorder(Engine):
    """Answers with made-up but well-formed outputs; in a preview with nothing, as in a stack's first one."""

    def __init__(self, stack: Stack, outputs: Outputs) -> None:
        self.stack = stack
        self.outputs = outputs
        self.urns: set[str] = set()
        # A request comes just before its resource is asked for, in the same thread; many are under way at once.
        self.at_hand = threading.local()

    def registering(self, request: Any, urn: str) -> None:
        if urn in self.urns:
            raise DuplicateResourceError(f"the program makes {urn} twice, which Pulumi refuses: give each its own name")
        self.urns.add(urn)
        self.at_hand.urn, self.at_hand.request = urn, request

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        given: dict[str, Any] = cast(Any, args).inputs
        secret = frozenset(name for name, value in given.items() if rpc.is_rpc_secret(value))
        inputs: dict[str, Any] = revealed(given)
        outputs = dict(inputs)
        if not self.stack.preview:
            outputs |= made_up(self._asked(args.typ, args.name, inputs, args.provider), self.outputs) or {}
            outputs.setdefault("id", args.resource_id or f"{args.name}-id")
        told = (inputs, self.at_hand.urn, outputs, secret, self.at_hand.request)
        self.stack.registered.append(Resource(args.typ, args.name, *told))
        return outputs.get("id"), outputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        answer = made_up(self._asked(args.token, "", revealed(cast(Any, args).args), args.provider), self.outputs)
        if answer is None:
            raise UnknownFunctionError(
                f"the program asks {args.token}, which only AWS can answer: "
                f"say what it answers, stack(..., outputs={{'{args.token}': {{...}}}})"
            )
        return answer, []

    def _asked(self, type: str, name: str, inputs: Mapping[str, Any], provider: str | None) -> Asked:
        urn = (provider or "").rpartition("::")[0]
        of_provider = next((one.inputs.get("region") for one in self.stack.registered if one.urn == urn), None)
        region = inputs.get("region") or of_provider or pulumi.runtime.get_config("aws:region") or REGION
        return Asked(type, name, inputs, str(region), urn)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in `value` that holds nothing else, keys among it, with its path: `States.Weigh.Next`, `Names[1]`."""
    if isinstance(value, dict):
        for key, inner in cast(dict[str, Any], value).items():
            yield path, key
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(cast(list[Any], value)):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def listed(value: Any) -> list[Any]:
    """What IAM takes alone or in a list, in a list."""
    return cast(list[Any], value) if isinstance(value, list) else [value]


_WHOLE_TEXT = re.compile(rf"{OUTPUT_TEXT}\[T\] is.*?in a future version of Pulumi\.", re.DOTALL)
"""All that Pulumi writes, also where the text was written as JSON: it has line ends and quotes of its own."""
_FIX = "hand the Output itself to pulumi.Output.json_dumps({...}), or make the text with pulumi.Output.format or concat"


def _unresolved(resource: Resource) -> Iterator[str]:
    """Each place of a resource where text stands that Pulumi or Python wrote for lack of a value."""
    for path, text in leaves(resource.inputs):
        if not isinstance(text, str) or OUTPUT_TEXT not in text:
            continue
        for inner in _places(text) or [""]:
            place = f"{path}: {inner}" if inner else path
            yield f"{resource.type} {resource.name}: {place} holds {written_by_mistake(text)}: {_FIX}"


def _places(text: str) -> list[str]:
    """Where in a JSON text Pulumi's words stand; nowhere, if it is none."""
    try:
        document = json.loads(_WHOLE_TEXT.sub(OUTPUT_TEXT, text))
    except ValueError:
        return []
    return [path for path, value in leaves(document) if isinstance(value, str) and OUTPUT_TEXT in value]


def _known(resource: Resource, name: str) -> Any:
    value = resource.inputs.get(name)
    if isinstance(value, Unknown):
        made_from = getattr(resource.request, "propertyDependencies", {})
        urns = _listed(sorted(made_from[name].urns)) if name in made_from else "Outputs"
        raise NotKnownYetError(
            f"{resource.type} {resource.name}: {name} is unknown in a first preview, which has nothing of {urns} yet"
        )
    return value


def _document(resource: Resource, name: str) -> Mapping[str, Any]:
    """A JSON document among the inputs, parsed."""
    try:
        return _parsed(_known(resource, name))
    except ValueError as error:
        raise ValueError(f"{resource.type} {resource.name}: {name} is no JSON: {error}") from error


def _parsed(document: Any) -> Mapping[str, Any]:
    return json.loads(document) if isinstance(document, str) else document


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
