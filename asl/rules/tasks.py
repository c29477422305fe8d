"""Rules about how a Task names its resource and its role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asl.integrations.arguments import field_of
from asl.rules.findings import Problem, Rule
from asl.syntax.expressions import is_expression, is_filled_in
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import as_object, as_text, kind, shown
from asl.syntax.walk import Machine

_TASK = "https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"
_CREDENTIALS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html"
_PARAMETERS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html"
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:[\w-]*:\S+")
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]*:[\w-]*:function:[\w-]+(?::(?:\$LATEST|[\w-]+))?")


def _resources_are_arns(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        resource = state.node.get("Resource")
        if not isinstance(resource, str):
            continue
        written = stand_in(resource)
        if not _ARN.fullmatch(written) and (written == resource or "${" in written or "{" in written):
            yield state.at("Resource"), f"{shown(resource)} is no ARN"
        elif ":lambda:" in written and ":function:" in written and not _FUNCTION.fullmatch(written):
            yield state.at("Resource"), f"{shown(resource)} is no ARN of a function, or of its version or alias"


def _credentials_name_a_role(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        if "Credentials" not in state.node:
            continue
        credentials = state.node["Credentials"]
        fields = as_object(credentials)
        if not fields and not is_expression(credentials):
            yield state.at("Credentials"), f"is {kind(credentials)}, where an object with RoleArn is expected"
        elif fields and "RoleArn" not in fields and "RoleArn.$" not in fields:
            yield state.at("Credentials"), "names no RoleArn"


def _activities_have_no_credentials(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        if "Credentials" in state.node and ":activity:" in state.resource:
            yield state.at("Credentials"), "stands on an activity, whose worker has credentials of its own"


def _services_get_an_object(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        field = field_of(state)
        passed: object = state.node.get(field, {})
        computed = is_filled_in(passed) if state.query_language == "JSONata" else "${" in as_text(passed)
        if ":states:::" in state.resource and not computed and _is_no_object(passed):
            yield state.at(field), f"is {kind(passed)}, where an object with the call's parameters is expected"


def _is_no_object(value: object) -> bool:
    # A value that only deployment knows may be one.
    return value is None or isinstance(value, str | bool | int | float | list | tuple)


RULES = (
    Rule(
        "ASL028",
        "error",
        "Credentials name a role",
        "A Task with Credentials assumes the role that they name; without RoleArn there is none.",
        "Write RoleArn with the role's ARN, or RoleArn.$ with a path.",
        _CREDENTIALS,
        _credentials_name_a_role,
        about=frozenset(("Credentials",)),
    ),
    Rule(
        "ASL029",
        "error",
        "A Task's Resource is an ARN",
        "AWS refuses a Resource that is no ARN; a placeholder for one has the form ${Name}.",
        "Write the ARN of an integration, of a function with at most one version or alias, or of an activity.",
        _TASK,
        _resources_are_arns,
    ),
    Rule(
        "ASL141",
        "error",
        "An activity takes no Credentials",
        "Credentials are for calls that Step Functions makes; an activity's worker asks for its work by itself.",
        "Leave Credentials out; give the worker its role where it runs.",
        _CREDENTIALS,
        _activities_have_no_credentials,
        about=frozenset(("Credentials",)),
    ),
    Rule(
        "ASL154",
        "error",
        "A service's call gets an object",
        "The parameters of a service's call have names; a text, a number or an array cannot be used to start the task.",
        "Write an object with the call's parameters, in JSONata an object or {% … %}.",
        _PARAMETERS,
        _services_get_an_object,
    ),
)
