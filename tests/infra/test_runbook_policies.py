"""The policies that the runbook prints, held against all that a deployment does to the stacks' resources.

What an operation on a resource needs is what CloudFormation's schemas list for it (cfn-lint carries them), and what
pulumi-aws does besides: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from string import Template
from typing import Any, NamedTuple

import pytest
import yaml
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from emulator.cloud import ACCOUNT, REGION
from emulator.program import ROOT
from orderflow.doctor.checks import CHECKS
from orderflow.testing.stack import Resource, Stack, Stacks
from tests.iam import Policy, access_level, arn_form, resource_types, trusts, without_each_line
from tests.infra.conftest import PARTS, policies
from tests.pages import program
from tests.runbook import Printed, policy_of_the_doctor, printed

PREVIEW, DEPLOY = "github-orderflow-preview-dev", "github-orderflow-deploy-dev"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary-orderflow-dev"

PARTS_OF_AN_API = ("Api", "Integration", "Route", "Stage")
CLOUDFORMATION: Mapping[str, tuple[str, ...]] = {
    **{f"aws:apigatewayv2/{kind.lower()}:{kind}": (f"AWS::ApiGatewayV2::{kind}",) for kind in PARTS_OF_AN_API},
    "aws:cloudwatch/eventRule:EventRule": ("AWS::Events::Rule",),
    "aws:cloudwatch/eventTarget:EventTarget": ("AWS::Events::Rule",),
    "aws:s3/bucketNotification:BucketNotification": ("AWS::S3::Bucket",),
    "aws:cloudwatch/eventConnection:EventConnection": ("AWS::Events::Connection",),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ("AWS::CloudWatch::CompositeAlarm",),
    "aws:cloudwatch/dashboard:Dashboard": ("AWS::CloudWatch::Dashboard",),
    "aws:cloudwatch/logGroup:LogGroup": ("AWS::Logs::LogGroup",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("AWS::CloudWatch::Alarm",),
    "aws:dynamodb/table:Table": ("AWS::DynamoDB::Table",),
    "aws:ec2/internetGateway:InternetGateway": ("AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment"),
    "aws:ec2/route:Route": ("AWS::EC2::Route",),
    "aws:ec2/subnet:Subnet": ("AWS::EC2::Subnet",),
    "aws:ec2/vpc:Vpc": ("AWS::EC2::VPC",),
    "aws:ecr/repository:Repository": ("AWS::ECR::Repository",),
    "aws:ecs/cluster:Cluster": ("AWS::ECS::Cluster",),
    "aws:ecs/taskDefinition:TaskDefinition": ("AWS::ECS::TaskDefinition",),
    "aws:iam/role:Role": ("AWS::IAM::Role",),
    "aws:iam/rolePolicy:RolePolicy": ("AWS::IAM::RolePolicy",),
    "aws:kms/alias:Alias": ("AWS::KMS::Alias",),
    "aws:kms/key:Key": ("AWS::KMS::Key",),
    "aws:lambda/alias:Alias": ("AWS::Lambda::Alias",),
    "aws:lambda/function:Function": ("AWS::Lambda::Function", "AWS::Lambda::Version"),
    "aws:lambda/functionUrl:FunctionUrl": ("AWS::Lambda::Url", "AWS::Lambda::Permission"),
    "aws:lambda/layerVersion:LayerVersion": ("AWS::Lambda::LayerVersion",),
    "aws:lambda/permission:Permission": ("AWS::Lambda::Permission",),
    "aws:pipes/pipe:Pipe": ("AWS::Pipes::Pipe",),
    "aws:s3/bucket:Bucket": ("AWS::S3::Bucket",),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("AWS::S3::Bucket",),
    "aws:s3/bucketPolicy:BucketPolicy": ("AWS::S3::BucketPolicy",),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("AWS::S3::Bucket",),
    "aws:scheduler/schedule:Schedule": ("AWS::Scheduler::Schedule",),
    "aws:secretsmanager/secret:Secret": ("AWS::SecretsManager::Secret",),
    "aws:sfn/alias:Alias": ("AWS::StepFunctions::StateMachineAlias",),
    "aws:sfn/stateMachine:StateMachine": (
        "AWS::StepFunctions::StateMachine",
        "AWS::StepFunctions::StateMachineVersion",
    ),
    "aws:sns/topic:Topic": ("AWS::SNS::Topic",),
    "aws:sns/topicPolicy:TopicPolicy": ("AWS::SNS::TopicPolicy",),
    "aws:sns/topicSubscription:TopicSubscription": ("AWS::SNS::Subscription",),
    "aws:sqs/queue:Queue": ("AWS::SQS::Queue",),
    "aws:sqs/queuePolicy:QueuePolicy": ("AWS::SQS::QueuePolicy",),
}
"""Whose operations make up those of a pulumi-aws resource."""

BESIDES: Mapping[str, tuple[str, ...]] = {
    "aws:iam/role:Role": ("iam:ListInstanceProfilesForRole",),
    "aws:lambda/function:Function": ("lambda:GetPolicy", "lambda:ListVersionsByFunction"),
    "aws:pipes/pipe:Pipe": ("pipes:ListTagsForResource",),
    "aws:s3/bucket:Bucket": (
        *("s3:DeleteObjectVersion", "s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:GetBucketRequestPayment"),
        *("s3:ListBucketVersions", "s3:ListTagsForResource"),
    ),
    "aws:secretsmanager/secret:Secret": ("secretsmanager:GetResourcePolicy",),
    "aws:sfn/stateMachine:StateMachine": (
        *("states:ListStateMachineVersions", "states:ValidateStateMachineDefinition"),
    ),
    "aws:sns/topicSubscription:TopicSubscription": ("sns:ListSubscriptionsByTopic",),
}
"""What pulumi-aws calls beyond that: https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service"""

UNUSED: Mapping[str, str] = {
    "apigateway:*agResource": "no action of IAM's: tags are set by POST and DELETE on `/tags`",
    "codedeploy:*": "aliases move at once, not by CodeDeploy",
    "dynamodb:*Import*": "no table is imported from a bucket",
    "dynamodb:*Replica": "no table has replicas in other regions",
    "ecs:Put*": "no cluster has capacity of its own, and no setting of the account's is changed",
    "elasticfilesystem:*": "no function mounts a file system",
    "firehose:*": "nothing is delivered to Firehose",
    "iam:*tachRolePolicy": "roles have inline policies alone",
    "iam:DeleteRolePermissionsBoundary": "no role may lose its boundary",
    "kinesis:*": "no table streams to Kinesis",
    "lambda:*ProvisionedConcurrencyConfig": "no function keeps instances ready",
    "lambda:AssociateRuntimeAlias": "of runtimes that AWS has given up: no action of IAM's any more",
    "lambda:GetCodeSigningConfig": "no function's code is signed",
    "lambda:PassCapacityProvider": "no function runs on instances of the account's own",
    "logs:*Delivery": "no pipe and no log group delivers logs elsewhere",
    "logs:*IndexPolic*": "no log group has an index of its own",
    "logs:*ResourcePolic*": "log groups take the account's resource policy, which AWS writes",
    "logs:DescribeLogStreams": "no table is imported from a bucket",
    "s3:GetObjectMetadata": "no table is imported from a bucket",
    "s3:REST.PUT.OBJECT": "no action of IAM's",
    "s3files:*": "no function mounts a file system",
    "s3tables:*": "no bucket has metadata tables",
    "secretsmanager:GetRandomPassword": "whoever operates the stack puts the values in",
}
"""What the schemas list for features that the program leaves alone, and why nobody needs it here."""

UNUSED_BY: Mapping[tuple[str, str], str] = {
    ("lambda/function", "ec2:*"): "no function is in a VPC",
    ("apigatewayv2/", "s3:*"): "no API is read from a bucket",
    ("cloudwatch/eventRule", "iam:PassRole"): "a rule is told its role by its target",
    ("cloudwatch/eventConnection", "kms:*"): "connections are encrypted by a key of EventBridge's own",
    ("dynamodb/table", "iam:CreateServiceLinkedRole"): "no table scales by Application Auto Scaling",
    ("dynamodb/table", "kms:*"): "tables are encrypted by a key of DynamoDB's own",
    ("dynamodb/table", "logs:*"): "no table is imported from a bucket",
    ("dynamodb/table", "s3:*"): "no table is imported from a bucket",
    ("ec2/", "ec2:*EncryptionControl*"): "no network demands that traffic within it is encrypted",
    ("ec2/internetGateway", "ec2:*VpnGateway*"): "no network has a private line to elsewhere",
    ("ec2/route", "ec2:DescribeNetworkInterfaces"): "no route leads to an interface",
    ("ec2/subnet", "ec2:*ssociateSubnetCidrBlock"): "no subnet has IPv6",
    ("ec2/vpc", "ec2:ModifyVpcTenancy"): "no network has hardware of its own",
    ("ecr/repository", "ecr:*LifecyclePolicy"): "images stay as long as the stack",
    ("ecr/repository", "ecr:*RepositoryPolicy"): "a repository is its own account's alone",
    ("ecr/repository", "kms:*"): "images are encrypted by a key of S3's own",
    ("ecs/cluster", "kms:*"): "clusters keep nothing that is encrypted by a key of one's own",
    ("lambda/function", "kms:*"): "functions' environments are encrypted by a key of Lambda's own",
    ("lambda/function", "s3:*"): "code is uploaded with the call",
    ("lambda/layerVersion", "s3:*"): "code is uploaded with the call",
    ("pipes/pipe", "iam:CreateServiceLinkedRole"): "no pipe reads from a VPC",
    ("pipes/pipe", "kms:*"): "pipes are encrypted by a key of EventBridge's own",
    ("pipes/pipe", "logs:*"): "pipes log nothing",
    ("pipes/pipe", "s3:*"): "pipes log nothing",
    ("s3/", "iam:PassRole"): "buckets are not replicated",
    ("sfn/alias", "cloudwatch:DescribeAlarms"): "aliases move at once, and no alarm moves them back",
    ("sfn/stateMachine", "kms:*"): "machines are encrypted by a key of AWS's own",
    ("sfn/stateMachine", "s3:*"): "definitions are sent with the call",
    ("sns/", "iam:*"): "topics log no deliveries and send nothing to Firehose",
}
"""The same for one type, by a part of its name, where others do use it."""

SPELT = re.compile(
    r"s3:(?:Delete|Put)Bucket(?:AnalyticsConfiguration|Cors|Encryption|Lifecycle|MetricsConfiguration|Replication|WebsiteConfiguration)|s3:PutObjectLockConfiguration"
)
"""Calls of S3's that the schemas list as if they were actions; the actions are listed beside them:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""


class Need(NamedTuple):
    """An action on an ARN that an operation on a resource needs, and the request's condition keys."""

    type: str
    operation: str
    action: str
    arn: str
    keys: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.type} needs {self.action} on {self.arn} to {self.operation}"


def operations(type: str) -> Iterator[tuple[str, str]]:
    """Each operation on a resource type with each action that AWS or pulumi-aws wants for it."""
    for name in CLOUDFORMATION[type]:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, name).schema
        for operation, handler in schema["handlers"].items():
            if operation != "list":
                yield from ((operation, action) for action in handler["permissions"])
    yield from (("read", action) for action in BESIDES.get(type, ()))


def unused(type: str, action: str) -> list[object]:
    """The entries of the tables above that say that nobody needs the action for the type."""
    for_all = [pattern for pattern in UNUSED if fnmatchcase(action, pattern)]
    return [*for_all, *(key for key in UNUSED_BY if key[0] in type and fnmatchcase(action, key[1]))]


def arns(resource: Resource) -> Mapping[str, str]:
    """By AWS's name of the resource type, the ARN of the resource, and of those that it is made from."""
    inputs = resource.inputs
    service, kind = resource.type.split(":")[1].split("/")

    def made(service: str, type: str, **parts: str) -> str:
        known = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT, **parts}
        return re.sub(r"\$\{(\w+)\}", lambda part: known[part[1]], arn_form(service, type))

    def function(name: str) -> dict[str, str]:
        return {"function": made("lambda", "function", FunctionName=name.rpartition(":function:")[2])}

    def bucket(name: str) -> dict[str, str]:
        objects = {"object": made("s3", "object", BucketName=name, ObjectName="key")}
        return {"bucket": made("s3", "bucket", BucketName=name), **objects}

    def key() -> dict[str, str]:
        return {"key": made("kms", "key", KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")}

    def linked(service: str, of: str) -> dict[str, str]:
        """The role that a service makes for itself: https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"""
        name = f"aws-service-role/{service}.amazonaws.com/AWSServiceRoleFor{of}"
        return {"role": made("iam", "role", RoleNameWithPath=name)}

    def layer(name: str) -> dict[str, str]:
        version = made("lambda", "layerVersion", LayerName=name, LayerVersion="3")
        return {"layer": made("lambda", "layer", LayerName=name), "layerVersion": version}

    name = inputs.get("name", "")
    target = inputs.get("target", {})
    within = target.get("roleArn", "") if isinstance(target, Mapping) else ""
    passed = inputs.get("roleArn") or inputs.get("credentialsArn") or inputs.get("role") or within
    role = (
        {"role": passed if passed.startswith("arn:") else made("iam", "role", RoleNameWithPath=passed)}
        if passed
        else {}
    )
    match service, kind:
        case "apigatewayv2", _:
            # Only in what has a role of its own is one passed.
            none = {"role": made("iam", "role", RoleNameWithPath="orderflow-dev-shop-api")}
            return {"api": f"arn:aws:apigateway:{REGION}::/apis/a1b2c3d4e5", **(role or none)}
        case "cloudwatch", "eventRule" | "eventTarget":
            rule = made("events", "rule-on-default-event-bus", RuleName=name or inputs["rule"])
            return {"rule-on-default-event-bus": rule, **role}
        case "cloudwatch", "dashboard":
            return {"dashboard": made("cloudwatch", "dashboard", DashboardName=inputs["dashboardName"])}
        case "cloudwatch", "metricAlarm" | "compositeAlarm":
            return {"alarm": made("cloudwatch", "alarm", AlarmName=name or inputs["alarmName"])}
        case "cloudwatch", "logGroup":
            return {"log-group": made("logs", "log-group", LogGroupName=name)}
        case "dynamodb", "table":
            return {"table": made("dynamodb", "table", TableName=name)}
        case "cloudwatch", "eventConnection":
            kept = made("secretsmanager", "Secret", SecretId=f"events!connection/{name}/0a1b2c3d-AbCdEf")
            own = {"connection": made("events", "connection", ConnectionName=name), "Secret": kept}
            return {**own, **linked("apidestinations.events", "AmazonEventBridgeApiDestinations")}
        case "ec2", _:
            made_of = {"vpc": "VpcId", "subnet": "SubnetId", "internet-gateway": "InternetGatewayId"}
            ids = {name: made("ec2", name, **{part: f"{name}-0a1b2c3d"}) for name, part in made_of.items()}
            return {**ids, "route-table": made("ec2", "route-table", RouteTableId="rtb-0a1b2c3d")}
        case "ecr", "repository":
            return {"repository": made("ecr", "repository", RepositoryName=name)}
        case "ecs", "cluster":
            return {"cluster": made("ecs", "cluster", ClusterName=name), **linked("ecs", "ECS")}
        case "ecs", "taskDefinition":
            family = {"TaskDefinitionFamilyName": inputs["family"], "TaskDefinitionRevisionNumber": "7"}
            return {"task-definition": made("ecs", "task-definition", **family), "role": inputs["executionRoleArn"]}
        case "iam", "role":
            return {"role": made("iam", "role", RoleNameWithPath=name)}
        case "iam", "rolePolicy":
            return role
        case "kms", "alias":
            return {"alias": made("kms", "alias", Alias=name.removeprefix("alias/")), **key()}
        case "kms", "key":
            return key()
        case "lambda", "layerVersion":
            return layer(inputs["layerName"])
        case "lambda", "function":
            layers = [layer(arn.split(":")[6]) for arn in inputs.get("layers", ())[:1]]
            return {**function(name), **(layers[0] if layers else {}), **role}
        case "lambda", _:
            return function(inputs.get("function") or inputs["functionName"])
        case "pipes", "pipe":
            return {"pipe": made("pipes", "pipe", Name=name), **role}
        case "s3", _:
            return bucket(inputs["bucket"])
        case "scheduler", "schedule":
            return {"schedule": made("scheduler", "schedule", GroupName="default", ScheduleName=name), **role}
        case "secretsmanager", "secret":
            return {"Secret": made("secretsmanager", "Secret", SecretId=f"{name}-AbCdEf")}
        case "sfn", "alias":
            version = inputs["routingConfigurations"][0]["stateMachineVersionArn"]
            return {"statemachine": version.rpartition(":")[0]}
        case "sfn", "stateMachine":
            return {"statemachine": made("states", "statemachine", StateMachineName=name), **role}
        case "sns", "topic":
            return {"topic": made("sns", "topic", TopicName=name)}
        case "sns", _:
            return {"topic": inputs.get("topic") or inputs["arn"]}
        case "sqs", "queue":
            return {"queue": made("sqs", "queue", QueueName=name)}
        case "sqs", _:
            return {"queue": made("sqs", "queue", QueueName=inputs["queueUrl"].rpartition("/")[2])}
        case _:
            raise LookupError(f"{resource.type} has no ARN here: say how it is called")


def on(action: str, known: Mapping[str, str]) -> list[str]:
    """The ARNs that AWS asks an action about, of those that are known of a resource."""
    if action.startswith("apigateway:"):
        # AWS's list has the parts of REST APIs under these actions alone.
        return [known["api"]]
    types = resource_types(action)
    if not types:
        return ["*"]
    found = [known[name] for name, required in types if name in known and (required or not any(r for _, r in types))]
    if not found:
        raise LookupError(f"{action} is asked about {[name for name, _ in types]}, and only {list(known)} are known")
    return found


def keys(resource: Resource, operation: str, action: str) -> dict[str, str]:
    """The condition keys that AWS fills in for a call.

    A key gets its tags and its policy by the call that makes it, when it has neither yet. An alias is asked about its
    key too: https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
    """
    tags = resource.inputs.get("tags", {})
    found = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    being_made = operation == "create" and action in {"kms:CreateKey", "kms:PutKeyPolicy", "kms:TagResource"}
    if action.startswith("kms:") and not being_made:
        found |= {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    if "permissionsBoundary" in resource.inputs or resource.type.endswith("rolePolicy:RolePolicy"):
        found["iam:PermissionsBoundary"] = BOUNDARY
    return found


def needs(registered: Stack) -> Collection[Need]:
    """All that a deployment needs, an update and a deletion of each resource included."""
    found: dict[tuple[str, ...], Need] = {}
    for resource in registered.resources():
        if not resource.type.startswith("aws:"):
            continue
        assert resource.type in CLOUDFORMATION, f"say in CLOUDFORMATION what {resource.type} is there"
        for operation, action in operations(resource.type):
            if unused(resource.type, action) or SPELT.fullmatch(action):
                continue
            if action == "lambda:GetLayerVersion" and not resource.inputs.get("layers"):
                continue
            for arn in on(action, arns(resource)):
                need = Need(resource.type, operation, action, arn, keys(resource, operation, action))
                found[need[:4]] = need
    return found.values()


@pytest.fixture(scope="module")
def recorded(stack: Stacks) -> Stack:
    """The stack `dev` with all that it can have: alarms, payments at Stripe, and the boundary that the runbook sets."""
    settings = {"alarmEmail": "oncall@example.com", "payments": "stripe", "reservedConcurrency": "5"}
    settings |= {
        name.removeprefix("orderflow:"): value for name, value in printed("dev", account=ACCOUNT).settings.items()
    }
    return stack("dev", config={f"orderflow:{name}": value for name, value in settings.items()})


MADE_BY_SERVICES = ("role/aws-service-role/", "secret:events!")
"""What is in the ARNs of roles and secrets that a service makes for itself: the doctor does not look at them."""


def looks(registered: Stack) -> Collection[Need]:
    """All that `orderflow doctor` needs, which ends a deployment."""
    found: dict[tuple[str, str], Need] = {}
    known = [(one, arns(one)) for one in registered.resources() if one.type.startswith("aws:")]
    for action in {action for check in CHECKS if registered.exports[check.output] for action in check.needs}:
        # AWS's list has the parts of REST APIs under the actions of API Gateway alone.
        types = {"api"} if action.startswith("apigateway:") else {name for name, _ in resource_types(action)}
        of_type = [(one, arn) for one, named in known for name, arn in named.items() if name in types]
        asked = [(one, arn) for one, arn in of_type if not any(mark in arn for mark in MADE_BY_SERVICES)]
        for one, arn in asked if types else [(registered.resources()[0], "*")]:
            found[action, arn] = Need("the doctor", "look", action, arn, keys(one, "read", action))
    return found.values()


@pytest.fixture(scope="module")
def needed(recorded: Stack) -> Collection[Need]:
    return [*needs(recorded), *looks(recorded)]


@pytest.fixture(scope="module")
def bounded_parts(stack: Stacks) -> Stack:
    """The stack of the program that has each component for any workflow, with the boundary that the runbook sets."""
    config = {"identityKey": "k", "subnet": "subnet-0123", "permissionsBoundary": BOUNDARY}
    return stack("dev", config={f"orderflow:{name}": value for name, value in config.items()}, program=PARTS)


@pytest.fixture(scope="module")
def bounded_triggers(stack: Stacks, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The program of docs/triggers.md with that boundary, without the stream of Kinesis, which is its user's own."""
    tags = {"Project": "orderflow", "Stack": "dev"}
    text = re.sub(r"(?s)clicks = .*?\n(?=quote = )", "", program("docs/triggers.md"))
    text = text.replace("\nlogs =", f"\ncomponents.tag_and_bound({tags}, {BOUNDARY!r})\nlogs =", 1)
    file = tmp_path_factory.mktemp("triggers") / "program.py"
    file.write_text(text)
    return stack("dev", program=file)


@pytest.fixture(scope="module")
def runbook() -> Printed:
    return printed("dev", account=ACCOUNT)


def denied(policy: Any, needed: Collection[Need]) -> Iterator[str]:
    held = Policy(policy)
    return (str(need) for need in needed if not held.allows(need.action, need.arn, keys=need.keys))


def test_the_deploy_role_may_do_all_that_a_deployment_does(runbook: Printed, needed: Collection[Need]) -> None:
    assert list(denied(runbook.inline[DEPLOY], needed)) == []


def test_the_deploy_role_needs_each_line_of_its_policy(runbook: Printed, needed: Collection[Need]) -> None:
    """The lines for state and secrets, the first three statements, are needed by Pulumi itself: see tests/engine."""
    policy = {"Statement": runbook.inline[DEPLOY]["Statement"][3:]}
    assert [line for line, shorter in without_each_line(policy) if not any(denied(shorter, needed))] == []


def test_whoever_calls_the_doctor_may_look_at_all_and_do_nothing_else(stack: Stacks) -> None:
    """At each kind of part: the stack has the workflows beside the orders that have others."""
    whole = stack("dev", config={"orderflow:workflows": "onboarding,quote", "orderflow:alarmEmail": "a@example.com"})
    policy, needed = policy_of_the_doctor("dev", account=ACCOUNT, region=REGION), looks(whole)
    assert {need.action for need in needed} == {action for check in CHECKS for action in check.needs}
    assert list(denied(policy, needed)) == []
    assert [line for line, shorter in without_each_line(policy) if not any(denied(shorter, needed))] == []
    assert {access_level(need.action) for need in needed} == {"List", "Read"}


def beside(name: str) -> list[dict[str, Any]]:
    """The statements that docs/components.md prints for what the runbook's policies do not have."""
    names = {"AWS_REGION": REGION, "ACCOUNT": ACCOUNT, "PROJECT": "orderflow", "S": "dev"}
    text = (PARTS.parent / "policies" / f"{name}.json").read_text()
    return json.loads(Template(text).substitute(names))["Statement"]


def test_with_what_is_printed_for_the_components_it_may_deploy_these_and_needs_each_line_of_that(
    runbook: Printed, bounded_parts: Stack
) -> None:
    needed, own = needs(bounded_parts), runbook.inline[DEPLOY]["Statement"]
    assert list(denied({"Statement": [*own, *beside("deploy")]}, needed)) == []
    shorter = without_each_line({"Statement": beside("deploy")})
    assert [line for line, left in shorter if not any(denied({"Statement": [*own, *left["Statement"]]}, needed))] == []


def test_with_what_is_printed_for_the_components_their_roles_are_within_the_boundary_by_each_line_of_that(
    runbook: Printed, bounded_parts: Stack
) -> None:
    own = runbook.managed["boundary-orderflow-dev"]["Statement"]
    assert outside(bounded_parts, Policy({"Statement": [*own, *beside("boundary")]})) == []
    shorter = without_each_line({"Statement": beside("boundary")})
    kept = [
        line for line, left in shorter if not outside(bounded_parts, Policy({"Statement": [*own, *left["Statement"]]}))
    ]
    assert kept == []


def test_it_may_deploy_every_trigger(runbook: Printed, bounded_triggers: Stack) -> None:
    assert list(denied(runbook.inline[DEPLOY], needs(bounded_triggers))) == []


def test_the_roles_of_triggers_are_within_the_boundary_as_it_is(runbook: Printed, bounded_triggers: Stack) -> None:
    assert outside(bounded_triggers, Policy(runbook.managed["boundary-orderflow-dev"])) == []


def test_an_entry_for_what_nobody_needs_is_about_something(
    recorded: Stack, parts: Stack, triggers: Stack, onboarding: Stack
) -> None:
    made = [one for stack in (recorded, parts, triggers, onboarding) for one in stack.resources()]
    types = {resource.type for resource in made if resource.type in CLOUDFORMATION}
    met = {entry for type in types for _, action in operations(type) for entry in unused(type, action)}
    assert {*UNUSED, *UNUSED_BY} - met == set()


def test_a_role_without_the_boundary_is_neither_made_nor_changed(runbook: Printed) -> None:
    deploy, role = Policy(runbook.inline[DEPLOY]), f"arn:aws:iam::{ACCOUNT}:role/orderflow-dev-decide"
    changing = (
        "CreateRole",
        "DeleteRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "UpdateAssumeRolePolicy",
    )
    for action in (f"iam:{name}" for name in changing):
        assert deploy.allows(action, role, keys={"iam:PermissionsBoundary": BOUNDARY})
        assert not deploy.allows(action, role)
        other = {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
        assert not deploy.allows(action, role, keys=other)
    for action in ("iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary"):
        assert not deploy.allows(action, role, keys={"iam:PermissionsBoundary": BOUNDARY})


def test_the_deploy_role_changes_neither_itself_nor_the_boundary_nor_another_stack(runbook: Printed) -> None:
    deploy, within = Policy(runbook.inline[DEPLOY]), {"iam:PermissionsBoundary": BOUNDARY}
    for name in (DEPLOY, "github-orderflow-preview-dev", "orderflow-prod-decide"):
        for action in ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole"):
            assert not deploy.allows(action, f"arn:aws:iam::{ACCOUNT}:role/{name}", keys=within)
    for action in ("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"):
        assert not deploy.allows(f"iam:{action}", BOUNDARY)
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    for tags in (
        {"aws:ResourceTag/Project": "orderflow", "aws:ResourceTag/Stack": "prod"},
        {"kms:ResourceAliases": ["alias/orderflow-prod"]},
    ):
        for action in ("PutKeyPolicy", "ScheduleKeyDeletion", "TagResource"):
            assert not deploy.allows(f"kms:{action}", key, keys=tags)


@pytest.mark.parametrize("of", ["dev", "staging", "prod", "staging with Stripe"])
def test_what_every_role_of_a_stack_needs_is_within_the_boundary(every_stack: Any, of: str) -> None:
    name = of.partition(" ")[0]
    boundary = Policy(printed(name, account=ACCOUNT).managed[f"boundary-orderflow-{name}"])
    assert outside(every_stack[of], boundary) == []


def outside(made: Stack, boundary: Policy) -> list[str]:
    """What roles of a stack are allowed and may not do within a boundary.

    Encrypted topics and queues have the key used on behalf of whoever sends.
    """
    found: list[str] = []
    for role, policy in policies(made).items():
        for statement in policy["policy"]["Statement"]:
            conditions = [*statement.get("Condition", {}).values()]
            keys = {"kms:ViaService": f"sns.{REGION}.amazonaws.com"} | {
                k: v for one in conditions for k, v in one.items()
            }
            found += [
                f"{role}: {action} on {resource}"
                for action in statement["Action"]
                for resource in statement["Resource"]
                if not Policy(policy["policy"]).allows(action, resource, keys=keys, within=boundary)
            ]
    return found


def test_the_boundary_holds_a_role_that_is_allowed_everything(runbook: Printed) -> None:
    boundary = Policy(runbook.managed["boundary-orderflow-dev"])
    everything = Policy({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    where = f"{REGION}:{ACCOUNT}"
    assert everything.allows(
        "dynamodb:GetItem", f"arn:aws:dynamodb:{where}:table/orderflow-dev-orders", within=boundary
    )
    for action, resource in (
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/orderflow-dev-more"),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{where}:table/orderflow-prod-orders"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{where}:secret:other-AbCdEf"),
        ("kms:Decrypt", f"arn:aws:kms:{where}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("s3:GetObject", f"arn:aws:s3:::orderflow-state-{ACCOUNT}/.pulumi/stacks/orderflow/dev.json"),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{where}:function:orderflow-dev-decide"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{DEPLOY}"),
    ):
        assert not everything.allows(action, resource, within=boundary), action


def test_a_policy_fits_into_what_iam_takes() -> None:
    """Without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    longest = printed("a-stack-with-a-long-name", account=ACCOUNT)
    for documents, most in ((longest.inline, 10_240), (longest.managed, 6_144), (longest.trusts, 2_048)):
        for name, document in documents.items():
            assert len(json.dumps(document, separators=(",", ":"))) <= most, name


def environment(workflow: str, job: str) -> str:
    """The environment of a job for the stack `dev`, which is what its token says of it."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text())["jobs"]
    return jobs[job]["environment"].replace("${{ inputs.stack }}", "dev")


@pytest.mark.parametrize("prefix", ["repo:acme/orders", "repo:acme@12345/orders@678910"])
def test_only_this_repository_takes_the_roles_on_and_each_by_its_own_jobs(prefix: str) -> None:
    made = printed("dev", account=ACCOUNT, subject=prefix)
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"

    def takes_on(role: str, subject: str, audience: str = "sts.amazonaws.com") -> bool:
        token = {"aud": audience, "sub": subject}
        claims = {f"token.actions.githubusercontent.com:{name}": value for name, value in token.items()}
        return trusts(made.trusts[role], provider, claims)

    assert takes_on(PREVIEW, f"{prefix}:environment:{environment('preview-stack.yml', 'preview')}")
    assert takes_on(DEPLOY, f"{prefix}:environment:{environment('deploy.yml', 'dev')}")
    for role in (PREVIEW, DEPLOY):
        assert not takes_on(role, f"{prefix}:pull_request")
        assert not takes_on(role, f"{prefix}:ref:refs/heads/main")
    assert not takes_on(DEPLOY, f"{prefix}:environment:preview-dev")
    assert not takes_on(PREVIEW, f"{prefix}:environment:dev")
    assert not takes_on(DEPLOY, f"{prefix}:environment:prod")
    assert not takes_on(DEPLOY, "repo:acme@99/orders@678910:environment:dev")
    assert not takes_on(DEPLOY, f"{prefix}:environment:dev", audience="https://github.com/acme")


def test_every_role_has_the_boundary_that_the_settings_name_and_no_other(recorded: Stack, stacks: Any) -> None:
    bounded = recorded.resources("aws:iam/role:Role")
    assert len(bounded) > 20
    assert {role.inputs.get("permissionsBoundary") for role in bounded} == {BOUNDARY}
    assert {role.inputs.get("permissionsBoundary") for role in stacks["dev"].resources("aws:iam/role:Role")} == {None}
    others = [one for one in recorded.resources() if one.type != "aws:iam/role:Role"]
    assert not [one.name for one in others if {"permissionsBoundary", "permissions_boundary"} & {*one.inputs}]
