"""What a Distributed Map with a ResultWriter leaves in S3, which ministack does not write.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.services import s3

TOLD = {
    "ExecutionArn": "executionArn",
    "Name": "name",
    "StateMachineArn": "stateMachineArn",
    "Status": "status",
    "Input": "input",
    "Output": "output",
    "Error": "error",
    "Cause": "cause",
    "StartDate": "startDate",
    "StopDate": "stopDate",
}
"""What is told of a child, and where ministack keeps it."""


def write_results(
    writer: Mapping[str, Any], place: Mapping[str, str], map_run: str, children: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Write what the children of a Map Run came to, and the manifest that names the files: what the state's result is.

    `place` is the writer's bucket and prefix, resolved.
    """
    bucket, folder = place["Bucket"], "/".join(filter(None, (place.get("Prefix"), map_run.rpartition(":")[2])))
    config = writer.get("WriterConfig", {})
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status in ("FAILED", "SUCCEEDED"):
        results = [_result(child, config) for child in children if child["status"] == status]
        if results:
            is_lines = config.get("OutputType") == "JSONL"
            text = "\n".join(map(json.dumps, results)) if is_lines else json.dumps(results)
            key = f"{folder}/{status}_0.{'jsonl' if is_lines else 'json'}"
            files[status].append({"Key": key, "Size": _put(bucket, key, text)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run, "ResultFiles": files}
    _put(bucket, f"{folder}/manifest.json", json.dumps(manifest))
    return {"MapRunArn": map_run, "ResultWriterDetails": {"Bucket": bucket, "Key": f"{folder}/manifest.json"}}


def _result(child: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """A child with its metadata, or where that is not wanted and it succeeded, just its output."""
    if child["status"] == "SUCCEEDED" and config.get("Transformation", "NONE") != "NONE":
        return json.loads(child["output"])
    return {name: child[field] for name, field in TOLD.items() if child.get(field) is not None}


def _put(bucket: str, key: str, text: str) -> int:
    """Write an object; its size in bytes."""
    body = text.encode()
    status, _, answer = s3._put_object(bucket, key, body, {})
    if status != 200:
        raise OSError(f"s3://{bucket}/{key}: {answer!r}")
    return len(body)
