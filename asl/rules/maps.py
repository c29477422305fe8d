"""Rules about what a Map reads, batches, processes and writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from asl.integrations.distributed_map import is_distributed
from asl.rules.findings import Problem, Rule
from asl.syntax.expressions import is_expression, is_filled_in
from asl.syntax.hints import nearest, nearest_field
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_integer, kind, shown
from asl.syntax.walk import Machine, State

_DISTRIBUTED = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"
_MODES = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html"
ITERATIONS_AT_ONCE, CHILDREN_AT_ONCE = 40, 10_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
LABEL_LIMIT = 40
POINTER_LIMIT = 2_000

# part of a Map, its fields
_FIELDS: dict[str, tuple[str, ...]] = {
    "ProcessorConfig": ("Mode", "ExecutionType"),
    "ItemReader": ("Resource", "Parameters", "Arguments", "ReaderConfig"),
    "ReaderConfig": (
        "InputType", "Transformation", "ManifestType", "ItemsPointer", "CSVHeaderLocation", "CSVHeaders",
        "CSVDelimiter", "MaxItems", "MaxItemsPath", "ExpectedBucketOwner",
    ),
    "ItemBatcher": (
        "BatchInput", "MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath",
    ),
    "ResultWriter": ("Resource", "Parameters", "Arguments", "WriterConfig"),
    "WriterConfig": ("Transformation", "OutputType"),
}  # fmt: skip
# part and field, what it may hold
_WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("ProcessorConfig", "Mode"): ("INLINE", "DISTRIBUTED"),
    ("ProcessorConfig", "ExecutionType"): ("STANDARD", "EXPRESS"),
    ("ReaderConfig", "InputType"): ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
    ("ReaderConfig", "Transformation"): ("NONE", "LOAD_AND_FLATTEN"),
    ("ReaderConfig", "ManifestType"): ("ATHENA_DATA", "S3_INVENTORY"),
    ("ReaderConfig", "CSVHeaderLocation"): ("FIRST_ROW", "GIVEN"),
    ("ReaderConfig", "CSVDelimiter"): ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    ("WriterConfig", "Transformation"): ("NONE", "COMPACT", "FLATTEN"),
    ("WriterConfig", "OutputType"): ("JSON", "JSONL"),
}


def _calls(*calls: str) -> Callable[[object], bool]:
    return lambda value: as_text(value).partition(":states:::")[2] in calls


def _is_pointer(value: object) -> bool:
    return as_text(value).startswith("/") and len(as_text(value)) < POINTER_LIMIT


def _are_names(value: object) -> bool:
    return bool(as_list(value)) and all(isinstance(name, str) for name in as_list(value))


_FIGURES: dict[tuple[str, str], tuple[int, int | None]] = {
    ("ReaderConfig", "MaxItems"): (0, 100_000_000),
    ("ItemBatcher", "MaxItemsPerBatch"): (1, None),
    ("ItemBatcher", "MaxInputBytesPerBatch"): (1, 262_144),
}
"""Part and field, the least and the most that it takes where AWS names one, by the pages of ItemReader and ItemBatcher:
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html"""
_HOLDS: dict[tuple[str, str], tuple[str, Callable[[object], bool]]] = {
    ("ItemReader", "Resource"): (
        "arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2", _calls("s3:getObject", "s3:listObjectsV2")
    ),
    ("ResultWriter", "Resource"): ("arn:aws:states:::s3:putObject", _calls("s3:putObject")),
    ("ReaderConfig", "ItemsPointer"): ("a JSON pointer like /orders of less than 2,000 characters", _is_pointer),
    ("ReaderConfig", "CSVHeaders"): ("an array of names", _are_names),
}  # fmt: skip
"""Part and field, what it holds, and whether a value is that, by the pages of ItemReader and ResultWriter:
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
_PAIRS = {
    "ReaderConfig": (("MaxItems", "MaxItemsPath"),),
    "ItemBatcher": (
        ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    ),
    "ItemReader": (("Parameters", "Arguments"),),
    "ResultWriter": (("Parameters", "Arguments"),),
}
_LABEL = re.compile(r"[^\s?*<>{}\[\]\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]+")


def _parts(state: State) -> Iterator[tuple[str, str, object]]:
    """Name, path and value of each part that `state` has."""
    for scope in state.inner:
        if "ProcessorConfig" in scope.node:
            yield "ProcessorConfig", scope.at("ProcessorConfig"), scope.node["ProcessorConfig"]
    for name, inner in (("ItemReader", "ReaderConfig"), ("ItemBatcher", ""), ("ResultWriter", "WriterConfig")):
        part = as_object(state.node.get(name))
        if name in state.node:
            yield name, state.at(name), state.node[name]
        if inner in part:
            yield inner, state.at(f"{name}.{inner}"), part[inner]


def _parts_are_right(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        for name, path, value in _parts(state):
            part = as_object(value)
            if not isinstance(value, dict):
                yield path, f"is {kind(value)}, where an object is expected"
                continue
            for field in part:
                if field not in _FIELDS[name]:
                    yield (
                        f"{path}.{field}",
                        f"{name} has no field '{field}'{nearest_field(field, _FIELDS[name], state.query_language)}",
                    )
            for pair in _PAIRS.get(name, ()):
                if pair[0] in part and pair[1] in part:
                    yield path, f"has both {pair[0]} and {pair[1]}"
            yield from _values(name, path, part)
            yield from _figures(name, path, part, computed=state.query_language == "JSONata")
            yield from _needs(name, path, part)


def _values(name: str, path: str, part: Object) -> Iterator[Problem]:
    for field, value in part.items():
        words = _WORDS.get((name, field))
        if words and value not in words and "${" not in as_text(value):
            hint = nearest(as_text(value), words)
            yield f"{path}.{field}", f"is {shown(value)}, where {', '.join(words)} is expected{hint}"
        wanted, fits = _HOLDS.get((name, field), ("", None))
        if fits and not fits(value) and not is_filled_in(value):
            yield f"{path}.{field}", f"is {shown(value)}, where {wanted} is expected"


def _figures(name: str, path: str, part: Object, *, computed: bool) -> Iterator[Problem]:
    for (holder, field), (least, most) in _FIGURES.items():
        value = part.get(field)
        if holder != name or field not in part or (computed and is_expression(value)):
            continue
        if not (is_integer(value) and value >= least and (most is None or value <= most)):
            wanted = f"a whole number of at least {least}{'' if most is None else f' and at most {most:,}'}"
            yield f"{path}.{field}", f"is {shown(value)}, where {wanted} is expected"


def _needs(name: str, path: str, part: Object) -> Iterator[Problem]:
    # A writer without a place only shapes the state's output.
    shapes = name == "ResultWriter" and "WriterConfig" in part and not {"Parameters", "Arguments"} & set(part)
    if name in ("ItemReader", "ResultWriter") and "Resource" not in part and not shapes:
        yield path, "has no Resource"
    if name == "WriterConfig":
        for field in _FIELDS[name]:
            if field not in part:
                yield path, f"needs {field}: {', '.join(_WORDS[name, field])}"
    if name == "ItemBatcher" and not any(field.startswith("Max") for field in part):
        yield path, "needs MaxItemsPerBatch or MaxInputBytesPerBatch"
    if name == "ReaderConfig" and part.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in part:
        yield path, "needs CSVHeaders, since CSVHeaderLocation is GIVEN"


def _label_fits(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        label = state.node.get("Label")
        if isinstance(label, str) and "${" not in label:
            if not 1 <= len(label) <= LABEL_LIMIT:
                yield state.at("Label"), f"has {len(label)} characters; AWS takes 1 to {LABEL_LIMIT}"
            elif not _LABEL.fullmatch(label):
                yield state.at("Label"), f"{shown(label)} has blanks or characters that AWS does not take"


def _concurrency_is_reached(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        distributed, wanted = is_distributed(state), state.node.get("MaxConcurrency")
        most = CHILDREN_AT_ONCE if distributed else ITERATIONS_AT_ONCE
        if is_integer(wanted) and wanted > most:
            mode = "a Distributed Map runs" if distributed else "an inline Map runs"
            yield state.at("MaxConcurrency"), f"is {shown(wanted)}, and {mode} up to {most:,} at once"


RULES = (
    Rule(
        "ASL027",
        "error",
        "A Map's reader, batcher, processor and writer are whole",
        "AWS refuses unknown fields and formats, and both a figure and the path to it.",
        "Write just the fields and words that the AWS page lists.",
        _DISTRIBUTED,
        _parts_are_right,
    ),
    Rule(
        "ASL156",
        "warning",
        "A Map's concurrency can be reached",
        "An inline Map runs up to 40 iterations at once, a Distributed Map up to 10,000 children; what is more waits.",
        "Lower MaxConcurrency, or set the Map to Mode DISTRIBUTED.",
        _MODES,
        _concurrency_is_reached,
        harm="none",
    ),
    Rule(
        "ASL026",
        "error",
        "A Map's label fits",
        "The label becomes a part of the Map Run's ARN: 40 characters, no blanks and no wildcards.",
        "Use letters, digits, - and _.",
        _DISTRIBUTED,
        _label_fits,
    ),
)
