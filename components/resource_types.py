"""Pulumi's types of resources: of which kind each is, and which of its attributes are its name, id, URL and ARN.

Attributes are those of pulumi-aws 7: https://www.pulumi.com/registry/packages/aws/api-docs/
What Pulumi calls `id` is often a name or an ARN: it stands here only where AWS calls it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi

from asl.integrations.resource_parameters import Form

FORMS: Mapping[Form, str] = {"ARN": "arn", "name": "name", "URL": "url", "id": "id"}
"""The attributes of most resources, and of those that nobody knows."""


@dataclass(frozen=True)
class ResourceType:
    """`kind` is what it is called in messages, empty where nobody knows; `attributes` hold each of its forms."""

    kind: str
    attributes: Mapping[Form, str]

    def offers(self, resource: pulumi.Resource) -> dict[Form, str]:
        """The attributes that this very resource has."""
        return {form: name for form, name in self.attributes.items() if hasattr(resource, name)}


_NAMED: Mapping[Form, str] = {"ARN": "arn", "name": "name"}
_BY_ARN: Mapping[Form, str] = {"ARN": "arn"}
_BY_NAME: Mapping[Form, str] = {"name": "name"}
_BY_ID: Mapping[Form, str] = {"id": "id", "ARN": "arn"}
_BUCKET: Mapping[Form, str] = {"name": "bucket", "ARN": "arn"}
_QUEUE: Mapping[Form, str] = {"URL": "url", "ARN": "arn", "name": "name"}

_TYPES: Mapping[str, tuple[str, Mapping[Form, str]]] = {
    "orderflow:index:Bucket": ("bucket", _NAMED),
    "orderflow:index:Connection": ("connection", _NAMED),
    "orderflow:index:Function": ("function", _NAMED),
    "orderflow:index:Key": ("key", _BY_ARN),
    "orderflow:index:Queue": ("queue", _QUEUE),
    "orderflow:index:Secret": ("secret", _BY_ARN),
    "orderflow:index:StateMachine": ("state machine", _NAMED),
    "orderflow:index:Table": ("table", _NAMED),
    "orderflow:index:Task": ("task definition", _BY_ARN),
    "orderflow:index:Topic": ("topic", _BY_ARN),
    "aws:athena/workgroup:Workgroup": ("workgroup", _NAMED),
    "aws:batch/jobDefinition:JobDefinition": ("job definition", _NAMED),
    "aws:batch/jobQueue:JobQueue": ("job queue", _NAMED),
    "aws:bedrock/agentAgent:AgentAgent": ("agent", {"id": "agent_id", "ARN": "agent_arn", "name": "agent_name"}),
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": ("knowledge base", {**_BY_ID, "name": "name"}),
    "aws:cloudwatch/eventBus:EventBus": ("event bus", _NAMED),
    "aws:cloudwatch/eventConnection:EventConnection": ("connection", _NAMED),
    "aws:cloudwatch/logGroup:LogGroup": ("log group", _NAMED),
    "aws:codebuild/project:Project": ("build project", _NAMED),
    "aws:codepipeline/pipeline:Pipeline": ("pipeline", _NAMED),
    "aws:cognito/userPool:UserPool": ("user pool", {**_BY_ID, "name": "name"}),
    "aws:dynamodb/table:Table": ("table", _NAMED),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("security group", {**_BY_ID, "name": "name"}),
    "aws:ec2/defaultSubnet:DefaultSubnet": ("subnet", _BY_ID),
    "aws:ec2/defaultVpc:DefaultVpc": ("VPC", _BY_ID),
    "aws:ec2/ami:Ami": ("image", {**_BY_ID, "name": "name"}),
    "aws:ec2/instance:Instance": ("instance", _BY_ID),
    "aws:ec2/securityGroup:SecurityGroup": ("security group", {**_BY_ID, "name": "name"}),
    "aws:ec2/subnet:Subnet": ("subnet", _BY_ID),
    "aws:ec2/vpc:Vpc": ("VPC", _BY_ID),
    "aws:ecr/repository:Repository": ("repository", _NAMED),
    "aws:ecs/cluster:Cluster": ("cluster", _NAMED),
    "aws:ecs/taskDefinition:TaskDefinition": ("task definition", _BY_ARN),
    "aws:efs/fileSystem:FileSystem": ("file system", _BY_ID),
    "aws:eks/cluster:Cluster": ("EKS cluster", _NAMED),
    "aws:emr/cluster:Cluster": ("EMR cluster", {**_BY_ID, "name": "name"}),
    "aws:emrcontainers/virtualCluster:VirtualCluster": ("virtual cluster", {**_BY_ID, "name": "name"}),
    "aws:emrserverless/application:Application": ("application", {**_BY_ID, "name": "name"}),
    "aws:glue/crawler:Crawler": ("crawler", _NAMED),
    "aws:glue/job:Job": ("job", _NAMED),
    "aws:iam/role:Role": ("role", _NAMED),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("delivery stream", _NAMED),
    "aws:kinesis/stream:Stream": ("stream", _NAMED),
    "aws:kms/alias:Alias": ("key alias", _NAMED),
    "aws:kms/externalKey:ExternalKey": ("key", _BY_ID),
    "aws:kms/key:Key": ("key", {"ARN": "arn", "id": "key_id"}),
    "aws:kms/replicaKey:ReplicaKey": ("key", {"ARN": "arn", "id": "key_id"}),
    # Its name is the alias's, not the function's, and likewise a machine's.
    "aws:lambda/alias:Alias": ("function", _BY_ARN),
    "aws:lambda/function:Function": ("function", _NAMED),
    "aws:rds/cluster:Cluster": ("database cluster", {"ARN": "arn", "id": "cluster_identifier"}),
    "aws:rds/instance:Instance": ("database instance", {"ARN": "arn", "id": "identifier"}),
    "aws:redshift/cluster:Cluster": ("Redshift cluster", {"ARN": "arn", "id": "cluster_identifier"}),
    "aws:redshiftserverless/workgroup:Workgroup": ("Redshift workgroup", {"ARN": "arn", "name": "workgroup_name"}),
    "aws:s3/accessPoint:AccessPoint": ("access point", _NAMED),
    "aws:s3/bucket:Bucket": ("bucket", _BUCKET),
    "aws:s3/bucketV2:BucketV2": ("bucket", _BUCKET),
    "aws:s3/directoryBucket:DirectoryBucket": ("bucket", _BUCKET),
    "aws:secretsmanager/secret:Secret": ("secret", _NAMED),
    "aws:sfn/activity:Activity": ("activity", _NAMED),
    "aws:sfn/alias:Alias": ("state machine", _BY_ARN),
    "aws:sfn/stateMachine:StateMachine": ("state machine", _NAMED),
    "aws:sns/topic:Topic": ("topic", _NAMED),
    "aws:sqs/queue:Queue": ("queue", _QUEUE),
    "aws:ssm/parameter:Parameter": ("parameter", _NAMED),
}

TYPES: Mapping[str, ResourceType] = MappingProxyType({name: ResourceType(*row) for name, row in _TYPES.items()})


def type_of(resource: pulumi.Resource) -> ResourceType:
    """What is known of a resource; of others' components and unknown types no more than what they usually have."""
    return TYPES.get(resource.pulumi_resource_type) or ResourceType("", FORMS)


def described(resource: pulumi.Resource) -> str:
    """What messages call it: `the queue 'orders'`."""
    kind = type_of(resource).kind
    name = resource.pulumi_resource_name
    return f"the {kind} '{name}'" if kind else f"'{name}', of the type {resource.pulumi_resource_type},"
