"""Glue, DataBrew, Athena and the three forms of EMR."""

from asl.integrations.arns import catalogue_arns, result_arns, result_bucket_arns, stored_arns, storing_arns
from asl.integrations.parts import EVERYTHING, linked_role, managed_rule, on, passed
from asl.integrations.table import REQUEST, REQUEST_OR_SYNC, SYNC, Integration, Pattern, Permission, Target

_PAGES = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_GLUE_JOB = (on("job/{JobName}", "glue"),)
_BREW_JOB = (on("job/{Name}", "databrew"),)
_WORKGROUP = (on("workgroup/{WorkGroup|primary}", "athena"),)
_CATALOG = (on("datacatalog/{QueryExecutionContext.Catalog|AwsDataCatalog}", "athena"),)
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


def _results(location: str, when: str) -> tuple[Permission, ...]:
    """Writing results where the query says, or where its workgroup does: that is declared as Results."""
    return (
        Permission(
            ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
            (Target(location, result_arns),),
            when=when,
        ),
        Permission(
            ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
            (Target(location, result_bucket_arns),),
            when=when,
        ),
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


def _with_sync(row: Integration, rule: str, *actions: str) -> Integration:
    extra = Permission(tuple(f"elasticmapreduce:{action}" for action in actions), _CLUSTER, SYNC)
    return Integration(row.id, row.standard, row.required, (*row.permissions, extra, _emr_rule(rule)), row.source)


def _emr_rule(name: str) -> Permission:
    """AWS's page says by now that Step Functions polls EMR, and its policies name no rule; AWS CDK still grants these.

    Where AWS still makes them, creating the machine fails without: so they are granted.
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html#emr-iam
    """
    return managed_rule(f"StepFunctionsGetEventForEMR{name}Rule")


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
    # What a query reads, in Glue's catalogue and in S3, stands in its SQL: that is declared as Data. Another data
    # catalogue that it names, and what it writes beside its results, is declared with its actions.
    _row(
        "athena:startQueryExecution",
        REQUEST_OR_SYNC,
        ("QueryString",),
        "athena",
        Permission(("athena:GetDataCatalog", "athena:StartQueryExecution"), (*_WORKGROUP, *_CATALOG)),
        Permission(
            (
                "athena:BatchGetQueryExecution",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
                "athena:ListQueryExecutions",
                "athena:StopQueryExecution",
            ),
            _WORKGROUP,
            SYNC,
        ),
        *_results("{ResultConfiguration.OutputLocation}", "ResultConfiguration.OutputLocation"),
        *_results("{Results}", "!ResultConfiguration.OutputLocation"),
        Permission(_READING, (Target("{Data}", catalogue_arns),)),
        Permission(("s3:GetObject",), (Target("{Data}", stored_arns),)),
        Permission(("s3:GetBucketLocation", "s3:ListBucket"), (Target("{Data}", storing_arns),)),
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
            *more,
        )
        for name, more in (
            ("getQueryExecution", ()),
            ("getQueryResults", (Permission(("s3:GetObject",), (Target("{Results}", result_arns),)),)),
            ("stopQueryExecution", ()),
        )
    ),
    _row(
        "elasticmapreduce:createCluster",
        REQUEST_OR_SYNC,
        ("Name", "Instances"),
        "emr",
        Permission(
            ("elasticmapreduce:RunJobFlow",), (EVERYTHING,), reason="making an EMR cluster has no resource level"
        ),
        Permission(("elasticmapreduce:AddTags",), (on("cluster/*", "elasticmapreduce"),), when="Tags"),
        passed("ServiceRole"),
        passed("JobFlowRole"),
        passed("AutoScalingRole"),
        linked_role(
            "AWSServiceRoleForEMRCleanup", "elasticmapreduce.amazonaws.com", "elasticmapreduce.amazonaws.com.cn"
        ),
        Permission(
            ("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"),
            (on("cluster/*", "elasticmapreduce"),),
            SYNC,
        ),
        _emr_rule("RunJobFlow"),
    ),
    _cluster("setClusterTerminationProtection", REQUEST, ("TerminationProtected",), "SetTerminationProtection"),
    _with_sync(
        _cluster("terminateCluster", REQUEST_OR_SYNC, (), "TerminateJobFlows"), "TerminateJobFlows", "DescribeCluster"
    ),
    _with_sync(
        _cluster("addStep", REQUEST_OR_SYNC, ("Step",), "AddJobFlowSteps"),
        "AddJobFlowSteps",
        "CancelSteps",
        "DescribeStep",
    ),
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
            reason="making a virtual cluster has no resource level",
        ),
        linked_role("AWSServiceRoleForAmazonEMRContainers", "emr-containers.amazonaws.com"),
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
        # AWS's page says `/*`, its list of actions nothing but `*`, which covers both.
        Permission(
            ("emr-serverless:CreateApplication",),
            (EVERYTHING,),
            reason="making a serverless application has no resource level",
        ),
        Permission(
            ("emr-serverless:DeleteApplication", "emr-serverless:GetApplication"),
            (on("/applications/*", "emr-serverless"),),
            SYNC,
        ),
        linked_role("AWSServiceRoleForAmazonEMRServerless*", "ops.emr-serverless.amazonaws.com"),
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
