"""What a call hands over beside what it works on: a role, a key, tags. Each needs an action of its own.

`handed_over.txt` holds the parameters that do, by IAM's prefix and call: a line `@prefix`, then its calls, each with
`role=PATH`, `profile=PATH`, `key=PATH` and `tags=PATH`. `make docs` makes it from botocore's models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from asl.integrations.arguments import is_written, look_up
from asl.integrations.arns import key_arns, of, role_arns
from asl.integrations.parts import passed
from asl.integrations.reference import Action, action, tagging
from asl.integrations.table import Permission, Target
from asl.integrations.targets import DECLARED, made_targets, targets

_DATABASE = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
_KEYS: Mapping[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/athena/latest/ug/encryption.html
    "athena:StartQueryExecution": ("kms:Decrypt", "kms:GenerateDataKey"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
    **dict.fromkeys(
        (
            "rds:CreateDBCluster", "rds:CreateDBInstance", "rds:ModifyDBCluster", "rds:ModifyDBInstance",
            "rds:RestoreDBClusterFromS3", "rds:RestoreDBInstanceFromS3",
        ),
        _DATABASE,
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:CopyObject": ("kms:GenerateDataKey",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
    "s3:CreateMultipartUpload": ("kms:Decrypt", "kms:GenerateDataKey"),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    "secretsmanager:CreateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:UpdateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
    # https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    "ssm:PutParameter": ("kms:Encrypt", "kms:GenerateDataKey"),
}  # fmt: skip
"""What a caller needs on the key that it names."""

_MADE_WITH_A_VOLUME = ("kms:CreateGrant",)
"""https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html"""

_BY_THE_ROLE = re.compile(
    r"^(sagemaker:.*(Output|S3|Transform|DataCapture)|emr-serverless:|emr-containers:|s3:PutBucket)"
)
"""Keys that the role uses which is handed over, or nobody before something is stored."""


_TAGGED_OTHERWISE: Mapping[tuple[str, str], Permission] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
    ("s3", "CreateJob"): Permission(("s3:PutJobTagging",), (Target("job/*", of("s3")),)),
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
    ("kinesis", "CreateStream"): Permission(
        ("kinesis:AddTagsToStream",), (Target("stream/{StreamName}", of("kinesis")),)
    ),
}
"""Calls for which the service's own action to tag will not do."""


@cache
def _sections() -> Mapping[str, str]:
    text = Path(__file__).with_name("handed_over.txt").read_text(encoding="utf-8")
    return {prefix: lines for prefix, _, lines in (one.partition("\n") for one in text.split("\n@")[1:])}


@lru_cache(maxsize=4096)
def parameters(prefix: str, operation: str) -> Sequence[tuple[str, str]]:
    """What each parameter of a call hands over, and its path: `role`, `Target.RoleArn`."""
    lines = (line.split("\t") for line in _sections().get(prefix, "").splitlines())
    own = next((handed for name, *handed in lines if name == operation), None)
    return [(kind, path) for kind, _, path in (one.partition("=") for one in own or ())]


def permissions(prefix: str, operation: str, given: object, base: Sequence[Permission]) -> Iterator[Permission]:
    """What handing over needs, beside the `base` that the call needs anyway and may already say it."""
    for kind, path in parameters(prefix, operation):
        if kind == "role" and not _is_said(path, base) and (not isinstance(given, str) or "." not in path):
            yield passed(path)
        elif kind == "profile" and is_written(given, path):
            # Which roles are in an instance profile, only AWS knows: they are declared.
            yield Permission(("iam:PassRole",), (Target(f"{{{path}.Roles}}", role_arns),))
        elif kind == "key" and is_written(given, path):
            yield from _key(prefix, operation, path, given)
        elif kind == "tags" and is_written(given, path):
            yield from _tags(prefix, operation, path, given, base)


def _is_said(path: str, base: Iterable[Permission]) -> bool:
    """Whether a role is passed already, or the action that takes it is limited to it."""
    return any(
        f"{{{path}}}" in [*(target.template for target in one.targets), *(value for _, _, value in one.conditions)]
        for one in base
    )


def _key(prefix: str, operation: str, path: str, given: object) -> Iterator[Permission]:
    actions = _KEYS.get(f"{prefix}:{operation}", ())
    if prefix == "sagemaker" and (path.endswith("VolumeKmsKeyId") or path == "KmsKeyId"):
        actions = _MADE_WITH_A_VOLUME
    if not actions and _BY_THE_ROLE.match(f"{prefix}:{operation}:{path}"):
        return
    by_alias = any("alias/" in (value or "") for value in look_up(given, path))
    # A policy names the key and not its alias: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    yield Permission(actions, (Target("{KmsKey}" if actions and by_alias else f"{{{path}}}", key_arns),))


def _tags(prefix: str, operation: str, path: str, given: object, base: Sequence[Permission]) -> Iterator[Permission]:
    """Tags at creation need the permission to tag: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"""
    if prefix == "ec2":
        created = (("StringEquals", "ec2:CreateAction", operation),)
        kinds = (Target(f"{{{path}[].ResourceType}}/*", of("ec2")),)
        yield Permission(("ec2:CreateTags",), kinds, conditions=created)
        return
    if (prefix, operation) in _TAGGED_OTHERWISE:
        yield _TAGGED_OTHERWISE[prefix, operation]
        return
    creating = action(f"{prefix}:{operation}")
    ways = tagging(prefix)
    if not ways or any(way.name in one.actions for way in ways for one in base):
        return
    # `CustomModelTags` are those of a custom model, `Tags` those of what the call makes.
    for made in (path.removesuffix("Tags"), re.sub(r"^[A-Z][a-z]+", "", operation)):
        if found := _way(ways, _plain(made)):
            way, type = found
            yield Permission((way.name,), made_targets(way, type, given))
            return
    made = targets(creating, given) if creating and creating.resources else (DECLARED,)
    yield Permission((ways[0].name,), made)


def _way(ways: Sequence[Action], made: str) -> tuple[Action, str] | None:
    """The action that tags a thing of this name, and its type."""
    for way in ways:
        fits = [type for type in way.resources if made and (_plain(type) in made or _plain(type).startswith(made))]
        if fits:
            return way, max(fits, key=lambda type: (_plain(type) in made, len(type)))
    return None


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
