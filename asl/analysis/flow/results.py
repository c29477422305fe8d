"""What calls answer and files hold, as far as AWS documents or models it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from asl.analysis.flow.shapes import ANY, Scalar, Shape, listing_of, record
from asl.integrations import find
from asl.integrations.models import Type, operation
from asl.integrations.results import RESULTS
from asl.syntax.shapes import Object, as_list, as_object, as_text

_STRING, _NUMBER, _BOOLEAN = Scalar("string"), Scalar("number"), Scalar("boolean")
_SCALARS: Mapping[str, Shape] = {"string": _STRING, "integer": _NUMBER, "number": _NUMBER, "boolean": _BOOLEAN}
MAX_DEPTH = 5
"""Levels of a result that are followed: models nest deep, and some hold themselves."""

_NESTED = "states:startExecution.sync"
_STARTED = record(
    {
        **dict.fromkeys(("ExecutionArn", "Input", "Name", "Output", "StateMachineArn", "Status"), _STRING),
        **dict.fromkeys(("InputDetails", "OutputDetails", "StartDate", "StopDate"), ANY),
    },
    "some",
)
"""A nested execution that has ended: its input and output are texts. `.sync:2` gives them as JSON:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""


@lru_cache(maxsize=1024)
def result_of(resource: str) -> Shape:
    """What a call gives; Anything where only its service, its function or its worker knows."""
    found = find(resource)
    if found is None or found[1] not in ("request-response", "sync"):
        return ANY
    row, pattern = found
    if pattern == "sync":
        return _STARTED if resource.endswith(_NESTED) else ANY
    known = operation(row.id)
    if row.id in RESULTS:
        return _documented(RESULTS[row.id], known.output if known else None)
    return _shape(known.output, sdk=True) if known and row.id.startswith("aws-sdk:") else ANY


def _documented(names: tuple[str, ...], output: Type | None) -> Shape:
    """The fields that a page shows, with the kinds that the model gives them."""
    fields: dict[str, Shape] = dict.fromkeys(names, ANY)
    for name, member in output.by_api.items() if output else ():
        if name in fields:
            fields[name] = _shape(member.type, sdk=False)
    return record(fields, "documented")


def _shape(type: Type, *, sdk: bool, depth: int = 0) -> Shape:
    if depth >= MAX_DEPTH:
        return ANY
    match type.base:
        case "structure":
            fields = {
                member.name if sdk else member.api: _shape(member.type, sdk=sdk, depth=depth + 1)
                for member in type.members.values()
            }
            return record(fields, "some")
        case "list":
            return listing_of(_shape(type.element, sdk=sdk, depth=depth + 1))
        case "map":
            return record({}, "some", rest=_shape(type.value, sdk=sdk, depth=depth + 1))
        case _:
            # How a moment or bytes are written nobody documents.
            return _SCALARS.get(type.base, ANY)


_TEXTS = record({}, "some", rest=_STRING)
_LISTED = record(
    {
        **dict.fromkeys(("Etag", "Key", "StorageClass"), _STRING),
        **dict.fromkeys(("LastModified", "Size"), _NUMBER),
        **dict.fromkeys(("ChecksumAlgorithm", "ChecksumType", "Owner", "RestoreStatus"), ANY),
    },
    "documented",
)
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html"""


def item_read(reader: Object) -> Shape:
    """One item of what a Distributed Map reads: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html

    Every field of a CSV file and of an S3 inventory is a text.
    """
    config = as_object(reader.get("ReaderConfig"))
    if as_text(reader.get("Resource")).endswith(":s3:listObjectsV2"):
        return ANY if "Transformation" in config else _LISTED
    if config.get("InputType") == "MANIFEST":
        return _TEXTS if config.get("ManifestType", "S3_INVENTORY") == "S3_INVENTORY" else ANY
    if config.get("InputType") != "CSV":
        return ANY
    headers = [as_text(name) for name in as_list(config.get("CSVHeaders"))]
    said = config.get("CSVHeaderLocation") == "GIVEN" and headers and all(map(_is_plain, headers))
    return record(dict.fromkeys(headers, _STRING)) if said else _TEXTS


def _is_plain(name: str) -> bool:
    return name != "" and "${" not in name and "{%" not in name
