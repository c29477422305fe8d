"""Resource types that the bridge knows and the program does not use, yet: made, read, changed and deleted."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest

from emulator.bridge.observability import metric_query
from emulator.cloud import Cloud, cloud
from emulator.deploy import deploy
from emulator.engine import Engine, engine
from tests.engine.conftest import Faults, Lasting, inventory, planned, resources
from tests.hangs import eventually

PROJECT = Path(__file__).with_name("more_types")
ECHO = """
def handler(event, context):
    return {"statusCode": 201, "body": event.get("rawPath", "") + " " + event.get("body", "")}
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("code") / "code.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("module.py", ECHO)
    return str(file)


class First(Lasting):
    """The stack, in a cloud of its own; `before` is what was there before, and `previewed` after a first preview."""

    def __init__(self, cloud: Cloud, engine: Engine, code: str) -> None:
        super().__init__(cloud, engine, PROJECT, Faults())
        stack = engine.stack("local", PROJECT)
        stack.set_config("types:code", auto.ConfigValue(code))
        self.before = inventory(cloud)
        stack.preview()
        self.previewed = inventory(cloud)

    def restored(self) -> auto.Stack:
        self.engine.stack("local", PROJECT).set_config("types:changed", auto.ConfigValue("false"))
        return super().restored()

    def emptied(self) -> Cloud:
        """The cloud, with nothing of the stack in it."""
        stack = self.engine.stack("local", PROJECT)
        if resources(stack):
            stack.destroy()
        return self.cloud


@pytest.fixture(scope="module")
def first(code: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[First]:
    with cloud() as running, engine(running, tmp_path_factory.mktemp("engine")) as started:
        yield First(running, started, code)


def found(cloud: Cloud) -> dict[str, Any]:
    """What was made, as the services tell it; in each what `types:changed` changes."""
    client = cloud.client
    s3, cloudwatch, url = client("s3"), client("cloudwatch"), client("sqs").get_queue_url(QueueName="types")["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    (mapping,) = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    (filter,) = client("logs").describe_metric_filters(logGroupName="types")["metricFilters"]
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["types-share"])["MetricAlarms"]
    (composite,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    (rule,) = s3.get_bucket_encryption(Bucket="types-bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    table = client("dynamodb").describe_table(TableName="types-indexed")["Table"]
    (old,) = s3.get_bucket_lifecycle_configuration(Bucket="types-bucket")["Rules"]
    schedule = client("scheduler").get_schedule(Name="types")
    roles = [client("iam").get_role(RoleName=name)["Role"] for name in ("types", "types-unbound")]
    keys = [client("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in client("kms").list_keys()["Keys"]]
    (key,) = [one for one in keys if one["Enabled"] and one["Description"].startswith("types")]
    (topic,) = [one["TopicArn"] for one in client("sns").list_topics()["Topics"] if one["TopicArn"].endswith(":types")]
    groups = client("logs").describe_log_groups(logGroupNamePrefix="types")["logGroups"]
    access = s3.get_public_access_block(Bucket="types-bucket")["PublicAccessBlockConfiguration"]
    connection = client("events").describe_connection(Name="types")
    task = client("ecs").describe_task_definition(taskDefinition="types")["taskDefinition"]
    (cluster,) = client("ecs").describe_clusters(clusters=["types"], include=["TAGS"])["clusters"]
    return {
        "connection": (connection["Description"], connection["AuthParameters"]["ApiKeyAuthParameters"]["ApiKeyName"]),
        "task": (task["cpu"], task["revision"]),
        "cluster": cluster["tags"],
        "local indexes": [one["IndexName"] for one in table["LocalSecondaryIndexes"]],
        "boundaries": [role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") for role in roles],
        "cors": client("lambda").get_function_url_config(FunctionName="types", Qualifier="live")["Cors"],
        "visible": attributes["VisibilityTimeout"],
        "redrive": json.loads(attributes["RedrivePolicy"])["maxReceiveCount"],
        "queue policy": json.loads(attributes["Policy"])["Id"],
        "mapping": (mapping["BatchSize"], mapping["FunctionResponseTypes"]),
        "mapping's tags": client("lambda").list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"],
        "secret": client("secretsmanager").describe_secret(SecretId="types/secret")["Description"],
        "value": client("secretsmanager").get_secret_value(SecretId="types/secret")["SecretString"],
        "schedule": (schedule["ScheduleExpression"], schedule["FlexibleTimeWindow"], schedule["Target"]["RetryPolicy"]),
        "bucket": s3.get_bucket_tagging(Bucket="types-bucket")["TagSet"],
        "public access": [access["BlockPublicAcls"], access["RestrictPublicBuckets"]],
        "indexes": {i["IndexName"]: i["Projection"] for i in table["GlobalSecondaryIndexes"]},
        "versioning": s3.get_bucket_versioning(Bucket="types-bucket")["Status"],
        "encryption": rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "lifecycle": (old["ID"], old["Filter"], old["Expiration"], old["NoncurrentVersionExpiration"]),
        "bucket policy": json.loads(s3.get_bucket_policy(Bucket="types-bucket")["Policy"])["Id"],
        "key": (key["Description"], client("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]),
        "key's policy": json.loads(client("kms").get_key_policy(KeyId=key["KeyId"])["Policy"])["Id"],
        "key's tags": client("kms").list_resource_tags(KeyId=key["KeyId"])["Tags"],
        "topic policy": json.loads(client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Id"],
        "encrypted logs": [one["logGroupName"] for one in groups if one.get("kmsKeyId") == key["Arn"]],
        "metric filter": (filter["filterPattern"], filter["metricTransformations"][0]["metricName"]),
        "alarm": (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["TreatMissingData"]),
        "alarm's tags": cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"],
        "composite": composite["AlarmRule"].replace(alarm["AlarmArn"], "share"),
        "dashboard": json.loads(cloudwatch.get_dashboard(DashboardName="types")["DashboardBody"])["widgets"][0][
            "properties"
        ],
    }


FIRST: dict[str, Any] = {
    "connection": ("first", "X-Api-Key"),
    "task": ("256", 1),
    "cluster": [{"key": "stage", "value": "first"}],
    "local indexes": ["by-at"],
    "boundaries": ["arn:aws:iam::aws:policy/PowerUserAccess"] * 2,
    "cors": {"AllowOrigins": ["https://a.example"], "MaxAge": 60},
    "visible": "60",
    "redrive": 3,
    "queue policy": "first",
    "mapping": (1, ["ReportBatchItemFailures"]),
    "mapping's tags": {"stage": "first"},
    "secret": "first",
    "value": "the first secret",
    "schedule": (
        "rate(1 hours)",
        {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        {"MaximumRetryAttempts": 2},
    ),
    "bucket": [{"Key": "stage", "Value": "first"}],
    "public access": [True, False],
    "indexes": {"by-day": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["cents"]}},
    "versioning": "Enabled",
    "encryption": "AES256",
    "lifecycle": ("old", {"Prefix": "old/"}, {"Days": 30}, {"NoncurrentDays": 7}),
    "bucket policy": "first",
    "key": ("types, first", False),
    "key's policy": "first",
    "key's tags": [{"TagKey": "stage", "TagValue": "first"}],
    "topic policy": "first",
    "encrypted logs": ["types-plain"],
    "metric filter": ('{ $.level = "ERROR" }', "Errors"),
    "alarm": (1.0, 2, "notBreaching"),
    "alarm's tags": [{"Key": "stage", "Value": "first"}],
    "composite": 'ALARM("share")',
    "dashboard": {"markdown": "first"},
}
SECOND: dict[str, Any] = {
    **FIRST,
    "connection": ("second", "X-Api-Key"),
    "task": ("512", 2),
    "cluster": [{"key": "stage", "value": "second"}],
    "boundaries": ["arn:aws:iam::aws:policy/ReadOnlyAccess", None],
    "cors": {"AllowOrigins": ["https://b.example"], "MaxAge": 60},
    "visible": "90",
    "redrive": 4,
    "queue policy": "second",
    "mapping": (2, ["ReportBatchItemFailures"]),
    "mapping's tags": {"stage": "second"},
    "secret": "second",
    "value": "the second secret",
    "schedule": ("rate(2 hours)", *FIRST["schedule"][1:]),
    "bucket": [{"Key": "stage", "Value": "second"}],
    "public access": [True, True],
    "indexes": {
        "by-day": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["cents", "note"]},
        "by-note": {"ProjectionType": "KEYS_ONLY"},
    },
    "versioning": "Suspended",
    "encryption": "aws:kms",
    "lifecycle": ("old", {"Prefix": "old/"}, {"Days": 60}, {"NoncurrentDays": 7}),
    "bucket policy": "second",
    "key": ("types, second", True),
    "key's policy": "second",
    "key's tags": [{"TagKey": "stage", "TagValue": "second"}],
    "topic policy": "second",
    "encrypted logs": ["types"],
    "metric filter": ('{ $.level = "CRITICAL" }', "Errors"),
    "alarm": (2.0, 2, "notBreaching"),
    "alarm's tags": [{"Key": "stage", "Value": "second"}],
    "composite": 'ALARM("share") OR FALSE',
    "dashboard": {"markdown": "second"},
}


def test_a_first_preview_makes_nothing(first: First) -> None:
    assert first.previewed == first.before


def test_each_is_made_and_what_is_gone_is_found_gone_and_made_again(first: First) -> None:
    stack = first.restored()
    assert found(first.cloud) == FIRST
    stack.preview(expect_no_changes=True)
    assert set(stack.refresh(run_program=False).summary.resource_changes or {}) == {"same"}

    client = first.cloud.client
    client("cloudwatch").delete_dashboards(DashboardNames=["types"])
    client("cloudwatch").delete_alarms(AlarmNames=["types-any"])
    client("cloudwatch").delete_alarms(AlarmNames=["types-share"])
    client("scheduler").delete_schedule(Name="types")
    client("secretsmanager").delete_secret(SecretId="types/secret", ForceDeleteWithoutRecovery=True)
    client("lambda").delete_function_url_config(FunctionName="types", Qualifier="live")
    (mapping,) = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
    client("logs").delete_metric_filter(logGroupName="types", filterName="types-errors")
    client("s3").delete_bucket(Bucket="types-bucket")
    queue = client("sqs").get_queue_url(QueueName="types")["QueueUrl"]
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": "", "Policy": ""})
    changes: dict[Any, int] = dict(stack.refresh(run_program=False).summary.resource_changes or {})
    assert changes["delete"] == 17
    stack.up()
    assert found(first.cloud) == FIRST


def test_each_is_changed_and_deleted_through_the_engine(first: First) -> None:
    stack = first.restored()
    stack.set_config("types:changed", auto.ConfigValue("true"))
    plan = planned(stack)
    assert {name: step for name, step in plan.items() if step != "update"} == {
        "ecs.TaskDefinition task": "delete-replaced",
        "secretsmanager.SecretVersion secret": "delete-replaced",
    }
    assert 'secret"' not in stack.up().stdout
    assert found(first.cloud) == SECOND
    stack.preview(expect_no_changes=True)

    first.cloud.client("s3").put_object(Bucket="types-bucket", Key="old/1", Body=b"1")
    stack.destroy()
    assert inventory(first.cloud) == first.before


def test_each_is_made_without_the_engine_and_does_what_it_is_for(first: First, code: str) -> None:
    cloud = first.emptied()
    outputs = deploy(cloud, config={"types:code": code}, program=PROJECT / "__main__.py")
    made = found(cloud)
    # A family's revisions are counted on, whatever has become of those before.
    assert {**made, "task": made["task"][0]} == {**FIRST, "task": FIRST["task"][0]}
    json_body = {"content-type": "application/json"}
    assert cloud.call_url(outputs["url"] + "hooks", b"ping", json_body) == (201, "/hooks ping")
    known_as = cloud.client("lambda").get_function_url_config(FunctionName="types", Qualifier="live")["FunctionUrl"]
    assert cloud.call_url(known_as + "hooks", b"pong", json_body) == (201, "/hooks pong")
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName="types")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")

    def taken() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return set(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()) == {"0"}

    eventually(taken)


def test_an_alarms_expression_is_put_as_cloudwatch_wants_it() -> None:
    """The embedded cloud drops it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    watched = {"namespace": "AWS/States", "metricName": "ExecutionsFailed", "dimensions": {"StateMachineArn": "arn"}}
    metric = {"id": "failed", "metric": {**watched, "period": 300.0, "stat": "Sum"}, "returnData": False}
    assert metric_query(metric) == {
        "Id": "failed",
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/States",
                "MetricName": "ExecutionsFailed",
                "Dimensions": [{"Name": "StateMachineArn", "Value": "arn"}],
            },
            "Period": 300,
            "Stat": "Sum",
        },
    }
    expression = {"id": "share", "expression": "100 * failed / started", "label": "failed", "returnData": True}
    assert metric_query(expression) == {
        "Id": "share",
        "Expression": "100 * failed / started",
        "Label": "failed",
        "ReturnData": True,
    }
