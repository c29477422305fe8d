"""What each integration's role is allowed, in every pattern that AWS offers for it."""

from __future__ import annotations

from typing import Any, Literal

import pytest

import asl
from asl.integrations import INTEGRATIONS
from tests.unit.asl.permission_cases import CASES, MACHINE, ROLE, Case, arn

ACCOUNT = asl.Account("aws", "eu-west-1", "123456789012")


def policy(
    resource: str, parameters: dict[str, Any], *allow: asl.Allow, **values: str
) -> dict[tuple[str, str], dict[str, Any] | None]:
    """The statements as `(actions, resources)`, each with its condition."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    statements = asl.grants({"StartAt": "A", "States": {"A": state}}, allow=allow)
    document: Any = asl.document(statements, ACCOUNT, {"Machine": "self", **values})
    return {(" ".join(one["Action"]), " ".join(one["Resource"])): one.get("Condition") for one in document["Statement"]}


TASK_ROLES = asl.Allow("A", ["worker", "puller"], "the task's own two roles", parameter="TaskRoles")


@pytest.mark.parametrize(
    ("case", "form"), [pytest.param(case, form, id=case.id + form) for case in CASES for form in case.forms]
)
def test_a_role_is_allowed_what_the_page_documents_and_no_more(case: Case, form: str) -> None:
    assert set(policy(case.id + form, case.parameters, *case.allow)) == case.expected(form)


def test_every_row_that_a_state_can_use_has_a_case() -> None:
    usable = {row.id for row in INTEGRATIONS.values() if row.standard}
    assert usable - {case.id for case in CASES} == {"lambda-function-arn", "activity"}


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_pattern_that_aws_does_not_offer_is_an_error(case: Case) -> None:
    def refused(form: str, type: Literal["STANDARD", "EXPRESS"]) -> bool:
        resource = f"arn:aws:states:::{case.id}{form}"
        definition = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True}}}
        return any(one.rule.id in ("ASL030", "ASL031") for one in asl.check(definition, type=type))

    forms = ("", ".sync", ".sync:2", ".waitForTaskToken")
    assert tuple(form for form in forms if not refused(form, "STANDARD")) == case.forms
    assert tuple(form for form in forms if not refused(form, "EXPRESS")) == ("",)


CONDITIONS = [
    ("ecs:runTask", {"TaskDefinition": "scan:3"}, [TASK_ROLES], "iam:PassRole",
     {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
    ("mediaconvert:createJob.sync", {"Role": ROLE}, [], "mediaconvert:CancelJob mediaconvert:GetJob",
     {"StringEquals": {"aws:ResourceTag/ManagedByService": "AWSStepFunctions"}}),
    ("emr-containers:startJobRun", {"VirtualClusterId": "v", "ExecutionRoleArn": ROLE}, [],
     "emr-containers:StartJobRun", {"StringEquals": {"emr-containers:ExecutionRoleArn": ROLE}}),
    ("http:invoke", {"ApiEndpoint": "https://x.test/a", "Method": "POST"}, [], "states:InvokeHTTPEndpoint",
     {"StringEquals": {"states:HTTPMethod": "POST"}, "StringLike": {"states:HTTPEndpoint": "https://x.test/a"}}),
    ("http:invoke", {"ApiEndpoint.$": "$.url", "Method": "GET"},
     [asl.Allow("A", "https://x.test/*", "the partner's API", parameter="ApiEndpoint")], "states:InvokeHTTPEndpoint",
     {"StringEquals": {"states:HTTPMethod": "GET"}, "StringLike": {"states:HTTPEndpoint": "https://x.test/*"}}),
    ("ecs:runTask", {"TaskDefinition": "scan:3", "Tags": [{"Key": "k"}]}, [TASK_ROLES], "ecs:TagResource",
     {"StringEquals": {"ecs:CreateAction": "RunTask"}}),
    ("eks:createNodegroup", {"ClusterName": "c", "NodegroupName": "n", "NodeRole": ROLE}, [],
     "iam:CreateServiceLinkedRole", {"StringEquals": {"iam:AWSServiceName": "eks-nodegroup.amazonaws.com"}}),
    ("elasticmapreduce:createCluster", {}, [], "iam:CreateServiceLinkedRole", {"StringEquals": {"iam:AWSServiceName":
     ["elasticmapreduce.amazonaws.com", "elasticmapreduce.amazonaws.com.cn"]}}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "allow", "action", "expected"), CONDITIONS)
def test_a_statement_carries_the_condition_that_aws_documents(
    resource: str, parameters: dict[str, Any], allow: list[asl.Allow], action: str, expected: dict[str, Any]
) -> None:
    found = [condition for (actions, _), condition in policy(resource, parameters, *allow).items() if actions == action]
    assert found
    assert all(condition == expected for condition in found)


PASSED = [
    ("ecs:runTask", {"TaskDefinition": "t:1", "Overrides": {"TaskRoleArn": ROLE}}, "ecs-tasks.amazonaws.com"),
    ("mediaconvert:createJob", {"Role": ROLE}, "mediaconvert.amazonaws.com"),
    ("sagemaker:createTrainingJob", {"TrainingJobName": "n", "RoleArn": ROLE}, "sagemaker.amazonaws.com"),
    ("sagemaker:createModel", {"ModelName": "m", "ExecutionRoleArn": ROLE}, "sagemaker.amazonaws.com"),
    ("eks:createCluster", {"Name": "c", "RoleArn": ROLE}, "eks.amazonaws.com"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_eks.html
    ("eks:createFargateProfile", {"ClusterName": "c", "FargateProfileName": "f", "PodExecutionRoleArn": ROLE},
     "eks.amazonaws.com"),
    ("emr-serverless:startJobRun", {"ApplicationId": "a", "ExecutionRoleArn": ROLE}, "emr-serverless.amazonaws.com"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "service"), PASSED)
def test_a_role_is_handed_to_its_service_alone(resource: str, parameters: dict[str, Any], service: str) -> None:
    allow = [asl.Allow("A", [], "no roles of its own", parameter="TaskRoles")] if resource == "ecs:runTask" else []
    assert policy(resource, parameters, *allow)["iam:PassRole", ROLE] == {
        "StringEquals": {"iam:PassedToService": service}
    }


TAGGED = [
    ("ecs:runTask", {"TaskDefinition": "t:1", "PropagateTags": "TASK_DEFINITION"}, [TASK_ROLES],
     ("ecs:TagResource", arn("ecs", "task/default/*"))),
    ("batch:submitJob", {"JobQueue": "q", "JobDefinition": "d:1", "Tags": {"k": "v"}}, [],
     ("batch:TagResource", " ".join(arn("batch", one) for one in ("job-definition/d:1", "job-queue/q", "job/*")))),
    ("elasticmapreduce:createCluster", {"Tags": [{"Key": "k"}]}, [],
     ("elasticmapreduce:AddTags", arn("elasticmapreduce", "cluster/*"))),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "allow", "expected"), TAGGED)
def test_tags_need_a_permission_of_their_own(
    resource: str, parameters: dict[str, Any], allow: list[asl.Allow], expected: tuple[str, str]
) -> None:
    plain = {name: value for name, value in parameters.items() if "Tags" not in name}
    assert set(policy(resource, parameters, *allow)) - set(policy(resource, plain, *allow)) == {expected}


@pytest.mark.parametrize(
    "profile", ["eu.amazon.nova-lite-v1:0", arn("bedrock", "inference-profile/eu.amazon.nova-lite-v1:0")]
)
def test_an_inference_profile_is_allowed_with_its_model_wherever_it_runs(profile: str) -> None:
    models = (
        f"arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0 "
        f"{arn('bedrock', 'inference-profile/eu.amazon.nova-lite-v1:0')}"
    )
    assert set(policy("bedrock:invokeModel", {"ModelId": profile})) == {("bedrock:InvokeModel", models)}


def test_sagemakers_arns_have_names_in_small_letters() -> None:
    found = policy("sagemaker:createEndpointConfig", {"EndpointConfigName": "Shop-1"})
    both = f"{arn('sagemaker', 'endpoint-config/Shop-1')} {arn('sagemaker', 'endpoint-config/shop-1')}"
    assert ("sagemaker:CreateEndpointConfig", both) in found


def test_a_query_is_allowed_its_own_data_catalogue() -> None:
    query = {"QueryString": "q", "QueryExecutionContext": {"Catalog": "c"}, "WorkGroup": "w"}
    allow = [asl.Allow("A", [], "kept by Athena", parameter="Results"), asl.Allow("A", [], "none", parameter="Data")]
    assert set(policy("athena:startQueryExecution", query, *allow)) == {
        ("athena:GetDataCatalog athena:StartQueryExecution", f"{arn('athena', 'datacatalog/c')} "
         f"{arn('athena', 'workgroup/w')}"),
        ("lakeformation:GetDataAccess", "*"),
    }  # fmt: skip


SDK = [
    ("dynamodb:scan", {"TableName": "t"}, "dynamodb:Scan", arn("dynamodb", "table/t")),
    ("s3:getObject", {"Bucket": "b", "Key": "k/1"}, "s3:GetObject", "arn:aws:s3:::b/k/1"),
    ("s3:headObject", {"Bucket": "b", "Key": "k"}, "s3:GetObject", "arn:aws:s3:::b/k"),
    ("s3:listObjectsV2", {"Bucket": "b"}, "s3:ListBucket", "arn:aws:s3:::b"),
    ("lambda:invoke", {"FunctionName": "f:1"}, "lambda:InvokeFunction", arn("lambda", "function:f:*")),
    ("sfn:startSyncExecution", {"StateMachineArn": MACHINE}, "states:StartSyncExecution", MACHINE),
    ("sns:publish.waitForTaskToken", {"TopicArn": arn("sns", "t")}, "sns:Publish", arn("sns", "t")),
    ("sqs:sendMessage", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"}, "sqs:SendMessage",
     arn("sqs", "q")),
    ("secretsmanager:getSecretValue", {"SecretId": "s"}, "secretsmanager:GetSecretValue",
     arn("secretsmanager", "secret:s-??????")),
    ("kms:decrypt", {"KeyId": "1-2"}, "kms:Decrypt", arn("kms", "key/1-2")),
    ("acmpca:issueCertificate", {"CertificateAuthorityArn": arn("acm-pca", "certificate-authority/1")},
     "acm-pca:IssueCertificate", arn("acm-pca", "certificate-authority/1")),
    ("acmpca:issueCertificate", {"CertificateAuthorityArn": "${authority.arn}"}, "acm-pca:IssueCertificate",
     "${authority.arn}"),
    ("kinesis:putRecord", {"StreamARN": arn("kinesis", "stream/s")}, "kinesis:PutRecord", arn("kinesis", "stream/s")),
    ("kms:createAlias", {"ResourceArn": "${key.arn}"}, "kms:CreateAlias", "${key.arn}"),
    ("sqs:startMessageMoveTask", {"SourceArn": arn("sqs", "dead")}, "sqs:StartMessageMoveTask", arn("sqs", "dead")),
    # https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    ("sfn:updateStateMachineAlias", {"StateMachineAliasArn": f"{MACHINE}:live"}, "states:UpdateStateMachineAlias",
     MACHINE),
    ("lambda:putProvisionedConcurrencyConfig", {"FunctionName": "f", "Qualifier": "live"},
     "lambda:PutProvisionedConcurrencyConfig", arn("lambda", "function:f:*")),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    ("s3:putBucketEncryption", {"Bucket": "b"}, "s3:PutEncryptionConfiguration", "arn:aws:s3:::b"),
    ("s3:deleteBucketLifecycle", {"Bucket": "b"}, "s3:PutLifecycleConfiguration", "arn:aws:s3:::b"),
    ("s3:listBucketMetricsConfigurations", {"Bucket": "b"}, "s3:GetMetricsConfiguration", "arn:aws:s3:::b"),
    ("s3:getPublicAccessBlock", {"Bucket": "b"}, "s3:GetBucketPublicAccessBlock", "arn:aws:s3:::b"),
    ("s3control:getPublicAccessBlock", {}, "s3:GetAccountPublicAccessBlock", "*"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/: no resource level, whatever they are given.
    ("dynamodb:listBackups", {"TableName": "t"}, "dynamodb:ListBackups", "*"),
    ("dynamodb:listContributorInsights", {"TableName": "t"}, "dynamodb:ListContributorInsights", "*"),
    ("dynamodbstreams:listStreams", {"TableName": "t"}, "dynamodb:ListStreams", "*"),
    ("ec2:describeInstances", {}, "ec2:DescribeInstances", "*"),
    ("elasticloadbalancingv2:describeListeners",
     {"LoadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/a/1")}, "elasticloadbalancing:DescribeListeners",
     "*"),
    ("glue:getJobBookmark", {"JobName": "j"}, "glue:GetJobBookmark", "*"),
    ("glue:resetJobBookmark", {"JobName": "j"}, "glue:ResetJobBookmark", "*"),
    ("kinesis:disableEnhancedMonitoring", {"StreamName": "s"}, "kinesis:DisableEnhancedMonitoring", "*"),
    ("kinesis:enableEnhancedMonitoring", {"StreamName": "s"}, "kinesis:EnableEnhancedMonitoring", "*"),
    ("kinesis:updateShardCount", {"StreamName": "s"}, "kinesis:UpdateShardCount", "*"),
    ("kms:listAliases", {"KeyId": "1-2"}, "kms:ListAliases", "*"),
    ("lambda:createEventSourceMapping", {"FunctionName": "f"}, "lambda:CreateEventSourceMapping", "*"),
    ("lambda:listEventSourceMappings", {"FunctionName": "f"}, "lambda:ListEventSourceMappings", "*"),
    ("s3:listBuckets", {}, "s3:ListAllMyBuckets", "*"),
    ("s3control:listAccessPoints", {"Bucket": "b"}, "s3:ListAccessPoints", "*"),
    ("sfn:sendTaskSuccess", {"TaskToken.$": "$.token"}, "states:SendTaskSuccess", "*"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "parameters", "action", "expected"), SDK)
def test_an_sdk_call_is_allowed_on_what_its_parameters_name(
    call: str, parameters: dict[str, Any], action: str, expected: str
) -> None:
    assert set(policy(f"aws-sdk:{call}", parameters)) == {(action, expected)}


def test_an_sdk_call_that_hands_over_a_role_may_pass_just_that_role() -> None:
    found = policy("aws-sdk:bedrock:createEvaluationJob", {"RoleArn": ROLE}, asl.Allow("A", "*", "no ARN yet"))
    assert ("iam:PassRole", ROLE) in found
    schedule = {"Name": "n", "Target": {"Arn": MACHINE, "RoleArn": ROLE}}
    found = policy("aws-sdk:scheduler:createSchedule", schedule)
    assert ("iam:PassRole", ROLE) in found


def test_what_a_call_stores_hands_over_no_role() -> None:
    item = {"TableName": "t", "Item": {"RoleArn": {"S": ROLE}}}
    assert set(policy("aws-sdk:dynamodb:putItem", item)) == {("dynamodb:PutItem", arn("dynamodb", "table/t"))}


def test_listing_is_limited_to_the_prefix() -> None:
    found = policy("aws-sdk:s3:listObjectsV2", {"Bucket": "b", "Prefix": "in/"})
    assert found == {("s3:ListBucket", "arn:aws:s3:::b"): {"StringLike": {"s3:prefix": "in/"}}}


UNKNOWN = [
    ("aws-sdk:dynamodbb:scan", "the AWS SDK has no service 'dynamodbb' (did you mean 'dynamodb'?)"),
    ("aws-sdk:sfn:startSyncExecutoin", "sfn has no call 'startSyncExecutoin' (did you mean 'startSyncExecution'?)"),
    ("aws-sdk:sfn:StartExecution", "sfn has no call 'StartExecution' (did you mean 'startExecution'?)"),
]


@pytest.mark.parametrize(("resource", "message"), UNKNOWN)
def test_a_misspelt_service_or_call_is_an_error_with_the_nearest_name(resource: str, message: str) -> None:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "TimeoutSeconds": 5, "End": True}
    found = asl.check({"StartAt": "A", "States": {"A": task}})
    assert [(one.rule.id, one.message) for one in found] == [("ASL030", message)]


def test_what_is_declared_narrows_a_runtime_target_and_its_reason_becomes_the_sid() -> None:
    state = {
        "Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": True,
        "Parameters": {"TableName.$": "$.table", "Key": {}},
    }  # fmt: skip
    definition = {"StartAt": "A", "States": {"A": state}}
    for named in ("A", "States.A"):
        statements = asl.grants(definition, allow=[asl.Allow(named, ["eu", "us"], "tables of both regions")])
        (statement,) = asl.document(statements, ACCOUNT)["Statement"]  # pyright: ignore
        assert statement["Sid"] == "TablesOfBothRegions"
        assert statement["Resource"] == [arn("dynamodb", "table/eu"), arn("dynamodb", "table/us")]


NEEDS = [
    ("dynamodb:getItem", {"TableName.$": "$.t"}, [], "TableName of dynamodb:getItem is read from data"),
    ("ecs:runTask", {"TaskDefinition.$": "$.t"}, [], r"Allow\('A', TaskRoles, REASON, parameter='TaskRoles'\)"),
    ("aws-sdk:ec2:stopInstances", {}, [], r"Resource of aws-sdk:ec2:stopInstances is not in the definition"),
    # It works on the mapping, whose id it is given; the function is what the mapping is to point at.
    ("aws-sdk:lambda:updateEventSourceMapping", {"FunctionName": "f"}, [], "Resource of .* is not in the definition"),
    # It works on the group.
    ("aws-sdk:iam:attachGroupPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, [], "Resource of"),
    ("aws-sdk:iam:attachGroupPolicy", {"PolicyArn": "${policy.arn}"}, [], "Resource of"),
    ("aws-sdk:sqs:startMessageMoveTask", {"SourceArn": "${dead.arn}"}, [], "Resource of"),
    # Of a key given by alias a policy has to name the key itself.
    ("aws-sdk:kms:decrypt", {"KeyId": "alias/orders"}, [], "Resource of aws-sdk:kms:decrypt"),
    ("aws-sdk:kms:decrypt", {"KeyId": "arn:aws:kms:eu-west-1:1:alias/orders"}, [], "Resource of aws-sdk:kms:decrypt"),
    ("aws-sdk:apigateway:getStage", {}, [], r"IAM has no action named as aws-sdk:apigateway:getStage"),
    ("sns:publish", {"TopicArn": {"Ref": "Topic"}}, [], "TopicArn of sns:publish"),
    ("lambda:invoke", {"FunctionName": None}, [], "FunctionName of lambda:invoke"),
    ("dynamodb:getItem", {"TableName": "t"}, [asl.Allow("A", "u", "x")], "leaves anything to declare"),
    ("dynamodb:getItem", {"TableName": "t"}, [asl.Allow("B", "u", "x")], r"Allow\('B', …, 'x'\)"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "allow", "message"), NEEDS)
def test_what_is_neither_known_nor_declared_is_an_error_that_says_what_to_declare(
    resource: str, parameters: dict[str, Any], allow: list[asl.Allow], message: str
) -> None:
    with pytest.raises(asl.PermissionsError, match=message):
        policy(resource, parameters, *allow)


def test_a_call_that_iam_names_otherwise_is_declared_with_its_actions() -> None:
    stage = "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod"
    declared = asl.Allow("A", stage, "read the stage", actions=("apigateway:GET",))
    assert set(policy("aws-sdk:apigateway:getStage", {}, declared)) == {("apigateway:GET", stage)}


KEY = arn("kms", "key/1-2")
USE_KEY = asl.Allow("A", KEY, "the key of the queue", actions=("kms:Decrypt", "kms:GenerateDataKey"))


def test_the_key_of_an_encrypted_target_is_declared_beside_it() -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""
    queue = {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"}
    with_key = ("kms:Decrypt kms:GenerateDataKey", KEY)
    assert set(policy("sqs:sendMessage", queue, USE_KEY)) == {("sqs:SendMessage", arn("sqs", "q")), with_key}
    with pytest.raises(asl.PermissionsError, match="QueueUrl of sqs:sendMessage is read from data"):
        policy("sqs:sendMessage", {"QueueUrl.$": "$.queue"}, USE_KEY)
    assert set(policy("eks:call", {}, USE_KEY)) == {with_key}


@pytest.mark.parametrize("form", ["", ".sync", ".waitForTaskToken"])
@pytest.mark.parametrize("said", [True, False])
def test_with_credentials_the_role_takes_on_just_the_other_role(form: str, said: bool) -> None:
    """Of a job in another account Step Functions hears by polling, with the other role: it needs no event rule.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    state = {
        "Type": "Task", "Resource": f"arn:aws:states:::states:startExecution{form}", "End": True,
        "Parameters": {"StateMachineArn.$": "$.machine"},
        "Credentials": {"RoleArn": ROLE} if said else {"RoleArn.$": "$.role"},
    }  # fmt: skip
    definition = {"StartAt": "A", "States": {"A": state}}
    if not said:
        with pytest.raises(asl.PermissionsError, match=r"States\.A\.Credentials: RoleArn .* is read from data"):
            asl.grants(definition)
    statements = asl.grants(definition, allow=[] if said else [asl.Allow("A", ROLE, "the other account")])
    document: Any = asl.document(statements, ACCOUNT)
    assert [(one["Action"], one["Resource"]) for one in document["Statement"]] == [(["sts:AssumeRole"], [ROLE])]


def distributed(
    reader: dict[str, Any], writer: dict[str, Any] | None = None, allow: Any = (), **more: Any
) -> dict[tuple[str, str], Any]:
    task = {"Type": "Task", "Resource": arn("lambda", "function:child"), "End": True}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "T", "States": {"T": task}}
    state = {"Type": "Map", "ItemProcessor": processor, "ItemReader": reader, "End": True, **more}
    if writer:
        state["ResultWriter"] = writer
    statements = asl.grants({"StartAt": "M", "States": {"M": state}}, allow=allow)
    document: Any = asl.document(statements, ACCOUNT, {"Machine": "self"})
    return {(" ".join(one["Action"]), " ".join(one["Resource"])): one.get("Condition") for one in document["Statement"]}


CHILDREN = {
    ("states:StartExecution", arn("states", "stateMachine:self")),
    ("states:DescribeExecution states:StopExecution", arn("states", "execution:self:*")),
    ("states:RedriveExecution", arn("states", "execution:self/rows:*")),
    ("lambda:InvokeFunction", f"{arn('lambda', 'function:child')} {arn('lambda', 'function:child')}:*"),
}
S3 = "arn:aws:states:::s3:"


def test_a_distributed_map_reads_writes_and_runs_its_children() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"""
    reader = {"Resource": S3 + "getObject", "Parameters": {"Bucket": "in", "Key": "rows.csv"}}
    writer = {"Resource": S3 + "putObject", "Parameters": {"Bucket": "out", "Prefix": "done"}}
    results = "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject"
    assert set(distributed(reader, writer, Label="rows")) == CHILDREN | {
        ("s3:GetObject", "arn:aws:s3:::in/rows.csv"),
        (results, "arn:aws:s3:::out/done/*"),
    }


def test_a_distributed_map_lists_just_its_prefix_and_loads_objects_only_when_it_flattens_them() -> None:
    reader: dict[str, Any] = {"Resource": S3 + "listObjectsV2", "Parameters": {"Bucket": "in", "Prefix": "2026/"}}
    listed = {("s3:ListBucket", "arn:aws:s3:::in"): {"StringLike": {"s3:prefix": "2026/"}}}
    found = distributed(reader, Label="rows")
    assert {pair: condition for pair, condition in found.items() if pair not in CHILDREN} == listed
    flat = distributed({**reader, "ReaderConfig": {"Transformation": "LOAD_AND_FLATTEN"}}, Label="rows")
    assert set(flat) - CHILDREN - set(listed) == {("s3:GetObject", "arn:aws:s3:::in/2026/*")}


def test_without_a_label_a_redrive_reaches_every_map_run_of_the_machine_and_no_other() -> None:
    """AWS makes the label up then: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html"""
    found = distributed({"Resource": S3 + "getObject", "Parameters": {"Bucket": "b", "Key": "k"}})
    assert ("states:RedriveExecution", arn("states", "execution:self/*:*")) in found


def test_the_key_of_a_maps_bucket_is_declared_once() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html#multiupload-dmap-result-policy"""
    reader = {"Resource": S3 + "getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    writer = {"Resource": S3 + "putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
    actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
    found = distributed(reader, writer, [asl.Allow("M", KEY, "the bucket's key", actions=actions)])
    assert (" ".join(actions), KEY) in found


def test_what_a_manifest_lists_has_to_be_declared() -> None:
    reader = {"Resource": S3 + "getObject", "Parameters": {"Bucket": "b", "Key": "m"}}
    with pytest.raises(asl.PermissionsError, match="Data of ItemReader is not in the definition"):
        distributed({**reader, "ReaderConfig": {"InputType": "MANIFEST"}})


def test_one_of_several_parameters_will_do_and_a_placeholder_in_a_resource_is_no_mistake() -> None:
    def errors(resource: str, parameters: dict[str, Any]) -> list[str]:
        task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "TimeoutSeconds": 5, "End": True}
        return [one.message for one in asl.check({"StartAt": "A", "States": {"A": task}})]

    assert errors("arn:aws:states:::sns:publish", {"PhoneNumber": "+1", "Message": "m"}) == []
    assert errors("arn:aws:states:::sns:publish", {"Message": "m"}) == [
        "sns:publish needs TopicArn or TargetArn or PhoneNumber"
    ]
    assert errors("arn:${AWS::Partition}:states:::aws-sdk:sns:${Call}", {}) == []
    assert errors("arn:${AWS::Partition}:states:::dynamodb:${Call}", {}) == []


def test_a_function_is_allowed_the_plain_call_on_the_one_thing_it_works_on() -> None:
    def allowed(call: str, value: str) -> list[tuple[list[str], list[str]]]:
        document: Any = asl.document(asl.allow(call, value), ACCOUNT)
        return [(one["Action"], one["Resource"]) for one in document["Statement"]]

    assert allowed("states:startExecution", MACHINE) == [(["states:StartExecution"], [MACHINE])]
    assert allowed("sns:publish", arn("sns", "t")) == [(["sns:Publish"], [arn("sns", "t")])]
    assert allowed("glue:startJobRun", "j") == [(["glue:StartJobRun"], [arn("glue", "job/j")])]
    with pytest.raises(ValueError, match="works on JobDefinition, JobQueue"):
        asl.allow("batch:submitJob", "q")


def test_a_maps_reader_and_writer_are_declared_apart() -> None:
    reader = {"Resource": S3 + "getObject", "Parameters": {"Bucket.$": "$.from", "Key": "k"}}
    writer = {"Resource": S3 + "putObject", "Parameters": {"Bucket.$": "$.to"}}
    declared = [asl.Allow("M", "in", "the inbox", parameter="ItemReader.Bucket")]
    with pytest.raises(asl.PermissionsError, match=r"parameter='ResultWriter\.Bucket'"):
        distributed(reader, writer, declared)
    declared.append(asl.Allow("M", "out", "the outbox", parameter="ResultWriter.Bucket"))
    found = {pair for pair in distributed(reader, writer, declared, Label="rows") if pair not in CHILDREN}
    results = "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject"
    assert found == {("s3:GetObject", "arn:aws:s3:::in/k"), (results, "arn:aws:s3:::out/*")}


@pytest.mark.parametrize("action", ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"])
def test_an_answer_to_a_token_is_allowed_on_the_machine_its_versions_and_its_map_runs(action: str) -> None:
    """An execution may belong to a version or an alias, and a child to a Map Run:
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html"""
    row = INTEGRATIONS[f"states:{action[0].lower()}{action[1:]}"]
    machine = arn("states", "stateMachine:orders")
    (target,) = next(one for one in row.permissions if one.targets[0].template == "{StateMachineArn}").targets
    assert target.arns(f"{machine}:live", ACCOUNT) == (machine, f"{machine}:*", f"{machine}/*")
