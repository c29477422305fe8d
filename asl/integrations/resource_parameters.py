"""What parameters that name a resource take: of which kind it is, and whether its name, id, URL or ARN.

Read off the parameters' descriptions in each service's API reference, which are those of botocore 1.43.106 too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple, TypeAlias, cast

from asl.integrations.resource_kinds import (
    account_of,
    is_arn,
    is_arn_of,
    is_no_account,
    is_url,
    is_url_of,
    may_be_id_of,
    told,
    with_article,
)
from asl.integrations.sdk import service as sdk_service
from asl.syntax.shapes import kind as kind_of_json

Form: TypeAlias = Literal["name", "id", "URL", "ARN"]

OF_ANY_SERVICE: Mapping[str, str] = {
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
    "SecurityGroupId": "security group id",
    "SecurityGroupIds": "security group id",
    "SecurityGroups": "security group id",
    "SubnetId": "subnet id",
    "SubnetIds": "subnet id",
    "Subnets": "subnet id",
    "VpcId": "VPC id",
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    "ExecutionRoleArn": "role ARN",
    "RoleARN": "role ARN",
    "RoleArn": "role ARN",
    "TaskRoleArn": "role ARN",
    # What one service's call has another work on, such as the target of a rule or a schedule.
    "Bucket": "bucket name, access point ARN",
    "FunctionArn": "function ARN",
    "LogGroupName": "log group name",
    "QueueUrl": "queue URL",
    "S3Bucket": "bucket name, access point ARN",
    "StateMachineArn": "state machine ARN",
    "TopicArn": "topic ARN",
}
"""Of whatever service, unless its own part says otherwise."""

PARAMETERS: Mapping[str, Mapping[str, str]] = {
    # https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
    "athena": {"WorkGroup": "workgroup name"},
    # https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
    "batch": {"JobQueue": "job queue name, job queue ARN", "JobDefinition": "job definition name, job definition ARN"},
    # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html
    "bedrock": {"AgentId": "agent id", "KnowledgeBaseId": "knowledge base id"},
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
    "codebuild": {"ProjectName": "build project name, build project ARN"},
    # https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
    "codepipeline": {"PipelineName": "pipeline name"},
    # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
    "cognito-idp": {"UserPoolId": "user pool id"},
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html, API_BatchWriteItem.html
    "dynamodb": {"TableName": "table name, table ARN", "RequestItems": "table name, table ARN"},
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    "ec2": {
        "ImageId": "image id", "InstanceId": "instance id", "InstanceIds": "instance id",
        "SecurityGroup": "security group name", "SecurityGroups": "security group name",
    },
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
    "ecr": {"RepositoryName": "repository name"},
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    "ecs": {
        "Cluster": "cluster name, cluster ARN",
        "TaskDefinition": "task definition ARN, task definition name",
    },
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeNodegroup.html
    "eks": {"ClusterName": "EKS cluster name"},
    # https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystems.html
    "elasticfilesystem": {"FileSystemId": "file system id, file system ARN"},
    # https://docs.aws.amazon.com/emr/latest/APIReference/API_AddJobFlowSteps.html
    "elasticmapreduce": {"ClusterId": "EMR cluster id", "JobFlowId": "EMR cluster id"},
    # https://docs.aws.amazon.com/emr-on-eks/latest/APIReference/API_StartJobRun.html
    "emr-containers": {"VirtualClusterId": "virtual cluster id"},
    # https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_StartJobRun.html
    "emr-serverless": {"ApplicationId": "application id"},
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    "events": {"EventBusName": "event bus name, event bus ARN"},
    # https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html
    "firehose": {"DeliveryStreamName": "delivery stream name"},
    # https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html, API_StartCrawler.html
    "glue": {"JobName": "job name", "CrawlerName": "crawler name", "CatalogId": "account id"},
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    "http": {"ConnectionArn": "connection ARN"},
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
    "kinesis": {"StreamName": "stream name", "StreamARN": "stream ARN"},
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
    "kms": {"KeyId": "key ARN, key id, key alias ARN, key alias name"},
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    "lambda": {"FunctionName": "function name, function ARN", "Role": "role ARN"},
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
    "logs": {"LogGroupNames": "log group name"},
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html, API_DescribeDBInstances
    "rds": {
        "DBClusterIdentifier": "database cluster id, database cluster ARN",
        "DBInstanceIdentifier": "database instance id, database instance ARN",
    },
    # https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html
    "rds-data": {"ResourceArn": "database cluster ARN", "SecretArn": "secret ARN"},
    # https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html
    "redshift-data": {
        "ClusterIdentifier": "Redshift cluster id", "SecretArn": "secret ARN",
        "WorkgroupName": "Redshift workgroup name, Redshift workgroup ARN",
    },
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    "s3": {"ExpectedBucketOwner": "account id"},
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3Files_CreateFileSystem.html
    "s3files": {"Bucket": "bucket ARN"},
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    "secretsmanager": {"SecretId": "secret ARN, secret name"},
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: a TargetArn may be a phone's endpoint, too
    "sns": {"TopicArn": "topic ARN"},
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    "sqs": {"QueueUrl": "queue URL", "QueueName": "queue name"},
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    "states": {"ActivityArn": "activity ARN", "ExecutionArn": "execution ARN"},
}  # fmt: skip
"""By IAM's name of the service. Where a parameter takes several, the first is what a resource stands for."""

_RESOURCE = "function ARN, activity ARN"
"""What a task calls without an integration's name: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"""

DATA = frozenset((
    "Arguments", "AttributeUpdates", "Body", "ClientContext", "Detail", "Environment", "Expected",
    "ExpressionAttributeNames", "ExpressionAttributeValues", "Headers", "Input", "Item", "Message",
    "MessageAttributes", "MessageBody", "Metadata", "Payload", "QueryParameters", "RequestBody", "Tags", "Variables",
))  # fmt: skip
"""Parameters whose contents are the caller's own: nothing in them is a parameter, whatever it is called."""


KEYED = frozenset(("RequestItems",))
"""Parameters whose keys name resources, and whose values do not."""


class Standing(NamedTuple):
    """One thing that a parameter takes: the `form` of a resource of some `kind`."""

    kind: str
    form: Form


Wanted: TypeAlias = tuple[Standing, ...]


@cache
def service_of(resource: str) -> str:
    """IAM's name of the service that a Task's (or an ItemReader's) `Resource` calls; empty where it calls none."""
    head, _, id = resource.partition(":states:")
    parts = id.split(":")
    if not head or len(parts) < 4:
        return ""
    if parts[2] == "aws-sdk":
        found = sdk_service(parts[3])
        return found.prefix if found else ""
    return parts[2]


@cache
def wanted(service: str, parameter: str) -> Wanted:
    """What `parameter` takes in calls of `service`; nothing where the table does not know."""
    if not service and parameter == "Resource":
        return _standings(_RESOURCE)
    return _standings(PARAMETERS.get(service, {}).get(parameter, "") or OF_ANY_SERVICE.get(parameter, ""))


def _standings(text: str) -> Wanted:
    pairs = (one.rpartition(" ") for one in text.split(", ") if one)
    return tuple(Standing(kind, cast(Form, form)) for kind, _, form in pairs)


def phrase(wanted: Wanted) -> str:
    """`the name of a bucket or the ARN of an access point`."""
    return " or ".join(f"the {one.form} of {with_article(one.kind)}" for one in wanted)


def mismatch(wanted: Wanted, value: object) -> str:
    """What `value` is, where it can be nothing of what is `wanted`: `is the ARN of a function`. Empty where it can.

    It may be secret, so it is never repeated. A text with a placeholder in it can become anything.
    """
    if isinstance(value, str):
        if "${" in value or any(_fits(one, value) for one in wanted):
            return ""
        return f"is {told(value)}"
    # Objects and arrays of other depths are a question of the parameter's type.
    return f"is {kind_of_json(value)}" if value is None or isinstance(value, int | float) else ""


def _fits(one: Standing, text: str) -> bool:
    if one.form == "ARN":
        return is_arn_of(one.kind, text)
    if one.form == "URL":
        return is_url_of(one.kind, text)
    if one.kind == "account":
        return not is_no_account(text)
    return bool(text) and not is_arn(text) and not is_url(text) and may_be_id_of(one.kind, text)


def strange_account(value: object) -> str:
    """The account in an ARN or a queue's URL that can be none; empty where it can, or where there is none."""
    account = account_of(value) if isinstance(value, str) else ""
    return account if is_no_account(account) else ""
