"""What a template lets a machine's role do, as far as the template says it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from asl.reading.building import UnreadableError
from asl.reading.templates import serverless, terraform
from asl.reading.templates.functions import Context, definition_object, function, pieces
from asl.reading.templates.parts import Part
from asl.reading.templates.written import joined
from asl.syntax.shapes import as_list, as_object

_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
_OF_RESOURCE = re.compile(r"\$\{([A-Za-z0-9]+)\.Arn\}")

_TABLE = "dynamodb:${Region}:${Account}:table/"
_READ = ("GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable")
_WRITE = ("PutItem", "UpdateItem", "BatchWriteItem")
_CHANGE = ("DeleteItem", "ConditionCheckItem")


class _Policy(NamedTuple):
    """One of SAM's policy templates: its parameter, the service's actions, and the resources' ARNs around the value."""

    parameter: str
    actions: tuple[str, ...]
    before: str
    behind: tuple[str, ...] = ("",)


_TEMPLATES: Mapping[str, _Policy] = {
    "DynamoDBCrudPolicy": _Policy("TableName", (*_READ, *_WRITE, *_CHANGE), _TABLE, ("", "/index/*")),
    "DynamoDBReadPolicy": _Policy("TableName", _READ, _TABLE, ("", "/index/*")),
    "DynamoDBWritePolicy": _Policy("TableName", _WRITE, _TABLE, ("", "/index/*")),
    "EventBridgePutEventsPolicy": _Policy("EventBusName", ("PutEvents",), "events:${Region}:${Account}:event-bus/"),
    "LambdaInvokePolicy": _Policy("FunctionName", ("InvokeFunction",), "lambda:${Region}:${Account}:function:", ("*",)),
    "SNSPublishMessagePolicy": _Policy("TopicName", ("Publish",), "sns:${Region}:${Account}:"),
    "SQSSendMessagePolicy": _Policy("QueueName", ("SendMessage*",), "sqs:${Region}:${Account}:"),
    "StepFunctionsExecutionPolicy": _Policy(
        "StateMachineName", ("StartExecution",), "states:${Region}:${Account}:stateMachine:"
    ),
}
"""Of those that machines need:
https://github.com/aws/serverless-application-model/blob/develop/samtranslator/policy_templates_data/policy_templates.json"""


@dataclass
class RoleOfTemplate:
    """The policy that all statements together make, and what there is beside it that the template does not tell."""

    statements: list[Mapping[str, object]] = field(default_factory=list[Mapping[str, object]])
    unread: list[str] = field(default_factory=list[str])

    @property
    def policy(self) -> dict[str, object]:
        return {"Version": "2012-10-17", "Statement": self.statements}


def role_of(machine: str, template: Part) -> RoleOfTemplate:
    """What the role of a machine may do by the template."""
    found = RoleOfTemplate()
    if serverless.is_serverless(template):
        resources = template.get("resources")
        service = template.get("stepFunctions", "stateMachines", machine)
        if service.value is not None:
            _add(service.get("iamRoleStatements"), Context(resources, resources), found)
            role = service.get("role")
            _of_role(role, resources, found)
            if role.value is None:
                found.unread.append("the role that the plugin serverless-step-functions makes of the definition")
            return found
        template = resources
    elif terraform.is_terraform(template):
        _of_terraform(machine, template, found)
        return found
    properties = template.get("Resources", machine, "Properties")
    context = Context(template, Part(None, properties.place))
    for given in (properties.get("RoleArn"), properties.get("Role")):
        _of_role(given, template, found)
    policies = properties.get("Policies")
    for policy in policies.elements() or ([policies] if policies.value is not None else []):
        _of_sam(policy, context, found)
    return found


def _of_role(given: Part, template: Part, found: RoleOfTemplate) -> None:
    """The policies of the role that `given` names."""
    if given.value is None:
        return
    context = Context(template, Part(None, given.place))
    named = joined(pieces(given, context))
    match = _OF_RESOURCE.fullmatch(named)
    role = template.get("Resources", match[1]) if match else Part(None, given.place)
    if match is None or role.value is None:
        found.unread.append(f"the policies of {named}, which is not in the template")
        return
    properties = role.get("Properties")
    for policy in properties.get("Policies").elements():
        _add(policy.get("PolicyDocument", "Statement"), context, found)
    for managed in properties.get("ManagedPolicyArns").elements():
        found.unread.append(f"the managed policy {joined(pieces(managed, context))}")
    for _, resource in template.get("Resources").items():
        if resource.get("Type").text in _POLICIES and _is_for(match[1], resource.get("Properties"), context):
            _add(resource.get("Properties", "PolicyDocument", "Statement"), context, found)


def _is_for(role: str, policy: Part, context: Context) -> bool:
    """Whether a policy is attached to the role of this logical id."""
    given = [*policy.get("Roles").elements(), policy.get("RoleName")]
    called = [function(one) for one in given]
    own = joined(pieces(context.template.get("Resources", role, "Properties", "RoleName"), context))
    return ("Ref", role) in [(one[0], one[1].text) for one in called if one] or (
        bool(own) and own in [joined(pieces(one, context)) for one in given if one.value is not None]
    )


def _of_sam(policy: Part, context: Context, found: RoleOfTemplate) -> None:
    """One of SAM's Policies: a name, a document, or a template of theirs with its parameter."""
    if isinstance(policy.value, str) or function(policy):
        found.unread.append(f"the managed policy {joined(pieces(policy, context))}")
        return
    if policy.get("Statement").value is not None:
        _add(policy.get("Statement"), context, found)
        return
    for name, given in policy.items():
        if name not in _TEMPLATES:
            found.unread.append(f"SAM's policy template {name}")
            continue
        told = _TEMPLATES[name]
        value = joined(pieces(given.get(told.parameter), context))
        service = told.before.partition(":")[0]
        actions = [f"{service}:{action}" for action in told.actions]
        reached = [f"arn:${{Partition}}:{told.before}{value}{behind}" for behind in told.behind]
        found.statements.append({"Effect": "Allow", "Action": actions, "Resource": reached})


def _of_terraform(machine: str, document: Part, found: RoleOfTemplate) -> None:
    """The policies of a role in Terraform's JSON: inline ones, those of their own, and those attached."""
    given = next(one for name, one, _ in terraform.resources(document, terraform.MACHINE) if name == machine)
    arn = given.get("role_arn").text
    for address, role, _ in terraform.resources(document, "aws_iam_role"):
        if not arn or arn not in (role.get("arn").text, f"${{{address}.arn}}"):
            continue
        names = (role.get("name").text, f"${{{address}.id}}", f"${{{address}.name}}")
        policies = [(address, one) for one in role.get("inline_policy").elements()]
        policies += [
            (name, one)
            for name, one, _ in terraform.resources(document, "aws_iam_role_policy")
            if one.get("role").text in names
        ]
        attached = [one.text for one in role.get("managed_policy_arns").elements()]
        for _, one, _ in terraform.resources(document, "aws_iam_role_policy_attachment"):
            attached += [one.get("policy_arn").text] if one.get("role").text in names else []
        for _, one, _ in terraform.resources(document, "aws_iam_policy_attachment"):
            attached += [one.get("policy_arn").text for role in one.get("roles").elements() if role.text in names]
        for name, one, _ in terraform.resources(document, "aws_iam_policy"):
            for own in {one.get("arn").text, f"${{{name}.arn}}"} & {*attached}:
                attached.remove(own)
                policies.append((name, one))
        for name, one in policies:
            _add_written(name, one.get("policy"), found)
        found.unread += [f"the managed policy {one}" for one in attached]
        return
    found.unread.append(f"the policies of {arn or 'its role, which is known after apply'}")


def _add_written(name: str, policy: Part, found: RoleOfTemplate) -> None:
    """The statements of a policy's text, or of what jsonencode makes one of."""
    try:
        document = terraform.written_object(policy)
    except UnreadableError as problem:
        found.unread.append(f"{name}: {problem.message}")
        return
    if document is None:
        found.unread.append(f"{name}, which only Terraform computes: 'terraform show -json' tells it")
        return
    _add(document.get("Statement"), Context(document, document), found)


def _add(part: Part, context: Context, found: RoleOfTemplate) -> None:
    """Statements, of which a document may hold one or several, with their actions and resources as lists."""
    for one in part.elements() or ([part] if part.value is not None else []):
        value = as_object(definition_object(one, context).value)
        if value.get("Effect") != "Allow" or "Action" not in value or "Resource" not in value:
            what = "denies" if value.get("Effect") == "Deny" else "says what it does not allow"
            found.unread.append(f"the statement in line {one.line}, which {what}")
            continue
        listed = {key: _listed(value[key]) for key in ("Action", "Resource")}
        found.statements.append({**value, **listed})


def _listed(value: object) -> Sequence[object]:
    return [value] if isinstance(value, str) else as_list(value)
