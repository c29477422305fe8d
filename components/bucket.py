"""A private bucket."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from asl.permissions.resource_policies import tls_only

from .naming import BUCKET, physical_name
from .role import account
from .storage import kept


class BucketRefusedError(ValueError, pulumi.RunError):
    """A bucket that S3 would refuse, which Pulumi shows as what the user has to mend."""


class Bucket(pulumi.ComponentResource):
    """Objects are encrypted, reached by nobody from outside and by TLS only. They are gone after `days`, or stay where
    that is None, and then the bucket survives the stack; parts of uploads that never ended are gone after one day.

    Its name ends with the account's id, since names of buckets are unique among all accounts:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

    Raises:
        BucketRefusedError: for `days` that are none, before any resource is registered.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    _events: aws.s3.BucketNotification | None

    def __init__(self, name: str, *, days: int | None, opts: pulumi.ResourceOptions | None = None) -> None:
        if days is not None and days < 1:
            raise BucketRefusedError(f"bucket '{name}': `days` is {days}, and is 1 or more, or None to keep objects")
        super().__init__("orderflow:index:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        prefix = physical_name(name, BUCKET, self)
        bucket = aws.s3.Bucket(
            name,
            bucket=account(self).apply(lambda where: f"{prefix}-{where.id}"),
            force_destroy=days is not None,
            opts=kept(self, days is None),
        )
        closed = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="expire",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days) if days else None,
                    # Listed nowhere, and paid for: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
                    abort_incomplete_multipart_upload=(
                        aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                            days_after_initiation=1
                        )
                    ),
                )
            ],
            opts=child,
        )
        aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: json.dumps(tls_only("s3:*", arn, f"{arn}/*"))),
            # S3 refuses two changes of a bucket at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self._logical, self._events = name, None
        self.name, self.arn = bucket.bucket, bucket.arn
        self.register_outputs({"name": self.name, "arn": self.arn})

    def to_events(self) -> aws.s3.BucketNotification:
        """What makes the bucket tell EventBridge of its objects: once, however many ask.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html
        """
        if self._events is None:
            self._events = aws.s3.BucketNotification(
                self._logical, bucket=self.name, eventbridge=True, opts=pulumi.ResourceOptions(parent=self)
            )
        return self._events
