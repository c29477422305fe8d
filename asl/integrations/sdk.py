"""`aws-sdk:SERVICE:CALL`: any call of any service, with IAM's names for service and action.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from asl.findings import nearest
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
from asl.integrations.parts import passed
from asl.integrations.table import REQUEST_OR_CALLBACK, Integration, Permission, Target
from asl.shape import as_object

_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"
_S3 = of("s3", region=False, account=False)

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
    "bedrock:Converse": ("bedrock:InvokeModel",),
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "dynamodb:TransactWriteItems": (
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:UploadPart": ("s3:PutObject",),
}
"""Calls that IAM names otherwise: https://docs.aws.amazon.com/service-authorization/latest/reference/"""

_NARROWED: Mapping[str, tuple[tuple[str, Target], ...]] = {
    "codebuild": (("ProjectName", Target("project/{ProjectName}", of("codebuild"))),),
    "dynamodb": (
        ("IndexName", Target("{TableName}/index/{IndexName}", table_arns)),
        ("TableName", Target("{TableName}", table_arns)),
    ),
    "glue": (("JobName", Target("job/{JobName}", of("glue"))),),
    "kinesis": (("StreamName", Target("stream/{StreamName}", of("kinesis"))),),
    "kms": (("KeyId", Target("key/{KeyId}", of("kms"))),),
    "lambda": (("FunctionName", Target("{FunctionName}", function_arns)),),
    "s3": (
        ("Key", Target("{Bucket}/{Key}", _S3)),
        ("Delete", Target("{Bucket}/*", _S3)),
        ("Bucket", Target("{Bucket}", _S3)),
    ),
    "secretsmanager": (("SecretId", Target("{SecretId}", secret_arns)),),
    "sns": (("TopicArn", Target("{TopicArn}", arn_itself)), ("TargetArn", Target("{TargetArn}", arn_itself))),
    "sqs": (("QueueUrl", Target("{QueueUrl}", queue_arns)),),
    "states": (("StateMachineArn", Target("{StateMachineArn}", machine_arns)),),
    "sts": (("RoleArn", Target("{RoleArn}", role_arns)),),
}
"""The parameters that say what a service's calls work on, the narrowest first."""

_ROLES: Mapping[str, tuple[str, ...]] = {"glue": ("Role",), "lambda": ("Role",), "scheduler": ("Target.RoleArn",)}
"""Parameters that hand over a role, beside those whose names end in RoleArn."""


@dataclass(frozen=True, slots=True)
class Service:
    """An SDK service: its IAM prefix, and its calls with whether IAM has an action of the same name."""

    prefix: str
    calls: Mapping[str, bool]


@cache
def _lines() -> Mapping[str, str]:
    text = files("asl.integrations").joinpath("sdk_services.txt").read_text()
    return {line.partition(" ")[0]: line for line in text.splitlines() if not line.startswith("#")}


@cache
def service(name: str) -> Service | None:
    """The service of a `Resource`; None where AWS has none of that name."""
    line = _lines().get(name)
    if line is None:
        return None
    _, prefix, *groups = line.split(" ")
    calls: dict[str, bool] = {}
    for group in groups:
        verb, _, rests = group.partition(":")
        for rest in rests.split(","):
            calls[verb + rest.removesuffix("!")] = not rest.endswith("!")
    return Service(prefix, calls)


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
    """The action on what the arguments name; where they name nothing, `Resource` has to be declared."""
    name, call = _parts(id)
    found = service(name)
    operation = call[:1].upper() + call[1:]
    prefix = found.prefix if found else "-"
    action = f"{prefix}:{operation}"
    same_named = bool(found and found.calls.get(operation, True)) and prefix != "-"
    # An empty set of actions stands for one that has to be declared.
    actions = _ACTIONS.get(action) or ((action,) if same_named else ())
    names = [] if prefix == "sts" else [key.removesuffix(".$") for key in as_object(given)]
    roles = [*(name for name in names if name.endswith("RoleArn")), *_ROLES.get(prefix, ())]
    passing = [passed(role) for role in roles]
    target = _target(prefix, given)
    if prefix == "s3" and operation in ("ListObjects", "ListObjectsV2") and is_given(given, "Prefix"):
        return [Permission(actions, (target,), conditions=(("StringLike", "s3:prefix", "{Prefix}"),))]
    return [Permission(actions, (target,)), *passing]


def _target(prefix: str, given: object) -> Target:
    for parameter, target in _NARROWED.get(prefix, ()):
        if is_given(given, parameter):
            return target
    for key in as_object(given):
        name = key.removesuffix(".$")
        if not name.endswith("Arn") or name.endswith("RoleArn"):
            continue
        # An ARN of another service, a key or a topic, says nothing of what the call works on.
        if all(value is not None and _may_be_of(prefix, value) for value in look_up(given, name)):
            return Target(f"{{{name}}}", arn_itself)
    return Target("{Resource}", arn_itself)


def _may_be_of(prefix: str, value: str) -> bool:
    return value.startswith("${") or value.split(":")[2:3] == [prefix]
