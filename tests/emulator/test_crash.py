"""A cloud that is killed in the middle of orders, and starts again: what of it is still there."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from emulator.carrier import CarrierWebhooks, carrier
from emulator.cloud import Cloud, cloud
from emulator.deploy import deploy
from emulator.reconcile import read_books, reconcile, scan
from emulator.seed import seed
from tests.deployed import PRODUCTS, Deployed, checked, order
from tests.functions import function
from tests.hangs import eventually

ORDERS = [f"crash-{number}" for number in range(4)]


@pytest.fixture
def durable() -> Iterator[Cloud]:
    with cloud(wait_scale=0.55, durable=True) as running:
        yield running


def test_what_was_saved_and_every_answered_write_outlive_a_crash(durable: Cloud, tmp_path: Path) -> None:
    client = durable.client
    key: dict[str, Any] = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    client("dynamodb").create_table(TableName="rows", **key)
    function(durable, tmp_path, "echo", "def handler(event, context): return event\n")
    client("secretsmanager").create_secret(Name="secret", SecretString="kept")
    queue = client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="sent before")
    client("s3").create_bucket(Bucket="bucket")
    durable.save()
    client("s3").put_object(Bucket="bucket", Key="after", Body=b"kept")
    client("sqs").send_message(QueueUrl=queue, MessageBody="sent after")
    client("dynamodb").put_item(TableName="rows", Item={"id": {"S": "count"}, "n": {"N": "0"}})

    answered: list[int] = []

    def write() -> None:
        update = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        with contextlib.suppress(BotoCoreError, ClientError):  # when the cloud is gone
            while True:
                row = client("dynamodb").update_item(
                    TableName="rows", Key={"id": {"S": "count"}}, **update, ReturnValues="ALL_NEW"
                )
                answered.append(int(row["Attributes"]["n"]["N"]))

    writer = threading.Thread(target=write)
    writer.start()
    eventually(lambda: len(answered) > 50)
    durable.crash()
    writer.join()
    durable.restart()

    (row,) = scan(durable, "rows")
    assert int(row["n"]) - answered[-1] in (0, 1), "every answered write, and at most one more: it was not answered"
    assert json.loads(client("lambda").invoke(FunctionName="echo", Payload=b"1")["Payload"].read()) == 1
    assert client("secretsmanager").get_secret_value(SecretId="secret")["SecretString"] == "kept"
    assert client("s3").get_object(Bucket="bucket", Key="after")["Body"].read() == b"kept"
    messages = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["sent before"], "of queues, what was saved"

    durable.crash()
    durable.restart()
    assert scan(durable, "rows") == [row], "however often"
    durable.save()
    durable.crash()
    durable.restart()
    assert scan(durable, "rows") == [row]


def test_no_order_is_lost_in_a_crash(durable: Cloud) -> None:
    outputs = deploy(durable)
    seed(durable, outputs["tables"], PRODUCTS)
    deployed = Deployed(durable, outputs, CarrierWebhooks.for_stack(durable, outputs))
    early = [checked(order("early-1"))]
    deployed.client().start(early[0])
    durable.save()
    orders = [checked(order(order_id)) for order_id in ORDERS]
    for one in orders:
        deployed.client().start(one)
    eventually(lambda: len(deployed.rows("payments")) > 2)
    durable.crash()
    durable.restart()
    assert (
        durable.client("stepfunctions").list_executions(
            stateMachineArn=outputs["machines"]["order-fulfillment"]["arn"]
        )["executions"]
        == []
    )
    charged = [row["orderId"] for row in deployed.rows("payments")]
    assert len(charged) > 2, "what the payment provider has, it has"
    with carrier(deployed.carrier, outputs):
        for one in (*early, *orders):
            assert not deployed.client().start(one).repeated
        for one in (*early, *orders):
            output = json.loads(deployed.execution(one.order_id)["output"])
            assert output["ended"]["outcome"] == "DELIVERED"

    def agree() -> bool:
        books = read_books(durable, outputs["tables"])
        return all(one.ok for one in reconcile(books, {product.sku: product.available for product in PRODUCTS}))

    assert eventually(agree)
    assert len(deployed.rows("payments")) == len(orders) + 1
