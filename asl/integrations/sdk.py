"""`aws-sdk:SERVICE:CALL`: any call of any service, with IAM's names for service and action.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from asl.integrations.action_names import ACTIONS
from asl.integrations.arguments import is_given, look_up
from asl.integrations.arns import (
    arn_itself,
    function_arns,
    machine_arns,
    of,
    queue_arns,
    role_arns,
    secret_arns,
    table_arns,
)
from asl.integrations.parts import EVERYTHING, passed
from asl.integrations.reference import Action, action
from asl.integrations.table import REQUEST_OR_CALLBACK, Integration, Permission, Target
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_object

_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"
_S3 = of("s3", region=False, account=False)
_DECLARED = Target("{Resource}", arn_itself)
_BELOW_PREFIX = (("StringLike", "s3:prefix", "{Prefix}"),)

NARROWED: Mapping[str, tuple[tuple[str, str, Target], ...]] = {
    "codebuild": (("ProjectName", "project", Target("project/{ProjectName}", of("codebuild"))),),
    "dynamodb": (
        ("IndexName", "index", Target("{TableName}/index/{IndexName}", table_arns)),
        ("TableName", "table", Target("{TableName}", table_arns)),
    ),
    "glue": (("JobName", "job", Target("job/{JobName}", of("glue"))),),
    "kinesis": (("StreamName", "stream", Target("stream/{StreamName}", of("kinesis"))),),
    "kms": (("KeyId", "key", Target("key/{KeyId}", of("kms"))),),
    "lambda": (
        ("FunctionName", "function", Target("{FunctionName}", function_arns)),
        ("FunctionName", "function alias", Target("{FunctionName}:*", function_arns)),
    ),
    "s3": (
        ("Key", "object", Target("{Bucket}/{Key}", _S3)),
        ("Delete", "object", Target("{Bucket}/*", _S3)),
        ("Bucket", "bucket", Target("{Bucket}", _S3)),
    ),
    "secretsmanager": (("SecretId", "Secret", Target("{SecretId}", secret_arns)),),
    "sns": (
        ("TopicArn", "topic", Target("{TopicArn}", arn_itself)),
        ("TargetArn", "topic", Target("{TargetArn}", arn_itself)),
    ),
    "sqs": (("QueueUrl", "queue", Target("{QueueUrl}", queue_arns)),),
    "states": tuple(
        (parameter, "statemachine", Target(f"{{{parameter}}}", machine_arns))
        for parameter in ("StateMachineArn", "StateMachineAliasArn", "StateMachineVersionArn")
    ),
    "sts": (("RoleArn", "role", Target("{RoleArn}", role_arns)),),
}
"""The parameters that say what a service's actions work on, with that type of resource, the narrowest first."""

_ROLES: Mapping[str, tuple[str, ...]] = {"glue": ("Role",), "lambda": ("Role",), "scheduler": ("Target.RoleArn",)}
"""Parameters that hand over a role, beside those whose names end in RoleArn."""


@dataclass(frozen=True, slots=True)
class Service:
    """An SDK service: its IAM prefix, and its calls; none where any is taken."""

    prefix: str
    calls: frozenset[str]


@cache
def _lines() -> Mapping[str, str]:
    text = files("asl.integrations").joinpath("sdk_services.txt").read_text()
    return {line.partition(" ")[0]: line for line in text.splitlines() if not line.startswith("#")}


def services() -> Iterable[str]:
    """The names of all."""
    return _lines()


@cache
def service(name: str) -> Service | None:
    """The service of a `Resource`; None where AWS has none of that name."""
    line = _lines().get(name)
    if line is None:
        return None
    _, prefix, *groups = line.split(" ")
    verbs = (group.partition(":") for group in groups)
    return Service(prefix, frozenset(verb + rest for verb, _, rests in verbs for rest in rests.split(",")))


def _parts(id: str) -> tuple[str, str]:
    _, name, call = [*id.split(":"), "", ""][:3]
    return name, call


def find(id: str) -> Integration | None:
    """The row of `aws-sdk:sfn:startSyncExecution`; None where there is no such service or call."""
    if not id.startswith("aws-sdk:") or why_unknown(id):
        return None
    return Integration(id, REQUEST_OR_CALLBACK, (), (), _PAGE)


@lru_cache(maxsize=4096)
def why_unknown(id: str) -> str:
    """What is wrong with the name of a service or call, with the nearest right one; empty where nothing is."""
    if "${" in id:
        return ""
    name, call = _parts(id)
    found = service(name)
    if found is None:
        return f"the AWS SDK has no service '{name}'{nearest(name, _lines())}"
    known = [operation[0].lower() + operation[1:] for operation in found.calls]
    if known and call not in known:
        return f"{name} has no call '{call}'{nearest(call, known)}"
    return ""


def permissions(id: str, given: object) -> list[Permission]:
    """The actions on what the arguments name; where they name nothing, `Resource` has to be declared."""
    name, call = _parts(id)
    found = service(name)
    prefix = found.prefix if found else "-"
    actions = _actions(name, prefix, call[:1].upper() + call[1:])
    names = [] if prefix == "sts" else [key.removesuffix(".$") for key in as_object(given)]
    roles = [*(name for name in names if _is_role(name)), *_ROLES.get(prefix, ())]
    return [*_on_what_is_named(actions, given), *(passed(role) for role in roles)]


def _actions(name: str, prefix: str, operation: str) -> list[Action]:
    """IAM's actions for a call; none where AWS has no action of its name and no page says which it needs."""
    names = ACTIONS.get(f"{name}:{operation}", (f"{prefix}:{operation}",))
    return [found for name in names if (found := action(name))]


def _on_what_is_named(actions: list[Action], given: object) -> Iterator[Permission]:
    targets: dict[tuple[Target, ...], list[str]] = {}
    for one in actions:
        if not one.resources:
            yield Permission((one.name,), (EVERYTHING,), reason=f"{one.name} has no resource level")
        else:
            targets.setdefault(_targets(one, given), []).append(one.name)
    if not actions:
        # An empty set of actions stands for one that has to be declared.
        yield Permission((), (_DECLARED,))
    for on, names in targets.items():
        prefixed = names == ["s3:ListBucket"] and is_given(given, "Prefix")
        yield Permission(tuple(names), on, conditions=_BELOW_PREFIX if prefixed else ())


def _targets(one: Action, given: object) -> tuple[Target, ...]:
    for parameter, type, target in NARROWED.get(one.name.partition(":")[0], ()):
        if type in one.resources and is_given(given, parameter) and not _is_alias(given, parameter):
            return (target,)
    names = (key.removesuffix(".$") for key in as_object(given))
    named = (name for name in names if name.endswith(("Arn", "ARN")) and not _is_role(name))
    found = tuple(
        Target(f"{{{name}}}", arn_itself)
        for name in named
        if all(value is not None and _may_name(one, name, value) for value in look_up(given, name))
    )
    return found or (_DECLARED,)


def _is_alias(given: object, parameter: str) -> bool:
    """Whether a key is given by an alias: a policy has to name the key, which only AWS knows.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    return parameter == "KeyId" and any("alias/" in (value or "") for value in look_up(given, parameter))


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


def _is_role(name: str) -> bool:
    return name.endswith(("RoleArn", "RoleARN"))
