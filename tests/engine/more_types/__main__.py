"""One of each resource type that the bridge knows and the program does not use, and each changed by `types:changed`."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config("types")
changed = config.get_bool("changed") or False
tags = {"stage": "second" if changed else "first"}

trust = {"Version": "2012-10-17", "Statement": []}
bound = f"arn:aws:iam::aws:policy/{'ReadOnlyAccess' if changed else 'PowerUserAccess'}"
role = aws.iam.Role("role", name="types", assume_role_policy=json.dumps(trust), permissions_boundary=bound)
aws.iam.Role(
    "unbound",
    name="types-unbound",
    assume_role_policy=json.dumps(trust),
    permissions_boundary=None if changed else bound,
)
function = aws.lambda_.Function(
    "function",
    name="types",
    handler="module.handler",
    runtime="python3.13",
    role=role.arn,
    timeout=10,
    memory_size=128,
    environment={"variables": {"NAME": "types"}},
    tracing_config={"mode": "PassThrough"},
    code=pulumi.FileArchive(config.require("code")),
    publish=True,
)
alias = aws.lambda_.Alias("live", name="live", function_name=function.name, function_version=function.version)
url = aws.lambda_.FunctionUrl(
    "url",
    function_name=function.name,
    qualifier=alias.name,
    authorization_type="NONE",
    cors={"allow_origins": ["https://b.example" if changed else "https://a.example"], "max_age": 60},
)
aws.lambda_.Permission(
    "url",
    statement_id="url",
    action="lambda:InvokeFunctionUrl",
    principal="*",
    function=function.name,
    qualifier=alias.name,
    function_url_auth_type="NONE",
)
aws.lambda_.Permission(
    "through-url",
    action="lambda:InvokeFunction",
    principal="*",
    function=function.name,
    qualifier=alias.name,
    invoked_via_function_url=True,
)

index_key = aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs
by_day = aws.dynamodb.TableGlobalSecondaryIndexArgs(
    name="by-day",
    key_schemas=[index_key(attribute_name="day", key_type="HASH"), index_key(attribute_name="id", key_type="RANGE")],
    projection_type="INCLUDE",
    non_key_attributes=["cents", "note"] if changed else ["cents"],
)
by_note = aws.dynamodb.TableGlobalSecondaryIndexArgs(
    name="by-note", key_schemas=[index_key(attribute_name="note", key_type="HASH")], projection_type="KEYS_ONLY"
)
aws.dynamodb.Table(
    "indexed",
    name="types-indexed",
    billing_mode="PAY_PER_REQUEST",
    hash_key="id",
    range_key="day",
    attributes=[{"name": name, "type": "S"} for name in ("id", "day", "at", *(["note"] if changed else []))],
    local_secondary_indexes=[{"name": "by-at", "range_key": "at", "projection_type": "ALL"}],
    global_secondary_indexes=[by_day, *([by_note] if changed else [])],
)

dead = aws.sqs.Queue("dead", name="types-dead", message_retention_seconds=86_400)
queue = aws.sqs.Queue(
    "queue", name="types", message_retention_seconds=3_600, visibility_timeout_seconds=90 if changed else 60
)
redrive = dead.arn.apply(
    lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 4 if changed else 3}, sort_keys=True)
)
aws.sqs.RedrivePolicy("redrive", queue_url=queue.url, redrive_policy=redrive)
sending = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": "*",
}
policy = json.dumps({"Version": "2012-10-17", "Id": tags["stage"], "Statement": [sending]})
aws.sqs.QueuePolicy("policy", queue_url=queue.url, policy=policy)
aws.lambda_.EventSourceMapping(
    "queue",
    event_source_arn=queue.arn,
    function_name=alias.arn,
    batch_size=2 if changed else 1,
    function_response_types=["ReportBatchItemFailures"],
    tags=tags,
)

aws.cloudwatch.EventConnection(
    "connection",
    name="types",
    description=tags["stage"],
    authorization_type="API_KEY",
    auth_parameters={"api_key": {"key": "X-Api-Key", "value": pulumi.Output.secret(f"the {tags['stage']} key")}},
)
aws.ecs.Cluster("cluster", name="types", tags=tags)
aws.ecs.TaskDefinition(
    "task",
    family="types",
    cpu="512" if changed else "256",
    memory="1024",
    requires_compatibilities=["FARGATE"],
    network_mode="awsvpc",
    container_definitions=json.dumps([{"name": "types", "image": "alpine", "essential": True}]),
    skip_destroy=True,
    tags=tags,
)

secret = aws.secretsmanager.Secret(
    "secret", name="types/secret", description=tags["stage"], recovery_window_in_days=0, tags=tags
)
version = aws.secretsmanager.SecretVersion(
    "secret", secret_id=secret.id, secret_string=pulumi.Output.secret(f"the {tags['stage']} secret")
)

aws.scheduler.Schedule(
    "schedule",
    name="types",
    schedule_expression="rate(2 hours)" if changed else "rate(1 hours)",
    flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 5},
    target={"arn": alias.arn, "role_arn": role.arn, "input": "{}", "retry_policy": {"maximum_retry_attempts": 2}},
)

bucket = aws.s3.Bucket("bucket", bucket="types-bucket", force_destroy=True, tags=tags)
aws.s3.BucketPublicAccessBlock(
    "bucket",
    bucket=bucket.bucket,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=changed,
)
aws.s3.BucketVersioning(
    "bucket", bucket=bucket.bucket, versioning_configuration={"status": "Suspended" if changed else "Enabled"}
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "bucket",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms" if changed else "AES256"}}],
)
aws.s3.BucketLifecycleConfiguration(
    "bucket",
    bucket=bucket.bucket,
    rules=[
        {
            "id": "old",
            "status": "Enabled",
            "filter": {"prefix": "old/"},
            "expiration": {"days": 60 if changed else 30},
            "noncurrent_version_expiration": {"noncurrent_days": 7},
        }
    ],
)
reading = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::types-bucket/x"}
aws.s3.BucketPolicy(
    "bucket",
    bucket=bucket.bucket,
    policy=json.dumps({"Version": "2012-10-17", "Id": tags["stage"], "Statement": [reading]}),
)

owner = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
key = aws.kms.Key(
    "key",
    description=f"types, {tags['stage']}",
    policy=json.dumps({"Version": "2012-10-17", "Id": tags["stage"], "Statement": [owner]}),
    enable_key_rotation=changed,
    deletion_window_in_days=7,
    tags=tags,
)
topic = aws.sns.Topic("topic", name="types", kms_master_key_id=key.arn)
publishing = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
policy = json.dumps({"Version": "2012-10-17", "Id": tags["stage"], "Statement": [publishing]})
aws.sns.TopicPolicy("topic", arn=topic.arn, policy=policy)

logs = aws.cloudwatch.LogGroup("logs", name="types", retention_in_days=7, kms_key_id=key.arn if changed else None)
aws.cloudwatch.LogGroup("plain", name="types-plain", retention_in_days=7, kms_key_id=None if changed else key.arn)
aws.cloudwatch.LogMetricFilter(
    "errors",
    name="types-errors",
    log_group_name=logs.name,
    pattern='{ $.level = "CRITICAL" }' if changed else '{ $.level = "ERROR" }',
    metric_transformation={"name": "Errors", "namespace": "Types", "value": "1", "default_value": "0"},
)


def metric(id: str, name: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
    """A metric of the machines that an expression uses."""
    return {"id": id, "metric": {"namespace": "AWS/States", "metric_name": name, "period": 300, "stat": "Sum"}}


share = aws.cloudwatch.MetricAlarm(
    "share",
    name="types-share",
    comparison_operator="GreaterThanThreshold",
    threshold=2 if changed else 1,
    evaluation_periods=3,
    datapoints_to_alarm=2,
    treat_missing_data="notBreaching",
    metric_queries=[
        {"id": "share", "expression": "100 * failed / started", "label": "failed", "return_data": True},
        metric("failed", "ExecutionsFailed"),
        metric("started", "ExecutionsStarted"),
    ],
    tags=tags,
)
aws.cloudwatch.CompositeAlarm(
    "any",
    alarm_name="types-any",
    alarm_rule=share.arn.apply(lambda arn: f'ALARM("{arn}") OR FALSE' if changed else f'ALARM("{arn}")'),
    tags=tags,
)
widget = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 6, "properties": {"markdown": tags["stage"]}}
aws.cloudwatch.Dashboard("dashboard", dashboard_name="types", dashboard_body=json.dumps({"widgets": [widget]}))

pulumi.export("url", url.function_url)
pulumi.export("secret", secret.arn)
pulumi.export("version", version.version_id)
