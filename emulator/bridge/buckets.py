"""S3 buckets, and what is set on them one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from emulator.bridge.resource import Found, Inputs, Resource, differs, pairs, pascal, unpaired
from emulator.cloud import REGION, Cloud

GONE = ("NoSuchBucket", "404")
RENAMED = {"Id": "ID", "SseAlgorithm": "SSEAlgorithm", "KmsMasterKeyId": "KMSMasterKeyID", "MfaDelete": "MFADelete"}


class Bucket(Resource):
    replaced_by = frozenset({"bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"})
    outputs = ("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName")
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("s3").create_bucket(Bucket=inputs["bucket"])
        self._tag(cloud, inputs["bucket"], inputs)
        return inputs["bucket"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client = cloud.client("s3")
        try:
            client.head_bucket(Bucket=id)
        except ClientError as error:
            if _code(error) in GONE:
                return None
            raise
        domains = {"bucketDomainName": "s3", "bucketRegionalDomainName": f"s3.{REGION}"}
        return Found(
            {"bucket": id, "tags": self._tags(client, id)},
            {
                "arn": f"arn:aws:s3:::{id}",
                "bucketRegion": REGION,
                **{name: f"{id}.{domain}.amazonaws.com" for name, domain in domains.items()},
            },
        )

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        if differs(old, new, "tags"):
            self._tag(cloud, id, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("s3")
        with suppress(client.exceptions.NoSuchBucket):
            if known.get("forceDestroy"):
                for page in client.get_paginator("list_object_versions").paginate(Bucket=id):
                    for version in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                        client.delete_object(Bucket=id, Key=version["Key"], VersionId=version["VersionId"])
            client.delete_bucket(Bucket=id)

    def _tag(self, cloud: Cloud, name: str, inputs: Inputs) -> None:
        if inputs.get("tags"):
            cloud.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(inputs["tags"])})
        else:
            cloud.client("s3").delete_bucket_tagging(Bucket=name)

    def _tags(self, client: Any, name: str) -> dict[str, str]:
        try:
            return unpaired(client.get_bucket_tagging(Bucket=name)["TagSet"])
        except ClientError as error:
            if _code(error) == "NoSuchTagSet":
                return {}
            raise


@dataclass(frozen=True)
class Setting(Resource):
    """One thing that is set on a bucket, by `put_NAME` with `parameters` made from the inputs, and unset by `unset`,
    where S3 can. Its id is the bucket's name."""

    name: str
    unset: str | None
    parameters: Callable[[Inputs], dict[str, Any]]

    replaced_by = frozenset({"bucket"})
    outputs = ()
    autonamed = False

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        getattr(cloud.client("s3"), f"put_{self.name}")(Bucket=inputs["bucket"], **self.parameters(inputs))
        return inputs["bucket"]

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        """Only whether it is there: S3 adds defaults to what it was given."""
        try:
            getattr(cloud.client("s3"), f"get_{self.name}")(Bucket=id)
        except ClientError as error:
            code = _code(error)
            if code in GONE or code.startswith(("NoSuch", "ServerSideEncryptionConfigurationNotFound")):
                return None
            raise
        return Found({"bucket": id}, {})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        self.create(cloud, new)

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client = cloud.client("s3")
        if self.unset:
            with suppress(client.exceptions.NoSuchBucket):
                getattr(client, self.unset)(Bucket=id)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _rules(parameter: str) -> Callable[[Inputs], dict[str, Any]]:
    return lambda inputs: {parameter: {"Rules": pascal(inputs["rules"], RENAMED)}}


def _public_access(inputs: Inputs) -> dict[str, Any]:
    blocked = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return {"PublicAccessBlockConfiguration": pascal({name: bool(inputs.get(name)) for name in blocked})}


def _notifications(inputs: Inputs) -> dict[str, Any]:
    told = {"EventBridgeConfiguration": {}} if inputs.get("eventbridge") else {}
    return {"NotificationConfiguration": told}


def _versioning(inputs: Inputs) -> dict[str, Any]:
    return {"VersioningConfiguration": pascal(inputs["versioningConfiguration"], RENAMED)}


RESOURCES: Mapping[str, Resource] = {
    "aws:s3/bucket:Bucket": Bucket(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Setting(
        "public_access_block", "delete_public_access_block", _public_access
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Setting("bucket_versioning", None, _versioning),
    "aws:s3/bucketNotification:BucketNotification": Setting("bucket_notification_configuration", None, _notifications),
    "aws:s3/bucketPolicy:BucketPolicy": Setting(
        "bucket_policy", "delete_bucket_policy", lambda inputs: {"Policy": inputs["policy"]}
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Setting(
        "bucket_lifecycle_configuration", "delete_bucket_lifecycle", _rules("LifecycleConfiguration")
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Setting(
        "bucket_encryption", "delete_bucket_encryption", _rules("ServerSideEncryptionConfiguration")
    ),
}
