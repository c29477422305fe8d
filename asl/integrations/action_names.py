"""The SDK's calls that IAM names otherwise, by the SDK's names for service and call.

All others have an action of their own name, or none that any page names: then the actions are declared. What a call
needs stands in its own page of the service's API reference; S3's are on one page:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

_READ_AND_WRITTEN = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketAnalyticsConfiguration": "AnalyticsConfiguration",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketIntelligentTieringConfiguration": "IntelligentTieringConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketReplication": "ReplicationConfiguration",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
_DELETED_BY_WRITING = (
    "BucketAnalyticsConfiguration",
    "BucketEncryption",
    "BucketIntelligentTieringConfiguration",
    "BucketInventoryConfiguration",
    "BucketLifecycle",
    "BucketMetricsConfiguration",
    "BucketReplication",
    "PublicAccessBlock",
)
_LISTED_BY_READING = (
    "BucketAnalyticsConfiguration",
    "BucketIntelligentTieringConfiguration",
    "BucketInventoryConfiguration",
    "BucketMetricsConfiguration",
)
_ON_OUTPOSTS = (
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "GetBucket",
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetBucketVersioning",
    "ListRegionalBuckets",
    "PutBucketPolicy",
    "PutBucketTagging",
    "PutBucketVersioning",
)
"""S3 Control's calls for buckets are for those on Outposts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html"""


def _s3_settings() -> Iterator[tuple[str, str]]:
    for call, action in _READ_AND_WRITTEN.items():
        yield f"Get{call}", f"Get{action}"
        yield f"Put{call}", f"Put{action}"
    for call in _DELETED_BY_WRITING:
        yield f"Delete{call}", f"Put{_READ_AND_WRITTEN[call]}"
    for call in _LISTED_BY_READING:
        yield f"List{call}s", f"Get{_READ_AND_WRITTEN[call]}"
    for call, action in (("Cors", "CORS"), ("OwnershipControls", "OwnershipControls"), ("Tagging", "Tagging")):
        yield f"DeleteBucket{call}", f"PutBucket{action}"


ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "accessanalyzer:GetFindingV2": ("access-analyzer:GetFinding",),
    "accessanalyzer:ListFindingsV2": ("access-analyzer:ListFindings",),
    "batch:CancelJobs": ("batch:CancelJob",),
    "batch:TerminateJobs": ("batch:TerminateJob",),
    "batch:TerminateServiceJobs": ("batch:TerminateServiceJob",),
    "bedrockruntime:Converse": ("bedrock:InvokeModel",),
    "bedrockruntime:StartAsyncInvoke": ("bedrock:InvokeModel",),
    "cognitoidentityprovider:DescribeTermsByClient": ("cognito-idp:DescribeTerms",),
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "dynamodb:TransactWriteItems": (
        "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem",
    ),
    "ecr:ListImageReferrers": ("ecr:BatchGetImage",),
    "glue:GetUnfilteredPartitionMetadata": ("glue:GetPartition",),
    "glue:GetUnfilteredPartitionsMetadata": ("glue:GetPartitions",),
    "glue:GetUnfilteredTableMetadata": ("glue:GetTable",),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "lambda:GetLayerVersionByArn": ("lambda:GetLayerVersion",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "neptunegraph:GetQuery": ("neptune-graph:GetQueryStatus",),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:PutObject",),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteBucketMetadataConfiguration": ("s3:DeleteBucketMetadataTableConfiguration",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:GetObjectAttributes": ("s3:GetObject", "s3:GetObjectAttributes"),
    "s3:GetBucketMetadataConfiguration": ("s3:GetBucketMetadataTableConfiguration",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListDirectoryBuckets": ("s3express:ListAllMyDirectoryBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:UploadPartCopy": ("s3:PutObject",),
    **{f"s3:{call}": (f"s3:{action}",) for call, action in _s3_settings()},
    **{f"s3control:{call}": (f"s3-outposts:{call}",) for call in _ON_OUTPOSTS},
    "s3control:DeleteBucketLifecycleConfiguration": ("s3-outposts:PutLifecycleConfiguration",),
    "s3control:DeleteBucketReplication": ("s3-outposts:PutReplicationConfiguration",),
    "s3control:DeleteBucketTagging": ("s3-outposts:PutBucketTagging",),
    "s3control:DeletePublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    "s3control:GetBucketLifecycleConfiguration": ("s3-outposts:GetLifecycleConfiguration",),
    "s3control:GetBucketReplication": ("s3-outposts:GetReplicationConfiguration",),
    "s3control:GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
    "s3control:PutBucketLifecycleConfiguration": ("s3-outposts:PutLifecycleConfiguration",),
    "s3control:PutBucketReplication": ("s3-outposts:PutReplicationConfiguration",),
    "s3control:PutPublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    "securityhub:BatchUpdateFindingsV2": ("securityhub:BatchUpdateFindings",),
    "securityhub:GetFindingStatisticsV2": ("securityhub:GetAdhocInsightResults",),
    "securityhub:GetFindingsV2": ("securityhub:GetFindings",),
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
    "taxsettings:BatchGetTaxExemptions": ("tax:GetExemptions",),
    "taxsettings:GetTaxExemptionTypes": ("tax:GetExemptions",),
    "taxsettings:ListTaxExemptions": ("tax:GetExemptions",),
    "taxsettings:PutTaxExemption": ("tax:UpdateExemptions",),
    "verifiedpermissions:BatchGetPolicy": ("verifiedpermissions:GetPolicy",),
    "verifiedpermissions:BatchIsAuthorized": ("verifiedpermissions:IsAuthorized",),
    "verifiedpermissions:BatchIsAuthorizedWithToken": ("verifiedpermissions:IsAuthorizedWithToken",),
    "vpclattice:BatchUpdateRule": ("vpc-lattice:UpdateRule",),
})  # fmt: skip
