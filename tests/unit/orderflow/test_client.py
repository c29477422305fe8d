"""The client against AWS's documented answers: starting once, following, and one line for whatever goes wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from orderflow import DifferentOrder, Order, OrderflowClient, OrderflowError, OrderNotFound, canonical_json

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
ALIAS = f"{MACHINE}:live"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:orders:order-1"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = Order("order-1", {"orderId": "order-1", "customerId": "Łucja"})
START = {"stateMachineArn": ALIAS, "name": "order-1", "input": '{"customerId":"Łucja","orderId":"order-1"}'}


@pytest.fixture
def client(sfn: Any) -> OrderflowClient:
    return OrderflowClient(ALIAS, sfn)


def answer(age: timedelta | None) -> dict[str, Any]:
    """AWS's answer to a start, when the execution began `age` ago; None for an answer that bears no date."""
    headers = {"date": format_datetime(NOW, usegmt=True)} if age is not None else {}
    metadata = {"HTTPStatusCode": 200, "HTTPHeaders": headers}
    return {"executionArn": EXECUTION, "startDate": NOW - (age or timedelta()), "ResponseMetadata": metadata}


def execution(status: str, **more: Any) -> dict[str, Any]:
    found = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "status": status}
    return {**found, "startDate": NOW, "input": ORDER.canonical, **more}


def history(events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"events": events, **more}


def entered(number: int, name: str, data: object) -> dict[str, Any]:
    details = {"name": name, "input": json.dumps(data)}
    return {"id": number, "type": "PassStateEntered", "timestamp": NOW, "stateEnteredEventDetails": details}


def nothing_later(aws: Stubber) -> None:
    """Nothing has taken the order up again."""
    asked = {"executionArn": f"{EXECUTION}_redrive1_686ad5fc"}
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist", expected_params=asked)


LATEST = {"executionArn": EXECUTION, "reverseOrder": True, "includeExecutionData": True, "maxResults": 20}


@pytest.mark.parametrize(
    ("age", "repeated"),
    [
        (timedelta(seconds=-1), False),
        (timedelta(seconds=5), False),
        (timedelta(seconds=6), True),
        (timedelta(days=9), True),
        (None, False),
    ],
)
def test_a_start_sends_the_canonical_order_under_its_id(
    aws: Stubber, client: OrderflowClient, age: timedelta | None, repeated: bool
) -> None:
    aws.add_response("start_execution", answer(age), START)
    started = client.start(ORDER)
    assert (started.execution_arn, started.name) == (EXECUTION, "order-1")
    assert (started.repeated, started.status) == (repeated, "RUNNING")


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_a_start_that_aws_refuses_finds_the_same_order(aws: Stubber, client: OrderflowClient, status: Any) -> None:
    aws.add_client_error("start_execution", "ExecutionAlreadyExists", expected_params=START)
    same = json.dumps({"orderId": "order-1", "customerId": "Łucja"}, indent=2)
    aws.add_response("describe_execution", execution(status, input=same), {"executionArn": EXECUTION})
    if status in ("FAILED", "TIMED_OUT", "ABORTED"):
        nothing_later(aws)
    started = client.start(ORDER)
    assert (started.execution_arn, started.repeated, started.status) == (EXECUTION, True, status)


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
@pytest.mark.parametrize("other", [{"orderId": "order-1", "customerId": "someone else"}, {}, {"orderId": "order-1"}])
def test_another_order_under_the_same_id_is_refused(
    aws: Stubber, client: OrderflowClient, status: str, other: object
) -> None:
    aws.add_client_error("start_execution", "ExecutionAlreadyExists", expected_params=START)
    aws.add_response("describe_execution", execution(status, input=canonical_json(other)))
    with pytest.raises(DifferentOrder, match=r"another order was started as order-1 at 2026-03-01 12:00 UTC"):
        client.start(ORDER)


def test_an_input_that_aws_hides_is_not_taken_for_another_order(aws: Stubber, client: OrderflowClient) -> None:
    hidden = execution("RUNNING", inputDetails={"included": False})
    del hidden["input"]
    aws.add_client_error("start_execution", "ExecutionAlreadyExists")
    aws.add_response("describe_execution", hidden)
    with pytest.raises(OrderflowError, match="kms:Decrypt") as caught:
        client.start(ORDER)
    assert not isinstance(caught.value, DifferentOrder)


def test_a_description_that_lags_behind_is_not_an_order_that_is_missing(aws: Stubber, client: OrderflowClient) -> None:
    aws.add_client_error("start_execution", "ExecutionAlreadyExists")
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    with pytest.raises(OrderflowError, match="started a moment ago; run it again") as caught:
        client.start(ORDER)
    assert not isinstance(caught.value, OrderNotFound)


def test_a_running_order_shows_the_state_it_entered_last_and_what_it_has_so_far(
    aws: Stubber, client: OrderflowClient
) -> None:
    data = {
        "quote": {"amountCents": 1299},
        "payment": {"paymentId": "pay-1", "amountCents": 1200, "status": "CHARGED"},
        "fulfillment": {"shipment": {"status": "IN_TRANSIT"}},
        "ended": {"outcome": "SHIPPING_FAILED"},
    }
    noise = {"id": 9, "type": "TaskScheduled", "timestamp": NOW}
    aws.add_response("describe_execution", execution("RUNNING"), {"executionArn": EXECUTION})
    aws.add_response("get_execution_history", history([noise], nextToken="more"), LATEST)
    page = history([entered(8, "WaitForShipping", data), entered(7, "IsDelivered", {})])
    aws.add_response("get_execution_history", page, {**LATEST, "nextToken": "more"})
    status = client.status("order-1")
    assert (status.status, status.outcome, status.state) == ("RUNNING", None, "WaitForShipping")
    assert (status.amount_cents, status.charged_cents, status.payment_id) == (1299, 1200, "pay-1")
    assert (status.shipment_status, status.started_at, status.stopped_at) == ("IN_TRANSIT", NOW, None)


def test_an_order_that_is_through_has_the_outcome_its_output_names(aws: Stubber, client: OrderflowClient) -> None:
    output = {"ended": {"outcome": "DECLINED"}, "quote": {"amountCents": 5}}
    aws.add_response("describe_execution", execution("SUCCEEDED", output=json.dumps(output), stopDate=NOW))
    aws.add_response("get_execution_history", history([entered(8, "OrderDeclined", {})]))
    status = client.status("order-1")
    assert (status.outcome, status.state, status.stopped_at) == ("DECLINED", "OrderDeclined", NOW)
    assert (status.amount_cents, status.charged_cents, status.error) == (5, None, None)


def test_an_order_that_was_refunded_says_so_beside_what_was_charged(aws: Stubber, client: OrderflowClient) -> None:
    output = {
        "ended": {"outcome": "SHIPPING_FAILED"},
        "payment": {"paymentId": "pay-1", "amountCents": 1200, "status": "CAPTURED"},
        "undo": {"refund": {"paymentId": "pay-1", "refundedCents": 1200}},
    }
    aws.add_response("describe_execution", execution("SUCCEEDED", output=json.dumps(output), stopDate=NOW))
    aws.add_response("get_execution_history", history([entered(8, "OrderRefunded", {})]))
    status = client.status("order-1")
    assert (status.charged_cents, status.refunded_cents) == (1200, 1200)


@pytest.mark.parametrize("output", ["[]", "null", '"text"', '{"ended": "yes"}', '{"ended": {"outcome": 7}}', "{"])
def test_an_output_of_another_shape_has_no_outcome(aws: Stubber, client: OrderflowClient, output: str) -> None:
    aws.add_response("describe_execution", execution("SUCCEEDED", output=output))
    aws.add_response("get_execution_history", history([]))
    status = client.status("order-1")
    assert (status.outcome, status.state, status.amount_cents) == (None, None, None)


def test_a_failed_order_ends_in_its_error_and_the_charge_is_seen(aws: Stubber, client: OrderflowClient) -> None:
    failed = execution("FAILED", error="ShippingFailed", cause="Refund 1200 cents\n of payment pay-1", stopDate=NOW)
    aws.add_response("describe_execution", failed)
    nothing_later(aws)
    state = entered(8, "ShippingFailed", {"payment": {"amountCents": 1200}, "quote": {"amountCents": True}})
    aws.add_response("get_execution_history", history([state]))
    status = client.status("order-1")
    assert (status.outcome, status.error) == ("ShippingFailed", "ShippingFailed")
    assert status.cause == "Refund 1200 cents of payment pay-1"
    assert (status.charged_cents, status.amount_cents) == (1200, None)


@pytest.mark.parametrize("ended", ["TIMED_OUT", "ABORTED"])
def test_an_order_that_was_stopped_has_no_outcome(aws: Stubber, client: OrderflowClient, ended: str) -> None:
    aws.add_response("describe_execution", execution(ended, error="Operator", cause="asked for"))
    nothing_later(aws)
    aws.add_response("get_execution_history", history([entered(8, "Wait", {"ended": {"outcome": "DELIVERED"}})]))
    status = client.status("order-1")
    assert (status.status, status.outcome, status.error, status.cause) == (ended, None, "Operator", "asked for")


def test_a_history_is_read_to_its_last_page(aws: Stubber, client: OrderflowClient) -> None:
    asked = {"executionArn": EXECUTION, "includeExecutionData": False, "maxResults": 1000}
    aws.add_response("describe_execution", execution("RUNNING"))
    aws.add_response("get_execution_history", history([entered(2, "A", {})], nextToken="more"), asked)
    aws.add_response("get_execution_history", history([entered(3, "B", {})]), {**asked, "nextToken": "more"})
    assert [step.state for step in client.history("order-1")] == ["A", "B"]


@pytest.mark.parametrize("method", ["status", "history"])
def test_an_unknown_order_is_not_found_and_the_message_says_where_to_look(
    aws: Stubber, client: OrderflowClient, method: str
) -> None:
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist")
    with pytest.raises(OrderNotFound, match=r"no order order-1 on .*'orderflow list'"):
        getattr(client, method)("order-1")


@pytest.mark.parametrize("order_id", ["", "a b", "a:b", "x" * 81, "a\n"])
def test_what_is_no_id_is_not_asked_for(aws: Stubber, client: OrderflowClient, order_id: str) -> None:
    with pytest.raises(OrderNotFound, match="is no order's id"):
        client.status(order_id)


def test_a_list_covers_the_whole_machine_and_stops_at_its_limit(aws: Stubber, client: OrderflowClient) -> None:
    def row(number: int) -> dict[str, Any]:
        return {**execution("FAILED"), "name": f"order-{number}", "input": None}

    rows = [{key: value for key, value in row(n).items() if key != "input"} for n in range(5)]
    asked = {"stateMachineArn": MACHINE, "statusFilter": "FAILED", "maxResults": 3}
    aws.add_response("list_executions", {"executions": rows[:2], "nextToken": "more"}, asked)
    aws.add_response("list_executions", {"executions": rows[2:], "nextToken": "last"}, {**asked, "nextToken": "more"})
    assert [order.order_id for order in client.list("FAILED", limit=3)] == ["order-0", "order-1", "order-2"]


def test_a_list_without_a_filter_asks_for_all(aws: Stubber, client: OrderflowClient) -> None:
    aws.add_response("list_executions", {"executions": []}, {"stateMachineArn": MACHINE, "maxResults": 1000})
    assert client.list(limit=5000) == []


def test_the_definition_is_the_one_that_new_orders_run_by(aws: Stubber, client: OrderflowClient) -> None:
    machine = {"stateMachineArn": ALIAS, "name": "orders", "roleArn": "r", "type": "STANDARD", "creationDate": NOW}
    routes = [
        {"stateMachineVersionArn": f"{MACHINE}:{version}", "weight": share} for version, share in ((3, 10), (2, 90))
    ]
    aws.add_response("describe_state_machine_alias", {"routingConfiguration": routes}, {"stateMachineAliasArn": ALIAS})
    aws.add_response(
        "describe_state_machine", {**machine, "definition": '{"StartAt": "A"}'}, {"stateMachineArn": f"{MACHINE}:2"}
    )
    assert client.definition() == {"StartAt": "A"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDeniedException", "allow states:StartExecution"),
        ("StateMachineDoesNotExist", "check the stack, the region and the account"),
        ("ThrottlingException", "too many calls"),
        ("ExpiredTokenException", "sign in again"),
        ("NobodyKnowsThis", "NobodyKnowsThis: a message on two lines"),
    ],
)
def test_what_aws_refuses_is_one_line_with_advice(aws: Stubber, client: OrderflowClient, code: str, says: str) -> None:
    aws.add_client_error("start_execution", code, "a message\n  on two lines")
    with pytest.raises(OrderflowError, match=says) as caught:
        client.start(ORDER)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoCredentialsError(), "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "does not answer.*127.0.0.1:9"),
    ],
)
@pytest.mark.parametrize("method", ["status", "history", "list", "definition"])
def test_what_does_not_reach_aws_is_one_line_with_advice(
    sfn: Any, client: OrderflowClient, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str, method: str
) -> None:
    def fail(*args: object, **more: object) -> None:
        raise error

    monkeypatch.setattr(sfn, "_make_api_call", fail)
    with pytest.raises(OrderflowError, match=says):
        getattr(client, method)(*(["order-1"] if method in ("status", "history") else []))


@pytest.mark.parametrize(
    "arn", ["", "orders", "arn:aws:states:us-east-1:123456789012:execution:orders:x", f"{MACHINE}:live:1", f"{ALIAS}\n"]
)
def test_an_arn_of_something_else_is_refused_at_once(sfn: Any, arn: str) -> None:
    with pytest.raises(OrderflowError, match="not a state machine's ARN"):
        OrderflowClient(arn, sfn)


def test_other_partitions_keep_their_arns(sfn: Any, aws: Stubber) -> None:
    china = OrderflowClient("arn:aws-cn:states:cn-north-1:123456789012:stateMachine:orders:1", sfn)
    aws.add_client_error(
        "describe_execution",
        "ExecutionDoesNotExist",
        expected_params={"executionArn": "arn:aws-cn:states:cn-north-1:123456789012:execution:orders:order-1"},
    )
    with pytest.raises(OrderNotFound):
        china.status("order-1")
