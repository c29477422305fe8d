"""ReportIntake: what came of a file, for whoever put it there, beside the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from handlers.shared.collaborators.intake import claims, intake_bucket
from handlers.shared.errors import reason_of
from handlers.shared.intake.bucket import IntakeBucket
from handlers.shared.intake.claims import LEFT, TAKEN_IN, Claims
from handlers.shared.intake.reporting import SHOWN, Came, all_refused, batches
from handlers.shared.runtime import invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@invocation
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Report on event["file"]; see `report_intake`."""
    return report_intake(event, intake_bucket(), claims())


def report_intake(event: dict[str, Any], bucket: IntakeBucket, claims: Claims) -> dict[str, Any]:
    """The report, which is also an object of the bucket, `reports/` and the file's key and ETag.

    "lines" are "started", "startedBefore" (by other executions than this one), "refused" and "notStarted" together;
    "refusedLines" names the object with all refused lines, and "firstRefused" are some of them.
    The event has the "outcome" as the workflow knows it, "read" where the file could be read, "failure" where something
    went wrong, and "results", the folder of the Map Run's results.
    """
    file, outcome, read = event["file"], event["outcome"], event.get("read") or {}
    place = f"reports/{file['key'].removeprefix('incoming/')}/{file['etag']}"
    told = {"file": file["key"], "outcome": outcome, "executionId": event["executionId"]}
    if outcome == "TAKEN_BEFORE":
        earlier = read["earlier"]
        why = f"the same file was put there as {earlier['key']}, and has been taken in since {earlier['at']}"
        return _put(bucket, place, {**told, "why": why, **_counts(0)}, is_new=earlier["key"] != file["key"])
    if outcome == "REFUSED" or not read:
        return _put(bucket, place, {**told, "why": reason_of(event.get("failure")), **_counts(0)})
    manifests = [key for key in bucket.keys(event["results"]) if key.endswith("/manifest.json")]
    came = Came.of(batches(manifests, bucket.read))
    refused = read["refused"] + len(came.refused)
    left = read["lines"] - came.started - came.before - refused
    report = {
        **told,
        "why": _why(outcome, left),
        **_counts(read["lines"], came.started, came.before, refused, left),
        "columnsNotRead": read["columnsNotRead"],
        **_write_refused(
            bucket, f"{place}.refused.jsonl", all_refused(bucket.read(f"{read['folder']}/refused.jsonl"), came)
        ),
    }
    report = _put(bucket, place, report)
    # The last step: a file that was not told of is not done with.
    claims.end(read["digest"], event["executionId"], LEFT if left or outcome == "STOPPED" else TAKEN_IN)
    return report


def _counts(lines: int, started: int = 0, before: int = 0, refused: int = 0, left: int = 0) -> dict[str, int]:
    return {"lines": lines, "started": started, "startedBefore": before, "refused": refused, "notStarted": left}


def _why(outcome: str, left: int) -> str:
    if outcome == "STOPPED":
        return f"too many orders could not be started; put the file there again to start the {left:,} that are left"
    return f"{left:,} orders could not be started; put the file there again to start them" if left else ""


def _write_refused(bucket: IntakeBucket, key: str, refused: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Write all of them down, and give the first ones."""
    first = list(islice(refused, SHOWN))
    with TemporaryFile() as body:
        for line in first:
            body.write(_line(line))
        for line in refused:
            body.write(_line(line))
        body.seek(0)
        bucket.put(key, body)
    return {"refusedLines": key, "firstRefused": first}


def _put(bucket: IntakeBucket, place: str, report: dict[str, Any], *, is_new: bool = True) -> dict[str, Any]:
    """Put the report beside the file, unless what was said of the same file there is to stay."""
    report = {"summary": _summary(report), **report, "report": f"{place}.json"}
    if is_new:
        bucket.put(report["report"], json.dumps(report, indent=2).encode())
    return report


def _summary(report: dict[str, Any]) -> str:
    said = {"TAKEN_BEFORE": "nothing was started", "REFUSED": "the file was refused"}.get(
        report["outcome"],
        f"lines {report['lines']:,}, orders started {report['started']:,}, started before {report['startedBefore']:,}, "
        f"lines refused {report['refused']:,}",
    )
    return f"{report['file']}: {said}" + (f"; {report['why']}" if report["why"] else "")


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
