"""Each trigger of docs/triggers.md starts its machine with the input that it says.

The cloud's pipes neither wait for an execution nor try it again nor set it aside, and its rules know no dead letters:
what AWS is asked for is held in tests/infra.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.cloud import Cloud, cloud
from emulator.deploy import up
from tests.hangs import eventually
from tests.pages import program

SOON = timedelta(seconds=1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    file = tmp_path_factory.mktemp("triggers") / "program.py"
    once = f"at({datetime.now(UTC) + SOON:%Y-%m-%dT%H:%M:%S})"
    # An Express machine has no executions to ask for, so those that are looked at are Standard here.
    text = program("docs/triggers.md").replace("cron(0 3 * * ? *)", once).replace("Europe/Berlin", "UTC")
    file.write_text(text.replace('"ship-all", "EXPRESS"', '"ship-all", "STANDARD"'))
    with cloud() as started:
        up(started, program=file)
        yield started


def put_event(running: Cloud) -> None:
    event = {"Source": "shop", "DetailType": "placed", "Detail": json.dumps({"id": "o-1"})}
    other = {**event, "Detail": json.dumps({"nothing": "o-2"})}
    answer = running.client("events").put_events(Entries=[other, event])
    assert answer["FailedEntryCount"] == 0


def put_object(running: Cloud) -> None:
    (bucket,) = [one["Name"] for one in running.client("s3").list_buckets()["Buckets"] if "uploads" in one["Name"]]
    for key in ("orders/7.txt", "other/7.json", "orders/7.json"):
        running.client("s3").put_object(Bucket=bucket, Key=key, Body=b"{}")


def send_message(running: Cloud) -> None:
    sqs = running.client("sqs")
    url = sqs.get_queue_url(QueueName="orderflow-local-jobs")["QueueUrl"]
    for body in ({"kind": "count", "orderId": "q-0"}, {"kind": "ship", "orderId": "q-1"}):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))


def change_row(running: Cloud) -> None:
    row = {"orderId": {"S": "t-1"}}
    running.client("dynamodb").put_item(TableName="orderflow-local-orders", Item=row)
    running.client("dynamodb").delete_item(TableName="orderflow-local-orders", Key=row)


def put_record(running: Cloud) -> None:
    for kind in ("count", "ship"):
        data = json.dumps({"kind": kind, "orderId": "k-1"}).encode()
        running.client("kinesis").put_record(StreamName="clicks", Data=data, PartitionKey="k")


def nothing(running: Cloud) -> None:
    """Its time comes by itself."""


SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/execute-api/aws4_request"}


def post(running: Cloud, path: str, body: str, headers: dict[str, str]) -> tuple[int, Any]:
    (api,) = running.client("apigatewayv2").get_apis()["Items"]
    url = f"{running.endpoint}/_aws/execute-api/{api['ApiId']}{path}"
    status, answer = running.call_url(url, body.encode(), {"content-type": "application/json", **headers})
    return status, json.loads(answer)


def test_a_request_starts_one_execution_of_its_name_and_is_answered_at_once(running: Cloud) -> None:
    body, named = json.dumps({"orderId": "h-1", "source": "shop"}), {"idempotency-key": "h-1"}
    assert post(running, "/orders", body, named)[0] == 403, "callers have to sign"
    status, started = post(running, "/orders", body, SIGNED | named)
    assert status == 202
    execution = running.client("stepfunctions").describe_execution(executionArn=started["executionArn"])
    assert (execution["name"], json.loads(execution["input"])) == ("h-1", json.loads(body))
    status, refused = post(running, "/orders", "{}", SIGNED | named)
    assert (status, refused["__type"]) == (400, "ExecutionAlreadyExists")


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        ({"sku": "tea"}, 200, {"cents": 450}),
        ({"sku": "gold"}, 404, {"error": "UnknownSku", "cause": "there is no such thing"}),
        ("no JSON", 400, {"message": "The body is no input. Line 1, column 1: Expecting value; send JSON."}),
    ],
)
def test_a_request_that_waits_is_answered_by_what_the_machine_comes_to(
    running: Cloud, body: Any, status: int, answer: Any
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert post(running, "/quotes", text, SIGNED) == (status, answer)


STARTS: dict[str, tuple[str, Callable[[Cloud], None], Any]] = {
    "an event": ("ship", put_event, {"orderId": "o-1", "source": "shop", "note": "event "}),
    "an object": ("ship", put_object, {"orderId": "orders/7.json", "source": "file"}),
    "a message": ("ship-all", send_message, [{"orderId": "q-1", "source": "shop", "message": ""}]),
    "a changed row": ("ship-all", change_row, [{"orderId": "t-1", "source": "shop"}]),
    "a record of Kinesis": ("ship-all", put_record, [{"orderId": "k-1", "source": "shop"}]),
    "a time": ("ship", nothing, {"orderId": "night of ", "source": "nightly"}),
}


@pytest.mark.parametrize("what", STARTS)
def test_a_trigger_starts_its_machine_once_with_its_input(running: Cloud, what: str) -> None:
    machine, happen, expected = STARTS[what]
    happen(running)
    mark = (expected[0] if isinstance(expected, list) else expected)["orderId"]
    found = eventually(lambda: [given for given in inputs(running, machine) if mark in json.dumps(given)])
    assert [fixed(given) for given in found] == [expected]


def inputs(running: Cloud, machine: str) -> list[Any]:
    """What the executions of a machine were started with."""
    client = running.client("stepfunctions")
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:orderflow-local-{machine}"
    executions = client.list_executions(stateMachineArn=arn)["executions"]
    told = [client.describe_execution(executionArn=one["executionArn"]) for one in executions]
    return [json.loads(one["input"]) for one in told]


def fixed(given: Any) -> Any:
    """Without what AWS makes up: ids and times."""
    if isinstance(given, list):
        return [fixed(one) for one in given]
    cut = {"note": "event ", "orderId": "night of ", "message": ""}
    return {name: cut[name] if name in cut and value.startswith(cut[name]) else value for name, value in given.items()}
