"""Glue, DataBrew, Athena and the three forms of EMR."""

from asl.integrations.arns import arn_itself, object_arns, role_arns
from asl.integrations.parts import EVERYTHING, managed_rule, on, passed
from asl.integrations.table import REQUEST, REQUEST_OR_SYNC, SYNC, Integration, Pattern, Permission, Target

_PAGES = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_GLUE_JOB = (on("job/{JobName}", "glue"),)
_BREW_JOB = (on("job/{Name}", "databrew"),)
_WORKGROUP = (on("workgroup/{WorkGroup|primary}", "athena"), on("datacatalog/*", "athena"))
_RESULTS = (Target("{ResultConfiguration.OutputLocation}*", object_arns),)
_DATA = (Target("{Data}", arn_itself),)
_READING = (
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
    "glue:BatchGetPartition",
)
_CLUSTER = (on("cluster/{ClusterId}", "elasticmapreduce"),)
_APPLICATION = (on("/applications/{ApplicationId}", "emr-serverless"),)
_RUNS = (on("/applications/{ApplicationId}/jobruns/*", "emr-serverless"),)
_RUN = (on("/applications/{ApplicationId}/jobruns/{JobRunId}", "emr-serverless"),)
_VIRTUAL = (on("/virtualclusters/{Id}", "emr-containers"),)
_SERVERLESS_RULE = managed_rule("StepFunctionsGetEventsForEMRServerlessApplicationRule")
_SERVERLESS_JOB_RULE = managed_rule("StepFunctionsGetEventsForEMRServerlessJobRule")


def _row(
    id: str, patterns: frozenset[Pattern], required: tuple[str, ...], page: str, *permissions: Permission
) -> Integration:
    return Integration(id, patterns, required, permissions, f"{_PAGES}connect-{page}.html")


def _linked_role(path: str, service: str) -> Permission:
    """A service makes its own role when it is used first; AWS documents the permission with the call."""
    return Permission(
        ("iam:CreateServiceLinkedRole",),
        (Target(f"aws-service-role/{path}", role_arns),),
        conditions=(("StringLike", "iam:AWSServiceName", service),),
    )


def _application(name: str, *sync: str) -> Integration:
    action = f"emr-serverless:{name[0].upper()}{name[1:]}Application"
    return _row(
        f"emr-serverless:{name}Application",
        REQUEST_OR_SYNC,
        ("ApplicationId",),
        "emr-serverless",
        Permission((action,), _APPLICATION),
        Permission(sync, _APPLICATION, SYNC),
        _SERVERLESS_RULE,
    )


def _cluster(name: str, patterns: frozenset[Pattern], required: tuple[str, ...], *actions: str) -> Integration:
    permission = Permission(tuple(f"elasticmapreduce:{action}" for action in actions), _CLUSTER)
    return _row(f"elasticmapreduce:{name}", patterns, ("ClusterId", *required), "emr", permission)


def _with_sync(row: Integration, *actions: str) -> Integration:
    extra = Permission(tuple(f"elasticmapreduce:{action}" for action in actions), _CLUSTER, SYNC)
    return Integration(row.id, row.standard, row.required, (*row.permissions, extra), row.source)


ROWS = (
    _row(
        "glue:startJobRun",
        REQUEST_OR_SYNC,
        ("JobName",),
        "glue",
        Permission(("glue:StartJobRun",), _GLUE_JOB),
        Permission(("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns"), _GLUE_JOB, SYNC),
    ),
    _row(
        "databrew:startJobRun",
        REQUEST_OR_SYNC,
        ("Name",),
        "databrew",
        Permission(("databrew:StartJobRun",), _BREW_JOB),
        Permission(("databrew:ListJobRuns", "databrew:StopJobRun"), _BREW_JOB, SYNC),
    ),
    # What a query reads, in Glue's catalogue and in S3, stands in its SQL: that is declared as Data.
    _row(
        "athena:startQueryExecution",
        REQUEST_OR_SYNC,
        ("QueryString",),
        "athena",
        Permission(("athena:GetDataCatalog", "athena:StartQueryExecution"), _WORKGROUP),
        Permission(
            ("athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution"), _WORKGROUP, SYNC
        ),
        Permission(("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"), _RESULTS, when="ResultConfiguration"),
        Permission((*_READING, "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"), _DATA),
        Permission(
            ("lakeformation:GetDataAccess",), (EVERYTHING,), reason="Lake Formation access has no resource level"
        ),
    ),
    *(
        _row(
            f"athena:{name}",
            REQUEST,
            ("QueryExecutionId",),
            "athena",
            Permission((f"athena:{name[0].upper()}{name[1:]}",), (on("workgroup/{WorkGroup}", "athena"),)),
        )
        for name in ("getQueryExecution", "getQueryResults", "stopQueryExecution")
    ),
    _row(
        "elasticmapreduce:createCluster",
        REQUEST_OR_SYNC,
        ("Name", "Instances"),
        "emr",
        Permission(
            ("elasticmapreduce:RunJobFlow",), (EVERYTHING,), reason="a cluster has no ARN before AWS has made it"
        ),
        passed("ServiceRole"),
        passed("JobFlowRole"),
        passed("AutoScalingRole"),
        Permission(
            ("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"),
            (on("cluster/*", "elasticmapreduce"),),
            SYNC,
        ),
    ),
    _cluster("setClusterTerminationProtection", REQUEST, ("TerminationProtected",), "SetTerminationProtection"),
    _with_sync(_cluster("terminateCluster", REQUEST_OR_SYNC, (), "TerminateJobFlows"), "DescribeCluster"),
    _with_sync(_cluster("addStep", REQUEST_OR_SYNC, ("Step",), "AddJobFlowSteps"), "CancelSteps", "DescribeStep"),
    _cluster("cancelStep", REQUEST, ("StepId",), "CancelSteps"),
    _cluster(
        "modifyInstanceFleetByName",
        REQUEST,
        ("InstanceFleetName", "InstanceFleet"),
        "ListInstanceFleets",
        "ModifyInstanceFleet",
    ),
    _cluster(
        "modifyInstanceGroupByName",
        REQUEST,
        ("InstanceGroupName", "InstanceGroup"),
        "ListInstanceGroups",
        "ModifyInstanceGroups",
    ),
    _row(
        "emr-containers:createVirtualCluster",
        REQUEST,
        ("Name", "ContainerProvider"),
        "emr-eks",
        Permission(
            ("emr-containers:CreateVirtualCluster",),
            (EVERYTHING,),
            reason="a virtual cluster has no ARN before AWS has made it",
        ),
        _linked_role(
            "emr-containers.amazonaws.com/AWSServiceRoleForAmazonEMRContainers", "emr-containers.amazonaws.com"
        ),
    ),
    _row(
        "emr-containers:deleteVirtualCluster",
        REQUEST_OR_SYNC,
        ("Id",),
        "emr-eks",
        Permission(("emr-containers:DeleteVirtualCluster",), _VIRTUAL),
        Permission(("emr-containers:DescribeVirtualCluster",), _VIRTUAL, SYNC),
    ),
    _row(
        "emr-containers:startJobRun",
        REQUEST_OR_SYNC,
        ("VirtualClusterId",),
        "emr-eks",
        Permission(
            ("emr-containers:StartJobRun",),
            (on("/virtualclusters/{VirtualClusterId}", "emr-containers"),),
            conditions=(("StringEquals", "emr-containers:ExecutionRoleArn", "{ExecutionRoleArn}"),),
        ),
        Permission(
            ("emr-containers:CancelJobRun", "emr-containers:DescribeJobRun"),
            (on("/virtualclusters/{VirtualClusterId}/jobruns/*", "emr-containers"),),
            SYNC,
        ),
    ),
    _row(
        "emr-serverless:createApplication",
        REQUEST_OR_SYNC,
        ("ReleaseLabel", "Type"),
        "emr-serverless",
        Permission(("emr-serverless:CreateApplication",), (on("/*", "emr-serverless"),)),
        Permission(
            ("emr-serverless:DeleteApplication", "emr-serverless:GetApplication"),
            (on("/applications/*", "emr-serverless"),),
            SYNC,
        ),
        _linked_role(
            "ops.emr-serverless.amazonaws.com/AWSServiceRoleForAmazonEMRServerless*",
            "ops.emr-serverless.amazonaws.com",
        ),
        _SERVERLESS_RULE,
    ),
    _application("start", "emr-serverless:GetApplication", "emr-serverless:StopApplication"),
    _application("stop", "emr-serverless:GetApplication"),
    _application("delete", "emr-serverless:GetApplication"),
    _row(
        "emr-serverless:startJobRun",
        REQUEST_OR_SYNC,
        ("ApplicationId", "ExecutionRoleArn"),
        "emr-serverless",
        Permission(("emr-serverless:StartJobRun",), _APPLICATION),
        passed("ExecutionRoleArn", "emr-serverless.amazonaws.com"),
        Permission(("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"), _RUNS, SYNC),
        _SERVERLESS_JOB_RULE,
    ),
    _row(
        "emr-serverless:cancelJobRun",
        REQUEST_OR_SYNC,
        ("ApplicationId", "JobRunId"),
        "emr-serverless",
        Permission(("emr-serverless:CancelJobRun",), _RUN),
        Permission(("emr-serverless:GetJobRun",), _RUN, SYNC),
        _SERVERLESS_JOB_RULE,
    ),
)
