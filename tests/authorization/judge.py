"""Policy statements held against AWS's list of actions: what in them allows nothing, or more than it says."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from asl.integrations.arn_patterns import may_be
from tests.authorization.reference import Listed, actions, listed

_MACHINE = ("statemachine", "statemachineversion", "statemachinealias")

EVALUATED = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    "bedrock:CreateModelCustomizationJob": ("model-customization-job",),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrockagentcore.html
    "bedrock-agentcore:InvokeAgentRuntime": ("harness",),
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    "states:InvokeHTTPEndpoint": ("statemachine",),
    # https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
    "states:RedriveExecution": ("labelled execution",),
    # AWS names the machine when it refuses ("not authorized to perform: states:SendTaskFailure on resource:
    # arn:aws:states:…:stateMachine:…"), and AWS CDK grants the three on it: https://github.com/aws/aws-cdk/pull/8486
    **dict.fromkeys(("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"), _MACHINE),
}
"""Types that AWS limits actions to, while its list does not say so. Where it knows no type at all, IAM's simulator goes
by the list: such an action is granted both on the resource and on `*`."""

_QUALIFIED = ("function alias", "function version")
"""Where Lambda's list says a function, a call with a qualifier is for one of these:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html"""

_STREAMS = ("log-stream",)
"""Where CloudWatch Logs' list says a log group, a policy names it with `:*` behind it, as if it were its streams:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html"""

_KEYS = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    "states:InvokeHTTPEndpoint": {"states:HTTPEndpoint", "states:HTTPMethod"},
}
"""Condition keys that an action's own page has, and the list has not."""

NO_LEVEL = "HasNoResourceLevel"
"""What the Sid of a statement on `*` ends with."""


def problems(policy: dict[str, Any]) -> list[str]:
    """What is wrong with the statements of a policy document, each with its Sid."""
    statements: list[dict[str, Any]] = policy["Statement"]
    found = [f"{one.get('Sid', '(no Sid)')}: {problem}" for one in statements for problem in _problems(one)]
    for name in EVALUATED:
        resources = [
            resource
            for one in statements
            if name in _several(one["Action"]) and "Resource" in one
            for resource in _several(one["Resource"])
        ]
        action = listed(name)
        if action and not action.resources and resources and "*" not in resources:
            found.append(f"{name} is granted on a resource alone, and the list knows none")
    return found


def _problems(statement: dict[str, Any]) -> Iterator[str]:
    found: list[Listed] = []
    for name in _several(statement["Action"]):
        matching = list(_matching(name))
        found += matching
        if not matching:
            yield f"AWS has no action {name}"
    unknown = [list(_keys(one, statement.get("Condition", {}))) for one in found]
    # Of AWS's own example for a key of log groups (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html)
    # some actions know the condition's key, and those that do not are not allowed by it.
    if "Principal" not in statement or all(unknown):
        yield from (problem for problems in unknown for problem in problems)
    # A trust policy names no resource: it is attached to it.
    if "Resource" in statement and "Principal" in statement:
        yield from _own(found, _several(statement["Action"]), _several(statement["Resource"]))
    elif "Resource" in statement:
        yield from _resources(found, _several(statement["Resource"]), statement)


def _resources(found: list[Listed], resources: list[str], statement: dict[str, Any]) -> Iterator[str]:
    limited = [one for one in found if _types(one)]
    for one in found:
        if one not in limited and resources != ["*"]:
            yield f"{one.name} has no resource level: AWS allows it on * alone"
    if resources == ["*"]:
        if not statement.get("Sid", "").endswith(NO_LEVEL):
            yield f"on *, and the Sid does not end with {NO_LEVEL}"
        for one in limited:
            if one.resources:
                yield f"{one.name} can be limited to {', '.join(one.resources)}"
        return
    for resource in resources:
        if not any(_knows(one, resource) for one in limited):
            yield f"none of {', '.join(one.name for one in limited)} works on {resource}"
    for one in limited:
        if not any(_knows(one, resource) for resource in resources):
            yield f"{one.name} works on {', '.join(_types(one))}, of which none is named"


def _own(found: list[Listed], names: list[str], resources: list[str]) -> Iterator[str]:
    """Of a resource's own policy: `s3:*` stands for what works on it, and in a key's policy `*` is the key:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"""
    if resources == ["*"]:
        yield from (
            f"{one.name} does not work on a key" for one in found if one.name in names and "key" not in _types(one)
        )
        return
    for resource in resources:
        if not any(_knows(one, resource) for one in found):
            yield f"none of {', '.join(names)} works on {resource}"
    for one in found:
        if one.name in names and not any(_knows(one, resource) for resource in resources):
            yield f"{one.name} works on {', '.join(_types(one))}, of which none is named"


def _keys(one: Listed, condition: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Global keys are there for every action: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    known = {key.lower() for key in one.keys | _KEYS.get(one.name, set())}
    open_ended = tuple(key.partition("${")[0] for key in known if "${" in key)
    for key in (key for keys in condition.values() for key in keys):
        if not key.startswith("aws:") and key.lower() not in known and not key.lower().startswith(open_ended):
            yield f"{one.name} has no condition key {key}"


def _matching(name: str) -> Iterator[Listed]:
    """The actions that a name stands for, which may end with a wildcard in what a resource's policy denies."""
    prefix, _, own = name.partition(":")
    if "*" not in own:
        yield from filter(None, [listed(name)])
    else:
        yield from (one for key, one in actions(prefix).items() if fnmatchcase(key, own.lower()))


def _knows(one: Listed, resource: str) -> bool:
    return any(may_be(resource, pattern, frozenset(one.types.values())) for pattern in _types(one).values())


def _types(one: Listed) -> dict[str, str]:
    beside = EVALUATED.get(one.name, ())
    if one.name.startswith("lambda:") and "function" in one.resources:
        beside = _QUALIFIED
    if one.name.startswith("logs:") and "log-group" in one.resources:
        beside = _STREAMS
    return {**one.resources, **{type: one.types[type] for type in beside}}


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
