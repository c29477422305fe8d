"""The components for any workflow, deployed: what the embedded cloud does with each, and what it says it cannot do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from emulator.cloud import Cloud, cloud
from emulator.deploy import up
from emulator.program import ROOT

CONFIG = {"orderflow:identityKey": "the key", "orderflow:subnet": "subnet-0123"}


@pytest.fixture(scope="module")
def parts() -> Iterator[Cloud]:
    with cloud() as running:
        up(running, config=CONFIG, program=ROOT / "examples" / "parts" / "__main__.py")
        yield running


class Identity(BaseHTTPRequestHandler):
    """The identity API, which says by which key it was asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"by": self.headers["X-Api-Key"]}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_task_calls_an_api_with_the_credentials_of_its_connection(parts: Cloud) -> None:
    """EventBridge tells nobody what they are."""
    connection = parts.client("events").describe_connection(Name="orderflow-local-identity")["ConnectionArn"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Identity) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        try:
            asked = {"ApiEndpoint": f"http://127.0.0.1:{api.server_port}/checks", "Method": "GET"}
            ended = called(parts, "asks", "http:invoke", {**asked, "Authentication": {"ConnectionArn": connection}})
        finally:
            api.shutdown()
    assert json.loads(ended["output"])["ResponseBody"] == {"by": "the key"}


def called(parts: Cloud, name: str, resource: str, parameters: dict[str, Any]) -> Any:
    """How a machine ends that makes one call."""
    call = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    client = parts.client("stepfunctions")
    machine = client.create_state_machine(
        name=name,
        type="EXPRESS",
        definition=json.dumps({"StartAt": "Call", "States": {"Call": call}}),
        roleArn=parts.client("iam").get_role(RoleName="orderflow-local-onboarding-machine")["Role"]["Arn"],
    )
    return client.start_sync_execution(stateMachineArn=machine["stateMachineArn"])


def test_a_queue_takes_of_its_topic_what_the_filter_lets_through(parts: Cloud) -> None:
    sns, sqs = parts.client("sns"), parts.client("sqs")
    (topic,) = [one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith("-events")]
    for kind in ("signed-up", "review-wanted"):
        said = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=json.dumps({"kind": kind}), MessageAttributes=said)
    url = sqs.get_queue_url(QueueName="orderflow-local-reviews")["QueueUrl"]
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
    assert [json.loads(one["Body"]) for one in taken] == [{"kind": "review-wanted"}]


def test_a_table_is_read_by_its_local_index(parts: Cloud) -> None:
    dynamodb, table = parts.client("dynamodb"), "orderflow-local-customers"
    for at, country in ((1, "NZ"), (2, "DE")):
        row = {"customer": {"S": "c1"}, "at": {"N": str(at)}, "country": {"S": country}}
        dynamodb.put_item(TableName=table, Item=row)
    found = dynamodb.query(
        TableName=table,
        IndexName="by-country",
        KeyConditionExpression="customer = :c",
        ExpressionAttributeValues={":c": {"S": "c1"}},
    )["Items"]
    assert [row["country"]["S"] for row in found] == ["DE", "NZ"]


def test_a_task_is_stored_with_its_roles_and_running_it_fails_with_what_to_do(parts: Cloud) -> None:
    made = parts.client("ecs").describe_task_definition(taskDefinition="orderflow-local-scan")["taskDefinition"]
    assert (made["cpu"], made["memory"]) == ("1024", "4096")
    assert made["taskRoleArn"].endswith(":role/orderflow-local-scan-task")
    ended = called(parts, "scans", "ecs:runTask", {"TaskDefinition": made["taskDefinitionArn"]})
    assert ended["status"] == "FAILED"
    assert "has no ecs:runTask. Say what it comes to in a file of stubs" in ended["cause"]


def test_an_image_is_stored_and_a_call_says_why_it_does_not_run(parts: Cloud) -> None:
    answer = parts.client("lambda").invoke(FunctionName="orderflow-local-scoring", Qualifier="live")
    assert (
        "runs no container images: say what the task comes to in a file of stubs" in answer["Payload"].read().decode()
    )
