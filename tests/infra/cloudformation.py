"""Resources of pulumi-aws as CloudFormation says them, so that AWS's own schemas can judge them.

The schemas come with cfn-lint. A name is mapped by the schema itself, whatever the case of its letters
(`dynamodbStreamParameters` is `DynamoDBStreamParameters`); a type's entry in `MAPPED` holds only what differs. To add a
type: name its CloudFormation type there, run the test, and mend the inputs that it names.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

from cfnlint.api import lint
from cfnlint.core import get_rules
from cfnlint.rules import RulesCollection
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from pulumi.runtime import rpc

REGION = "us-east-1"
HERE = "tests/infra/cloudformation.py"

Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]


class Resource(Protocol):
    """What is judged: a resource as a program registers it."""

    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...


class Shaped(NamedTuple):
    """An input that CloudFormation has in another form: the property beside its siblings, and how to make its value.

    `make` returns None where nothing is to be said.
    """

    property: str
    make: Callable[[Any], Any]


@dataclass(frozen=True)
class Mapped:
    """How CloudFormation says a type of pulumi-aws. Inputs are named by their path: `ttl.attributeName`.

    `renamed` are the inputs with another name: relative to what the object around them has become, from the top with a
    `/` at the front, or empty where the input's own fields stand among its siblings. `within` is the property in which
    all inputs stand, as the one item of it where it is a list. `shaped` have another form. `without` have no
    counterpart, each with the reason. `part_of` is the property by which a resource finds the one whose part it is in
    CloudFormation. `completed` says in what is made of all inputs what CloudFormation wants twice.
    """

    type: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    shaped: Mapping[str, Shaped] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    within: str = ""
    part_of: str = ""
    completed: Callable[[dict[str, Any]], None] = lambda _: None

    @property
    def schema(self) -> Schema:
        return PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, self.type).schema


def _key(kind: str) -> Shaped:
    return Shaped("KeySchema", lambda name: [{"AttributeName": name, "KeyType": kind}])


def _with_the_tables_key(table: dict[str, Any]) -> None:
    """Local indexes have the partition key of their table, and pulumi-aws does not have it said again."""
    for index in table.get("LocalSecondaryIndexes", ()):
        index["KeySchema"] = [table["KeySchema"][0], *index["KeySchema"]]


_IN_S3 = Shaped("Code", lambda _: {"S3Bucket": "the-code", "S3Key": "function.zip"})
_BYTES = "the bytes' hash, for Pulumi to see a change"
_VERSIONS = "a version is a resource of its own in CloudFormation"
_WHOLE_BUCKET = {"bucket": "/BucketName"}
_API_KEY = {"key": "ApiKeyName", "value": "ApiKeyValue"}
_SENT = {"bodies": "BodyParameters", "headers": "HeaderParameters", "queryStrings": "QueryStringParameters"}
_INDEX = {
    "name": "IndexName",
    "projectionType": "Projection.ProjectionType",
    "nonKeyAttributes": "Projection.NonKeyAttributes",
}


def _by_status(given: Any) -> dict[str, Any]:
    return {
        one["statusCode"]: {
            "ResponseParameters": [{"Destination": name, "Source": said} for name, said in one["mappings"].items()]
        }
        for one in given
    }


MAPPED: Mapping[str, Mapped] = {
    "aws:apigatewayv2/api:Api": Mapped("AWS::ApiGatewayV2::Api"),
    "aws:apigatewayv2/authorizer:Authorizer": Mapped(
        "AWS::ApiGatewayV2::Authorizer",
        renamed={"identitySources": "IdentitySource", "jwtConfiguration.audiences": "Audience"},
    ),
    "aws:apigatewayv2/integration:Integration": Mapped(
        "AWS::ApiGatewayV2::Integration",
        renamed={"timeoutMilliseconds": "TimeoutInMillis"},
        shaped={"responseParameters": Shaped("ResponseParameters", _by_status)},
    ),
    "aws:apigatewayv2/route:Route": Mapped("AWS::ApiGatewayV2::Route"),
    "aws:apigatewayv2/stage:Stage": Mapped("AWS::ApiGatewayV2::Stage", renamed={"name": "StageName"}),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Mapped("AWS::CloudWatch::CompositeAlarm"),
    "aws:cloudwatch/dashboard:Dashboard": Mapped("AWS::CloudWatch::Dashboard"),
    "aws:cloudwatch/eventConnection:EventConnection": Mapped(
        "AWS::Events::Connection",
        renamed={
            **{f"authParameters.{name}": f"{name}AuthParameters" for name in ("apiKey", "basic")},
            **{f"authParameters.apiKey.{name}": place for name, place in _API_KEY.items()},
            "authParameters.oauth": "OAuthParameters",
            **{f"authParameters.oauth.oauthHttpParameters.{name}": place for name, place in _SENT.items()},
            **{f"authParameters.invocationHttpParameters.{name}": place for name, place in _SENT.items()},
        },
    ),
    "aws:cloudwatch/logGroup:LogGroup": Mapped("AWS::Logs::LogGroup", renamed={"name": "LogGroupName"}),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Mapped(
        "AWS::Logs::MetricFilter",
        renamed={
            "name": "FilterName",
            "pattern": "FilterPattern",
            "metricTransformation": "MetricTransformations",
            **{f"metricTransformation.{name}": f"metric{name}" for name in ("name", "namespace", "value")},
        },
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Mapped(
        "AWS::CloudWatch::Alarm",
        renamed={
            "name": "AlarmName",
            "metricQueries": "Metrics",
            "metricQueries.metric": "MetricStat",
            **{f"metricQueries.metric.{name}": f"Metric.{name}" for name in ("metricName", "namespace", "dimensions")},
        },
    ),
    "aws:cloudwatch/eventRule:EventRule": Mapped("AWS::Events::Rule"),
    "aws:cloudwatch/eventTarget:EventTarget": Mapped(
        "AWS::Events::Rule",
        within="Targets",
        part_of="Name",
        renamed={
            "rule": "/Name",
            "eventBusName": "/EventBusName",
            "targetId": "Id",
            "inputTransformer.inputPaths": "InputPathsMap",
        },
    ),
    "aws:dynamodb/table:Table": Mapped(
        "AWS::DynamoDB::Table",
        renamed={
            "name": "TableName",
            "attributes": "AttributeDefinitions",
            **{f"attributes.{name}": f"Attribute{name}" for name in ("name", "type")},
            **{f"globalSecondaryIndexes.{name}": place for name, place in _INDEX.items()},
            "globalSecondaryIndexes.keySchemas": "KeySchema",
            **{f"localSecondaryIndexes.{name}": place for name, place in _INDEX.items()},
            "importTable": "ImportSourceSpecification",
            "pointInTimeRecovery": "PointInTimeRecoverySpecification",
            "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
            "serverSideEncryption": "SSESpecification",
            "serverSideEncryption.enabled": "SSEEnabled",
            "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
            "streamViewType": "StreamSpecification.StreamViewType",
            "ttl": "TimeToLiveSpecification",
        },
        shaped={
            "hashKey": _key("HASH"),
            "rangeKey": _key("RANGE"),
            "globalSecondaryIndexes.hashKey": _key("HASH"),
            "globalSecondaryIndexes.rangeKey": _key("RANGE"),
            "localSecondaryIndexes.rangeKey": _key("RANGE"),
        },
        without={"streamEnabled": "said by StreamSpecification being there"},
        completed=_with_the_tables_key,
    ),
    "aws:ec2/internetGateway:InternetGateway": Mapped(
        "AWS::EC2::InternetGateway",
        without={"vpcId": "an attachment is a resource of its own in CloudFormation"},
    ),
    "aws:ec2/route:Route": Mapped(
        "AWS::EC2::Route",
        renamed={"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"},
    ),
    "aws:ec2/subnet:Subnet": Mapped("AWS::EC2::Subnet"),
    "aws:ec2/vpc:Vpc": Mapped("AWS::EC2::VPC"),
    "aws:ecr/repository:Repository": Mapped(
        "AWS::ECR::Repository",
        renamed={
            "name": "RepositoryName",
            "encryptionConfigurations": "EncryptionConfiguration",
            "forceDelete": "EmptyOnDelete",
        },
    ),
    "aws:ecs/cluster:Cluster": Mapped(
        "AWS::ECS::Cluster", renamed={"name": "ClusterName", "settings": "ClusterSettings"}
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Mapped(
        "AWS::ECS::TaskDefinition",
        without={
            "skipDestroy": "whether Pulumi takes a revision out of use that is no longer current",
            "trackLatest": "which revision Pulumi compares with",
        },
    ),
    "aws:iam/role:Role": Mapped(
        "AWS::IAM::Role", renamed={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}
    ),
    "aws:iam/rolePolicy:RolePolicy": Mapped(
        "AWS::IAM::RolePolicy", renamed={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}
    ),
    "aws:kinesis/stream:Stream": Mapped("AWS::Kinesis::Stream"),
    "aws:kms/alias:Alias": Mapped("AWS::KMS::Alias", renamed={"name": "AliasName"}),
    "aws:kms/key:Key": Mapped(
        "AWS::KMS::Key",
        renamed={
            "policy": "KeyPolicy",
            "deletionWindowInDays": "PendingWindowInDays",
            "customerMasterKeySpec": "KeySpec",
            "isEnabled": "Enabled",
        },
    ),
    "aws:lambda/alias:Alias": Mapped("AWS::Lambda::Alias"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Mapped("AWS::Lambda::EventSourceMapping"),
    "aws:lambda/function:Function": Mapped(
        "AWS::Lambda::Function",
        renamed={"name": "FunctionName", "imageUri": "Code.ImageUri"},
        shaped={
            "code": _IN_S3,
            # pulumi-aws says by -1 that nothing is reserved.
            "reservedConcurrentExecutions": Shaped(
                "ReservedConcurrentExecutions", lambda reserved: int(reserved) if reserved >= 0 else None
            ),
        },
        without={"sourceCodeHash": _BYTES, "publish": _VERSIONS},
    ),
    "aws:lambda/functionUrl:FunctionUrl": Mapped(
        "AWS::Lambda::Url", renamed={"functionName": "TargetFunctionArn", "authorizationType": "AuthType"}
    ),
    "aws:lambda/layerVersion:LayerVersion": Mapped(
        "AWS::Lambda::LayerVersion",
        shaped={"code": _IN_S3._replace(property="Content")},
        without={"sourceCodeHash": _BYTES},
    ),
    "aws:lambda/permission:Permission": Mapped(
        "AWS::Lambda::Permission",
        renamed={"function": "FunctionName"},
        without={
            "qualifier": "CloudFormation has it at the end of FunctionName",
            "statementId": "CloudFormation makes one up",
        },
    ),
    "aws:pipes/pipe:Pipe": Mapped("AWS::Pipes::Pipe"),
    "aws:s3/bucket:Bucket": Mapped(
        "AWS::S3::Bucket",
        renamed={**_WHOLE_BUCKET, "bucketPrefix": "BucketNamePrefix"},
        without={"forceDestroy": "what Pulumi does before it deletes the bucket"},
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Mapped(
        "AWS::S3::Bucket",
        renamed={
            **_WHOLE_BUCKET,
            **dict.fromkeys(("rules.expiration", "rules.filter"), ""),
            "rules.expiration.days": "ExpirationInDays",
            "rules.expiration.date": "ExpirationDate",
            "rules.transitions.days": "TransitionInDays",
            "rules.transitions.date": "TransitionDate",
        },
        within="LifecycleConfiguration",
        part_of="BucketName",
    ),
    "aws:s3/bucketNotification:BucketNotification": Mapped(
        "AWS::S3::Bucket",
        renamed=_WHOLE_BUCKET,
        shaped={"eventbridge": Shaped("EventBridgeConfiguration", lambda told: {"EventBridgeEnabled": told})},
        within="NotificationConfiguration",
        part_of="BucketName",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Mapped("AWS::S3::BucketPolicy", renamed={"policy": "PolicyDocument"}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Mapped(
        "AWS::S3::Bucket", renamed=_WHOLE_BUCKET, within="PublicAccessBlockConfiguration", part_of="BucketName"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Mapped(
        "AWS::S3::Bucket",
        renamed={
            **_WHOLE_BUCKET,
            "rules": "ServerSideEncryptionConfiguration",
            "rules.applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
        },
        within="BucketEncryption",
        part_of="BucketName",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Mapped("AWS::S3::Bucket", renamed=_WHOLE_BUCKET, part_of="BucketName"),
    "aws:scheduler/schedule:Schedule": Mapped("AWS::Scheduler::Schedule"),
    "aws:secretsmanager/secret:Secret": Mapped(
        "AWS::SecretsManager::Secret",
        without={"recoveryWindowInDays": "what Pulumi asks for when it deletes the secret"},
    ),
    "aws:sfn/alias:Alias": Mapped(
        "AWS::StepFunctions::StateMachineAlias", renamed={"routingConfigurations": "RoutingConfiguration"}
    ),
    "aws:sfn/stateMachine:StateMachine": Mapped(
        "AWS::StepFunctions::StateMachine",
        renamed={"name": "StateMachineName", "type": "StateMachineType", "definition": "DefinitionString"},
        shaped={
            "loggingConfiguration.logDestination": Shaped(
                "Destinations", lambda arn: [{"CloudWatchLogsLogGroup": {"LogGroupArn": arn}}]
            )
        },
        without={"publish": _VERSIONS},
    ),
    "aws:sns/topic:Topic": Mapped("AWS::SNS::Topic", renamed={"name": "TopicName"}),
    "aws:sns/topicPolicy:TopicPolicy": Mapped(
        "AWS::SNS::TopicInlinePolicy", renamed={"arn": "TopicArn", "policy": "PolicyDocument"}
    ),
    "aws:sns/topicSubscription:TopicSubscription": Mapped("AWS::SNS::Subscription", renamed={"topic": "TopicArn"}),
    "aws:sqs/queue:Queue": Mapped(
        "AWS::SQS::Queue",
        renamed={
            "name": "QueueName",
            "maxMessageSize": "MaximumMessageSize",
            "messageRetentionSeconds": "MessageRetentionPeriod",
            "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
            "visibilityTimeoutSeconds": "VisibilityTimeout",
        },
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Mapped(
        "AWS::SQS::QueueInlinePolicy", renamed={"queueUrl": "Queue", "policy": "PolicyDocument"}
    ),
    "aws:sqs/redrivePolicy:RedrivePolicy": Mapped(
        "AWS::SQS::Queue",
        without={"queueUrl": "a queue that is in no template is not named by its URL"},
        part_of="QueueUrl",
    ),
}

NO_COUNTERPART: Mapping[str, str] = {
    "aws:lambda/invocation:Invocation": "a call is no resource in CloudFormation",
    "aws:secretsmanager/secretVersion:SecretVersion": "a value is a property of its secret in CloudFormation",
}
"""The types that CloudFormation does not have, each with the reason."""


def problems(resources: Iterable[Resource]) -> list[str]:
    """What AWS's schemas find wrong with a stack's resources, and what cannot be put to them: a line each."""
    template, owners, found = _template(resources)
    for match in lint(json.dumps({"Resources": template}), rules=_rules(), regions=[REGION]):
        path = [str(step) for step in getattr(match, "path", None) or []]
        owner = owners[path[1]] if len(path) > 1 else "the stack"
        where = ".".join(path[3:]) or "the whole"
        found.append(f"{owner}: {where}: {match.message} ({match.rule.id})")
    return sorted(found)


@functools.cache
def _rules() -> RulesCollection:
    """All of cfn-lint's rules, errors and warnings; loaded once, for that takes as long as a small stack."""
    return get_rules([], [], [])


def pointer(type: str, path: Path) -> str | None:
    """Where an input of `type` stands in CloudFormation, as its schemas point to it; None where it has no place."""
    mapped = MAPPED[type]
    names, schema = "/properties", mapped.schema
    for depth in range(1, len(path) + 1):
        if ".".join(path[:depth]) in mapped.without:
            return None
        place = _place(mapped, _object(mapped, schema), path[:depth])
        if place is None:
            return None
        names, schema = "/".join((names, *place.names)), place.schema
    return names


def _template(resources: Iterable[Resource]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """The `Resources` of a template, whose each is, and what could not be mapped. Parts go where they belong."""
    template: dict[str, Any] = {}
    owners: dict[str, str] = {}
    found: list[str] = []
    wholes: dict[tuple[str, str, Any], dict[str, Any]] = {}
    ours = [resource for resource in resources if resource.type.startswith("aws:")]
    for resource in sorted(ours, key=lambda resource: resource.type in MAPPED and bool(MAPPED[resource.type].part_of)):
        owner = f"{resource.type} {resource.name}"
        if resource.type in NO_COUNTERPART:
            continue
        if resource.type not in MAPPED:
            found.append(f"{owner}: this type has no mapping to CloudFormation: add it to MAPPED in {HERE}")
            continue
        mapped = MAPPED[resource.type]
        properties, unmapped = _properties(mapped, resource.inputs)
        found += [
            f"{owner}: {input} is not in {mapped.type}: rename it in {HERE}, or say there why CloudFormation has none"
            for input in unmapped
        ]
        if whole := wholes.get((mapped.type, mapped.part_of, properties.get(mapped.part_of))):
            _merge(whole, properties)
            continue
        id = f"R{len(template)}{re.sub(r'[^A-Za-z0-9]', '', resource.name)}"
        template[id], owners[id] = {"Type": mapped.type, "Properties": properties}, owner
        wholes |= {(mapped.type, *named): properties for named in properties.items() if isinstance(named[1], str)}
    return template, owners, found


def _properties(mapped: Mapped, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A resource's properties in CloudFormation, and the paths of the inputs that have no place there."""
    unmapped: list[str] = []

    def fields(values: Mapping[str, Any], around: Schema, at: Path) -> dict[str, Any]:
        done: dict[str, Any] = {}
        for name, given in sorted(values.items()):  # a hash key before a range key, as AWS wants them
            path, value = (*at, name), _plain(given)
            dotted, place = ".".join(path), _place(mapped, around, path)
            if dotted in mapped.without:
                continue
            if place is None:
                unmapped.append(dotted)
            elif dotted in mapped.shaped:
                made = mapped.shaped[dotted].make(value)
                _merge(done, {} if made is None else _nested(place.names, made))
            else:
                _merge(done, _nested(place.names, formed(value, place.schema, path)))
        return done

    def formed(value: Any, schema: Schema, path: Path) -> Any:
        """The value as its schema wants it: JSON as an object, a map as pairs, one as a list of one."""
        inner = _object(mapped, schema)
        if isinstance(value, str) and "object" in _types(schema):
            return json.loads(value)
        if isinstance(value, str) and value.startswith("[") and "array" in _types(schema):
            value = json.loads(value)
        if isinstance(value, list):
            return [formed(_plain(item), inner, path) for item in value]
        if not isinstance(value, Mapping):
            return value
        known = [name for name in inner.get("properties", {}) if name != "Value"]
        if "array" not in _types(schema):
            return fields(value, inner, path) if known else {name: _plain(one) for name, one in value.items()}
        if len(known) == 1:
            return [{known[0]: name, "Value": _plain(one)} for name, one in value.items()]
        return [fields(value, inner, path)]

    found = fields(inputs, mapped.schema, ())
    mapped.completed(found)
    if "array" in _types(mapped.schema["properties"].get(mapped.within, {})):
        found[mapped.within] = [found[mapped.within]]
    return found, unmapped


class _Place(NamedTuple):
    """Where an input stands: the properties on the way from what is around it, and the schema of its value."""

    names: Path
    schema: Schema


def _place(mapped: Mapped, around: Schema, path: Path) -> _Place | None:
    dotted = ".".join(path)
    shaped = mapped.shaped.get(dotted)
    target = shaped.property if shaped else mapped.renamed.get(dotted, path[-1])
    if len(path) == 1 and mapped.within and not target.startswith("/"):
        target = f"{mapped.within}.{target}"
    names: Path = ()
    for step in filter(None, target.removeprefix("/").split(".")):
        members = _object(mapped, around).get("properties", {})
        name = next((name for name in members if name.lower() == step.lower()), None)
        if name is None:
            return None
        names, around = (*names, name), _resolved(mapped, members[name])
    return _Place(names, around)


def _object(mapped: Mapped, schema: Schema) -> Schema:
    """The schema itself, or that of the items of its list."""
    return _resolved(mapped, schema["items"]) if "items" in schema else schema


def _resolved(mapped: Mapped, schema: Schema) -> Schema:
    while "$ref" in schema:
        _, _, name = schema["$ref"].rpartition("/")
        schema = mapped.schema["definitions"][name]
    return schema


def _types(schema: Schema) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def _plain(value: Any) -> Any:
    """An input without Pulumi's wrapping of secrets, and with whole numbers as integers."""
    value = rpc.unwrap_rpc_secret(value) if rpc.is_rpc_secret(value) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _nested(names: Path, value: Any) -> dict[str, Any]:
    for name in reversed(names):
        value = {name: value}
    return value


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = [*into[name], *value] if isinstance(value, list) and name in into else value
