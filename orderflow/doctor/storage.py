"""What holds orders, messages and secrets."""

from __future__ import annotations

from collections.abc import Iterator

from orderflow.doctor.lines import DEPLOY, Connect, Seen, Told
from orderflow.documents import at

TABLE_CHANGES = ("CREATING", "UPDATING")


def is_table(connect: Connect, told: Told) -> Iterator[Seen]:
    """Active with its indexes, and with the stream that the stack says: one that is made anew has another ARN.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    """
    table = connect("dynamodb").describe_table(TableName=told.text("name"))["Table"]
    indexes = {index["IndexName"]: index["IndexStatus"] for index in table.get("GlobalSecondaryIndexes", [])}
    states = {"the table": table["TableStatus"], **{f"index {name}": status for name, status in indexes.items()}}
    unready = {name: status for name, status in states.items() if status != "ACTIVE"}
    found = ", ".join(f"{name} is {status}" for name, status in unready.items())
    stream = told.text("streamArn")
    streams = at(table, "StreamSpecification", "StreamEnabled") is True
    if any(status not in TABLE_CHANGES for status in unready.values()):
        yield Seen("wrong", found, "restore it from a backup, or deploy the stack again, which makes an empty one")
    elif unready:
        yield Seen("waiting", found)
    elif stream and not streams:
        yield Seen("wrong", "its stream is off, so that changes of orders reach no view", DEPLOY)
    elif stream and table["LatestStreamArn"] != stream:
        yield Seen("wrong", f"its stream is {table['LatestStreamArn']}; the stack says {stream}", DEPLOY)
    else:
        yield Seen("ok", "ACTIVE")


def is_backed_up(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html"""
    if at(told.value, "recovery") is not True:
        return
    found = connect("dynamodb").describe_continuous_backups(TableName=told.text("name"))
    status = at(found, "ContinuousBackupsDescription", "PointInTimeRecoveryDescription", "PointInTimeRecoveryStatus")
    if status == "ENABLED":
        yield Seen("ok", "point-in-time recovery is on")
    else:
        yield Seen("wrong", "point-in-time recovery is off: what is deleted now cannot be restored", DEPLOY)


def is_queue(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
    connect("sqs").get_queue_attributes(QueueUrl=told.text("url"), AttributeNames=["QueueArn"])
    yield Seen("ok", "there")


def is_topic(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html"""
    connect("sns").get_topic_attributes(TopicArn=told.text())
    yield Seen("ok", "there")


def is_key(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html"""
    state = connect("kms").describe_key(KeyId=told.text())["KeyMetadata"]["KeyState"]
    if state == "Enabled":
        yield Seen("ok", "Enabled")
    elif state == "PendingDeletion":
        yield Seen("wrong", state, f"aws kms cancel-key-deletion --key-id {told.text()}, then aws kms enable-key")
    else:
        yield Seen("wrong", state, f"aws kms enable-key --key-id {told.text()}")


def is_bucket(connect: Connect, told: Told) -> Iterator[Seen]:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html"""
    connect("s3").head_bucket(Bucket=told.text())
    yield Seen("ok", "there")


def is_filled(connect: Connect, told: Told) -> Iterator[Seen]:
    """Whether a secret has a value, which is not read: some version of it is labelled as the current one.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    secret = connect("secretsmanager").describe_secret(SecretId=told.text())
    versions: dict[str, list[str]] = secret.get("VersionIdsToStages") or {}
    if "DeletedDate" in secret:
        do = f"aws secretsmanager restore-secret --secret-id {secret['Name']}"
        yield Seen("wrong", f"is to be deleted since {secret['DeletedDate']:%Y-%m-%d %H:%M %Z}", do)
    elif not any("AWSCURRENT" in labels for labels in versions.values()):
        put = f"aws secretsmanager put-secret-value --secret-id {secret['Name']}"
        yield Seen("wrong", "has no value", f"put it in (runbook, Is it all there?): {put}")
    else:
        yield Seen("ok", "filled")
