"""The parameters that calls take, for integrations that are often used.

Step Functions takes those of the service's API, beginning with a capital; the names are those of botocore 1.43.106:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TABLE = ("TableName", "ReturnConsumedCapacity", "ExpressionAttributeNames")
_WRITE = (*_TABLE, "ConditionExpression", "ConditionalOperator", "Expected", "ExpressionAttributeValues",
          "ReturnItemCollectionMetrics", "ReturnValues", "ReturnValuesOnConditionCheckFailure")  # fmt: skip

PARAMETERS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "athena:startQueryExecution": (
        "ClientRequestToken", "EngineConfiguration", "ExecutionParameters", "QueryExecutionContext", "QueryString",
        "ResultConfiguration", "ResultReuseConfiguration", "WorkGroup",
    ),
    "batch:submitJob": (
        "ArrayProperties", "ConsumableResourcePropertiesOverride", "ContainerOverrides", "DependsOn",
        "EcsPropertiesOverride", "EksPropertiesOverride", "JobDefinition", "JobName", "JobQueue", "NodeOverrides",
        "Parameters", "PropagateTags", "RetryStrategy", "SchedulingPriorityOverride", "ShareIdentifier", "Tags",
        "Timeout",
    ),
    "dynamodb:getItem": (*_TABLE, "AttributesToGet", "ConsistentRead", "Key", "ProjectionExpression"),
    "dynamodb:putItem": (*_WRITE, "Item"),
    "dynamodb:updateItem": (*_WRITE, "AttributeUpdates", "Key", "UpdateExpression"),
    "dynamodb:deleteItem": (*_WRITE, "Key"),
    "ecs:runTask": (
        "CapacityProviderStrategy", "ClientToken", "Cluster", "Count", "EnableECSManagedTags", "EnableExecuteCommand",
        "Group", "LaunchType", "NetworkConfiguration", "Overrides", "PlacementConstraints", "PlacementStrategy",
        "PlatformVersion", "PropagateTags", "ReferenceId", "StartedBy", "Tags", "TaskDefinition",
        "VolumeConfigurations",
    ),
    "events:putEvents": ("EndpointId", "Entries"),
    "glue:startJobRun": (
        "AllocatedCapacity", "Arguments", "ExecutionClass", "ExecutionRoleSessionPolicy", "JobName", "JobRunId",
        "JobRunQueuingEnabled", "MaxCapacity", "NotificationProperty", "NumberOfWorkers", "SecurityConfiguration",
        "Timeout", "WorkerType",
    ),
    "lambda:invoke": (
        "ClientContext", "DurableExecutionName", "FunctionName", "InvocationType", "LogType", "Payload", "Qualifier",
        "TenantId",
    ),
    "sns:publish": (
        "Message", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageStructure", "PhoneNumber",
        "Subject", "TargetArn", "TopicArn",
    ),
    "sqs:sendMessage": (
        "DelaySeconds", "MessageAttributes", "MessageBody", "MessageDeduplicationId", "MessageGroupId",
        "MessageSystemAttributes", "QueueUrl",
    ),
    "states:startExecution": ("Input", "Name", "StateMachineArn", "TraceHeader"),
})  # fmt: skip
