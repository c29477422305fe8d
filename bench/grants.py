"""Wildcards in the policies of twenty machines: derived from the definition, and as AWS CDK synthesises them.

CDK makes both, definition and role; ours is derived from that same definition. What only data says of it, the peer gets
from the code around it, ours from a declaration: each is told the same.

A statement counts as a wildcard one where it allows an action with `*` in it, the resource `*`, or an ARN with `*`
where a narrower one would do. A narrower one would not do where the `*` stands for what is made up later: the id of an
execution, a task, a job or its run, the number of a version or revision, the name of an object under a prefix. `_LATER`
lists those, a row can add its own, and both sides are judged by the same function.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asl
from bench import sdk_calls
from bench.report import Result, finish
from bench.synthesis import cdk

ACCOUNT = asl.Account("aws", "us-east-1", "000000000000")

_NAMED = r"[^*:/]+"
_LATER = (
    rf":execution:{_NAMED}(/{_NAMED})?:\*",
    rf":function:{_NAMED}:\*",
    rf":(task|job)-definition/{_NAMED}:\*",
    rf":task/{_NAMED}/\*",
    r":batch:[^*]+:job/\*",
    r":mediaconvert:[^*]+:jobs/\*",
    rf"/virtualclusters/{_NAMED}/jobruns/\*",
    rf":secret:events!connection/{_NAMED}/\*",
    rf":s3:::{_NAMED}/[^*]+/\*",
)


@dataclass(frozen=True)
class Row:
    """A machine of `cdk/grants.js`: what is declared for ours, and why ours has no fewer wildcards where it has not."""

    name: str
    allow: Sequence[asl.Allow] = ()
    later: str = ""
    reason: str = ""


ORDERS = [
    *(ACCOUNT.arn("glue", resource) for resource in ("catalog", "database/default", "table/default/orders")),
    "arn:aws:s3:::lake",
    "arn:aws:s3:::lake/orders/*",
]
ROWS = (
    Row("lambda:invoke"),
    Row("sqs:sendMessage"),
    Row("sns:publish"),
    Row("events:putEvents"),
    Row("dynamodb:updateItem"),
    Row("ecs:runTask.sync", [asl.Allow("Task", ["puller", "worker"], "the task's own roles", parameter="TaskRoles")]),
    Row("batch:submitJob.sync", reason="describing a job has no resource level; CDK's role may not describe it"),
    Row("states:startExecution.sync:2"),
    Row("glue:startJobRun.sync"),
    Row("databrew:startJobRun.sync"),
    Row("codebuild:startBuild.sync"),
    Row("mediaconvert:createJob.sync", reason="AWS documents all presets, in one statement; CDK allows all in one"),
    Row(
        "sagemaker:createTrainingJob.sync",
        [asl.Allow("Task", "train-", "named after the execution", parameter="TrainingJobName")],
        later=r":training-job/train-\*",
    ),
    Row(
        "sagemaker:createTransformJob.sync",
        [asl.Allow("Task", "transform-", "named after the execution", parameter="TransformJobName")],
        later=r":transform-job/transform-\*",
    ),
    Row("elasticmapreduce:createCluster.sync", later=r":elasticmapreduce:[^*]+:cluster/\*"),
    Row("elasticmapreduce:addStep.sync"),
    Row("emr-containers:startJobRun.sync"),
    Row("athena:startQueryExecution.sync", [asl.Allow("Task", ORDERS, "the orders", parameter="Data")]),
    Row(
        "http:invoke",
        [asl.Allow("Task", "https://api.stripe.com/v1/invoices", "invoices", parameter="ApiEndpoint")],
        reason="AWS's page names the machine, its list of actions no resource: both are granted, for this URL alone",
    ),
    Row("Distributed Map"),
)


def main() -> None:
    """Measure."""
    finish(
        "Statements with wildcards, and AWS CDK's; SDK calls against AWS's list", [*measured(), *sdk_calls.measured()]
    )


def measured() -> Iterator[Result]:
    """A figure for each row."""
    with tempfile.TemporaryDirectory() as folder:
        cdk()("grants.js", folder)
        for row in ROWS:
            stack = re.sub(r"\W", "-", row.name)
            template = json.loads(Path(folder, f"{stack}.template.json").read_text())
            definition, theirs = synthesised(template["Resources"])
            document: Any = asl.document(asl.grants(definition, allow=row.allow), ACCOUNT, {"Machine": "machine"})
            yield compared(row, wildcards(document["Statement"], row.later), wildcards(theirs, row.later))


def compared(row: Row, ours: int, theirs: int) -> Result:
    """Fewer than the peer's, or as many and why."""
    reason = row.reason or ("neither has any" if not theirs else "")
    bound = f"as many: {reason}" if ours == theirs and reason else "fewer"
    ratio = theirs / ours if ours else None
    ok = ours < theirs or (ours == theirs and bool(reason))
    return Result(row.name, ours, "statements", f"AWS CDK: {theirs}", ratio, bound, ok)


def wildcards(statements: Sequence[dict[str, Any]], later: str = "") -> int:
    """How many statements allow more than a narrower one would; `later` is what this machine's calls make up, too."""

    def wide(resource: str) -> bool:
        known = any(re.search(f"{pattern}$", resource) for pattern in (*_LATER, later) if pattern)
        return "*" in resource and not known

    return sum(
        any("*" in action for action in several(one["Action"])) or any(map(wide, several(one["Resource"])))
        for one in statements
    )


def synthesised(resources: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The definition of a template's machine, and the statements of its role."""
    (machine,) = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::StepFunctions::StateMachine"]
    role = {"Ref": machine["RoleArn"]["Fn::GetAtt"][0]}
    policies = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Policy"]
    statements = [
        one for policy in policies if role in policy["Roles"] for one in policy["PolicyDocument"]["Statement"]
    ]
    return json.loads(text(machine["DefinitionString"])), [
        {**one, "Resource": [text(resource) for resource in several(one["Resource"])]} for one in statements
    ]


def several(value: Any) -> list[Any]:
    """IAM takes one or several."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """What CloudFormation makes of a value; `${Name}` for what only it knows."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(text(part) for part in parts)
    if value == {"Ref": "AWS::Partition"}:
        return ACCOUNT.partition
    return "${" + re.sub(r"\W+", ".", json.dumps(value)).strip(".") + "}"


if __name__ == "__main__":
    main()
