"""Functions, activities, containers, batch jobs, nested machines."""

from asl.integrations.arns import (
    arn_itself,
    cluster_task_arns,
    execution_arns,
    function_arns,
    job_definition_arns,
    machine_arns,
    role_arns,
    secret_arns,
    task_definition_arns,
    token_arns,
)
from asl.integrations.parts import EVERYTHING, managed_rule, on, passed
from asl.integrations.table import (
    EVERY,
    FUNCTIONS_ONLY,
    REQUEST,
    REQUEST_OR_CALLBACK,
    REQUEST_OR_SYNC,
    SYNC,
    Integration,
    Permission,
    Target,
)

_PAGES = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_LAMBDA = _PAGES + "connect-lambda.html"
_STATES_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html"
_TASKS = "ecs-tasks.amazonaws.com"
_SUBMITTED = (on("job-queue/{JobQueue}", "batch"), Target("{JobDefinition}", job_definition_arns))

RUN_TASK = ("ecs:RunTask",)
TASK_ROLES = Permission(
    ("iam:PassRole",),
    (Target("{TaskRoles}", role_arns),),
    conditions=(("StringEquals", "iam:PassedToService", _TASKS),),
)
"""Whoever starts a task hands over the roles that stand in its definition, and not in the state: they are declared."""

FUNCTION_ARN = Integration(
    "lambda-function-arn",
    REQUEST,
    (),
    (Permission(("lambda:InvokeFunction",), (Target("{Resource}", function_arns),)),),
    _LAMBDA,
)
ACTIVITY = Integration("activity", frozenset({"activity"}), (), (), _PAGES + "concepts-activities.html")

ROWS = (
    FUNCTION_ARN,
    ACTIVITY,
    Integration(
        "lambda:invoke",
        REQUEST_OR_CALLBACK,
        ("FunctionName",),
        (
            Permission(("lambda:InvokeFunction",), (Target("{FunctionName}", function_arns),), when="!Qualifier"),
            Permission(("lambda:InvokeFunction",), (Target("{FunctionName}:*", function_arns),), when="Qualifier"),
        ),
        _LAMBDA,
    ),
    # AWS's list knows no resource level for these, and IAM's simulator goes by it; where a role may not, AWS names the
    # machine, and it is enough to allow it there: https://github.com/aws/aws-cdk/pull/8486. So both are granted.
    *(
        Integration(
            f"states:{action[0].lower()}{action[1:]}",
            FUNCTIONS_ONLY,
            ("StateMachineArn",),
            (
                Permission((f"states:{action}",), (Target("{StateMachineArn}", token_arns),)),
                Permission((f"states:{action}",), (EVERYTHING,), reason=f"states:{action} has no resource level"),
            ),
            _STATES_ACTIONS,
        )
        for action in ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")
    ),
    Integration(
        "states:startSyncExecution",
        FUNCTIONS_ONLY,
        ("StateMachineArn",),
        (Permission(("states:StartSyncExecution",), (Target("{StateMachineArn}", machine_arns),)),),
        _STATES_ACTIONS,
    ),
    Integration(
        "states:describeExecution",
        FUNCTIONS_ONLY,
        ("StateMachineArn",),
        (Permission(("states:DescribeExecution",), (Target("{StateMachineArn}", execution_arns),)),),
        _STATES_ACTIONS,
    ),
    Integration(
        "s3:listBucket",
        FUNCTIONS_ONLY,
        ("Bucket",),
        (Permission(("s3:ListBucket",), (Target("{Bucket}", arn_itself),)),),
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",
    ),
    *(
        Integration(
            f"s3:{action[0].lower()}{action[1:]}",
            FUNCTIONS_ONLY,
            ("Bucket",),
            (Permission((f"s3:{action}",), (Target("{Bucket}/*", arn_itself),)),),
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",
        )
        for action in ("GetObject", "PutObject")
    ),
    Integration(
        "secretsmanager:getSecretValue",
        FUNCTIONS_ONLY,
        ("SecretId",),
        (Permission(("secretsmanager:GetSecretValue",), (Target("{SecretId}", secret_arns),)),),
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html",
    ),
    Integration(
        "ecs:runTask",
        EVERY,
        ("TaskDefinition",),
        (
            Permission(RUN_TASK, (Target("{TaskDefinition}", task_definition_arns),)),
            TASK_ROLES,
            *(
                Permission(
                    ("ecs:TagResource",),
                    (Target("{Cluster|default}", cluster_task_arns),),
                    when=parameter,
                    conditions=(("StringEquals", "ecs:CreateAction", "RunTask"),),
                )
                for parameter in (
                    "Tags",
                    "PropagateTags",
                )  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
            ),
            passed("Overrides.TaskRoleArn", _TASKS),
            passed("Overrides.ExecutionRoleArn", _TASKS),
            Permission(("ecs:DescribeTasks", "ecs:StopTask"), (Target("{Cluster|default}", cluster_task_arns),), SYNC),
            managed_rule("StepFunctionsGetEventsForECSTaskRule"),
        ),
        _PAGES + "connect-ecs.html",
    ),
    Integration(
        "batch:submitJob",
        REQUEST_OR_SYNC,
        ("JobName", "JobQueue", "JobDefinition"),
        (
            Permission(("batch:SubmitJob",), _SUBMITTED),
            # A job whose tags cannot be set is not made: https://docs.aws.amazon.com/batch/latest/userguide/tag-resources.html
            # AWS's list has it for SubmitJob, and for jobs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_batch.html
            # That Batch asks for it on what is submitted, too, was measured by others.
            Permission(("batch:TagResource",), (*_SUBMITTED, on("job/*", "batch")), when="Tags"),
            Permission(
                ("batch:DescribeJobs",), (EVERYTHING,), SYNC, reason="describing batch jobs has no resource level"
            ),
            Permission(("batch:TerminateJob",), (on("job/*", "batch"),), SYNC),
            managed_rule("StepFunctionsGetEventsForBatchJobsRule"),
        ),
        _PAGES + "connect-batch.html",
    ),
    Integration(
        "states:startExecution",
        EVERY,
        ("StateMachineArn",),
        (
            Permission(("states:StartExecution",), (Target("{StateMachineArn}", machine_arns),)),
            Permission(
                ("states:DescribeExecution", "states:StopExecution"),
                (Target("{StateMachineArn}", execution_arns),),
                SYNC,
            ),
            managed_rule("StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        ),
        _PAGES + "connect-stepfunctions.html",
    ),
    Integration(
        "codebuild:startBuild",
        REQUEST_OR_SYNC,
        ("ProjectName",),
        (
            Permission(("codebuild:StartBuild",), (on("project/{ProjectName}", "codebuild"),)),
            Permission(
                ("codebuild:BatchGetBuilds", "codebuild:StopBuild"), (on("project/{ProjectName}", "codebuild"),), SYNC
            ),
            managed_rule("StepFunctionsGetEventForCodeBuildStartBuildRule"),
        ),
        _PAGES + "connect-codebuild.html",
    ),
    Integration(
        "codebuild:startBuildBatch",
        REQUEST_OR_SYNC,
        ("ProjectName",),
        (
            Permission(("codebuild:StartBuildBatch",), (on("project/{ProjectName}", "codebuild"),)),
            Permission(
                ("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
                (on("project/{ProjectName}", "codebuild"),),
                SYNC,
            ),
            managed_rule("StepFunctionsGetEventForCodeBuildStartBuildBatchRule"),
        ),
        _PAGES + "connect-codebuild.html",
    ),
    # A build's id begins with its project's name, but is known at run time: the project is declared.
    *(
        Integration(
            f"codebuild:{name}",
            patterns,
            (parameter,),
            (
                Permission((f"codebuild:{name[0].upper()}{name[1:]}",), (on("project/{Project}", "codebuild"),)),
                *extra,
            ),
            _PAGES + "connect-codebuild.html",
        )
        for name, patterns, parameter, extra in (
            ("stopBuild", REQUEST, "Id", ()),
            ("batchDeleteBuilds", REQUEST, "Ids", ()),
            ("stopBuildBatch", REQUEST, "Id", ()),
            ("deleteBuildBatch", REQUEST, "Id", ()),
            (
                "retryBuildBatch",
                REQUEST_OR_SYNC,
                "Id",
                (
                    Permission(
                        ("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
                        (on("project/{Project}", "codebuild"),),
                        SYNC,
                    ),
                ),
            ),
        )
    ),
    Integration(
        "codebuild:batchGetReports",
        REQUEST,
        ("ReportArns",),
        (Permission(("codebuild:BatchGetReports",), (on("report-group/{ReportGroup}", "codebuild"),)),),
        _PAGES + "connect-codebuild.html",
    ),
    *(
        Integration(
            f"eks:{name}",
            patterns,
            ("ClusterName", "CertificateAuthority", "Endpoint", *required),
            (),  # The cluster's own access control decides, not IAM.
            _PAGES + "connect-eks.html",
        )
        for name, patterns, required in (("runJob", REQUEST_OR_SYNC, ("Job",)), ("call", REQUEST, ("Method", "Path")))
    ),
)
