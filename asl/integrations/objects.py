"""What the parameters of S3's calls change in what a call needs: a version, an ACL, tags, a lock, the object copied.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asl.integrations.arguments import is_given, is_written, look_up
from asl.integrations.arns import Account, object_arns
from asl.integrations.table import Permission, Target
from asl.syntax.shapes import as_list, as_object

_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_PUT = {
    "s3:PutObjectAcl": _GRANTS,
    "s3:PutObjectTagging": ("Tagging",),
    "s3:PutObjectLegalHold": ("ObjectLockLegalHoldStatus",),
    "s3:PutObjectRetention": ("ObjectLockMode", "ObjectLockRetainUntilDate"),
}
_BYPASSED = {"s3:BypassGovernanceRetention": ("BypassGovernanceRetention",)}

_BESIDE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("CopyObject", "CreateMultipartUpload", "PutObject"), _PUT),
    **dict.fromkeys(("DeleteObject", "DeleteObjects", "PutObjectRetention"), _BYPASSED),
    "CreateBucket": {
        "s3:PutBucketAcl": _GRANTS,
        "s3:PutBucketObjectLockConfiguration": ("ObjectLockEnabledForBucket",),
        "s3:PutBucketVersioning": ("ObjectLockEnabledForBucket",),
        "s3:PutBucketOwnershipControls": ("ObjectOwnership",),
    },
}
"""The actions that calls need beside their own, each with the parameters that bring it."""

_OF_VERSIONS = {
    f"s3:{verb}Object{rest}": f"s3:{verb}ObjectVersion{rest}"
    for verb, rest in (
        ("Delete", ""), ("Delete", "Tagging"), ("Get", ""), ("Get", "Acl"), ("Get", "Attributes"), ("Get", "Tagging"),
        ("Get", "Torrent"), ("Put", "Acl"), ("Put", "Tagging"),
    )
}  # fmt: skip


def actions(names: tuple[str, ...], given: object) -> tuple[str, ...]:
    """The actions of a call on an object, or on the version of it that the arguments name."""
    of_versions = tuple(_OF_VERSIONS.get(name, name) for name in names)
    if not is_given(given, "Delete"):
        return of_versions if is_written(given, "VersionId") else names
    listed = as_list(as_object(as_object(given).get("Delete")).get("Objects"))
    versioned = [is_written(one, "VersionId") for one in listed]
    # Of a list that data makes, nothing is known: it may name versions and objects.
    some, others = any(versioned) or not listed, not all(versioned) or not listed
    return (*(names if others else ()), *(of_versions if some else ()))


def beside(operation: str, given: object) -> Iterator[Permission]:
    """What a call needs beside its own actions."""
    target = (
        Target("{Bucket}", object_arns) if operation == "CreateBucket" else Target("{Bucket}/{Key}", object_arns),
    )
    if operation == "DeleteObjects":
        target = (Target("{Bucket}/*", object_arns),)
    for action, parameters in _BESIDE.get(operation, {}).items():
        if any(is_written(given, parameter) for parameter in parameters):
            yield Permission((action,), target)
    if operation in ("CopyObject", "UploadPartCopy"):
        yield from _copied(operation, given)


def _copied(operation: str, given: object) -> Iterator[Permission]:
    """What is copied is read: `BUCKET/KEY?versionId=ID`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    sources = [value or "" for value in look_up(given, "CopySource")]
    known = bool(sources) and all(sources)
    versions = [_VERSION in source for source in sources]
    others, some = not known or not all(versions), not known or any(versions)
    reading = [*([""] if others else ()), *(["Version"] if some else ())]
    yield Permission(tuple(f"s3:GetObject{name}" for name in reading), (_SOURCE,))
    if operation == "CopyObject" and "COPY" in look_up(given, "TaggingDirective"):
        yield Permission(tuple(f"s3:GetObject{name}Tagging" for name in reading), (_SOURCE,))
        yield Permission(("s3:PutObjectTagging",), (Target("{Bucket}/{Key}", object_arns),))


_VERSION = "?versionId="


def _source_arns(value: str, account: Account) -> tuple[str, ...]:
    from urllib.parse import unquote  # only an object's copy needs it

    name = unquote(value.partition(_VERSION)[0]).lstrip("/")
    return object_arns(name, account)


_SOURCE = Target("{CopySource}", _source_arns)
