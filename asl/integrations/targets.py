"""What a call of the SDK works on, read off its arguments: the resources that a policy has to name.

Where a parameter's meaning has to be known, it stands here. Elsewhere AWS's list of actions says it: an ARN of a type
that the action knows, and the names that make up such an ARN, `alarm:${AlarmName}`.
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from asl.integrations.arguments import is_given, look_up, slots
from asl.integrations.arns import (
    arn_itself,
    filled_arns,
    function_arns,
    log_group_arns,
    machine_arns,
    model_arns,
    object_arns,
    of,
    parameter_arns,
    queue_arns,
    role_arns,
    rule_arns,
    secret_arns,
    table_arns,
    task_definition_arns,
)
from asl.integrations.reference import Action
from asl.integrations.table import Target
from asl.syntax.shapes import as_list, as_object

DECLARED = Target("{Resource}", arn_itself)
"""What no parameter says is asked for by this name."""

_FREE = re.compile(r"\$\{(Partition|Region|Account)\}")
_VARIABLE = re.compile(r"\$\{(?!(?:Partition|Region|Account)\})(\w+)\}")
_OWNER = re.compile(r"(?<=:)\$\{AccountId\}(?=:)")
_ENDS = ("name", "id")
_MADE_UP = re.compile(r"(?i)(id|uuid|number|revision|version|token)$")
"""How variables end that stand for what AWS makes up."""

NARROWED: Mapping[str, tuple[tuple[str, str, Target], ...]] = {
    "bedrock": (("ModelId", "foundation-model", Target("{ModelId}", model_arns)),),
    "codebuild": (("ProjectName", "project", Target("project/{ProjectName}", of("codebuild"))),),
    "dynamodb": (
        ("IndexName", "index", Target("{TableName}/index/{IndexName}", table_arns)),
        ("TableName", "table", Target("{TableName}", table_arns)),
        ("RequestItems<>", "table", Target("{RequestItems<>}", table_arns)),
    ),
    "ecs": (("Family", "task-definition", Target("{Family}", task_definition_arns)),),
    "events": tuple(
        (parameter, f"rule-on-{bus}-event-bus", Target(f"rule/{{EventBusName|default}}/{{{parameter}}}", rule_arns))
        for bus in ("custom", "default")
        for parameter in ("Rule", "Name")
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
        ("Key", "object", Target("{Bucket}/{Key}", object_arns)),
        ("Delete", "object", Target("{Bucket}/*", object_arns)),
        ("Bucket", "bucket", Target("{Bucket}", object_arns)),
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
        if type in one.resources and _is_there(given, parameter):
            if _is_alias(given, parameter):
                return (_declared(one, given),)
            if type not in found.values():
                found[target] = type
            if _service(one) != "kms":
                break  # Of the others' types, the narrowest stands for all.
    return tuple(found) or tuple(_named(one, given)) or _filled(one, given)


def made_targets(one: Action, type: str, given: object) -> tuple[Target, ...]:
    """Where a thing of `type` is that a call is about to make, for `one` to work on it.

    What AWS makes up of its ARN, an id, may be anything; a name that the arguments do not say is declared.
    """
    for parameter, narrowed, target in NARROWED.get(_service(one), ()):
        if type == narrowed and is_given(given, parameter):
            return (target,)
    template = _template(one, type, given, made=True)
    return (Target(template, filled_arns),) if template else (DECLARED,)


def _service(one: Action) -> str:
    return one.name.partition(":")[0]


def _named(one: Action, given: object) -> Iterator[Target]:
    names = (key.removesuffix(".$") for key in as_object(given))
    for name in (name for name in names if name.endswith(("Arn", "ARN")) and not name.endswith(("RoleArn", "RoleARN"))):
        if all(value is not None and _may_name(one, name, value) for value in look_up(given, name)):
            yield Target(f"{{{name}}}", arn_itself)


def _filled(one: Action, given: object) -> tuple[Target, ...]:
    """The types whose ARNs the arguments fill; what AWS requires beside them is asked for."""
    found = {
        type: template
        for type in one.resources
        if (template := _template(one, type, given)) and _says(one, type, template)
    }
    known = tuple(Target(template, filled_arns) for template in found.values())
    if known and one.required <= set(found):
        return known
    # What has to be declared anyway is declared at once, with what only data says.
    return (*(target for target in known if None not in _values(target, given)), _declared(one, given))


def _declared(one: Action, given: object) -> Target:
    """What is asked for; a parameter that is itself called Resource, and is none of the action's, is no answer."""
    value = as_object(given).get("Resource")
    return DECLARED if not isinstance(value, str) or one.knows(value) else Target("{Resource.Arn}", arn_itself)


def _values(target: Target, given: object) -> list[str | None]:
    return [value for name in slots(target.template) for value in look_up(given, name)]


def _is_there(given: object, parameter: str) -> bool:
    """Whether a parameter is given; one whose names are what counts, whether they are known."""
    return is_given(given, parameter) and not (parameter.endswith("<>") and None in look_up(given, parameter))


def _says(one: Action, type: str, template: str) -> bool:
    """Whether a parameter stands in a template, or there is but one resource of its type, which AWS requires."""
    return "{" in _FREE.sub("", template) or (type in one.required and "*" not in template)


def _template(one: Action, type: str, given: object, made: bool = False) -> str:
    """The ARN of a type with a parameter for each of its names, `*` for an id that none says; empty without a name."""
    template, *pieces = _pieces(one.resources[type])
    kind = _plain(type)
    own = made or len(one.resources) == 1 or kind in one.name.lower()
    for name, behind in zip(pieces[::2], pieces[1::2], strict=True):
        found = _parameter(kind, _plain(name), name == pieces[-2], own, given)
        if not found and not _MADE_UP.search(name):
            return ""
        template += f"{{{found}}}{behind}" if found else f"*{behind}"
    return template


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> Sequence[str]:
    """The pattern of an ARN in the caller's account, with each variable that arguments have to say in between."""
    return _VARIABLE.split(_OWNER.sub("${Account}", pattern))


def _parameter(kind: str, wanted: str, last: bool, own: bool, given: object) -> str:
    """The parameter that fills a variable of a type's ARN: `QueueName`, `Cluster` of its name.

    A mere `Name` is that of the type which the call is about, its `own`.
    """
    for field, value in as_object(given).items():
        said = _plain(field.removesuffix(".$"))
        if said == f"{wanted}s" and as_list(value):
            return f"{field.removesuffix('.$')}[]"
        if _fills(kind, wanted, said, last, own) and not as_list(value) and not as_object(value):
            return field.removesuffix(".$")
    return ""


@lru_cache(maxsize=4096)
def _fills(kind: str, wanted: str, said: str, last: bool, own: bool) -> bool:
    if said in ("name", "id", "identifier"):
        return own and wanted in (said, f"{kind}{said}", f"resource{said}")
    if wanted in (said, f"{said}name", f"{said}id", *(said.replace("identifier", end) for end in _ENDS)):
        return True
    return last and any(said == kind + end and wanted.endswith(end) for end in _ENDS)


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


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
