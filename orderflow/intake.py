"""Putting a file of orders where a stack takes files in, and waiting for the report on it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow.documents import at, is_object
from orderflow.errors import OrderflowError, aws_errors
from orderflow.outputs import Deployment

LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class PutFile:
    """A file that was put there: the bucket, its key, and that of the report on it."""

    bucket: str
    key: str
    report: str


def put_file(deployment: Deployment, file: Path) -> PutFile:
    """Put a file there under its own name.

    Raises:
        OrderflowError: where the stack takes no files, or S3 refuses this one.
    """
    bucket = at(at(deployment.outputs, "buckets"), "intake")
    if not isinstance(bucket, str):
        raise OrderflowError("this stack takes no files; put bulk into its setting orderflow:workflows, and deploy it")
    key = f"incoming/{file.name}"
    with file.open("rb") as body, aws_errors():
        etag: str = deployment.connect("s3").put_object(Bucket=bucket, Key=key, Body=body)["ETag"]
    return PutFile(bucket, key, f"reports/{file.name}/{etag.strip(chr(34))}.json")


def awaited_report(deployment: Deployment, put: PutFile, seconds: float) -> Mapping[str, Any]:
    """The report on a file, once there is one; a report on the same file from before, where that was taken in whole.

    Raises:
        OrderflowError: when there is none after so many seconds, or it may not be read.
    """
    client, deadline = deployment.connect("s3"), time.monotonic() + seconds
    earlier = _report(client, put)
    if earlier and not earlier["notStarted"]:
        return earlier
    known = earlier and earlier["executionId"]
    while time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        found = _report(client, put)
        if found and found["executionId"] != known:
            return found
    raise OrderflowError(
        f"nothing was said of {put.key} within {seconds:.0f} s; it goes on, and the report will be s3://{put.bucket}/{put.report}"
    )


def _report(client: Any, put: PutFile) -> Mapping[str, Any] | None:
    with aws_errors():
        try:
            body = client.get_object(Bucket=put.bucket, Key=put.report)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
    report = json.loads(body)
    if not is_object(report):
        raise OrderflowError(f"s3://{put.bucket}/{put.report} is no report")
    return report
