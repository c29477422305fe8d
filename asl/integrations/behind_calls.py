"""What calls need on other resources than their own, which AWS's list of actions leaves to each service's guide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from asl.integrations.arguments import is_given, is_written
from asl.integrations.arns import machine_arns, object_arns, of, table_arns
from asl.integrations.table import Permission, Target

_TARGET_TABLE = Permission(
    tuple(
        f"dynamodb:{name}"
        for name in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
    ),
    (Target("{TargetTableName}", table_arns),),
)
_VERSION = "states:PublishStateMachineVersion"

_CALLS: Mapping[str, tuple[Permission, ...]] = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
    "dynamodb:RestoreTableFromBackup": (_TARGET_TABLE,),
    "dynamodb:RestoreTableToPointInTime": (_TARGET_TABLE,),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
    "dynamodb:ExportTableToPointInTime": (
        Permission(
            ("s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"), (Target("{S3Bucket}/*", object_arns),)
        ),
    ),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html
    "dynamodb:ImportTable": (
        Permission(("s3:GetObject",), (Target("{S3BucketSource.S3Bucket}/*", object_arns),)),
        Permission(("s3:ListBucket",), (Target("{S3BucketSource.S3Bucket}", object_arns),)),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    "states:CreateStateMachine": (
        Permission((_VERSION,), (Target("stateMachine:{Name}", of("states")),), when="Publish=true"),
    ),
    "states:UpdateStateMachine": (
        Permission((_VERSION,), (Target("{StateMachineArn}", machine_arns),), when="Publish=true"),
    ),
}  # fmt: skip

_TRANSCRIBED = (
    Permission(("s3:GetObject",), (Target("{Media.MediaFileUri}", object_arns),), when="Media.MediaFileUri"),
    Permission(("s3:PutObject",), (Target("{OutputBucketName}/*", object_arns),), when="OutputBucketName"),
)
"""https://docs.aws.amazon.com/transcribe/latest/dg/security_iam_id-based-policy-examples.html"""
_ROLES = ("DataAccessRoleArn", "JobExecutionSettings.DataAccessRoleArn")
"""Where one is handed over, it reads and writes: https://docs.aws.amazon.com/transcribe/latest/APIReference/API_JobExecutionSettings.html"""

_IMAGE = r"DetectCustomLabels|DetectFaces|DetectLabels|DetectModerationLabels|DetectProtectiveEquipment|DetectText"
_READ = {
    # https://docs.aws.amazon.com/textract/latest/APIReference/API_S3Object.html
    r"textract:(AnalyzeDocument|AnalyzeExpense|DetectDocumentText)": ("Document",),
    r"textract:AnalyzeID": ("DocumentPages[]",),
    r"textract:Start\w+": ("DocumentLocation",),
    # https://docs.aws.amazon.com/rekognition/latest/APIReference/API_S3Object.html
    rf"rekognition:({_IMAGE}|IndexFaces|RecognizeCelebrities|SearchFacesByImage|SearchUsersByImage)": ("Image",),
    r"rekognition:CompareFaces": ("SourceImage", "TargetImage"),
    r"rekognition:Start\w+(Detection|Recognition|Search|Tracking)": ("Video",),
}
"""The parameters whose `S3Object` the service reads with the caller's permissions."""


def behind(prefix: str, operation: str, given: object) -> Iterator[Permission]:
    """What `prefix:operation` needs beside its own action."""
    call = f"{prefix}:{operation}"
    yield from _CALLS.get(call, ())
    for parameter in _read_by(call):
        if _has(parameter, given):
            yield _read(f"{parameter}.S3Object", given)
    if prefix == "transcribe" and not any(is_written(given, role) for role in _ROLES):
        yield from _TRANSCRIBED


@lru_cache(maxsize=4096)
def _read_by(call: str) -> Sequence[str]:
    return [one for pattern, parameters in _READ.items() if re.fullmatch(pattern, call) for one in parameters]


def _has(parameter: str, given: object) -> bool:
    return is_given(given, f"{parameter}.S3Object.Bucket") or is_given(given, f"{parameter}.S3Object.Name")


def _read(path: str, given: object) -> Permission:
    """Reading an object, or the version of it that is named."""
    action = "s3:GetObjectVersion" if is_written(given, f"{path}.Version") else "s3:GetObject"
    return Permission((action,), (Target(f"{{{path}.Bucket}}/{{{path}.Name}}", object_arns),))
