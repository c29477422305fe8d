"""Distributed Map: what its children are given, how many may fail, and what is written.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import gzip
import json
from random import Random
from typing import Any

import pytest

from asl.running.execution import Execution, Names
from asl.running.steps import Program
from asl.testing.outcomes import Raises, Returns
from asl.testing.run import STARTS_AT, prepared, run
from tests.unit.asl.running.machines import FUNCTION, distributed, jsonata, machine, seconds_of, task, types

PASS = {"Tell": {"Type": "Pass", "End": True}}
WORK = {"Work": task()}
GET, LIST, PUT = (f"arn:aws:states:::s3:{call}" for call in ("getObject", "listObjectsV2", "putObject"))


def read(body: str | bytes, config: dict[str, Any], **fields: Any) -> Execution:
    """A Map over what lies in one object."""
    held = body.encode() if isinstance(body, str) else body
    reader = {"Resource": GET, "ReaderConfig": config, "Parameters": {"Bucket": "data", "Key": "items"}}
    return run(machine({"Each": distributed(PASS, ItemReader=reader, **fields)}), objects={("data", "items"): held})


def items(body: str | bytes, config: dict[str, Any], **fields: Any) -> Any:
    execution = read(body, config, **fields)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    return execution.output


# What the children are given.


def test_each_item_of_the_input_is_a_child_s_input() -> None:
    execution = run(machine({"Each": distributed(PASS)}), [1, 2, 3])
    assert execution.output == [1, 2, 3]
    assert types(execution) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    children = execution.map_runs[0].children
    assert [child.input for child in children] == [1, 2, 3]
    assert all(types(child)[0] == "ExecutionStarted" for child in children)


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_an_object_is_iterated_over_by_its_pairs(language: str) -> None:
    """In distributed mode ItemsPath and Items select an array or an object."""
    fields: dict[str, Any] = (
        {"ItemsPath": "$.prices"} if language == "JSONPath" else {"Items": "{% $states.input.prices %}"}
    )
    definition = machine({"Each": distributed(PASS, **fields)}, QueryLanguage=language)
    assert run(definition, {"prices": {"tea": 4, "cup": 9}}).output == [
        {"Key": "tea", "Value": 4},
        {"Key": "cup", "Value": 9},
    ]


TOLD = {"Told.$": "$$.Map.Item"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([7], {"Index": 0, "Value": 7, "Source": "STATE_DATA"}),
        ({"tea": 7}, {"Index": 0, "Key": "tea", "Value": 7, "Source": "STATE_DATA"}),
    ],
)
def test_the_context_tells_of_an_item_of_the_input(given: Any, told: Any) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-map"""
    assert run(machine({"Each": distributed(PASS, ItemSelector=TOLD)}), given).output == [{"Told": told}]


def test_the_context_tells_where_an_item_was_read() -> None:
    """By the same page; the case of `s3://` as in what children were recorded to be given."""
    assert items("[7]", {"InputType": "JSON"}, ItemSelector=TOLD) == [
        {"Told": {"Index": 0, "Value": 7, "Source": "s3://data/items"}}
    ]
    pair = items('{"tea": 7}', {"InputType": "JSON"}, ItemSelector=TOLD)
    assert pair == [{"Told": {"Index": 0, "Key": "tea", "Value": 7, "Source": "s3://data/items"}}]
    objects = {("data", "in/a"): b"[1]", ("data", "in/b"): b"[2]"}
    reader = {"Resource": LIST, "Parameters": {"Bucket": "data", "Prefix": "in/"}}
    flat = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}
    source = {"Source.$": "$$.Map.Item.Source"}
    for config, sources in (({}, ["s3://data"] * 2), (flat, ["s3://data/in/a", "s3://data/in/b"])):
        state = distributed(
            PASS, ItemReader={**reader, **({"ReaderConfig": config} if config else {})}, ItemSelector=source
        )
        assert run(machine({"Each": state}), objects=objects).output == [{"Source": one} for one in sources]


def test_rows_in_json_lines_stand_in_for_a_parquet_file() -> None:
    assert items('{"a": 1}\n{"a": 2}\n', {"InputType": "PARQUET"}) == [{"a": 1}, {"a": 2}]
    execution = read(b"PAR1...PAR1", {"InputType": "PARQUET"})
    assert execution.error == "States.ItemReaderFailed"
    assert "give its rows as JSON lines instead" in (execution.cause or "")


def test_a_json_file_holds_an_array_or_an_object() -> None:
    assert items("[1, {}]", {"InputType": "JSON"}) == [1, {}]
    assert items('{"a": 1}', {"InputType": "JSON"}) == [{"Key": "a", "Value": 1}]


def test_an_items_pointer_goes_down_through_objects_and_arrays() -> None:
    """A JSON pointer: /Data/Contents/0 is the first element of Contents."""
    body = json.dumps({"data": [{"none": 0}, {"a/b": {"m~n": [1, 2]}}]})
    assert items(body, {"InputType": "JSON", "ItemsPointer": "/data/1/a~1b/m~0n"}) == [1, 2]


def test_json_lines_are_items() -> None:
    assert items('{"a": 1}\n\n{"a": 2}\n', {"InputType": "JSONL"}) == [{"a": 1}, {"a": 2}]


def test_a_line_separator_inside_a_text_ends_no_line() -> None:
    """Only a newline ends a line of JSON Lines; U+2028 may stand in a text."""
    assert items('{"a": "x\u2028y"}\n{"a": 2}', {"InputType": "JSONL"}) == [{"a": "x\u2028y"}, {"a": 2}]


CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("a,b\n1,2\n3,4\n", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ('a,b\n"1,5","two\nlines"\n', [{"a": "1,5", "b": "two\nlines"}]),
        ('a,b\n"say ""hi""",2\n', [{"a": 'say "hi"', "b": "2"}]),
        ("a,b\n1\n", [{"a": "1", "b": ""}]),
        ("a,b\n1,2,3\n", [{"a": "1", "b": "2"}]),
        (
            "path,size\nC:\\\\Program Files\\\\MyApp.exe,6534512\n",
            [{"path": "C:\\Program Files\\MyApp.exe", "size": "6534512"}],
        ),
        ("a,b\nx\\,y,2\n", [{"a": "x,y", "b": "2"}]),
        ("a,b\nc:\\new,2\n", [{"a": "c:new", "b": "2"}]),
    ],
    ids=[
        "rows",
        "quoted",
        "doubled quotes",
        "too few",
        "too many",
        "doubled backslash",
        "escaped delimiter",
        "backslash",
    ],
)
def test_csv_is_read_by_aws_s_rules(body: str, wanted: Any) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html#itemsource-example-csv-data"""
    assert items(body, CSV) == wanted


def test_csv_headers_can_be_given_and_the_delimiter_be_another() -> None:
    config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "CSVDelimiter": "PIPE"}
    assert items("1|2\n", config) == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize("config", [{"InputType": "JSONL"}, {**CSV}], ids=["JSONL", "CSV"])
def test_compressed_files_are_unpacked(config: dict[str, Any]) -> None:
    """Input files may be packed with GZIP, by the reader's page."""
    plain = '{"a": "1"}\n' if config["InputType"] == "JSONL" else "a\n1\n"
    assert items(gzip.compress(plain.encode()), config) == [{"a": "1"}]


def test_max_items_bounds_what_is_read() -> None:
    config = {**CSV, "MaxItems": 2}
    assert items("a\n1\n2\n3\n", config) == [{"a": "1"}, {"a": "2"}]


def test_a_listing_gives_what_is_known_of_each_object_under_the_prefix() -> None:
    reader = {"Resource": LIST, "Parameters": {"Bucket": "data", "Prefix": "in/"}}
    objects = {("data", "in/b"): b"22", ("data", "in/a"): b"1", ("data", "out/c"): b"", ("other", "in/d"): b""}
    found = run(machine({"Each": distributed(PASS, ItemReader=reader)}), objects=objects).output
    assert isinstance(found, list)
    assert [(one["Key"], one["Size"]) for one in found] == [("in/a", 1), ("in/b", 2)]
    assert {"Etag", "LastModified", "StorageClass"} <= set(found[0])


def test_load_and_flatten_gives_what_is_in_the_objects() -> None:
    config = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}
    reader = {"Resource": LIST, "ReaderConfig": config, "Parameters": {"Bucket": "data", "Prefix": "in/"}}
    objects = {("data", "in/a"): b"[1, 2]", ("data", "in/b"): b"[3]"}
    assert run(machine({"Each": distributed(PASS, ItemReader=reader)}), objects=objects).output == [1, 2, 3]


@pytest.mark.parametrize("config", [{"InputType": "MANIFEST"}, {"ManifestType": "S3_INVENTORY"}])
def test_an_inventory_gives_the_rows_of_its_files(config: dict[str, Any]) -> None:
    manifest = {
        "destinationBucket": "arn:aws:s3:::inventory",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "data/1.csv.gz"}],
    }
    reader = {"Resource": GET, "ReaderConfig": config, "Parameters": {"Bucket": "inventory", "Key": "manifest.json"}}
    objects = {
        ("inventory", "manifest.json"): json.dumps(manifest).encode(),
        ("inventory", "data/1.csv.gz"): gzip.compress(b'"source","a.csv","12"\n"source","b.csv","3"\n'),
    }
    assert run(machine({"Each": distributed(PASS, ItemReader=reader)}), objects=objects).output == [
        {"Bucket": "source", "Key": "a.csv", "Size": "12"},
        {"Bucket": "source", "Key": "b.csv", "Size": "3"},
    ]


def test_an_athena_manifest_gives_what_is_in_the_objects_it_names() -> None:
    """The InputType beside ManifestType is that of the objects."""
    config = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    reader = {"Resource": GET, "ReaderConfig": config, "Parameters": {"Bucket": "athena", "Key": "m.csv"}}
    objects = {
        ("athena", "m.csv"): b"s3://athena/one\ns3://athena/two\n",
        ("athena", "one"): b'{"a": 1}\n',
        ("athena", "two"): gzip.compress(b'{"a": 2}\n'),
    }
    assert run(machine({"Each": distributed(PASS, ItemReader=reader)}), objects=objects).output == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("body", "config"),
    [
        ("[1", {"InputType": "JSON"}),
        ("7", {"InputType": "JSON"}),
        ('{"data": {}}', {"InputType": "JSON", "ItemsPointer": "/other/items"}),
        ("{\n", {"InputType": "JSONL"}),
        (b"\xff\xfe", CSV),
        ("a,a\n1,2\n", CSV),
    ],
    ids=["no JSON", "a number", "nothing there", "no JSON line", "no UTF-8", "headers twice"],
)
def test_what_cannot_be_read_fails_the_map_run_with_an_error_that_is_caught_by_name(
    body: str | bytes, config: dict[str, Any]
) -> None:
    execution = read(body, config)
    assert (execution.status, execution.error) == ("FAILED", "States.ItemReaderFailed")
    assert types(execution)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_an_object_that_is_not_there_fails_the_map_run() -> None:
    reader = {"Resource": GET, "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "data", "Key": "none"}}
    caught: dict[str, Any] = {"Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Done"}]}
    states = {"Each": distributed(PASS, ItemReader=reader, **caught), "Done": {"Type": "Succeed"}}
    assert run(machine(states)).visited[-1] == "States.Done"


# Batches.


def test_batches_hold_as_many_items_as_they_may_and_the_last_one_the_rest() -> None:
    """The page's example: 1130 items by 100 are 12 batches, the last with 30."""
    execution = run(machine({"Each": distributed(PASS, ItemBatcher={"MaxItemsPerBatch": 100})}), list(range(1130)))
    output = execution.output
    assert isinstance(output, list)
    assert [len(batch["Items"]) for batch in output] == [100] * 11 + [30]
    assert [item for batch in output for item in batch["Items"]] == list(range(1130))


def test_a_batch_stays_within_its_bytes_with_what_all_batches_share() -> None:
    batcher = {"MaxInputBytesPerBatch": 100, "BatchInput": {"day.$": "$.day"}}
    state = distributed(PASS, ItemBatcher=batcher, ItemsPath="$.items")
    output = run(machine({"Each": state}), {"day": "monday", "items": ["x" * 10] * 12}).output
    assert isinstance(output, list)
    sizes = [len(json.dumps(batch, separators=(",", ":"))) for batch in output]
    assert all(size <= 100 for size in sizes)
    assert all(size + 13 > 100 for size in sizes[:-1]), "one more would have fitted"
    assert all(batch["BatchInput"] == {"day": "monday"} for batch in output)


# How many run at once, and how many may fail.


@pytest.mark.parametrize(("most", "seconds"), [(2, 3), (0, 1)])
def test_max_concurrency_bounds_the_children(most: int, seconds: int) -> None:
    execution = run(
        machine({"Each": distributed(WORK, MaxConcurrency=most)}), list(range(6)), {FUNCTION: Returns(1, after=1)}
    )
    assert seconds_of(execution, "ExecutionSucceeded") == [seconds]


def failing(*bad: int) -> Any:
    return lambda arguments, context: Raises("Late") if arguments in bad else arguments


@pytest.mark.parametrize(
    ("tolerance", "bad", "status"),
    [
        ({}, (1,), "FAILED"),
        ({"ToleratedFailureCount": 2}, (1, 2), "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, (1, 2, 3), "FAILED"),
        ({"ToleratedFailurePercentage": 30}, (1, 2, 3), "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 29}, (1, 2, 3), "FAILED"),
        ({"ToleratedFailurePercentage": 100}, tuple(range(10)), "SUCCEEDED"),
        ({"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 100}, (1, 2), "FAILED"),
        ({"ToleratedFailureCount": 9, "ToleratedFailurePercentage": 10}, (1, 2), "FAILED"),
    ],
)
def test_as_many_items_may_fail_as_are_tolerated(tolerance: dict[str, Any], bad: tuple[int, ...], status: str) -> None:
    execution = run(machine({"Each": distributed(WORK, **tolerance)}), list(range(10)), {"Work": failing(*bad)})
    assert execution.status == status
    assert execution.error == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


def test_a_failed_batch_counts_with_all_of_its_items() -> None:
    """The percentage is that of failed items."""
    state = distributed(WORK, ItemBatcher={"MaxItemsPerBatch": 5}, ToleratedFailureCount=4)
    execution = run(machine({"Each": state}), list(range(20)), {"Work": [Raises("Late"), 1, 1, 1]})
    assert execution.status == "FAILED"
    state["ToleratedFailureCount"] = 5
    assert run(machine({"Each": state}), list(range(20)), {"Work": [Raises("Late"), 1, 1, 1]}).status == "SUCCEEDED"


def test_after_too_many_failures_no_further_child_starts_and_the_running_ones_are_stopped() -> None:
    def work(arguments: Any, context: Any) -> Any:
        return Raises("Late", after=1) if arguments == 0 else Returns(1, after=60)

    execution = run(machine({"Each": distributed(WORK, MaxConcurrency=2)}), list(range(9)), {"Work": work})
    assert [child.status for child in execution.map_runs[0].children] == ["FAILED", "ABORTED"]
    assert seconds_of(execution, "ExecutionFailed") == [1]


def test_a_retry_makes_a_new_map_run() -> None:
    state = distributed(WORK, Retry=[{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"]}])
    execution = run(machine({"Each": state}), [1], {"Work": [Raises("Late"), "done"]})
    assert execution.output == ["done"]
    assert types(execution).count("MapRunStarted") == 2
    assert [run.status for run in execution.map_runs] == ["FAILED", "SUCCEEDED"]


def test_an_express_child_has_five_minutes_and_a_standard_one_more() -> None:
    pause = {"Pause": {"Type": "Wait", "Seconds": 301, "End": True}}
    states = [machine({"Each": distributed(pause, type)}) for type in ("STANDARD", "EXPRESS")]
    standard, express = (run(definition, [1]) for definition in states)
    assert standard.status == "SUCCEEDED"
    assert express.error == "States.ExceedToleratedFailureThreshold"
    assert express.map_runs[0].children[0].status == "TIMED_OUT"


def test_children_do_not_see_the_variables_of_their_parent() -> None:
    """Distributed Map states cannot reference variables of outer scopes."""
    tell = {"Tell": {"Type": "Pass", "Output": "{% $exists($outer) %}", "End": True}}
    states = {"Set": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "Each"}, "Each": distributed(tell)}
    program = Program.read(jsonata(states))
    execution = prepared(program, [1], {}, None, Random(0), STARTS_AT, Names())
    execution.loop.run(lambda: execution.status != "RUNNING")
    assert execution.output == [False]


# What becomes of the results.


def written(
    tasks: Any, items: list[Any], config: dict[str, Any] | None = None, **fields: Any
) -> tuple[Execution, dict[str, Any]]:
    """An execution with a ResultWriter, and what it wrote, by the names of the files."""
    writer = {"Resource": PUT, "Parameters": {"Bucket": "out", "Prefix": "jobs"}}
    if config:
        writer["WriterConfig"] = config
    execution = run(machine({"Each": distributed(WORK, ResultWriter=writer, **fields)}), items, {"Work": tasks})
    files = {key: body for (bucket, key), body in execution.objects.all.items() if bucket == "out"}  # type: ignore[attr-defined]
    folder = f"jobs/{execution.map_runs[0].arn.rpartition(':')[2]}/"
    assert all(key.startswith(folder) for key in files)
    return execution, {key.removeprefix(folder): body for key, body in files.items()}


def test_the_files_and_their_manifest_are_those_of_aws() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""
    execution, files = written(failing(2), [1, 2], ToleratedFailureCount=1)
    assert set(files) == {"manifest.json", "SUCCEEDED_0.json", "FAILED_0.json"}
    folder = f"jobs/{execution.map_runs[0].arn.rpartition(':')[2]}"
    assert execution.output == {
        "MapRunArn": execution.map_runs[0].arn,
        "ResultWriterDetails": {"Bucket": "out", "Key": f"{folder}/manifest.json"},
    }
    manifest = json.loads(files["manifest.json"])
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == ("out", execution.map_runs[0].arn)
    assert manifest["ResultFiles"] == {
        "FAILED": [{"Key": f"{folder}/FAILED_0.json", "Size": len(files["FAILED_0.json"])}],
        "PENDING": [],
        "SUCCEEDED": [{"Key": f"{folder}/SUCCEEDED_0.json", "Size": len(files["SUCCEEDED_0.json"])}],
    }
    [done], [failed] = json.loads(files["SUCCEEDED_0.json"]), json.loads(files["FAILED_0.json"])
    child = execution.map_runs[0].children[0]
    assert done == {
        "ExecutionArn": child.names.execution_arn(),
        "Input": "1",
        "InputDetails": {"Included": True},
        "Name": child.names.execution,
        "Output": "1",
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": "2025-01-01T00:00:00Z",
        "StateMachineArn": child.names.machine_arn(),
        "Status": "SUCCEEDED",
        "StopDate": "2025-01-01T00:00:00Z",
    }
    assert (failed["Status"], failed["Error"], failed["Input"], failed["RedriveStatus"]) == (
        "FAILED",
        "Late",
        "2",
        "REDRIVABLE",
    )


def test_what_was_never_started_is_written_as_pending_when_too_many_fail() -> None:
    execution, files = written(failing(1), [1, 2, 3], MaxConcurrency=1)
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    pending = json.loads(files["PENDING_0.json"])
    assert [(one["Input"], one["Status"]) for one in pending] == [("2", "PENDING"), ("3", "PENDING")]
    assert [one["Input"] for one in json.loads(files["FAILED_0.json"])] == ["1"]


@pytest.mark.parametrize(
    ("config", "name", "body"),
    [
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, "SUCCEEDED_0.json", "[[1,2],[3]]"),
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, "SUCCEEDED_0.json", "[1,2,3]"),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, "SUCCEEDED_0.jsonl", "1\n2\n3"),
    ],
)
def test_results_are_transformed_as_the_writer_says(config: dict[str, Any], name: str, body: str) -> None:
    _, files = written(lambda arguments, context: arguments, [[1, 2], [3]], config)
    assert files[name].decode() == body


def test_without_a_resource_the_writer_transforms_the_state_s_result() -> None:
    config = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    assert run(machine({"Each": distributed(PASS, ResultWriter=config)}), [[1], [2, 3]]).output == [1, 2, 3]


def test_results_that_are_too_long_for_a_state_fail_it() -> None:
    execution = run(machine({"Each": distributed(PASS)}), ["x" * 100_000] * 3)
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")


def test_distributed_maps_nest() -> None:
    inner = {"Inner": distributed(PASS)}
    execution = run(machine({"Outer": distributed(inner)}), [[1, 2], [3]])
    assert execution.output == [[1, 2], [3]]
    child = execution.map_runs[0].children[0]
    assert child.map_runs[0].arn.startswith("arn:aws:states:us-east-1:123456789012:mapRun:")
