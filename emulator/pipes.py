"""Pipes of the embedded cloud: ministack's read the streams of tables alone, and know no pattern and no input.

These read queues and Kinesis, too, and bring what matches the pattern as the input template says. None waits for an
execution, tries it again, or sets a batch aside: a batch is gone once its execution has been started.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes.html
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.services import eventbridge, pipes

BATCH = 10
_PLACE = re.compile(r"<(\$[^<>]*|aws\.pipes\.[a-z.-]+)>")
_TEXT_OR_PLACE = re.compile(rf'"(?:\\.|[^"\\])*"|{_PLACE.pattern}')
_original: dict[str, Callable[..., Any]] = {}
_iterators: dict[str, dict[str, str]] = {}
"""Where a pipe has come to in each shard of its stream, by its ARN."""


def install() -> None:
    """Take the place of ministack's pipes, in its process and before it starts."""
    for name, ours in REPLACED.items():
        _original[name] = getattr(pipes, name)
        setattr(pipes, name, ours)


def create_pipe(name: str, body: Mapping[str, Any]) -> Any:
    answer = _original["_create_pipe"](name, body)
    if answer[0] == 200:
        _keep(name, body)
        if _parameters(pipes._pipes[name]).get("StartingPosition") == "TRIM_HORIZON":
            pipe = pipes._pipes[name]
            pipe["StartingPosition"] = "TRIM_HORIZON"
            pipes._positions[pipe["Arn"]] = pipes._initial_position(pipe)
    return answer


def update_pipe(name: str, body: Mapping[str, Any]) -> Any:
    answer = _original["_update_pipe"](name, body)
    if answer[0] == 200:
        _keep(name, body)
    return answer


def describe_response(pipe: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: pipe[key] for key in ("SourceParameters", "TargetParameters") if key in pipe}
    return {**_original["_describe_response"](pipe), **kept}


def poll_pipe(dynamodb: Any, pipe: dict[str, Any], account: str) -> None:
    """Bring what there is now, in the thread that looks at all pipes each second."""
    read = _SOURCES.get(pipes._arn_service(pipe.get("Source", "")))
    if read is None:
        _original["_poll_pipe"](dynamodb, pipe, account)
    elif pipe.get("CurrentState") == "RUNNING":
        read(pipe)


def start_from_records(machine: str, pipe: dict[str, Any], records: Sequence[Mapping[str, Any]]) -> bool:
    """One execution for each batch of those records that match: what matches nothing has been brought as well."""
    wanted = [record for record in records if _matches(pipe, _parsed(record))]
    size = int(_parameters(pipe).get("BatchSize", BATCH))
    batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    start = _original["_start_state_machine_from_records"]
    return all(start(machine, pipe, [_as_input(pipe, record) for record in batch]) for batch in batches)


def _read_queue(pipe: dict[str, Any]) -> None:
    sqs, name = _client("sqs"), pipe["Source"].rpartition(":")[2]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    size = int(_parameters(pipe).get("BatchSize", BATCH))
    taken = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=min(size, BATCH), AttributeNames=["All"], MessageAttributeNames=["All"]
    ).get("Messages", [])
    records = [_message(pipe["Source"], one) for one in taken]
    if taken and start_from_records(pipe["Target"], pipe, records):
        for one in taken:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def _message(arn: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": told["MessageId"],
        "receiptHandle": told["ReceiptHandle"],
        "body": told["Body"],
        "attributes": told.get("Attributes", {}),
        "messageAttributes": told.get("MessageAttributes", {}),
        "md5OfBody": told["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


def _read_kinesis(pipe: dict[str, Any]) -> None:
    kinesis, arn = _client("kinesis"), pipe["Source"]
    at = _iterators.setdefault(pipe["Arn"], {})
    for shard in kinesis.list_shards(StreamARN=arn)["Shards"]:
        id = shard["ShardId"]
        if id not in at:
            begin = _parameters(pipe).get("StartingPosition", "LATEST")
            at[id] = kinesis.get_shard_iterator(StreamARN=arn, ShardId=id, ShardIteratorType=begin)["ShardIterator"]
        found = kinesis.get_records(StreamARN=arn, ShardIterator=at[id])
        if start_from_records(pipe["Target"], pipe, [_kinesis_record(arn, id, one) for one in found["Records"]]):
            at[id] = found["NextShardIterator"]


def _kinesis_record(arn: str, shard: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": told["PartitionKey"],
        "sequenceNumber": told["SequenceNumber"],
        "data": base64.b64encode(told["Data"]).decode(),
        "approximateArrivalTimestamp": told["ApproximateArrivalTimestamp"].timestamp(),
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{told['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "awsRegion": arn.split(":")[3],
        "eventSourceARN": arn,
    }


_SOURCES: Mapping[str, Callable[[dict[str, Any]], None]] = {"sqs": _read_queue, "kinesis": _read_kinesis}


def _keep(name: str, body: Mapping[str, Any]) -> None:
    pipes._pipes[name].update({key: body[key] for key in ("SourceParameters", "TargetParameters") if key in body})


def _parameters(pipe: Mapping[str, Any]) -> dict[str, Any]:
    """Those of its kind of source."""
    given: Mapping[str, Any] = pipe.get("SourceParameters") or {}
    return next((value for name, value in given.items() if name != "FilterCriteria"), {})


def _matches(pipe: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether one of its filters lets a record through, or it has none."""
    filters = ((pipe.get("SourceParameters") or {}).get("FilterCriteria") or {}).get("Filters") or []
    compiled = [eventbridge._compiled_pattern(one["Pattern"]) or [] for one in filters]
    return not filters or any(
        eventbridge._matches_detail(record, alternative) for alternatives in compiled for alternative in alternatives
    )


def _parsed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as patterns and templates see it: a body or data that is JSON is read.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-implicit
    """
    parsed = dict(record)
    for name in parsed.keys() & {"body", "data"}:
        try:
            text = base64.b64decode(parsed[name], validate=True) if name == "data" else parsed[name]
            parsed[name] = json.loads(text)
        except (ValueError, binascii.Error):
            continue
    return parsed


def _as_input(pipe: Mapping[str, Any], record: Mapping[str, Any]) -> Any:
    template = (pipe.get("TargetParameters") or {}).get("InputTemplate")
    if not template:
        return record
    seen = _parsed(record)
    known = {"pipe-name": "Name", "pipe-arn": "Arn", "source-arn": "Source", "target-arn": "Target"}

    def value(place: str) -> Any:
        if place.startswith("$"):
            return functools.reduce(_member, filter(None, re.split(r"[.\[\]]", place[1:])), seen)
        return pipe.get(known.get(place.removeprefix("aws.pipes."), ""), record)

    def within_a_text(found: re.Match[str]) -> str:
        put = value(found[1])
        return put if isinstance(put, str) else json.dumps(put).replace('"', "")

    def filled(found: re.Match[str]) -> str:
        return json.dumps(value(found[1])) if found[1] else _PLACE.sub(within_a_text, found[0])

    return json.loads(_TEXT_OR_PLACE.sub(filled, template))


def _member(value: Any, step: str) -> Any:
    if isinstance(value, list):
        return value[int(step)] if step.isdigit() and int(step) < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


@functools.cache
def _client(service: str) -> Any:
    from emulator.cloud import client_of

    return client_of(os.environ["AWS_ENDPOINT_URL"], service)


REPLACED: Mapping[str, Callable[..., Any]] = {
    "_create_pipe": create_pipe,
    "_update_pipe": update_pipe,
    "_describe_response": describe_response,
    "_poll_pipe": poll_pipe,
    "_start_state_machine_from_records": start_from_records,
}
"""What takes the place of which of ministack's functions."""
