"""Orders that are stuck in a deployed stack: why, and how they go on.

The embedded cloud has no RedriveExecution, so that every order that goes on here does so in an execution of its own;
AWS's redrive is tested by its documented answers in tests/unit/orderflow/test_redrive.py.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handlers.shared.entries import balances
from orderflow import Deployment, find_deployment
from orderflow.decisions import decide, open_questions
from orderflow.issues import accept, accepted_issues, compare, issues_of, open_issues, reconcile
from orderflow.redrive import Redrives
from orderflow.why import diagnose
from tests.deployed import Deployed, order
from tests.hangs import eventually

REFUSED = {"shipTo": {"name": "A", "postcode": "00000"}}


@pytest.fixture
def stack(deployed: Deployed, tmp_path: Path) -> Deployment:
    """As the command finds it: by its outputs, and nothing else."""
    (tmp_path / ".orderflow").mkdir()
    (tmp_path / ".orderflow" / "local.json").write_text(json.dumps(deployed.outputs))
    return find_deployment(folder=tmp_path)


def why(stack: Deployment, order_id: str) -> Any:
    """Its diagnosis, whose parts are there in this stack."""
    return diagnose(stack, order_id, datetime.now(UTC))


def redrives(stack: Deployment) -> Redrives:
    return Redrives(stack.machine("order-fulfillment"), stack.connect("stepfunctions"))


def ended(deployed: Deployed, order_id: str) -> dict[str, Any]:
    """The output of the order's latest execution, once it has ended well."""
    status = eventually(lambda: (s := deployed.client().status(order_id)).status != "RUNNING" and s)
    assert status.status == "SUCCEEDED", status
    execution = deployed.cloud.client("stepfunctions").describe_execution(executionArn=status.execution_arn)
    return json.loads(execution["output"])


def owed(deployed: Deployed, order_id: str) -> dict[str, int]:
    entries = [row for row in deployed.rows("entries") if row["orderId"] == order_id]
    return {account: cents for account, cents in balances(entries).items() if cents}


def test_a_refund_that_fails_is_traced_to_the_call_that_was_denied_and_goes_on_when_it_is_mended(
    deployed: Deployed, stack: Deployment
) -> None:
    with deployed.denied("refund-payment", "dynamodb:UpdateItem"):
        deployed.start(order("stuck-2", **REFUSED))
        eventually(lambda: [row for row in deployed.rows("decisions") if row["orderId"] == "stuck-2"])
        found = eventually(lambda: (f := why(stack, "stuck-2")).state == "AskForHelp" and f)
    assert (found.execution.status, found.failed_in, found.error) == ("RUNNING", "RefundPayment", "ClientError")
    assert "AccessDenied" in str(found.cause)
    assert {trouble.state for trouble in found.troubles} == {"CreateShipment", "RefundPayment"}
    assert any(line.level == "ERROR" and line.function.endswith("refund-payment") for line in found.log), found.log
    assert found.books.status == "UNDOING"
    assert found.books.held_cents == 2_100
    assert found.question.question == "STUCK"
    assert found.next_steps[-1].commands[0].startswith("retry stuck-2")
    assert found.notes == ()
    assert "stuck-2" in {one.order_id for one in open_questions(stack, datetime.now(UTC))}
    assert decide(stack, "stuck-2", "RETRIED", "ada", "the permission is back").decided
    assert ended(deployed, "stuck-2")["ended"]["outcome"] == "SHIPMENT_REFUSED"
    assert owed(deployed, "stuck-2") == {}
    assert not decide(stack, "stuck-2", "RETRIED", "bob", "again").decided


def test_a_customer_who_was_refunded_and_not_told_is_told_by_a_redrive_and_nothing_is_done_twice(
    deployed: Deployed, stack: Deployment
) -> None:
    with deployed.denied("send-confirmation", "sns:Publish"):
        deployed.start(order("untold-1", **REFUSED))
        assert deployed.execution("untold-1")["error"] == "RefundedNotConfirmed"
    found = why(stack, "untold-1")
    assert (found.state, found.ended_in) == ("NotifyRefunded", "RefundedNotConfirmed")
    assert found.next_steps[-1].commands == ("redrive untold-1",)
    before = {
        name: [row for row in deployed.rows(name) if row["orderId"] == "untold-1"] for name in ("payments", "entries")
    }
    done = redrives(stack).redrive("untold-1")
    assert done.how == "started anew"
    output = ended(deployed, "untold-1")
    assert output["ended"] == {"orderId": "untold-1", "outcome": "SHIPMENT_REFUSED"}
    assert "payment" not in output, "nothing but the telling"
    after = {name: [row for row in deployed.rows(name) if row["orderId"] == "untold-1"] for name in before}
    assert after == before
    assert redrives(stack).redrive("untold-1").how == "not needed"
    assert why(stack, "untold-1").execution.name == done.execution_arn.rpartition(":")[2]


def test_an_order_that_someone_stopped_on_its_way_is_delivered_after_a_redrive(
    deployed: Deployed, stack: Deployment
) -> None:
    deployed.start(order("stopped-1"))
    shipment = deployed.awaited("stopped-1")
    sfn = deployed.cloud.client("stepfunctions")
    arn = deployed.client().status("stopped-1").execution_arn
    sfn.stop_execution(executionArn=arn, error="Operator", cause="wrong warehouse")
    found = why(stack, "stopped-1")
    assert (found.execution.status, found.state, found.cause) == ("ABORTED", "WaitForShipping", "wrong warehouse")
    assert found.books.held_cents == 2_100
    assert "stopped-1" not in set(redrives(stack).unsuccessful(datetime(2026, 1, 1, tzinfo=UTC))), "not in bulk"
    assert redrives(stack).redrive("stopped-1").how == "redriven"
    assert ended(deployed, "stopped-1")["ended"]["outcome"] == "DELIVERED"
    assert owed(deployed, "stopped-1") == {"cash": 2_100, "revenue": -2_100}
    assert [row["shipmentId"] for row in deployed.rows("shipments") if row["orderId"] == "stopped-1"] == [shipment]
    assert len([row for row in deployed.rows("payments") if row["orderId"] == "stopped-1"]) == 1


def test_a_difference_is_found_shown_and_closed_when_it_is_gone(deployed: Deployed, stack: Deployment) -> None:
    deployed.run(order("differs-1", **REFUSED))
    (payment,) = [row for row in deployed.rows("payments") if row["orderId"] == "differs-1"]
    dynamodb = stack.connect("dynamodb")

    def at_the_provider(status: str) -> None:
        dynamodb.update_item(
            TableName=stack.table("payments"),
            Key={"paymentId": payment["paymentId"]},
            UpdateExpression="SET #status = :status",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": status},
        )

    at_the_provider("AUTHORIZED")
    assert [issue.kind for issue in compare(stack, "differs-1")] == ["NOT_GIVEN_BACK"]
    assert [issue.kind for issue in why(stack, "differs-1").issues] == ["NOT_GIVEN_BACK"]
    done = reconcile(stack, 60)
    assert (done.status, done.cause) == ("SUCCEEDED", "")
    assert done.report is not None
    assert done.report.issues["NOT_GIVEN_BACK"] == 1
    assert done.report.not_compared == 0
    assert done.report.unlisted == {}
    assert done.report.listed > done.report.looked_at["orders"] >= done.report.looked_at["payments"] >= 1
    assert "differs-1" in {issue.order_id for issue in open_issues(stack)}
    (issue,) = issues_of(stack, "differs-1")
    accepted = accept(stack, issue, "ada", "the customer has it in cash")
    assert (accepted.decided, accepted.by) == (True, "ada"), accepted.message
    assert compare(stack, "differs-1") == []
    assert [(one.accepted_by, one.accepted_why) for one in accepted_issues(stack) if one.order_id == "differs-1"] == [
        ("ada", "the customer has it in cash")
    ]
    at_the_provider("CAPTURED")
    assert [one.provider.partition(",")[0] for one in compare(stack, "differs-1")] == ["CAPTURED"], "it has changed"
    at_the_provider(payment["status"])
    assert compare(stack, "differs-1") == issues_of(stack, "differs-1") == []


def test_a_reconciliation_fails_when_an_issue_cannot_be_written_down_and_says_how_many_lines_are_missing(
    deployed: Deployed, stack: Deployment
) -> None:
    nobodys = {"paymentId": {"S": "pay_nobodys"}, "status": {"S": "CAPTURED"}}
    plain = deployed.cloud.client("dynamodb")
    plain.put_item(TableName=stack.table("payments"), Item=nobodys)
    try:
        with deployed.denied("compare-orders", "dynamodb:PutItem"):
            done = reconcile(stack, 120)
        assert (done.status, done.report) == ("FAILED", None)
        assert "lines of the list were not compared, or their issues not written down" in done.cause
        assert "pay_nobodys" not in {issue.about for issue in open_issues(stack)}
        assert reconcile(stack, 60).status == "SUCCEEDED"
        assert [(i.order_id, i.kind) for i in open_issues(stack) if i.about == "pay_nobodys"] == [
            ("", "PAYMENT_UNREADABLE")
        ]
    finally:
        plain.delete_item(TableName=stack.table("payments"), Key={"paymentId": nobodys["paymentId"]})
    assert reconcile(stack, 60).status == "SUCCEEDED"
    assert "pay_nobodys" not in {issue.about for issue in open_issues(stack)}


def test_what_is_under_way_is_counted_by_the_stack_itself(deployed: Deployed) -> None:
    """One order has ended; the other one waits until somebody approves it."""

    def counted() -> dict[str, Any]:
        error, found = deployed.invoke("watch-orders", {})
        assert error is None, found
        assert found["stuck"] == 0
        return found["orders"]

    deployed.run(order("counted-1"))
    before = counted()
    assert "DELIVERED" not in before
    deployed.start(order("counted-2", items=[{"sku": "gold", "quantity": 1}]))
    eventually(lambda: counted()["VALIDATED"] == before["VALIDATED"] + 1)
    said = {"order": {"orderId": "counted-2"}, "by": "ada", "why": "not today"}
    eventually(lambda: deployed.invoke("decide", {**said, "verdict": "REJECTED"})[0] is None)
    eventually(lambda: counted()["VALIDATED"] == before["VALIDATED"])
