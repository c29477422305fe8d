"""ResultWriter: what the children of a Distributed Map came to, as the state's result or as files in S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from asl.running.data import expressions, template
from asl.running.failures import WRITER_FAILED, Failure
from asl.running.frames import Frame
from asl.running.instants import written
from asl.running.objects import MissingObjectError, Objects
from asl.running.sizes import text
from asl.syntax.shapes import Object, as_object, as_text

if TYPE_CHECKING:
    from asl.running.distributed import MapRun
    from asl.running.execution import Execution


def result(frame: Frame, effective: object, run: MapRun, objects: Objects) -> object:
    """What the state's result is: the children's outputs, or where the files with them lie.

    Raises:
        Failure: where the files cannot be written.
    """
    writer = as_object(frame.step.node.get("ResultWriter"))
    config = as_object(writer.get("WriterConfig"))
    if "Resource" not in writer:
        transformation = as_text(config.get("Transformation")) or "COMPACT"
        return [one for child in run.children for one in _told(child, transformation)]
    if frame.step.jsonata:
        filled = expressions(writer.get("Arguments", {}), "ResultWriter/Arguments")(frame, frame.names())
    else:
        filled = template(writer.get("Parameters", {}))(frame, effective)
    place = as_object(filled)
    bucket = as_text(place.get("Bucket"))
    folder = "/".join(filter(None, (as_text(place.get("Prefix")), run.arn.rpartition(":")[2])))
    try:
        return _written(objects, bucket, folder, run, config)
    except MissingObjectError as missing:
        raise Failure(WRITER_FAILED, str(missing)) from missing


def _written(objects: Objects, bucket: str, folder: str, run: MapRun, config: Object) -> object:
    transformation = as_text(config.get("Transformation")) or "NONE"
    is_lines = config.get("OutputType") == "JSONL"
    told: dict[str, list[object]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for child in run.children:
        told["SUCCEEDED" if child.status == "SUCCEEDED" else "FAILED"] += _told(child, transformation)
    for share in (run.shares or ())[len(run.children) :]:
        told["PENDING"].append({"Input": text(share.input), "InputDetails": _INCLUDED, "Status": "PENDING"})
    files: dict[str, list[object]] = {status: [] for status in told}
    for status, results in told.items():
        if results:
            body = "\n".join(map(text, results)) if is_lines else text(results)
            key = f"{folder}/{status}_0.{'jsonl' if is_lines else 'json'}"
            objects.write(bucket, key, body.encode())
            files[status].append({"Key": key, "Size": len(body.encode())})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    objects.write(bucket, f"{folder}/manifest.json", json.dumps(manifest).encode())
    return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": f"{folder}/manifest.json"}}


_INCLUDED = {"Included": True}


def _told(child: Execution, transformation: str) -> list[object]:
    """What is told of a child. A failed one is told whole, whatever is asked for."""
    if child.status == "SUCCEEDED" and transformation != "NONE":
        output = child.output
        return output if transformation == "FLATTEN" and isinstance(output, list) else [output]  # pyright: ignore[reportUnknownVariableType]
    whole: dict[str, object] = {
        "ExecutionArn": child.names.execution_arn(),
        "Input": text(child.input),
        "InputDetails": _INCLUDED,
        "Name": child.names.execution,
        "RedriveCount": child.redrives,
        **_redrive(child),
        "StartDate": written(child.started_at),
        "StateMachineArn": child.names.machine_arn(),
        "Status": child.status,
        "StopDate": written(child.ended_at or child.started_at),
    }
    if child.status == "SUCCEEDED":
        return [{**whole, "Output": text(child.output), "OutputDetails": _INCLUDED}]
    why = {"Error": child.error, "Cause": child.cause}
    return [{**whole, **{name: value for name, value in why.items() if value is not None}}]


def _redrive(child: Execution) -> dict[str, object]:
    """As DescribeExecution tells it: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html"""
    reason = child.not_redrivable()
    if reason is None:
        return {"RedriveStatus": "REDRIVABLE"}
    if child.program.type == "EXPRESS" and child.status != "SUCCEEDED":
        return {"RedriveStatus": "REDRIVABLE_BY_MAP_RUN"}
    return {"RedriveStatus": "NOT_REDRIVABLE", "RedriveStatusReason": reason}
