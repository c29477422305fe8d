"""The projection, given events by hand: repeated, late, and poisonous ones.

Batches here are given as EventBridge Pipes gives them: an array of stream records.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
"""

from __future__ import annotations

import json
from typing import Any

from emulator.reconcile import Row
from tests.deployed import Deployed
from tests.hangs import eventually


def record(order_id: str, version: int, status: str, event_id: str, changes: Any = None) -> dict[str, Any]:
    image = {
        "orderId": {"S": order_id},
        "customerId": {"S": "ada"},
        "status": {"S": status},
        "version": {"N": str(version)},
        "amountCents": {"N": "2100"},
        "chargedCents": {"N": "0"},
        "updatedAt": {"S": "2026-01-01T00:00:00.000+00:00"},
        "timeline": {"L": [{"M": {"event": {"S": status}, "at": {"S": "2026-01-01T00:00:00.000+00:00"}}}]},
    }
    return {
        "eventID": event_id,
        "eventName": "MODIFY",
        "dynamodb": {"Keys": {"orderId": {"S": order_id}}, "NewImage": {**image, **(changes or {})}},
    }


def project(deployed: Deployed, *records: Any) -> dict[str, Any]:
    arn = deployed.outputs["machines"]["order-events"]["arn"]
    return deployed.cloud.client("stepfunctions").start_sync_execution(stateMachineArn=arn, input=json.dumps(records))


def view(deployed: Deployed, order_id: str) -> Row:
    return deployed.books().views[order_id]


def poison(deployed: Deployed) -> list[dict[str, Any]]:
    """Takes everything out of the queue of what was set aside."""
    sqs, url = deployed.cloud.client("sqs"), deployed.outputs["queues"]["poison-events"]["url"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_late_event_never_overwrites_a_newer_one_and_a_repeated_one_changes_nothing(deployed: Deployed) -> None:
    newer, late = record("late-1", 3, "SHIPPED", "e3"), record("late-1", 2, "CHARGED", "e2")
    assert project(deployed, newer)["status"] == "SUCCEEDED"
    before = view(deployed, "late-1")
    assert (before["status"], before["lastEventId"]) == ("SHIPPED", "e3")
    for records in ([late], [newer], [late, newer, late]):
        assert project(deployed, *records)["status"] == "SUCCEEDED"
        assert view(deployed, "late-1") == before


def test_a_batch_is_projected_in_its_order(deployed: Deployed) -> None:
    project(
        deployed,
        *(record("row-1", n, status, f"e{n}") for n, status in enumerate(("VALIDATED", "CHARGED", "SHIPPED"), 1)),
    )
    assert (view(deployed, "row-1")["status"], view(deployed, "row-1")["version"]) == ("SHIPPED", 3)


def test_poison_is_set_aside_whole_and_the_events_around_it_go_on(deployed: Deployed) -> None:
    poison(deployed)
    bad = record("poison-1", 1, "VALIDATED", "p1", {"version": {"S": "one"}})
    nonsense = {"hello": "world"}
    answer = project(
        deployed, record("before-1", 1, "VALIDATED", "b1"), bad, nonsense, record("after-1", 1, "VALIDATED", "a1")
    )
    assert answer["status"] == "SUCCEEDED"
    assert view(deployed, "before-1")["version"] == view(deployed, "after-1")["version"] == 1
    found = [message["record"] for message in poison(deployed)]
    assert sorted(found, key=str) == sorted([bad, nonsense], key=str)


def test_what_the_table_refuses_is_set_aside_with_its_reason(deployed: Deployed) -> None:
    poison(deployed)
    bad = record("number-1", 1, "VALIDATED", "n1", {"amountCents": {"N": "many"}})
    assert project(deployed, bad)["status"] == "SUCCEEDED"
    (message,) = eventually(lambda: poison(deployed))
    assert message["record"]["dynamodb"] == bad["dynamodb"]
    assert message["record"]["failure"]["Error"].startswith("DynamoDB.")


def test_a_removed_row_is_no_event(deployed: Deployed) -> None:
    poison(deployed)
    removed = {"eventID": "r1", "eventName": "REMOVE", "dynamodb": {"Keys": {"orderId": {"S": "removed-1"}}}}
    assert project(deployed, removed)["status"] == "SUCCEEDED"
    assert poison(deployed) == []
