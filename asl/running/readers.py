"""ItemReader: the items of a Distributed Map that lie in S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from asl.running.data import expressions, path, template
from asl.running.failures import READER_FAILED, Failure
from asl.running.frames import Frame
from asl.running.items import Found, as_whole, iterable, not_whole
from asl.running.objects import MissingObjectError, Objects
from asl.syntax.shapes import Object, as_list, as_object, as_text

MAX_ITEMS = 100_000_000
"""By the page above."""
MAX_ITEM_BYTES = 8 * 1024 * 1024
"""By the page above. Python's reader of CSV refuses longer fields than its limit, which is the whole process's."""
csv.field_size_limit(max(csv.field_size_limit(), MAX_ITEM_BYTES))
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read_items(frame: Frame, effective: object, objects: Objects) -> list[Found]:
    """Every item that the state's ItemReader finds, up to its MaxItems.

    Raises:
        Failure: where they cannot be read.
        Broken: where a field of the reader cannot be applied to the state's input.
    """
    reader = as_object(frame.step.node["ItemReader"])
    config = as_object(reader.get("ReaderConfig"))
    given = as_object(_given(frame, reader, effective))
    most = _most(frame, config, effective)
    bucket = as_text(given.get("Bucket"))
    try:
        if config.get("InputType") == "PARQUET" and "VersionId" in given:
            raise Failure(READER_FAILED, "S3 Version ID selection is not currently supported for PARQUET files")
        if as_text(reader.get("Resource")).endswith(":listObjectsV2"):
            found = _listed(objects, bucket, as_text(given.get("Prefix")), config)
        else:
            found = _in_object(objects, bucket, as_text(given.get("Key")), config)
        return list(islice(found, most))
    except MissingObjectError as missing:
        raise Failure(READER_FAILED, str(missing)) from missing
    except (ValueError, csv.Error, OSError, EOFError, zlib.error) as problem:
        raise Failure(READER_FAILED, f"The {_kind(config)} file cannot be read: {problem}") from problem


def _given(frame: Frame, reader: Object, effective: object) -> object:
    if frame.step.jsonata:
        return expressions(reader.get("Arguments", {}), "ItemReader/Arguments")(frame, frame.names())
    return template(reader.get("Parameters", {}))(frame, effective)


def _most(frame: Frame, config: Object, effective: object) -> int:
    """MaxItems; 0 and what is over the limit stand for the limit."""
    if "MaxItemsPath" in config:
        value = path(as_text(config["MaxItemsPath"]))(frame, effective)
    else:
        value = expressions(config.get("MaxItems", 0), "ItemReader/ReaderConfig/MaxItems")(frame, frame.names())
    found = as_whole(value)
    if found is None:
        raise not_whole("MaxItems", config.get("MaxItems"), config.get("MaxItemsPath"), value)
    if found < 0:
        raise Failure(READER_FAILED, "field MaxItems must be positive")
    return min(found or MAX_ITEMS, MAX_ITEMS)


def _listed(objects: Objects, bucket: str, prefix: str, config: Object) -> Iterator[Found]:
    """The objects under a prefix; with Transformation LOAD_AND_FLATTEN, what is in them."""
    for one in objects.listed(bucket, prefix):
        if config.get("Transformation") == "LOAD_AND_FLATTEN":
            yield from _parsed(objects, bucket, as_text(one["Key"]), config)
        else:
            yield Found(one, f"s3://{bucket}")


def _in_object(objects: Objects, bucket: str, key: str, config: Object) -> Iterator[Found]:
    if config.get("ManifestType") == "ATHENA_DATA":
        return _of_athena(objects, objects.read(bucket, key), config)
    if config.get("InputType") == "MANIFEST" or config.get("ManifestType") == "S3_INVENTORY":
        return _of_inventory(objects, objects.read(bucket, key), bucket)
    return _parsed(objects, bucket, key, config)


def _kind(config: Object) -> str:
    return as_text(config.get("InputType")) or "JSON"


def _parsed(objects: Objects, bucket: str, key: str, config: Object) -> Iterator[Found]:
    """What is in an object. What stands in for one of Parquet are its rows as JSON lines."""
    body, kind = objects.read(bucket, key), _kind(config)
    if kind == "PARQUET" and body.startswith(b"PAR1"):
        raise Failure(READER_FAILED, f"{key} is not read here, for it is Parquet: give its rows as JSON lines instead.")
    written = _unpacked(body, key).decode("utf-8-sig")
    found = partial(Found, source=f"s3://{bucket}/{key}")
    if kind == "CSV":
        return map(found, _rows(written, config))
    if kind in ("JSONL", "PARQUET"):
        return (found(json.loads(line)) for line in written.split("\n") if line.strip())
    value = _pointed(json.loads(written), as_text(config.get("ItemsPointer")))
    if (values := iterable(value)) is None:
        raise Failure(READER_FAILED, "Attempting to map over non-iterable node.")
    return (found(one, is_pair=isinstance(value, dict)) for one in values)


def _unpacked(body: bytes, key: str) -> bytes:
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        raise Failure(
            READER_FAILED, f"{key} is not read here, for it is packed with ZSTD: give it unpacked, or as GZIP."
        )
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def _pointed(value: object, pointer: str) -> object:
    """What a JSON pointer leads to: https://www.rfc-editor.org/rfc/rfc6901"""
    for written in pointer.split("/")[1:]:
        name = written.replace("~1", "/").replace("~0", "~")
        elements, fields = as_list(value), as_object(value)
        if name.isdecimal() and int(name) < len(elements):
            value = elements[int(name)]
        elif name in fields:
            value = fields[name]
        else:
            told = "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure."
            raise Failure(READER_FAILED, told)
    return value


def _rows(written: str, config: Object) -> list[object]:
    """Each row as an object of texts, by the headers given or those of the first row."""
    delimiter = _DELIMITERS.get(as_text(config.get("CSVDelimiter")) or "COMMA", ",")
    rows = [row for row in csv.reader(io.StringIO(written), delimiter=delimiter, escapechar="\\") if row]
    headers: Sequence[str]
    if as_text(config.get("CSVHeaderLocation")) == "GIVEN":
        headers = [as_text(name) for name in as_list(config.get("CSVHeaders"))]
    else:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    if len(set(headers)) < len(headers):
        raise Failure(READER_FAILED, "CSV headers cannot contain duplicates.")
    return [dict(zip(headers, [*row, *([""] * (len(headers) - len(row)))], strict=False)) for row in rows]


def _of_athena(objects: Objects, body: bytes, config: Object) -> Iterator[Found]:
    """What is in the objects that the manifest of an UNLOAD names, a place in each line.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html#itemsource-example-athena-manifest-data
    """
    for line in body.decode().split():
        place, _, key = line.strip('"').removeprefix("s3://").partition("/")
        yield from _parsed(objects, place, key, config)


def _of_inventory(objects: Objects, body: bytes, bucket: str) -> Iterator[Found]:
    """The rows of the files that an S3 inventory's manifest names.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
    """
    manifest = as_object(json.loads(body))
    place = as_text(manifest.get("destinationBucket")).rpartition(":")[2] or bucket
    columns = [name.strip() for name in as_text(manifest.get("fileSchema")).split(",")]
    described = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": columns}
    for file in as_list(manifest.get("files")):
        yield from _parsed(objects, place, as_text(as_object(file).get("key")), described)
