"""What a role is allowed for each integration and pattern, written by hand from the AWS pages beside the cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asl

HERE = "eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/worker"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:child"
CONNECTION = f"arn:aws:events:{HERE}:connection/shop/0a1b"

Statement: TypeAlias = tuple[str, str]
"""Actions and resources, each joined by blanks."""

REQUEST, SYNC, CALLBACK = ("",), ("", ".sync"), ("", ".waitForTaskToken")
"""The forms of a Resource, by what stands behind it:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"""


@dataclass(frozen=True)
class Case:
    """One integration: what is allowed in all its `forms`, and what `waiting` for a job's end adds."""

    id: str
    parameters: dict[str, Any]
    always: Sequence[Statement]
    waiting: Sequence[Statement] = ()
    forms: tuple[str, ...] = REQUEST
    allow: Sequence[asl.Allow] = ()

    def expected(self, form: str) -> set[Statement]:
        return {*self.always, *(self.waiting if form.startswith(".sync") else ())}


def rule(name: str) -> Statement:
    actions = "events:DescribeRule events:PutRule events:PutTargets"
    return actions, f"arn:aws:events:{HERE}:rule/StepFunctionsGet{name}Rule"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{HERE}:{resource}"


def linked(name: str, *services: str) -> Statement:
    roles = (
        f"arn:aws:iam::123456789012:role/aws-service-role/{service}/AWSServiceRoleFor{name}" for service in services
    )
    return "iam:CreateServiceLinkedRole", " ".join(roles)


def capital(call: str) -> str:
    return call[0].upper() + call[1:]


def messages() -> Iterator[Case]:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    invoke = ("lambda:InvokeFunction", arn("lambda", "function:f:*"))
    yield Case("lambda:invoke", {"FunctionName": "f:7"}, [invoke], forms=CALLBACK)
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
    queue = {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"}
    yield Case("sqs:sendMessage", queue, [("sqs:SendMessage", arn("sqs", "q"))], forms=CALLBACK)
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
    publish = ("sns:Publish", arn("sns", "t"))
    yield Case("sns:publish", {"TopicArn": arn("sns", "t")}, [publish], forms=CALLBACK)
    yield Case("sns:publish", {"TargetArn": arn("sns", "t")}, [publish], forms=CALLBACK)
    numbers = [asl.Allow("A", "*", "phone numbers")]
    yield Case("sns:publish", {"PhoneNumber.$": "$.n"}, [("sns:Publish", "*")], forms=CALLBACK, allow=numbers)
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    buses = f"{arn('events', 'event-bus/default')} {arn('events', 'event-bus/shop')}"
    entries = {"Entries": [{"EventBusName": "shop"}, {"Detail": {}}]}
    yield Case("events:putEvents", entries, [("events:PutEvents", buses)], forms=CALLBACK)
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html
    for call in ("getItem", "putItem", "updateItem", "deleteItem"):
        yield Case(f"dynamodb:{call}", {"TableName": "t"}, [(f"dynamodb:{capital(call)}", arn("dynamodb", "table/t"))])
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    api = {"ApiEndpoint": "abc.execute-api.eu-west-1.amazonaws.com", "Method": "GET", "Stage": "prod", "Path": "/pets"}
    called = ("execute-api:Invoke", arn("execute-api", "abc/prod/GET/pets"))
    yield Case("apigateway:invoke", {**api, "AuthType": "IAM_ROLE"}, [called], forms=CALLBACK)
    yield Case("apigateway:invoke", {**api, "AuthType": "NO_AUTH"}, [], forms=CALLBACK)
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    for field in ("Authentication", "InvocationConfig"):
        yield Case(
            "http:invoke",
            {"ApiEndpoint": "https://x.test/a", "Method": "POST", field: {"ConnectionArn": CONNECTION}},
            [
                ("states:InvokeHTTPEndpoint", arn("states", "stateMachine:self")),
                ("states:InvokeHTTPEndpoint", "*"),
                ("events:RetrieveConnectionCredentials", CONNECTION),
                (
                    "secretsmanager:DescribeSecret secretsmanager:GetSecretValue",
                    arn("secretsmanager", "secret:events!connection/shop/*"),
                ),
            ],
        )


def containers() -> Iterator[Case]:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    both = "arn:aws:iam::123456789012:role/puller arn:aws:iam::123456789012:role/worker"
    yield Case(
        "ecs:runTask",
        {"TaskDefinition": "scan:3", "Cluster": arn("ecs", "cluster/main")},
        [("ecs:RunTask", arn("ecs", "task-definition/scan:3")), ("iam:PassRole", both)],
        [("ecs:DescribeTasks ecs:StopTask", arn("ecs", "task/main/*")), rule("EventsForECSTask")],
        ("", ".sync", ".waitForTaskToken"),
        [asl.Allow("A", ["worker", "puller"], "the task's own two roles", parameter="TaskRoles")],
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
    definition = f"{arn('batch', 'job-definition/d')} {arn('batch', 'job-definition/d:*')}"
    yield Case(
        "batch:submitJob",
        {"JobQueue": "q", "JobDefinition": "d"},
        [("batch:SubmitJob", f"{definition} {arn('batch', 'job-queue/q')}")],
        [("batch:DescribeJobs", "*"), ("batch:TerminateJob", arn("batch", "job/*")), rule("EventsForBatchJobs")],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    yield Case(
        "states:startExecution",
        {"StateMachineArn": f"{MACHINE}:live"},
        [("states:StartExecution", MACHINE)],
        [
            ("states:DescribeExecution states:StopExecution", arn("states", "execution:child:*")),
            rule("EventsForStepFunctionsExecution"),
        ],
        ("", ".sync", ".sync:2", ".waitForTaskToken"),
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-codebuild.html
    project = arn("codebuild", "project/site")
    for call, read in (("Build", "BatchGetBuilds"), ("BuildBatch", "BatchGetBuildBatches")):
        yield Case(
            f"codebuild:start{call}",
            {"ProjectName": "site"},
            [(f"codebuild:Start{call}", project)],
            [(f"codebuild:{read} codebuild:Stop{call}", project), rule(f"EventForCodeBuildStart{call}")],
            SYNC,
        )
    of_id = [asl.Allow("A", "site", "builds of the site", parameter="Project")]
    for call, parameter in (
        ("stopBuild", "Id"),
        ("batchDeleteBuilds", "Ids"),
        ("stopBuildBatch", "Id"),
        ("deleteBuildBatch", "Id"),
    ):
        yield Case(
            f"codebuild:{call}", {f"{parameter}.$": "$.id"}, [(f"codebuild:{capital(call)}", project)], allow=of_id
        )
    yield Case(
        "codebuild:retryBuildBatch",
        {"Id.$": "$.id"},
        [("codebuild:RetryBuildBatch", project)],
        [("codebuild:BatchGetBuildBatches codebuild:StopBuildBatch", project)],
        SYNC,
        of_id,
    )
    yield Case(
        "codebuild:batchGetReports",
        {"ReportArns.$": "$.arns"},
        [("codebuild:BatchGetReports", arn("codebuild", "report-group/tests"))],
        allow=[asl.Allow("A", "tests", "test reports")],
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-mediaconvert.html
    yield Case(
        "mediaconvert:createJob",
        {"Role": ROLE},
        [
            (
                "mediaconvert:CreateJob",
                f"{arn('mediaconvert', 'jobTemplates/*')} {arn('mediaconvert', 'presets/*')} "
                f"{arn('mediaconvert', 'queues/Default')}",
            ),
            ("iam:PassRole", ROLE),
        ],
        [
            ("mediaconvert:CancelJob mediaconvert:GetJob", arn("mediaconvert", "jobs/*")),
            rule("EventsForMediaConvertJob"),
        ],
        SYNC,
    )


def clusters() -> Iterator[Case]:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html
    cluster, nodes, profile = arn("eks", "cluster/c"), arn("eks", "nodegroup/c/n/*"), arn("eks", "fargateprofile/c/f/*")
    # The cluster's own access control decides about these two, not IAM.
    yield Case("eks:runJob", {}, [], forms=SYNC)
    yield Case("eks:call", {}, [])
    yield Case(
        "eks:createCluster",
        {"Name": "c", "RoleArn": ROLE},
        # https://docs.aws.amazon.com/eks/latest/userguide/using-service-linked-roles.html
        [("eks:CreateCluster", "*"), ("iam:PassRole", ROLE), linked("AmazonEKS", "eks.amazonaws.com")],
        [("eks:DeleteCluster eks:DescribeCluster", cluster)],
        SYNC,
    )
    yield Case(
        "eks:deleteCluster", {"Name": "c"}, [("eks:DeleteCluster", cluster)], [("eks:DescribeCluster", cluster)], SYNC
    )
    yield Case(
        "eks:createNodegroup",
        {"ClusterName": "c", "NodegroupName": "n", "NodeRole": ROLE},
        [
            ("eks:CreateNodegroup", cluster),
            ("ec2:DescribeSubnets", "*"),
            ("iam:GetRole iam:ListAttachedRolePolicies", ROLE),
            ("iam:PassRole", ROLE),
            linked("AmazonEKSNodegroup", "eks-nodegroup.amazonaws.com"),
        ],
        [("eks:DeleteNodegroup eks:DescribeNodegroup", nodes)],
        SYNC,
    )
    yield Case(
        "eks:deleteNodegroup",
        {"ClusterName": "c", "NodegroupName": "n"},
        [("eks:DeleteNodegroup", nodes)],
        [("eks:DescribeNodegroup", nodes)],
        SYNC,
    )
    yield Case(
        "eks:createFargateProfile",
        {"ClusterName": "c", "FargateProfileName": "f", "PodExecutionRoleArn": ROLE},
        [
            ("eks:CreateFargateProfile", cluster),
            ("iam:PassRole", ROLE),
            linked("AmazonEKSForFargate", "eks-fargate.amazonaws.com"),
        ],
        [("eks:DeleteFargateProfile eks:DescribeFargateProfile", profile)],
        SYNC,
    )
    yield Case(
        "eks:deleteFargateProfile",
        {"ClusterName": "c", "FargateProfileName": "f"},
        [("eks:DeleteFargateProfile", profile)],
        [("eks:DescribeFargateProfile", profile)],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html
    cluster, given = arn("elasticmapreduce", "cluster/j-1"), {"ClusterId": "j-1"}
    # The page names no event rules any more, AWS CDK 2.276.0 still grants them.
    yield Case(
        "elasticmapreduce:createCluster",
        {"ServiceRole": "worker"},
        [
            ("elasticmapreduce:RunJobFlow", "*"),
            ("iam:PassRole", ROLE),
            # https://docs.aws.amazon.com/emr/latest/ManagementGuide/using-service-linked-roles-cleanup.html
            linked("EMRCleanup", "elasticmapreduce.amazonaws.com.cn", "elasticmapreduce.amazonaws.com"),
        ],
        [
            (
                "elasticmapreduce:DescribeCluster elasticmapreduce:TerminateJobFlows",
                arn("elasticmapreduce", "cluster/*"),
            ),
            rule("EventForEMRRunJobFlow"),
        ],
        SYNC,
    )
    for call, actions in (
        ("setClusterTerminationProtection", "elasticmapreduce:SetTerminationProtection"),
        ("cancelStep", "elasticmapreduce:CancelSteps"),
        ("modifyInstanceFleetByName", "elasticmapreduce:ListInstanceFleets elasticmapreduce:ModifyInstanceFleet"),
        ("modifyInstanceGroupByName", "elasticmapreduce:ListInstanceGroups elasticmapreduce:ModifyInstanceGroups"),
    ):
        yield Case(f"elasticmapreduce:{call}", given, [(actions, cluster)])
    yield Case(
        "elasticmapreduce:terminateCluster",
        given,
        [("elasticmapreduce:TerminateJobFlows", cluster)],
        [("elasticmapreduce:DescribeCluster", cluster), rule("EventForEMRTerminateJobFlows")],
        SYNC,
    )
    yield Case(
        "elasticmapreduce:addStep",
        given,
        [("elasticmapreduce:AddJobFlowSteps", cluster)],
        [
            ("elasticmapreduce:CancelSteps elasticmapreduce:DescribeStep", cluster),
            rule("EventForEMRAddJobFlowSteps"),
        ],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-eks.html
    virtual = arn("emr-containers", "/virtualclusters/v")
    yield Case(
        "emr-containers:createVirtualCluster",
        {},
        [
            ("emr-containers:CreateVirtualCluster", "*"),
            linked("AmazonEMRContainers", "emr-containers.amazonaws.com"),
        ],
    )
    yield Case(
        "emr-containers:deleteVirtualCluster",
        {"Id": "v"},
        [("emr-containers:DeleteVirtualCluster", virtual)],
        [("emr-containers:DescribeVirtualCluster", virtual)],
        SYNC,
    )
    yield Case(
        "emr-containers:startJobRun",
        {"VirtualClusterId": "v", "ExecutionRoleArn": ROLE},
        [("emr-containers:StartJobRun", virtual)],
        [("emr-containers:CancelJobRun emr-containers:DescribeJobRun", f"{virtual}/jobruns/*")],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-serverless.html
    application = arn("emr-serverless", "/applications/a1")
    yield Case(
        "emr-serverless:createApplication",
        {},
        [
            ("emr-serverless:CreateApplication", "*"),
            linked("AmazonEMRServerless*", "ops.emr-serverless.amazonaws.com"),
        ],
        [
            (
                "emr-serverless:DeleteApplication emr-serverless:GetApplication",
                arn("emr-serverless", "/applications/*"),
            ),
            rule("EventsForEMRServerlessApplication"),
        ],
        SYNC,
    )
    for call, read in (("start", ("Get", "Stop")), ("stop", ("Get",)), ("delete", ("Get",))):
        yield Case(
            f"emr-serverless:{call}Application",
            {"ApplicationId": "a1"},
            [(f"emr-serverless:{capital(call)}Application", application)],
            [
                (" ".join(f"emr-serverless:{one}Application" for one in read), application),
                rule("EventsForEMRServerlessApplication"),
            ],
            SYNC,
        )
    yield Case(
        "emr-serverless:startJobRun",
        {"ApplicationId": "a1", "ExecutionRoleArn": ROLE},
        [("emr-serverless:StartJobRun", application), ("iam:PassRole", ROLE)],
        [
            ("emr-serverless:CancelJobRun emr-serverless:GetJobRun", f"{application}/jobruns/*"),
            rule("EventsForEMRServerlessJob"),
        ],
        SYNC,
    )
    yield Case(
        "emr-serverless:cancelJobRun",
        {"ApplicationId": "a1", "JobRunId": "r"},
        [("emr-serverless:CancelJobRun", f"{application}/jobruns/r")],
        [("emr-serverless:GetJobRun", f"{application}/jobruns/r"), rule("EventsForEMRServerlessJob")],
        SYNC,
    )


def data() -> Iterator[Case]:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
    job = arn("glue", "job/j")
    yield Case(
        "glue:startJobRun",
        {"JobName": "j"},
        [("glue:StartJobRun", job)],
        [("glue:BatchStopJobRun glue:GetJobRun glue:GetJobRuns", job)],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-databrew.html
    job = arn("databrew", "job/j")
    yield Case(
        "databrew:startJobRun",
        {"Name": "j"},
        [("databrew:StartJobRun", job)],
        [("databrew:ListJobRuns databrew:StopJobRun", job)],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
    group = arn("athena", "workgroup/primary")
    tables = [arn("glue", name) for name in ("catalog", "database/lake", "table/lake/*")]
    lake = asl.Allow("A", ["arn:aws:s3:::lake/*", *tables], "the lake", parameter="Data")
    results = asl.Allow("A", "arn:aws:s3:::out/r/*", "where the workgroup puts results", parameter="Results")
    for given, allow in (
        ({"ResultConfiguration": {"OutputLocation": "s3://out/r/"}}, [lake]),
        ({"ResultConfiguration": {"OutputLocation": "s3://out/r"}}, [lake]),
        ({}, [lake, results]),
    ):
        yield Case(
            "athena:startQueryExecution",
            {"QueryString": "q", **given},
            [
                (
                    "athena:GetDataCatalog athena:StartQueryExecution",
                    f"{arn('athena', 'datacatalog/AwsDataCatalog')} {group}",
                ),
                (
                    "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject",
                    "arn:aws:s3:::out/r/*",
                ),
                ("s3:GetBucketLocation s3:ListBucket s3:ListBucketMultipartUploads", "arn:aws:s3:::out"),
                (
                    "glue:GetDatabase glue:GetDatabases glue:GetPartition glue:GetPartitions glue:GetTable "
                    "glue:GetTables glue:BatchGetPartition",
                    f"{arn('glue', 'catalog')} {arn('glue', 'database/lake')} {arn('glue', 'table/lake/*')}",
                ),
                ("s3:GetObject", "arn:aws:s3:::lake/*"),
                ("s3:GetBucketLocation s3:ListBucket", "arn:aws:s3:::lake"),
                ("lakeformation:GetDataAccess", "*"),
            ],
            [
                (
                    "athena:BatchGetQueryExecution athena:GetQueryExecution athena:GetQueryResults "
                    "athena:GetWorkGroup athena:ListQueryExecutions athena:StopQueryExecution",
                    group,
                )
            ],
            SYNC,
            allow,
        )
    of_group = asl.Allow("A", "primary", "queries of the workgroup", parameter="WorkGroup")
    for call in ("getQueryExecution", "getQueryResults", "stopQueryExecution"):
        reads = call == "getQueryResults"
        yield Case(
            f"athena:{call}",
            {"QueryExecutionId.$": "$.id"},
            [
                (f"athena:{capital(call)}", arn("athena", "workgroup/primary")),
                *([("s3:GetObject", "arn:aws:s3:::out/r/*")] if reads else []),
            ],
            allow=[of_group, results] if reads else [of_group],
        )


def learning() -> Iterator[Case]:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    for kind, path, role, event in (
        ("TrainingJob", "training-job", {"RoleArn": ROLE}, "EventsForSageMakerTrainingJobs"),
        ("TransformJob", "transform-job", {}, "EventsForSageMakerTransformJobs"),
        ("ProcessingJob", "processing-job", {"RoleArn": ROLE}, "EventsForSageMakerProcessingJobs"),
        *(
            ("HyperParameterTuningJob", "hyper-parameter-tuning-job", jobs, "EventsForSageMakerTuningJobs")
            for jobs in ({"TrainingJobDefinition": {"RoleArn": ROLE}}, {"TrainingJobDefinitions": [{"RoleArn": ROLE}]})
        ),
        # No page names this rule.
        ("LabelingJob", "labeling-job", {"RoleArn": ROLE}, "EventsForSageMakerLabelingJobs"),
    ):
        job = arn("sagemaker", f"{path}/n*")
        yield Case(
            f"sagemaker:create{kind}",
            {f"{kind}Name": "n", **role},
            [
                (f"sagemaker:Create{kind}", job),
                ("sagemaker:AddTags sagemaker:ListTags", job),
                *([("iam:PassRole", ROLE)] if role else []),
            ],
            [(f"sagemaker:Describe{kind} sagemaker:Stop{kind}", job), rule(event)],
            SYNC,
        )
    yield Case(
        "sagemaker:createModel",
        {"ModelName": "m", "ExecutionRoleArn": ROLE},
        [
            ("sagemaker:CreateModel", arn("sagemaker", "model/m")),
            ("sagemaker:AddTags sagemaker:ListTags", arn("sagemaker", "model/m")),
            ("iam:PassRole", ROLE),
        ],
    )
    endpoint, config = arn("sagemaker", "endpoint/e"), arn("sagemaker", "endpoint-config/c")
    for call in ("create", "update"):
        yield Case(
            f"sagemaker:{call}Endpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [
                (f"sagemaker:{capital(call)}Endpoint", f"{config} {endpoint}"),
                ("sagemaker:AddTags sagemaker:ListTags", endpoint),
            ],
        )
    yield Case(
        "sagemaker:createEndpointConfig",
        {"EndpointConfigName": "c"},
        [("sagemaker:CreateEndpointConfig", config), ("sagemaker:AddTags sagemaker:ListTags", config)],
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    model, job = "arn:aws:bedrock:eu-west-1::foundation-model/titan", arn("bedrock", "model-customization-job/*")
    yield Case(
        "bedrock:invokeModel",
        {"ModelId": "titan", "Input": {"S3Uri": "s3://in/k"}, "Output": {"S3Uri": "s3://out/k"}},
        [
            ("bedrock:InvokeModel", model),
            ("s3:GetObject", "arn:aws:s3:::in/k"),
            ("s3:PutObject", "arn:aws:s3:::out/k"),
        ],
        forms=CALLBACK,
    )
    yield Case(
        "bedrock:createModelCustomizationJob",
        {"BaseModelIdentifier": "titan", "RoleArn": ROLE},
        [
            ("bedrock:CreateModelCustomizationJob", f"{arn('bedrock', 'custom-model/*')} {job} {model}"),
            ("iam:PassRole", ROLE),
        ],
        [("bedrock:GetModelCustomizationJob bedrock:StopModelCustomizationJob", job)],
        SYNC,
    )
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrockagentcore.html
    harness = arn("bedrock-agentcore", "harness/h")
    yield Case(
        "bedrockagentcore:invokeHarness",
        {"HarnessArn": harness},
        [("bedrock-agentcore:InvokeAgentRuntime bedrock-agentcore:InvokeHarness", harness)],
    )


CASES = [*messages(), *containers(), *clusters(), *data(), *learning()]
