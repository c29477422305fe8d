"""What a parameter changes in what a call needs: expected values from the AWS pages beside the cases."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel

import asl
from asl.integrations import handed_over, sdk
from asl.permissions.policy import allowed
from tests.authorization.handed_over import handed
from tests.authorization.judge import problems
from tests.unit.asl.permission_cases import HERE, ROLE, arn

ACCOUNT = asl.Account("aws", "eu-west-1", "123456789012")
KEY = arn("kms", "key/1-2")
TAGS, TAG_LIST = {"team": "parcels"}, [{"Key": "team", "Value": "parcels"}]


def granted(resource: str, parameters: dict[str, Any], *allow: asl.Allow) -> set[tuple[str, str]]:
    """Each action on each resource, by a policy with which AWS's list finds nothing wrong."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    statements = asl.grants({"StartAt": "A", "States": {"A": state}}, allow=allow)
    document: Any = asl.document(statements, ACCOUNT, {"Machine": "self"})
    assert problems(document) == []
    return {(one.action, one.resource) for one in allowed(document)}


def asked(resource: str, parameters: dict[str, Any], *allow: asl.Allow) -> str:
    with pytest.raises(asl.PermissionsError) as raised:
        granted(resource, parameters, *allow)
    return str(raised.value)


TAGGED = [
    # https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/tagging.html
    ("emr-serverless:startJobRun", {"ApplicationId": "a", "ExecutionRoleArn": ROLE},
     ("emr-serverless:TagResource", arn("emr-serverless", "/applications/a/jobruns/*"))),
    ("aws-sdk:emrserverless:startJobRun", {"ApplicationId": "a", "ExecutionRoleArn": ROLE},
     ("emr-serverless:TagResource", arn("emr-serverless", "/applications/a/jobruns/*"))),
    ("emr-serverless:createApplication", {"ReleaseLabel": "r", "Type": "SPARK"},
     ("emr-serverless:TagResource", arn("emr-serverless", "/applications/*"))),
    ("eks:createNodegroup", {"ClusterName": "c", "NodegroupName": "n", "NodeRole": ROLE},
     ("eks:TagResource", arn("eks", "nodegroup/c/n/*"))),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    ("aws-sdk:sqs:createQueue", {"QueueName": "q"}, ("sqs:TagQueue", arn("sqs", "q"))),
    # https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    ("aws-sdk:sns:createTopic", {"Name": "t"}, ("sns:TagResource", arn("sns", "t"))),
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    ("aws-sdk:eventbridge:putRule", {"Name": "r"}, ("events:TagResource", arn("events", "rule/r"))),
    ("aws-sdk:eventbridge:putRule", {"Name": "r", "EventBusName": "b"},
     ("events:TagResource", arn("events", "rule/b/r"))),
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html: TagResource will not do
    ("aws-sdk:kinesis:createStream", {"StreamName": "s"}, ("kinesis:AddTagsToStream", arn("kinesis", "stream/s"))),
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
    ("aws-sdk:kms:createKey", {}, ("kms:TagResource", arn("kms", "key/*"))),
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    ("aws-sdk:secretsmanager:createSecret", {"Name": "s"},
     ("secretsmanager:TagResource", arn("secretsmanager", "secret:s-??????"))),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    ("aws-sdk:ssm:putParameter", {"Name": "/a/b"}, ("ssm:AddTagsToResource", arn("ssm", "parameter/a/b"))),
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    ("aws-sdk:dynamodb:createTable", {"TableName": "t"}, ("dynamodb:TagResource", arn("dynamodb", "table/t"))),
    ("aws-sdk:glue:createJob", {"Name": "j", "Role": ROLE}, ("glue:TagResource", arn("glue", "job/j"))),
    ("aws-sdk:scheduler:createScheduleGroup", {"Name": "g"},
     ("scheduler:TagResource", arn("scheduler", "schedule-group/g"))),
    ("aws-sdk:sfn:createStateMachine", {"Name": "m", "RoleArn": ROLE},
     ("states:TagResource", arn("states", "stateMachine:m"))),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    ("aws-sdk:ecs:createService", {"Cluster": arn("ecs", "cluster/main"), "ServiceName": "s"},
     ("ecs:TagResource", arn("ecs", "service/main/s"))),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "expected"), TAGGED, ids=[row[0] for row in TAGGED])
def test_tags_at_creation_need_the_permission_to_tag_what_is_made(
    resource: str, parameters: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert granted(resource, {**parameters, "Tags": TAGS}) - granted(resource, parameters) == {expected}
    assert granted(resource, {**parameters, "Tags.$": "$.tags"}) - granted(resource, parameters) == {expected}


def test_tags_of_two_things_are_allowed_on_both_and_the_load_balancers_on_what_is_made() -> None:
    job = {"JobName": "j", "CustomModelName": "c", "RoleArn": ROLE, "BaseModelIdentifier": "amazon.titan"}
    found = granted("bedrock:createModelCustomizationJob", {**job, "JobTags": TAG_LIST, "CustomModelTags": TAG_LIST})
    assert {resource for action, resource in found if action == "bedrock:TagResource"} == {
        arn("bedrock", "model-customization-job/*"), arn("bedrock", "custom-model/*")
    }  # fmt: skip
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:elasticloadbalancingv2:createTargetGroup",
        "End": True,
    }
    task["Parameters"] = {"Name": "t", "Tags": TAG_LIST}
    document: Any = asl.document(asl.grants({"StartAt": "A", "States": {"A": task}}), ACCOUNT)
    group = arn("elasticloadbalancing", "targetgroup/t/*")
    assert {(one.action, one.resource) for one in allowed(document)} == {
        ("elasticloadbalancing:CreateTargetGroup", group), ("elasticloadbalancing:AddTags", group)
    }  # fmt: skip


def test_ec2_tags_are_allowed_on_the_kinds_that_are_tagged_and_at_creation_alone() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"""
    tags = [{"ResourceType": "snapshot", "Tags": TAG_LIST}]
    task = {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:createSnapshot", "End": True,
        "Parameters": {"VolumeId": "v-1", "TagSpecifications": tags},
    }  # fmt: skip
    made = asl.Allow("A", "arn:aws:ec2:eu-west-1::snapshot/*", "the copy")
    statements = asl.grants({"StartAt": "A", "States": {"A": task}}, allow=[made])
    document: Any = asl.document(statements, ACCOUNT)
    (tagging,) = [one for one in document["Statement"] if one["Action"] == ["ec2:CreateTags"]]
    assert tagging["Resource"] == [arn("ec2", "snapshot/*")]
    assert tagging["Condition"] == {"StringEquals": {"ec2:CreateAction": "CreateSnapshot"}}


PASSED = [
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    ("aws-sdk:eventbridge:putTargets", {"Rule": "r", "Targets": [{"Id": "1", "RoleArn": ROLE}]}),
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
    ("aws-sdk:scheduler:createSchedule", {"Name": "s", "Target": {"Arn": arn("sqs", "q"), "RoleArn": ROLE}}),
    # https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html: a role by its name
    ("aws-sdk:glue:createJob", {"Name": "j", "Role": "worker"}),
    ("aws-sdk:lambda:createFunction", {"FunctionName": "f", "Role": ROLE, "Code": {}}),
    ("aws-sdk:redshift:createCluster", {"ClusterIdentifier": "c", "IamRoles": [ROLE]}),
    ("codebuild:startBuild", {"ProjectName": "p", "ServiceRoleOverride": ROLE}),
    # https://docs.aws.amazon.com/firehose/latest/APIReference/API_S3DestinationConfiguration.html
    ("aws-sdk:firehose:createDeliveryStream", {
        "DeliveryStreamName": "d", "S3DestinationConfiguration": {"RoleARN": ROLE}}),
    # The same as Step Functions may spell it.
    ("aws-sdk:firehose:createDeliveryStream", {
        "DeliveryStreamName": "d", "S3DestinationConfiguration": {"RoleArn": ROLE}}),
    ("aws-sdk:batch:registerJobDefinition", {
        "JobDefinitionName": "d", "Type": "container", "ContainerProperties": {"JobRoleArn": ROLE}}),
    ("aws-sdk:ecs:registerTaskDefinition", {"Family": "f", "TaskRoleArn": ROLE, "ContainerDefinitions": []}),
    ("aws-sdk:cloudformation:createStack", {"StackName": "s", "RoleARN": ROLE}),
    ("aws-sdk:emr:runJobFlow", {"Name": "n", "Instances": {}, "ServiceRole": ROLE}),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
    ("aws-sdk:ssm:startAutomationExecution", {"DocumentName": "d", "Parameters": {"AutomationAssumeRole": [ROLE]}}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters"), PASSED, ids=[row[0] for row in PASSED])
def test_a_role_is_passed_at_whatever_depth_and_spelling(resource: str, parameters: dict[str, Any]) -> None:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    try:
        statements = asl.grants({"StartAt": "A", "States": {"A": state}})
    except asl.PermissionsError as error:
        statements = list(error.statements)
    document: Any = asl.document(statements, ACCOUNT)
    passed = [one for one in allowed(document) if one.action == "iam:PassRole"]
    assert [one.resource for one in passed] == [ROLE]


def test_a_role_that_data_names_and_those_of_an_instance_profile_are_asked_for() -> None:
    said = asked("aws-sdk:glue:createJob", {"Name": "j", "Role.$": "$.role"})
    assert "Role of aws-sdk:glue:createJob is read from data" in said
    profile = {"LaunchConfigurationName": "l", "IamInstanceProfile": "p"}
    resource = asl.Allow("A", arn("autoscaling", "launchConfiguration:*:launchConfigurationName/l"), "the one")
    assert "IamInstanceProfile.Roles" in asked("aws-sdk:autoscaling:createLaunchConfiguration", profile, resource)
    roles = asl.Allow("A", "worker", "the profile's role", parameter="IamInstanceProfile.Roles")
    assert ("iam:PassRole", ROLE) in granted("aws-sdk:autoscaling:createLaunchConfiguration", profile, roles)


def test_the_sdks_form_of_a_call_needs_no_less_than_the_optimised_one() -> None:
    task = {
        "Cluster": "yard",
        "TaskDefinition": "sweeper:3",
        "Overrides": {"TaskRoleArn": ROLE},
        "PropagateTags": "TASK",
    }
    roles = asl.Allow("A", "puller", "the one that pulls", parameter="TaskRoles")
    assert granted("aws-sdk:ecs:runTask", task, roles) == granted("ecs:runTask", task, roles)
    assert ("iam:PassRole", ROLE) in granted("aws-sdk:ecs:runTask", task, roles)
    for call in ("runTask", "startTask"):
        assert f"TaskRoles of aws-sdk:ecs:{call}" in asked(f"aws-sdk:ecs:{call}", task)


def test_a_declaration_that_repeats_the_definition_is_no_answer_to_what_is_asked() -> None:
    """Nor does it do harm: a task definition is not taken for one of its roles."""
    definition = arn("ecs", "task-definition/sweeper:3")
    for named in (definition, "sweeper:3"):
        again = asl.Allow("A", definition, "the sweeper")
        assert "TaskRoles" in asked("aws-sdk:ecs:runTask", {"TaskDefinition": named}, again)
        roles = asl.Allow("A", [], "none of its own", parameter="TaskRoles")
        found = granted("aws-sdk:ecs:runTask", {"TaskDefinition": named}, again, roles)
        assert found == {("ecs:RunTask", definition)}


def test_a_declaration_of_what_the_definition_says_is_no_mistake_and_grants_no_more() -> None:
    items: dict[str, object] = {"RequestItems": {"${parcels.name}": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}]}}
    alone = granted("aws-sdk:dynamodb:batchWriteItem", items)
    assert granted("aws-sdk:dynamodb:batchWriteItem", items, asl.Allow("A", "${parcels.arn}", "the table")) == alone
    named: dict[str, object] = {"RequestItems": {"parcels": []}}
    with pytest.raises(asl.PermissionsError, match="no such state leaves anything to declare"):
        granted("aws-sdk:dynamodb:batchWriteItem", named, asl.Allow("A", "orders", "another table"))


OBJECT = {"Bucket": "b", "Key": "k"}
ON = "arn:aws:s3:::b/k"
OBJECTS = [
    ("getObject", {"VersionId.$": "$.v"}, {"s3:GetObjectVersion"}),
    ("headObject", {"VersionId": "1"}, {"s3:GetObjectVersion"}),
    ("getObjectTagging", {"VersionId": "1"}, {"s3:GetObjectVersionTagging"}),
    ("putObjectAcl", {"VersionId": "1"}, {"s3:PutObjectVersionAcl"}),
    ("deleteObject", {"VersionId": "1", "BypassGovernanceRetention": True},
     {"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"}),
    ("putObject", {}, {"s3:PutObject"}),
    ("putObject", {"ACL": "private"}, {"s3:PutObject", "s3:PutObjectAcl"}),
    ("putObject", {"Acl": "private"}, {"s3:PutObject", "s3:PutObjectAcl"}),
    ("putObject", {"GrantRead.$": "$.who"}, {"s3:PutObject", "s3:PutObjectAcl"}),
    ("putObject", {"Tagging": "a=b"}, {"s3:PutObject", "s3:PutObjectTagging"}),
    ("putObject", {"ObjectLockLegalHoldStatus": "ON"}, {"s3:PutObject", "s3:PutObjectLegalHold"}),
    ("createMultipartUpload", {"ObjectLockMode": "COMPLIANCE"}, {"s3:PutObject", "s3:PutObjectRetention"}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "more", "actions"), OBJECTS)
def test_a_version_an_acl_tags_and_locks_of_an_object_need_actions_of_their_own(
    call: str, more: dict[str, Any], actions: set[str]
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""
    assert granted(f"aws-sdk:s3:{call}", {**OBJECT, **more}) == {(action, ON) for action in actions}


COPIED = [
    ("src/in/a%20b.csv", {"s3:GetObject"}, "arn:aws:s3:::src/in/a b.csv"),
    ("/src/k?versionId=7", {"s3:GetObjectVersion"}, "arn:aws:s3:::src/k"),
    (
        "arn:aws:s3:eu-west-1:1:accesspoint/p/object/k",
        {"s3:GetObject"},
        "arn:aws:s3:eu-west-1:1:accesspoint/p/object/k",
    ),
]


@pytest.mark.parametrize(("source", "actions", "read"), COPIED)
def test_what_is_copied_is_read(source: str, actions: set[str], read: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    found = granted("aws-sdk:s3:copyObject", {**OBJECT, "CopySource": source})
    assert found == {("s3:PutObject", ON), *((action, read) for action in actions)}
    assert "CopySource of aws-sdk:s3:copyObject is read from data" in asked(
        "aws-sdk:s3:copyObject", {**OBJECT, "CopySource.$": "$.s"}
    )


def test_of_objects_deleted_together_versions_and_others_are_told_apart() -> None:
    def actions(*objects: dict[str, Any]) -> set[str]:
        found = granted("aws-sdk:s3:deleteObjects", {"Bucket": "b", "Delete": {"Objects": list(objects)}})
        return {action for action, _ in found}

    assert actions({"Key": "a"}) == {"s3:DeleteObject"}
    assert actions({"Key": "a", "VersionId.$": "$.v"}) == {"s3:DeleteObjectVersion"}
    assert actions({"Key": "a", "VersionId": "1"}, {"Key": "b"}) == {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    unknown = granted("aws-sdk:s3:deleteObjects", {"Bucket": "b", "Delete.$": "$.delete"})
    assert {action for action, _ in unknown} == {"s3:DeleteObject", "s3:DeleteObjectVersion"}


def test_a_bucket_with_a_lock_an_acl_and_an_owner_needs_to_set_them() -> None:
    more = {"ACL": "private", "ObjectLockEnabledForBucket": True, "ObjectOwnership": "ObjectWriter"}
    found = granted("aws-sdk:s3:createBucket", {"Bucket": "b", **more})
    actions = ("CreateBucket", "PutBucketAcl", "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls",
               "PutBucketVersioning")  # fmt: skip
    assert found == {(f"s3:{action}", "arn:aws:s3:::b") for action in actions}


KEYS = [
    ("aws-sdk:s3:putObject", {**OBJECT, "SSEKMSKeyId": KEY}, {"kms:GenerateDataKey"}),
    ("aws-sdk:s3:putObject", {**OBJECT, "SsekmsKeyId": "1-2"}, {"kms:GenerateDataKey"}),
    ("aws-sdk:s3:createMultipartUpload", {**OBJECT, "SSEKMSKeyId": KEY}, {"kms:Decrypt", "kms:GenerateDataKey"}),
    ("aws-sdk:secretsmanager:createSecret", {"Name": "s", "KmsKeyId": KEY}, {"kms:Decrypt", "kms:GenerateDataKey"}),
    ("sagemaker:createTrainingJob", {
        "TrainingJobName": "j", "RoleArn": ROLE, "ResourceConfig": {"VolumeKmsKeyId": KEY},
        "OutputDataConfig": {"KmsKeyId": arn("kms", "key/of-the-role")}}, {"kms:CreateGrant"}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "actions"), KEYS)
def test_a_key_that_a_parameter_names_is_allowed_for_its_use(
    resource: str, parameters: dict[str, Any], actions: set[str]
) -> None:
    found = granted(resource, parameters)
    assert {pair for pair in found if pair[0].startswith("kms:")} == {(action, KEY) for action in actions}


def test_a_key_of_unknown_use_and_a_key_by_its_alias_are_asked_for() -> None:
    table = {"TableName": "t", "SSESpecification": {"KMSMasterKeyId": KEY}}
    assert "what aws-sdk:dynamodb:createTable needs on SSESpecification.KMSMasterKeyId" in asked(
        "aws-sdk:dynamodb:createTable", table
    )
    created = ("dynamodb:CreateTable", arn("dynamodb", "table/t"))
    use = asl.Allow("A", KEY, "the table's key", actions=("kms:CreateGrant", "kms:DescribeKey"))
    assert granted("aws-sdk:dynamodb:createTable", table, use) == {
        created, ("kms:CreateGrant", KEY), ("kms:DescribeKey", KEY)
    }  # fmt: skip
    none = asl.Allow("A", (), "its policy allows us", parameter="SSESpecification.KMSMasterKeyId")
    assert granted("aws-sdk:dynamodb:createTable", table, none) == {created}
    by_alias = {**OBJECT, "SSEKMSKeyId": "alias/labels"}
    assert "KmsKey of aws-sdk:s3:putObject is not in the definition" in asked("aws-sdk:s3:putObject", by_alias)
    found = granted("aws-sdk:s3:putObject", by_alias, asl.Allow("A", KEY, "what the alias stands for"))
    assert ("kms:GenerateDataKey", KEY) in found


SECRET = f"arn:aws:secretsmanager:{HERE}:secret:"
SECRETS = [
    ("carrier/key", {f"{SECRET}carrier/key-??????"}),
    (f"{SECRET}carrier/key", {f"{SECRET}carrier/key-??????"}),
    (f"{SECRET}carrier/key-a1B2c3", {f"{SECRET}carrier/key-a1B2c3"}),
    # Six small letters may be the end of the name.
    (f"{SECRET}carrier-tokens", {f"{SECRET}carrier-tokens", f"{SECRET}carrier-tokens-??????"}),
    ("${key.arn}", {"${key.arn}"}),
]


@pytest.mark.parametrize(("named", "expected"), SECRETS)
def test_a_secret_is_allowed_by_its_whole_arn(named: str, expected: set[str]) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen"""
    found = granted("aws-sdk:secretsmanager:getSecretValue", {"SecretId": named})
    assert found == {("secretsmanager:GetSecretValue", one) for one in expected}


def test_a_secret_that_a_call_reads_for_its_caller_is_allowed_too() -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html"""
    cluster, secret = arn("rds", "cluster:c"), f"{SECRET}db-A1b2C3"
    found = granted(
        "aws-sdk:rdsdata:executeStatement", {"ResourceArn": cluster, "SecretArn": secret, "Sql": "select 1"}
    )
    assert found == {("rds-data:ExecuteStatement", cluster), ("secretsmanager:GetSecretValue", secret)}


PROFILE = arn("bedrock", "application-inference-profile/ab12")


@pytest.mark.parametrize(
    "call", ["bedrock:invokeModel", "aws-sdk:bedrockruntime:invokeModel", "aws-sdk:bedrockruntime:converse"]
)
def test_the_models_behind_a_profile_of_ones_own_are_declared(call: str) -> None:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html"""
    assert f"Models of {call} is not in the definition" in asked(call, {"ModelId": PROFILE})
    models = asl.Allow("A", "eu.amazon.nova-lite-v1:0", "what the profile copies", parameter="Models")
    assert granted(call, {"ModelId": PROFILE}, models) == {
        ("bedrock:InvokeModel", PROFILE),
        ("bedrock:InvokeModel", arn("bedrock", "inference-profile/eu.amazon.nova-lite-v1:0")),
        ("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"),
    }
    model = granted(call, {"ModelId": "amazon.nova-lite-v1:0"})
    assert model == {("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0")}


def test_a_call_of_many_tables_is_allowed_on_just_those() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"""
    table = arn("dynamodb", "table/")
    batch = {"RequestItems": {"views": {"Keys": []}, "orders.$": "$.orders"}}
    assert granted("aws-sdk:dynamodb:batchGetItem", batch) == {
        ("dynamodb:BatchGetItem", f"{table}views"), ("dynamodb:BatchGetItem", f"{table}orders"),
    }  # fmt: skip
    writes = {"TransactItems": [{"Put": {"TableName": "orders"}}, {"ConditionCheck": {"TableName": "stock"}}]}
    assert granted("aws-sdk:dynamodb:transactWriteItems", writes) == {
        ("dynamodb:PutItem", f"{table}orders"), ("dynamodb:ConditionCheckItem", f"{table}stock"),
    }  # fmt: skip
    assert "Resource of" in asked("aws-sdk:dynamodb:batchGetItem", {"RequestItems.$": "$.keys"})


def test_a_qualifier_narrows_what_may_be_called_to_what_has_one() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    for call in ("lambda:invoke", "aws-sdk:lambda:invoke"):
        found = granted(call, {"FunctionName": "f", "Qualifier": "live"})
        assert found == {("lambda:InvokeFunction", arn("lambda", "function:f:*"))}
        other = granted(call, {"FunctionName": "999999999999:function:f:live"})
        assert other == {("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:999999999999:function:f:*")}


FILLED = [
    ("cloudwatch:deleteAlarms", {"AlarmNames": ["a", "b"]},
     {arn("cloudwatch", "alarm:a"), arn("cloudwatch", "alarm:b")}),
    ("codepipeline:startPipelineExecution", {"Name": "p"}, {arn("codepipeline", "p")}),
    ("ec2:stopInstances", {"InstanceIds": ["i-1", "i-2"]}, {arn("ec2", "instance/i-1"), arn("ec2", "instance/i-2")}),
    ("glue:getTable", {"DatabaseName": "d", "Name": "t"},
     {arn("glue", "catalog"), arn("glue", "database/d"), arn("glue", "table/d/t")}),
    ("ecs:updateService", {"Cluster": arn("ecs", "cluster/main"), "Service": arn("ecs", "service/main/web")},
     {arn("ecs", "service/main/web")}),
    ("ecs:stopTask", {"Cluster": "main", "Task": "1f"}, {arn("ecs", "task/main/1f")}),
    ("cloudformation:createStack", {"StackName": "s"}, {arn("cloudformation", "stack/s/*")}),
    ("ssm:getParameter", {"Name": "/a/b:3"}, {arn("ssm", "parameter/a/b")}),
    ("cloudwatchlogs:putRetentionPolicy", {"LogGroupName": "/x"},
     {arn("logs", "log-group:/x"), arn("logs", "log-group:/x:*")}),
    ("s3:getObject", {"Bucket": arn("s3", "accesspoint/p"), "Key": "k"}, {arn("s3", "accesspoint/p/object/k")}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "parameters", "expected"), FILLED, ids=[row[0] for row in FILLED])
def test_names_make_up_the_arn_as_awss_list_writes_it(
    call: str, parameters: dict[str, Any], expected: set[str]
) -> None:
    assert {resource for _, resource in granted(f"aws-sdk:{call}", parameters)} == expected


def test_what_aws_requires_and_no_parameter_says_is_asked_for() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances"""
    said = asked("aws-sdk:ec2:runInstances", {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1})
    assert "Resource of aws-sdk:ec2:runInstances is not in the definition" in said


@pytest.mark.parametrize("folder", ["ecs", "emr-serverless", "events", "scheduler", "sqs"])
def test_the_list_of_what_is_handed_over_is_in_step_with_botocore(folder: str) -> None:
    """Of some services; to read all models takes half a minute: `make docs`."""
    model = ServiceModel(
        botocore.session.get_session().get_component("data_loader").load_service_model(folder, "service-2")
    )
    name = "".join(filter(str.isalnum, model.service_id)).lower()
    service = sdk.service(name)
    assert service
    for call in sorted(service.calls & set(model.operation_names)):
        listed = [f"{kind}={path}" for kind, path in handed_over.parameters(service.prefix, call)]
        assert listed == list(handed(name, call, model.operation_model(call))), f"{call}: `make docs`"


S3_DOCUMENT = {"S3Object": {"Bucket": "b", "Name": "n.pdf"}}
BACKUP = "arn:aws:dynamodb:eu-west-1:123456789012:table/o/backup/1"
TABLE_ACTIONS = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
BEHIND = [
    # https://docs.aws.amazon.com/textract/latest/APIReference/API_S3Object.html
    ("textract:startDocumentAnalysis", {"DocumentLocation": S3_DOCUMENT}, {("s3:GetObject", "arn:aws:s3:::b/n.pdf")}),
    ("textract:detectDocumentText", {"Document": {"S3Object": {"Bucket": "b", "Name": "n", "Version": "1"}}},
     {("s3:GetObjectVersion", "arn:aws:s3:::b/n")}),
    ("textract:detectDocumentText", {"Document": {"Bytes": "eA=="}}, set[tuple[str, str]]()),
    # https://docs.aws.amazon.com/rekognition/latest/APIReference/API_S3Object.html
    ("rekognition:compareFaces", {"SourceImage": S3_DOCUMENT, "TargetImage": {"Bytes": "eA=="}},
     {("s3:GetObject", "arn:aws:s3:::b/n.pdf")}),
    ("rekognition:startTextDetection", {"Video": S3_DOCUMENT}, {("s3:GetObject", "arn:aws:s3:::b/n.pdf")}),
    # https://docs.aws.amazon.com/transcribe/latest/dg/security_iam_id-based-policy-examples.html
    ("transcribe:startTranscriptionJob",
     {"TranscriptionJobName": "j", "Media": {"MediaFileUri": "s3://b/a.mp3"}, "OutputBucketName": "o"},
     {("s3:GetObject", "arn:aws:s3:::b/a.mp3"), ("s3:PutObject", "arn:aws:s3:::o/*")}),
    # https://docs.aws.amazon.com/transcribe/latest/APIReference/API_JobExecutionSettings.html
    ("transcribe:startTranscriptionJob",
     {"TranscriptionJobName": "j", "Media": {"MediaFileUri": "s3://b/a.mp3"},
      "JobExecutionSettings": {"AllowDeferredExecution": True, "DataAccessRoleArn": ROLE}},
     {("iam:PassRole", ROLE)}),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
    ("dynamodb:exportTableToPointInTime", {"TableArn": arn("dynamodb", "table/t"), "S3Bucket": "b"},
     {(f"s3:{name}", "arn:aws:s3:::b/*") for name in ("AbortMultipartUpload", "PutObject", "PutObjectAcl")}),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
    ("dynamodb:restoreTableFromBackup", {"BackupArn": BACKUP, "TargetTableName": "t"},
     {(f"dynamodb:{name}", arn("dynamodb", "table/t")) for name in TABLE_ACTIONS}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    ("sfn:createStateMachine", {"Name": "m", "Definition": "{}", "RoleArn": ROLE, "Publish": True},
     {("states:PublishStateMachineVersion", arn("states", "stateMachine:m")), ("iam:PassRole", ROLE)}),
    ("sfn:updateStateMachine", {"StateMachineArn": arn("states", "stateMachine:m"), "Publish": False},
     set[tuple[str, str]]()),
]  # fmt: skip


@pytest.mark.parametrize(("call", "parameters", "expected"), BEHIND, ids=[row[0] for row in BEHIND])
def test_what_a_call_needs_behind_its_own_action_is_granted_and_nothing_else(
    call: str, parameters: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    own = call.partition(":")[2].lower()
    found = {one for one in granted(f"aws-sdk:{call}", parameters) if one[0].partition(":")[2].lower() != own}
    assert found == expected


def test_an_object_that_data_names_is_asked_for() -> None:
    document = {"S3Object": {"Bucket": "b", "Name.$": "$.key"}}
    said = asked("aws-sdk:textract:detectDocumentText", {"Document": document})
    assert "Document.S3Object.Name of aws-sdk:textract:detectDocumentText is read from data" in said
    found = granted("aws-sdk:textract:detectDocumentText", {"Document": document}, asl.Allow("A", "in/*", "uploads"))
    assert ("s3:GetObject", "arn:aws:s3:::b/in/*") in found
    whole = asked("aws-sdk:textract:detectDocumentText", {"Document.$": "$.document"})
    assert "Document.S3Object.Bucket" in whole
