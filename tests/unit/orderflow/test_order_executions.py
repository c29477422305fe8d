"""Which executions are an order's: the first is called like it, whatever took it up again is told by its input."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from orderflow import Order, OrderflowClient, OrderNotFound
from orderflow.order_executions import OrderExecutions, later_name
from tests.unit.orderflow.conftest import MACHINE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PREFIX = MACHINE.replace(":stateMachine:", ":execution:")


@pytest.fixture
def executions(sfn: Any) -> OrderExecutions:
    return OrderExecutions(f"{MACHINE}:live", sfn)


def described(aws: Stubber, name: str, status: str | None, order_id: str | None = "order-1") -> None:
    """Announce that `name` is described; it is not there without a status, its input hidden without an order."""
    asked = {"executionArn": f"{PREFIX}:{name}"}
    if status is None:
        aws.add_client_error("describe_execution", "ExecutionDoesNotExist", expected_params=asked)
        return
    found = {**asked, "stateMachineArn": MACHINE, "name": name, "status": status, "startDate": NOW}
    shown = {"input": json.dumps({"orderId": order_id})} if order_id else {}
    aws.add_response("describe_execution", {**found, **shown}, asked)


@pytest.mark.parametrize("order_id", ["a", "order-1", "x" * 60, "x" * 61, "x" * 80, "order-1_redrive1_00000000"])
@pytest.mark.parametrize("number", [1, 2, 999])
def test_a_later_name_fits_aws_and_is_no_other_orders(order_id: str, number: int) -> None:
    name = later_name(order_id, number)
    assert re.fullmatch("[0-9A-Za-z_-]{1,80}", name), "what AWS's names and CloudWatch's logs may hold"
    others = {later_name(o, n) for o in (order_id, order_id + "y", "y" + order_id) for n in (1, 2, 999)}
    assert len(others | {order_id}) == 10, "ids that differ only behind what the name shows of them included"


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_an_order_that_is_on_its_way_was_never_taken_up_again(
    aws: Stubber, executions: OrderExecutions, status: str
) -> None:
    described(aws, "order-1", status)
    latest = executions.latest("order-1")
    assert (latest.execution["name"], latest.next_name) == ("order-1", later_name("order-1", 1))


def test_the_latest_is_found_however_often_an_order_was_taken_up_again(
    aws: Stubber, executions: OrderExecutions
) -> None:
    first, second, third = (later_name("order-1", number) for number in (1, 2, 3))
    described(aws, "order-1", "FAILED")
    described(aws, first, "ABORTED")
    described(aws, second, "TIMED_OUT")
    described(aws, third, None)
    latest = executions.latest("order-1")
    assert (latest.execution["name"], latest.next_name) == (second, third)


def test_another_order_of_such_a_name_is_passed_over_and_its_name_not_taken(
    aws: Stubber, executions: OrderExecutions
) -> None:
    first, second = later_name("order-1", 1), later_name("order-1", 2)
    described(aws, "order-1", "FAILED")
    described(aws, first, "RUNNING", first)
    described(aws, second, None)
    latest = executions.latest("order-1")
    assert (latest.execution["name"], latest.next_name) == ("order-1", second)


def test_the_name_of_a_later_execution_is_no_order(aws: Stubber, executions: OrderExecutions) -> None:
    name = later_name("order-1", 1)
    described(aws, name, "RUNNING")
    with pytest.raises(OrderNotFound, match=f"{name} is the name of an execution of order order-1"):
        executions.first(name)


def test_a_first_execution_whose_input_aws_hides_is_the_orders(aws: Stubber, executions: OrderExecutions) -> None:
    described(aws, "order-1", "RUNNING", None)
    assert executions.first("order-1")["name"] == "order-1"


def test_a_list_shows_orders_and_not_the_names_of_their_executions(aws: Stubber, sfn: Any) -> None:
    long = "o" * 80
    names = ["order-1", later_name("order-1", 1), later_name(long, 12)]
    rows = [
        {
            "executionArn": f"{PREFIX}:{name}",
            "stateMachineArn": MACHINE,
            "name": name,
            "status": "FAILED",
            "startDate": NOW,
        }
        for name in names
    ]
    aws.add_response("list_executions", {"executions": rows})
    described(aws, names[1], "FAILED")
    described(aws, names[2], "FAILED", long)
    assert [order.order_id for order in OrderflowClient(MACHINE, sfn).list()] == ["order-1", "order-1", long]


@pytest.mark.parametrize("method", ["status", "history"])
def test_status_and_history_are_those_of_the_latest_execution(aws: Stubber, sfn: Any, method: str) -> None:
    later = later_name("order-1", 1)
    described(aws, "order-1", "FAILED")
    described(aws, later, "RUNNING")
    how = {"status": {"reverseOrder": True, "includeExecutionData": True, "maxResults": 20}}
    asked = how.get(method, {"includeExecutionData": False, "maxResults": 1000})
    aws.add_response("get_execution_history", {"events": []}, {"executionArn": f"{PREFIX}:{later}", **asked})
    getattr(OrderflowClient(MACHINE, sfn), method)("order-1")


def test_starting_again_finds_the_execution_that_took_the_order_up(aws: Stubber, sfn: Any) -> None:
    later = later_name("order-1", 1)
    aws.add_client_error("start_execution", "ExecutionAlreadyExists")
    described(aws, "order-1", "FAILED")
    described(aws, later, "RUNNING")
    started = OrderflowClient(MACHINE, sfn).start(Order("order-1", {"orderId": "order-1"}))
    assert (started.name, started.status, started.repeated) == (later, "RUNNING", True)
