"""Rules about what a Distributed Map reads and how its children run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from asl.integrations.arguments import field_of
from asl.integrations.distributed_map import config_of, is_distributed
from asl.rules.findings import Problem, Rule
from asl.syntax.shapes import Object, as_object, as_text, is_integer
from asl.syntax.walk import Machine, State

_READER = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"
_WRITER = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"
_DISTRIBUTED = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"

_ONLY_DISTRIBUTED = ("ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount",
                     "ToleratedFailureCountPath", "ToleratedFailurePercentage",
                     "ToleratedFailurePercentagePath")  # fmt: skip
_FORMATS = {
    **dict.fromkeys(("CSVDelimiter", "CSVHeaderLocation", "CSVHeaders"), ("CSV", "MANIFEST")),
    "ItemsPointer": ("JSON",),
}
"""The formats of files that a field of ReaderConfig is for."""
_PARAMETERS = {"getObject": ("Bucket", "Key"), "listObjectsV2": ("Bucket",), "putObject": ("Bucket",)}
_FEW = 500
"""So many results of children may well fit into 256 KiB."""


def _reader(state: State) -> tuple[Object, Object]:
    reader = as_object(state.node.get("ItemReader"))
    return reader, as_object(reader.get("ReaderConfig"))


def _readers_have_what_they_need(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        reader, config = _reader(state)
        place = state.at("ItemReader.ReaderConfig" if config else "ItemReader")
        yield from ((place, problem) for problem in _needs(as_text(reader.get("Resource")), config))
        for part in ("ItemReader", "ResultWriter"):
            yield from _place_is_named(state, part)


def _place_is_named(state: State, part: str) -> Iterator[Problem]:
    node, field = as_object(state.node.get(part)), field_of(state)
    given = node.get(field)
    names = {name.removesuffix(".$") for name in as_object(given)}
    for name in _PARAMETERS.get(as_text(node.get("Resource")).rpartition(":s3:")[2], ()):
        if name not in names and not isinstance(given, str):
            yield state.at(f"{part}.{field}"), f"needs {name}"


def _needs(resource: str, config: Object) -> Iterator[str]:
    format, manifest = config.get("InputType"), config.get("ManifestType")
    if resource.endswith(":s3:getObject") and format is None and manifest is None:
        yield "needs InputType: CSV, JSON, JSONL, PARQUET or MANIFEST"
    if config.get("Transformation") == "LOAD_AND_FLATTEN" and format is None:
        yield "needs InputType, since Transformation is LOAD_AND_FLATTEN"
    if manifest == "ATHENA_DATA" and format is None:
        yield "needs InputType CSV, JSONL or PARQUET, since ManifestType is ATHENA_DATA"
    if manifest == "S3_INVENTORY" and format is not None:
        yield "has InputType, which an S3_INVENTORY does not take: it is always CSV"
    if format == "CSV" and manifest is None and "CSVHeaderLocation" not in config:
        yield "needs CSVHeaderLocation, since InputType is CSV"


def _fields_fit(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        reader, config = _reader(state)
        if not is_distributed(state):
            for name in _ONLY_DISTRIBUTED:
                if name in state.node:
                    yield state.at(name), f"'{name}' is for a Map of Mode DISTRIBUTED"
        if "CSVHeaders" in config and config.get("CSVHeaderLocation") == "FIRST_ROW":
            yield state.at("ItemReader.ReaderConfig.CSVHeaders"), "is read where CSVHeaderLocation is GIVEN alone"
        field = field_of(state)
        if config.get("InputType") == "PARQUET" and "VersionId" in as_object(reader.get(field)):
            yield state.at(f"ItemReader.{field}.VersionId"), "is for every InputType but PARQUET"


def _settings_are_for_their_format(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        _, config = _reader(state)
        format = as_text(config.get("InputType"))
        # Without a format the reader is refused as such; a manifest's is that of the files that it lists.
        if not format or "${" in format or "ManifestType" in config:
            continue
        for name, formats in _FORMATS.items():
            if name in config and format not in formats:
                place = state.at(f"ItemReader.ReaderConfig.{name}")
                yield place, f"is for InputType {' and '.join(formats)}, and this is {format}"


def _only_children_have_a_type(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        place, config = config_of(state)
        if "ExecutionType" in config and config.get("Mode", "INLINE") == "INLINE":
            yield state.at(f"{place}.ExecutionType"), "is for Mode DISTRIBUTED: an inline Map starts no executions"


def _children_are_told_how_to_run(machine: Machine) -> Iterator[Problem]:
    maps = machine.of("Map")
    if not maps:
        return
    labels = Counter(as_text(state.node.get("Label")) for state in maps)
    for state in maps:
        place, config = config_of(state)
        if is_distributed(state) and "ExecutionType" not in config:
            yield state.at(place), "needs ExecutionType, since Mode is DISTRIBUTED"
        label = as_text(state.node.get("Label"))
        if label and labels[label] > 1:
            yield state.at("Label"), f"'{label}' labels {labels[label]} Maps of this machine"


def _results_have_room(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Map"):
        reader = as_object(state.node.get("ItemReader"))
        most = as_object(reader.get("ReaderConfig")).get("MaxItems")
        few = is_integer(most) and 0 < most <= _FEW
        writes = "Resource" in as_object(state.node.get("ResultWriter"))
        if reader and is_distributed(state) and not writes and not few:
            lacks = "its ResultWriter has no Resource" if "ResultWriter" in state.node else "it has no ResultWriter"
            yield state.path, f"reads its items from S3 and returns all their results at once; {lacks}"


RULES = (
    Rule(
        "ASL067",
        "warning",
        "A Map's fields fit its mode and its source",
        "Readers, batches, writers and tolerated failures belong to Distributed Map; elsewhere they are refused, or do"
        " nothing.",
        "Set ProcessorConfig to Mode DISTRIBUTED with an ExecutionType, or leave the field out.",
        _DISTRIBUTED,
        _fields_fit,
    ),
    Rule(
        "ASL150",
        "error",
        "A reader's settings are for its format",
        "AWS refuses delimiters and headers of CSV beside another InputType, and a pointer into JSON beside anything"
        " but JSON.",
        "Remove the setting, or correct InputType.",
        _READER,
        _settings_are_for_their_format,
    ),
    Rule(
        "ASL151",
        "error",
        "Only a Distributed Map has an ExecutionType",
        "AWS refuses ExecutionType beside Mode INLINE, which is the Mode where none is written.",
        "Set Mode to DISTRIBUTED, or remove ExecutionType.",
        _DISTRIBUTED,
        _only_children_have_a_type,
    ),
    Rule(
        "ASL085",
        "warning",
        "A Distributed Map's results have room",
        "Without a writer the results of all children become the state's output, which ends at 256 KiB with"
        " States.DataLimitExceeded.",
        "Add a ResultWriter, and read from S3 what is needed of the results.",
        _WRITER,
        _results_have_room,
    ),
    Rule(
        "ASL086",
        "error",
        "An ItemReader says what it reads, a ResultWriter where it writes",
        "Without place and format of its file a reader is refused, or fails with States.ItemReaderFailed; a writer"
        " without a bucket, with States.ResultWriterFailed.",
        "Write the fields that AWS's page asks for with this source.",
        _READER,
        _readers_have_what_they_need,
    ),
    Rule(
        "ASL091",
        "error",
        "A Distributed Map says how its children run",
        "AWS asks for the ExecutionType of the children, and for labels that are unique in the machine.",
        "Set ExecutionType to STANDARD or EXPRESS; give each Map a Label of its own, or none.",
        _DISTRIBUTED,
        _children_are_told_how_to_run,
    ),
)
