"""What each integration's role is allowed: written by hand from research into the pages that stand with the cases."""

from __future__ import annotations

from typing import Any

import pytest

import asl
from asl.integrations import INTEGRATIONS

ACCOUNT = asl.Account("aws", "eu-west-1", "123456789012")
HERE = "eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/worker"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:child"
CONNECTION = f"arn:aws:events:{HERE}:connection/shop/0a1b"
EVENTS = "events:DescribeRule events:PutRule events:PutTargets"


def policy(
    resource: str, parameters: dict[str, Any], *allow: asl.Allow, **values: str
) -> dict[tuple[str, str], dict[str, Any] | None]:
    """The statements as `(actions, resources)`, each with its condition."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    statements = asl.grants({"StartAt": "A", "States": {"A": state}}, allow=allow)
    document: Any = asl.document(statements, ACCOUNT, {"Machine": "self", **values})
    return {(" ".join(one["Action"]), " ".join(one["Resource"])): one.get("Condition") for one in document["Statement"]}


def rule(name: str) -> tuple[str, str]:
    return EVENTS, f"arn:aws:events:{HERE}:rule/StepFunctionsGet{name}Rule"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{HERE}:{resource}"


TASK_ROLES = asl.Allow("A", ["worker", "puller"], "the task's own two roles", parameter="TaskRoles")
BOTH_ROLES = "arn:aws:iam::123456789012:role/puller arn:aws:iam::123456789012:role/worker"
RUN_TASK = ("ecs:RunTask", arn("ecs", "task-definition/scan:3"))
TO_TASKS = ("iam:PassRole", BOTH_ROLES)
CLUSTER = arn("elasticmapreduce", "cluster/j-1")
PROJECT = arn("codebuild", "project/site")
PROJECT_OF_ID = asl.Allow("A", "site", "builds of the site", parameter="Project")
APPLICATION = arn("emr-serverless", "/applications/a1")
NODES = arn("eks", "nodegroup/c/n/*")
PROFILE = arn("eks", "fargateprofile/c/f/*")
JOBS = {
    # SageMaker's jobs: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    "TrainingJob": ("training-job", {"RoleArn": ROLE}, "EventsForSageMakerTrainingJobs"),
    "TransformJob": ("transform-job", {}, "EventsForSageMakerTransformJobs"),
    "ProcessingJob": ("processing-job", {"RoleArn": ROLE}, "EventsForSageMakerProcessingJobs"),
    "HyperParameterTuningJob": (
        "hyper-parameter-tuning-job",
        {"TrainingJobDefinition": {"RoleArn": ROLE}},
        "EventsForSageMakerTuningJobs",
    ),
    "LabelingJob": ("labeling-job", {"RoleArn": ROLE}, ""),
}
QUERY = [asl.Allow("A", "arn:aws:s3:::lake/*", "the lake", parameter="Data")]
READ = (
    "glue:GetDatabase glue:GetDatabases glue:GetPartition glue:GetPartitions glue:GetTable glue:GetTables "
    "glue:BatchGetPartition s3:GetBucketLocation s3:GetObject s3:ListBucket"
)
WORKGROUP = f"{arn('athena', 'datacatalog/*')} {arn('athena', 'workgroup/primary')}"

# (resource, parameters, declarations, statements); every row also has the pattern with .sync where AWS offers it.
CASES: list[tuple[str, dict[str, Any], list[asl.Allow], list[tuple[str, str]]]] = [
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    ("lambda:invoke", {"FunctionName": "f:7"}, [], [("lambda:InvokeFunction", arn("lambda", "function:f:*"))]),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
    (
        "sqs:sendMessage",
        {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"},
        [],
        [("sqs:SendMessage", arn("sqs", "q"))],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
    ("sns:publish", {"TopicArn": arn("sns", "t")}, [], [("sns:Publish", arn("sns", "t"))]),
    ("sns:publish.waitForTaskToken", {"TargetArn": arn("sns", "t")}, [], [("sns:Publish", arn("sns", "t"))]),
    ("sns:publish", {"PhoneNumber.$": "$.n"}, [asl.Allow("A", "*", "phone numbers")], [("sns:Publish", "*")]),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    (
        "events:putEvents",
        {"Entries": [{"EventBusName": "shop"}, {"Detail": {}}]},
        [],
        [("events:PutEvents", f"{arn('events', 'event-bus/default')} {arn('events', 'event-bus/shop')}")],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html
    *(
        (
            f"dynamodb:{call}",
            {"TableName": "t"},
            [],
            [(f"dynamodb:{call[0].upper()}{call[1:]}", arn("dynamodb", "table/t"))],
        )
        for call in ("getItem", "putItem", "updateItem", "deleteItem")
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    ("ecs:runTask", {"TaskDefinition": "scan:3"}, [TASK_ROLES], [RUN_TASK, TO_TASKS]),
    (
        "ecs:runTask.sync",
        {"TaskDefinition": "scan:3", "Cluster": arn("ecs", "cluster/main")},
        [TASK_ROLES],
        [RUN_TASK, TO_TASKS, ("ecs:DescribeTasks ecs:StopTask", arn("ecs", "task/main/*")), rule("EventsForECSTask")],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    ("states:startExecution", {"StateMachineArn": f"{MACHINE}:live"}, [], [("states:StartExecution", MACHINE)]),
    *(
        (
            f"states:startExecution.{pattern}",
            {"StateMachineArn": MACHINE},
            [],
            [
                ("states:StartExecution", MACHINE),
                ("states:DescribeExecution states:StopExecution", arn("states", "execution:child:*")),
                rule("EventsForStepFunctionsExecution"),
            ],
        )
        for pattern in ("sync", "sync:2")
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
    (
        "batch:submitJob.sync",
        {"JobQueue": "q", "JobDefinition": "d"},
        [],
        [
            (
                "batch:SubmitJob",
                f"{arn('batch', 'job-definition/d')} {arn('batch', 'job-definition/d:*')} "
                f"{arn('batch', 'job-queue/q')}",
            ),
            ("batch:DescribeJobs", "*"),
            ("batch:TerminateJob", arn("batch", "job/*")),
            rule("EventsForBatchJobs"),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
    ("glue:startJobRun", {"JobName": "j"}, [], [("glue:StartJobRun", arn("glue", "job/j"))]),
    (
        "glue:startJobRun.sync",
        {"JobName": "j"},
        [],
        [
            ("glue:StartJobRun", arn("glue", "job/j")),
            ("glue:BatchStopJobRun glue:GetJobRun glue:GetJobRuns", arn("glue", "job/j")),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-databrew.html
    (
        "databrew:startJobRun.sync",
        {"Name": "j"},
        [],
        [
            ("databrew:StartJobRun", arn("databrew", "job/j")),
            ("databrew:ListJobRuns databrew:StopJobRun", arn("databrew", "job/j")),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-mediaconvert.html
    (
        "mediaconvert:createJob.sync",
        {"Role": ROLE},
        [],
        [
            (
                "mediaconvert:CreateJob",
                f"{arn('mediaconvert', 'jobTemplates/*')} {arn('mediaconvert', 'presets/*')} "
                f"{arn('mediaconvert', 'queues/Default')}",
            ),
            ("iam:PassRole", ROLE),
            ("mediaconvert:CancelJob mediaconvert:GetJob", arn("mediaconvert", "jobs/*")),
            rule("EventsForMediaConvertJob"),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-codebuild.html
    (
        "codebuild:startBuild.sync",
        {"ProjectName": "site"},
        [],
        [
            ("codebuild:StartBuild", PROJECT),
            ("codebuild:BatchGetBuilds codebuild:StopBuild", PROJECT),
            rule("EventForCodeBuildStartBuild"),
        ],
    ),
    (
        "codebuild:startBuildBatch.sync",
        {"ProjectName": "site"},
        [],
        [
            ("codebuild:StartBuildBatch", PROJECT),
            ("codebuild:BatchGetBuildBatches codebuild:StopBuildBatch", PROJECT),
            rule("EventForCodeBuildStartBuildBatch"),
        ],
    ),
    ("codebuild:stopBuild", {"Id.$": "$.id"}, [PROJECT_OF_ID], [("codebuild:StopBuild", PROJECT)]),
    ("codebuild:batchDeleteBuilds", {"Ids.$": "$.id"}, [PROJECT_OF_ID], [("codebuild:BatchDeleteBuilds", PROJECT)]),
    ("codebuild:stopBuildBatch", {"Id.$": "$.id"}, [PROJECT_OF_ID], [("codebuild:StopBuildBatch", PROJECT)]),
    ("codebuild:deleteBuildBatch", {"Id.$": "$.id"}, [PROJECT_OF_ID], [("codebuild:DeleteBuildBatch", PROJECT)]),
    (
        "codebuild:retryBuildBatch.sync",
        {"Id.$": "$.id"},
        [PROJECT_OF_ID],
        [
            ("codebuild:RetryBuildBatch", PROJECT),
            ("codebuild:BatchGetBuildBatches codebuild:StopBuildBatch", PROJECT),
        ],
    ),
    (
        "codebuild:batchGetReports",
        {"ReportArns.$": "$.arns"},
        [asl.Allow("A", "tests", "test reports")],
        [("codebuild:BatchGetReports", arn("codebuild", "report-group/tests"))],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    *(
        (
            f"sagemaker:create{kind}.sync",
            {f"{kind}Name": "n", **role},
            [],
            [
                (f"sagemaker:Create{kind}", arn("sagemaker", f"{path}/n*")),
                ("sagemaker:AddTags sagemaker:ListTags", arn("sagemaker", f"{path}/n*")),
                *([("iam:PassRole", ROLE)] if role else []),
                (f"sagemaker:Describe{kind} sagemaker:Stop{kind}", arn("sagemaker", f"{path}/n*")),
                *([rule(event)] if event else []),
            ],
        )
        for kind, (path, role, event) in JOBS.items()
    ),
    (
        "sagemaker:createModel",
        {"ModelName": "m", "ExecutionRoleArn": ROLE},
        [],
        [
            ("sagemaker:CreateModel", arn("sagemaker", "model/m")),
            ("sagemaker:AddTags sagemaker:ListTags", arn("sagemaker", "model/m")),
            ("iam:PassRole", ROLE),
        ],
    ),
    *(
        (
            f"sagemaker:{call}Endpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [],
            [
                (
                    f"sagemaker:{call[0].upper()}{call[1:]}Endpoint",
                    f"{arn('sagemaker', 'endpoint-config/c')} {arn('sagemaker', 'endpoint/e')}",
                ),
                ("sagemaker:AddTags sagemaker:ListTags", arn("sagemaker", "endpoint/e")),
            ],
        )
        for call in ("create", "update")
    ),
    (
        "sagemaker:createEndpointConfig",
        {"EndpointConfigName": "c"},
        [],
        [
            ("sagemaker:CreateEndpointConfig", arn("sagemaker", "endpoint-config/c")),
            ("sagemaker:AddTags sagemaker:ListTags", arn("sagemaker", "endpoint-config/c")),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/emr-iam.html
    (
        "elasticmapreduce:createCluster.sync",
        {"ServiceRole": "worker"},
        [],
        [
            ("elasticmapreduce:RunJobFlow", "*"),
            ("iam:PassRole", ROLE),
            (
                "elasticmapreduce:DescribeCluster elasticmapreduce:TerminateJobFlows",
                arn("elasticmapreduce", "cluster/*"),
            ),
        ],
    ),
    (
        "elasticmapreduce:setClusterTerminationProtection",
        {"ClusterId": "j-1"},
        [],
        [("elasticmapreduce:SetTerminationProtection", CLUSTER)],
    ),
    (
        "elasticmapreduce:terminateCluster.sync",
        {"ClusterId": "j-1"},
        [],
        [("elasticmapreduce:TerminateJobFlows", CLUSTER), ("elasticmapreduce:DescribeCluster", CLUSTER)],
    ),
    (
        "elasticmapreduce:addStep.sync",
        {"ClusterId": "j-1"},
        [],
        [
            ("elasticmapreduce:AddJobFlowSteps", CLUSTER),
            ("elasticmapreduce:CancelSteps elasticmapreduce:DescribeStep", CLUSTER),
        ],
    ),
    ("elasticmapreduce:cancelStep", {"ClusterId": "j-1"}, [], [("elasticmapreduce:CancelSteps", CLUSTER)]),
    (
        "elasticmapreduce:modifyInstanceFleetByName",
        {"ClusterId": "j-1"},
        [],
        [("elasticmapreduce:ListInstanceFleets elasticmapreduce:ModifyInstanceFleet", CLUSTER)],
    ),
    (
        "elasticmapreduce:modifyInstanceGroupByName",
        {"ClusterId": "j-1"},
        [],
        [("elasticmapreduce:ListInstanceGroups elasticmapreduce:ModifyInstanceGroups", CLUSTER)],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-eks.html
    (
        "emr-containers:createVirtualCluster",
        {},
        [],
        [
            ("emr-containers:CreateVirtualCluster", "*"),
            (
                "iam:CreateServiceLinkedRole",
                "arn:aws:iam::123456789012:role/aws-service-role/emr-containers.amazonaws.com/"
                "AWSServiceRoleForAmazonEMRContainers",
            ),
        ],
    ),
    (
        "emr-containers:deleteVirtualCluster.sync",
        {"Id": "v"},
        [],
        [
            ("emr-containers:DeleteVirtualCluster", arn("emr-containers", "/virtualclusters/v")),
            ("emr-containers:DescribeVirtualCluster", arn("emr-containers", "/virtualclusters/v")),
        ],
    ),
    (
        "emr-containers:startJobRun.sync",
        {"VirtualClusterId": "v", "ExecutionRoleArn": ROLE},
        [],
        [
            ("emr-containers:StartJobRun", arn("emr-containers", "/virtualclusters/v")),
            (
                "emr-containers:CancelJobRun emr-containers:DescribeJobRun",
                arn("emr-containers", "/virtualclusters/v/jobruns/*"),
            ),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/emr-serverless-iam.html
    (
        "emr-serverless:createApplication.sync",
        {},
        [],
        [
            ("emr-serverless:CreateApplication", arn("emr-serverless", "/*")),
            (
                "emr-serverless:DeleteApplication emr-serverless:GetApplication",
                arn("emr-serverless", "/applications/*"),
            ),
            (
                "iam:CreateServiceLinkedRole",
                "arn:aws:iam::123456789012:role/aws-service-role/ops.emr-serverless.amazonaws.com/"
                "AWSServiceRoleForAmazonEMRServerless*",
            ),
            rule("EventsForEMRServerlessApplication"),
        ],
    ),
    *(
        (
            f"emr-serverless:{call}Application.sync",
            {"ApplicationId": "a1"},
            [],
            [
                (f"emr-serverless:{call.capitalize()}Application", APPLICATION),
                (" ".join(f"emr-serverless:{one}Application" for one in sync), APPLICATION),
                rule("EventsForEMRServerlessApplication"),
            ],
        )
        for call, sync in (("start", ("Get", "Stop")), ("stop", ("Get",)), ("delete", ("Get",)))
    ),
    (
        "emr-serverless:startJobRun.sync",
        {"ApplicationId": "a1", "ExecutionRoleArn": ROLE},
        [],
        [
            ("emr-serverless:StartJobRun", APPLICATION),
            ("iam:PassRole", ROLE),
            ("emr-serverless:CancelJobRun emr-serverless:GetJobRun", f"{APPLICATION}/jobruns/*"),
            rule("EventsForEMRServerlessJob"),
        ],
    ),
    (
        "emr-serverless:cancelJobRun.sync",
        {"ApplicationId": "a1", "JobRunId": "r"},
        [],
        [
            ("emr-serverless:CancelJobRun", f"{APPLICATION}/jobruns/r"),
            ("emr-serverless:GetJobRun", f"{APPLICATION}/jobruns/r"),
            rule("EventsForEMRServerlessJob"),
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
    (
        "athena:startQueryExecution.sync",
        {"QueryString": "q", "ResultConfiguration": {"OutputLocation": "s3://out/r/"}},
        QUERY,
        [
            ("athena:GetDataCatalog athena:StartQueryExecution", WORKGROUP),
            ("athena:GetQueryExecution athena:GetQueryResults athena:StopQueryExecution", WORKGROUP),
            ("s3:AbortMultipartUpload s3:GetObject s3:PutObject", "arn:aws:s3:::out/r/*"),
            (READ, "arn:aws:s3:::lake/*"),
            ("lakeformation:GetDataAccess", "*"),
        ],
    ),
    *(
        (
            f"athena:{call}",
            {"QueryExecutionId.$": "$.id"},
            [asl.Allow("A", "primary", "queries of the workgroup")],
            [(f"athena:{call[0].upper()}{call[1:]}", arn("athena", "workgroup/primary"))],
        )
        for call in ("getQueryExecution", "getQueryResults", "stopQueryExecution")
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html
    ("eks:runJob.sync", {}, [], []),
    ("eks:call", {}, [], []),
    (
        "eks:createCluster.sync",
        {"Name": "c", "RoleArn": ROLE},
        [],
        [
            ("eks:CreateCluster", "*"),
            ("iam:PassRole", ROLE),
            ("eks:DeleteCluster eks:DescribeCluster", arn("eks", "cluster/c")),
        ],
    ),
    (
        "eks:deleteCluster.sync",
        {"Name": "c"},
        [],
        [("eks:DeleteCluster", arn("eks", "cluster/c")), ("eks:DescribeCluster", arn("eks", "cluster/c"))],
    ),
    (
        "eks:createNodegroup.sync",
        {"ClusterName": "c", "NodegroupName": "n", "NodeRole": ROLE},
        [],
        [
            ("eks:CreateNodegroup", arn("eks", "cluster/c")),
            ("ec2:DescribeSubnets", "*"),
            ("iam:GetRole iam:ListAttachedRolePolicies", ROLE),
            ("iam:PassRole", ROLE),
            ("eks:DeleteNodegroup eks:DescribeNodegroup", NODES),
        ],
    ),
    (
        "eks:deleteNodegroup.sync",
        {"ClusterName": "c", "NodegroupName": "n"},
        [],
        [("eks:DeleteNodegroup", NODES), ("eks:DescribeNodegroup", NODES)],
    ),
    (
        "eks:createFargateProfile.sync",
        {"ClusterName": "c", "FargateProfileName": "f", "PodExecutionRoleArn": ROLE},
        [],
        [
            ("eks:CreateFargateProfile", arn("eks", "cluster/c")),
            ("iam:PassRole", ROLE),
            ("eks:DeleteFargateProfile eks:DescribeFargateProfile", PROFILE),
        ],
    ),
    (
        "eks:deleteFargateProfile.sync",
        {"ClusterName": "c", "FargateProfileName": "f"},
        [],
        [("eks:DeleteFargateProfile", PROFILE), ("eks:DescribeFargateProfile", PROFILE)],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    (
        "bedrock:invokeModel",
        {"ModelId": "titan", "Input": {"S3Uri": "s3://in/k"}, "Output": {"S3Uri": "s3://out/k"}},
        [],
        [
            ("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/titan"),
            ("s3:GetObject", "arn:aws:s3:::in/k"),
            ("s3:PutObject", "arn:aws:s3:::out/k"),
        ],
    ),
    (
        "bedrock:createModelCustomizationJob.sync",
        {"BaseModelIdentifier": "titan", "RoleArn": ROLE},
        [],
        [
            (
                "bedrock:CreateModelCustomizationJob",
                f"{arn('bedrock', 'custom-model/*')} {arn('bedrock', 'model-customization-job/*')} "
                "arn:aws:bedrock:eu-west-1::foundation-model/titan",
            ),
            ("iam:PassRole", ROLE),
            (
                "bedrock:GetModelCustomizationJob bedrock:StopModelCustomizationJob",
                arn("bedrock", "model-customization-job/*"),
            ),
        ],
    ),
    (
        "bedrockagentcore:invokeHarness",
        {"HarnessArn": arn("bedrock-agentcore", "harness/h")},
        [],
        [
            (
                "bedrock-agentcore:InvokeAgentRuntime bedrock-agentcore:InvokeHarness",
                arn("bedrock-agentcore", "harness/h"),
            )
        ],
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    (
        "apigateway:invoke",
        {
            "ApiEndpoint": "abc.execute-api.eu-west-1.amazonaws.com",
            "Method": "GET",
            "Stage": "prod",
            "Path": "/pets",
            "AuthType": "IAM_ROLE",
        },
        [],
        [("execute-api:Invoke", arn("execute-api", "abc/prod/GET/pets"))],
    ),
    ("apigateway:invoke", {"ApiEndpoint": "abc", "Method": "GET", "AuthType": "NO_AUTH"}, [], []),
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    (
        "http:invoke",
        {"ApiEndpoint": "https://x.test/a", "Method": "POST", "Authentication": {"ConnectionArn": CONNECTION}},
        [],
        [
            ("states:InvokeHTTPEndpoint", arn("states", "stateMachine:self")),
            ("events:RetrieveConnectionCredentials", CONNECTION),
            (
                "secretsmanager:DescribeSecret secretsmanager:GetSecretValue",
                arn("secretsmanager", "secret:events!connection/shop/*"),
            ),
        ],
    ),
]


@pytest.mark.parametrize(("resource", "parameters", "allow", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_role_is_allowed_what_the_page_documents_and_no_more(
    resource: str, parameters: dict[str, Any], allow: list[asl.Allow], expected: list[tuple[str, str]]
) -> None:
    assert set(policy(resource, parameters, *allow)) == set(expected)


def test_every_row_that_a_state_can_use_has_a_case() -> None:
    ids = {resource.partition(".")[0] for resource, *_ in CASES}
    assert {row.id for row in INTEGRATIONS.values() if row.standard} - ids == {"lambda-function-arn", "activity"}


@pytest.mark.parametrize("resource", [case[0] for case in CASES if ".sync" in case[0]])
def test_waiting_for_a_job_adds_permissions_and_without_it_they_are_not_there(resource: str) -> None:
    _, parameters, allow, expected = next(case for case in CASES if case[0] == resource)
    plain = set(policy(resource.partition(".")[0], parameters, *allow))
    assert plain <= set(expected)
    assert plain < set(expected) or not expected


CONDITIONS = [
    ("ecs:runTask", {"TaskDefinition": "scan:3"}, [TASK_ROLES], "iam:PassRole",
     {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
    ("mediaconvert:createJob.sync", {"Role": ROLE}, [], "mediaconvert:CancelJob mediaconvert:GetJob",
     {"StringEquals": {"aws:ResourceTag/ManagedByService": "AWSStepFunctions"}}),
    ("emr-containers:startJobRun", {"VirtualClusterId": "v", "ExecutionRoleArn": ROLE}, [],
     "emr-containers:StartJobRun", {"StringEquals": {"emr-containers:ExecutionRoleArn": ROLE}}),
    ("http:invoke", {"ApiEndpoint": "https://x.test/a", "Method": "POST"}, [], "states:InvokeHTTPEndpoint",
     {"StringEquals": {"states:HTTPMethod": "POST"}, "StringLike": {"states:HTTPEndpoint": "https://x.test/a"}}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "parameters", "allow", "action", "expected"), CONDITIONS)
def test_a_statement_carries_the_condition_that_aws_documents(
    resource: str, parameters: dict[str, Any], allow: list[asl.Allow], action: str, expected: dict[str, Any]
) -> None:
    (found,) = [
        condition for (actions, _), condition in policy(resource, parameters, *allow).items() if actions == action
    ]
    assert found == expected


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
]  # fmt: skip


@pytest.mark.parametrize(("call", "parameters", "action", "expected"), SDK)
def test_an_sdk_call_is_allowed_on_what_its_parameters_name(
    call: str, parameters: dict[str, Any], action: str, expected: str
) -> None:
    assert set(policy(f"aws-sdk:{call}", parameters)) == {(action, expected)}


def test_an_sdk_call_that_hands_over_a_role_may_pass_just_that_role() -> None:
    found = policy("aws-sdk:bedrock:createEvaluationJob", {"RoleArn": ROLE}, asl.Allow("A", "*", "no ARN yet"))
    assert ("iam:PassRole", ROLE) in found


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
    ("aws-sdk:ec2:describeInstances", {}, [], r"Resource of aws-sdk:ec2:describeInstances is not in the definition"),
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


def test_with_credentials_the_role_takes_on_the_other_role_and_needs_nothing_else() -> None:
    state = {
        "Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": True,
        "Parameters": {"TableName.$": "$.t"}, "Credentials": {"RoleArn": ROLE},
    }  # fmt: skip
    document: Any = asl.document(asl.grants({"StartAt": "A", "States": {"A": state}}), ACCOUNT)
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
