"""What a call of the SDK works on, read off its arguments: the resources that a policy has to name.

Where a parameter's meaning has to be known, it stands here. Elsewhere AWS's list of actions says it: an ARN of a type
that the action knows, and the names that make up such an ARN, `alarm:${AlarmName}`.
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from asl.integrations.arguments import is_given, look_up
from asl.integrations.arns import (
    arn_itself,
    filled_arns,
    function_arns,
    log_group_arns,
    machine_arns,
    model_arns,
    of,
    parameter_arns,
    queue_arns,
    role_arns,
    rule_arns,
    secret_arns,
    table_arns,
)
from asl.integrations.reference import Action
from asl.integrations.table import Target
from asl.syntax.shapes import as_list, as_object

_S3 = of("s3", region=False, account=False)
DECLARED = Target("{Resource}", arn_itself)
"""What no parameter says is asked for by this name."""

_FREE = ("Partition", "Region", "Account")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_MADE_UP = re.compile(r"(?i)(id|uuid|number|revision|version|token)$")
"""How variables end that stand for what AWS makes up."""

NARROWED: Mapping[str, tuple[tuple[str, str, Target], ...]] = {
    "bedrock": (("ModelId", "foundation-model", Target("{ModelId}", model_arns)),),
    "codebuild": (("ProjectName", "project", Target("project/{ProjectName}", of("codebuild"))),),
    "dynamodb": (
        ("IndexName", "index", Target("{TableName}/index/{IndexName}", table_arns)),
        ("TableName", "table", Target("{TableName}", table_arns)),
        ("RequestItems", "table", Target("{RequestItems<>}", table_arns)),
    ),
    "events": (
        ("EventBusName", "rule-on-custom-event-bus", Target("rule/{EventBusName}/{Name}", rule_arns)),
        ("Name", "rule-on-default-event-bus", Target("rule/{Name}", rule_arns)),
    ),
    "glue": (("JobName", "job", Target("job/{JobName}", of("glue"))),),
    "kinesis": (("StreamName", "stream", Target("stream/{StreamName}", of("kinesis"))),),
    "kms": (
        ("KeyId", "key", Target("key/{KeyId}", of("kms"))),
        ("TargetKeyId", "key", Target("key/{TargetKeyId}", of("kms"))),
        ("AliasName", "alias", Target("{AliasName}", of("kms"))),
    ),
    "lambda": (
        ("FunctionName", "function", Target("{FunctionName}", function_arns)),
        ("FunctionName", "function alias", Target("{FunctionName}:*", function_arns)),
    ),
    "logs": (("LogGroupName", "log-group", Target("{LogGroupName}", log_group_arns)),),
    "s3": (
        ("Key", "object", Target("{Bucket}/{Key}", _S3)),
        ("Delete", "object", Target("{Bucket}/*", _S3)),
        ("Bucket", "bucket", Target("{Bucket}", _S3)),
    ),
    "scheduler": (
        ("Name", "schedule", Target("schedule/{GroupName|default}/{Name}", of("scheduler"))),
        ("Name", "schedule-group", Target("schedule-group/{Name}", of("scheduler"))),
    ),
    "secretsmanager": (
        ("SecretId", "Secret", Target("{SecretId}", secret_arns)),
        ("Name", "Secret", Target("{Name}", secret_arns)),
    ),
    "sns": (
        ("TopicArn", "topic", Target("{TopicArn}", arn_itself)),
        ("TargetArn", "topic", Target("{TargetArn}", arn_itself)),
    ),
    "sqs": (("QueueUrl", "queue", Target("{QueueUrl}", queue_arns)),),
    "ssm": (
        ("Name", "parameter", Target("{Name}", parameter_arns)),
        ("Names", "parameter", Target("{Names[]}", parameter_arns)),
    ),
    "states": tuple(
        (parameter, "statemachine", Target(f"{{{parameter}}}", machine_arns))
        for parameter in ("StateMachineArn", "StateMachineAliasArn", "StateMachineVersionArn")
    ),
    "sts": (("RoleArn", "role", Target("{RoleArn}", role_arns)),),
}
"""The parameters that say what a service's actions work on, with that type of resource, the narrowest first."""


def targets(one: Action, given: object) -> tuple[Target, ...]:
    """What `one` has to be allowed on; `DECLARED` where the arguments do not say."""
    found: dict[Target, str] = {}
    for parameter, type, target in NARROWED.get(_service(one), ()):
        if type in one.resources and is_given(given, parameter):
            if _is_alias(given, parameter):
                return (DECLARED,)
            if type not in found.values():
                found[target] = type
            if _service(one) != "kms":  # Of the others' types, the narrowest stands for all.
                break
    return tuple(found) or tuple(_named(one, given)) or tuple(_filled(one, given)) or (DECLARED,)


def made_targets(one: Action, type: str, given: object, known: bool) -> tuple[Target, ...]:
    """Where a thing of `type` is that a call is about to make, for `one` to work on it.

    What AWS makes up of its ARN, an id, may be anything; a name that the arguments do not say is declared, and where
    the action that makes it knows the type (`known`), by the same declaration.
    """
    for parameter, narrowed, target in NARROWED.get(_service(one), ()):
        if type == narrowed and is_given(given, parameter):
            return (target,)
    template = _template(type, one.resources[type], given, len(one.resources), made_up=not known or _by_id(one, type))
    return (Target(template, filled_arns),) if template else (DECLARED,)


def _by_id(one: Action, type: str) -> bool:
    names = _names(one.resources[type])
    return bool(names) and _MADE_UP.search(names[-1]) is not None


def _service(one: Action) -> str:
    return one.name.partition(":")[0]


def _named(one: Action, given: object) -> Iterator[Target]:
    names = (key.removesuffix(".$") for key in as_object(given))
    for name in (name for name in names if name.endswith(("Arn", "ARN")) and not name.endswith(("RoleArn", "RoleARN"))):
        if all(value is not None and _may_name(one, name, value) for value in look_up(given, name)):
            yield Target(f"{{{name}}}", arn_itself)


def _filled(one: Action, given: object) -> Iterator[Target]:
    for type, pattern in one.resources.items():
        if template := _template(type, pattern, given, len(one.resources), made_up=False):
            yield Target(template, filled_arns)


def _template(type: str, pattern: str, given: object, types: int, made_up: bool) -> str:
    """The pattern of a type with a parameter for each of its variables; empty where one has none."""
    parameters = [_parameter(type, name, given, types) for name in _names(pattern)]
    if not all(parameters) and not made_up:
        return ""
    if not all(one or _MADE_UP.search(name) for one, name in zip(parameters, _names(pattern), strict=True)):
        return ""
    if not parameters and types > 1 and not pattern.endswith(":catalog"):
        return ""
    filled = iter(f"{{{one}}}" if one else "*" for one in parameters)
    return _VARIABLE.sub(lambda match: match[0] if match[1] in _FREE else next(filled), pattern)


def _names(pattern: str) -> list[str]:
    return [name for name in _VARIABLE.findall(pattern) if name not in _FREE]


def _parameter(type: str, variable: str, given: object, types: int) -> str:
    """The parameter that fills a variable of a type's ARN: `QueueName`, `Name` of a queue, `Cluster` of its name."""
    fields = as_object(given)
    wanted = _plain(variable)
    for field, value in fields.items():
        name = field.removesuffix(".$")
        said = _plain(name)
        if said == wanted and (wanted not in ("id", "name", "resourceid", "resourcename") or types == 1):
            return name
        if said in ("name", "id") and wanted == _plain(type) + said:
            return name
        if wanted in (f"{said}name", f"{said}id") or (wanted in ("id", "name") and said == _plain(type) + wanted):
            return name
        if said == f"{wanted}s" and as_list(value):
            return f"{name}[]"
    return ""


def _is_alias(given: object, parameter: str) -> bool:
    """Whether a key is given by an alias: a policy has to name the key, which only AWS knows.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    return parameter.endswith("KeyId") and any("alias/" in (value or "") for value in look_up(given, parameter))


def _may_name(one: Action, parameter: str, value: str) -> bool:
    """Whether an ARN is of a type that the action knows. An ARN of another, a key or a topic, is not what it works on.

    Of an ARN that is not known yet, the parameter's name says the type: `ClusterArn`. `ResourceArn` takes any.
    """
    if not value.startswith("${"):
        return one.knows(value)
    said = _plain(parameter[:-3])
    types = [_plain(type) for type in one.resources]
    return said in ("", "resource") or any(
        said.endswith(type) or type.startswith(said) or type.endswith(said) for type in types
    )


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
