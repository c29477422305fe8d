"""Starting orders and following them, through the executions of the order machine.

An order's first execution is called like it. So it cannot be started twice, whoever starts it and however often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from orderflow.documents import int_at, parse_object, text_at
from orderflow.errors import DifferentOrder, OrderflowError, OrderNotFound, aws_errors
from orderflow.history import Step, cause_summary, steps
from orderflow.machines import Machine, definition
from orderflow.order_executions import OrderExecutions
from orderflow.orders import Order, canonical_json

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import (
        PaginatorConfigTypeDef,
        StartExecutionOutputTypeDef,
    )

Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
"""What AWS says of an execution."""

EARLIER = timedelta(seconds=5)
"""An execution that is so much older than AWS's answer is surely an earlier start's: more than a slow call takes."""

LATEST_EVENTS = 20
"""How many of the latest events are fetched at a time to find the current state: with data they are large."""


@dataclass(frozen=True, slots=True)
class Started:
    """The latest execution of an order; the first one is named like it.

    `repeated` is True where the order had been started before. AWS answers a repeated start of a running order as it
    did the first one; such an answer counts as repeated where the execution is over five seconds older than it. So a
    repeat within five seconds may pass for a start; it never is a second one.
    """

    execution_arn: str
    name: str
    repeated: bool
    status: Status = "RUNNING"


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """Where an order stands.

    `outcome` is how it ended: DELIVERED, REJECTED, DECLINED, why it was refunded, or the error name that its failed
    execution ended with; None while it runs, and where the execution timed out or was aborted. The execution is its
    latest, and `state` the one entered last. Amounts are cents: `amount_cents` what validation computed,
    `charged_cents` what was charged, `refunded_cents` what of that was given back; None where the execution holds no
    such result (yet).
    """

    order_id: str
    execution_arn: str
    status: Status
    outcome: str | None
    state: str | None
    started_at: datetime
    stopped_at: datetime | None
    error: str | None
    cause: str | None
    amount_cents: int | None
    charged_cents: int | None
    refunded_cents: int | None
    payment_id: str | None
    shipment_status: str | None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One line of a list of orders."""

    order_id: str
    execution_arn: str
    status: Status
    started_at: datetime
    stopped_at: datetime | None


class OrderflowClient:
    """The orders of one machine.

    Every method raises OrderflowError, whose message is one line, where AWS refuses or cannot be reached.
    """

    def __init__(self, state_machine_arn: str, client: SFNClient) -> None:
        """`state_machine_arn` may be the machine's own ARN, a version's or an alias's: that one runs new orders.

        Raises:
            OrderflowError: when it is no state machine's ARN.
        """
        self._executions = OrderExecutions(state_machine_arn, client)
        self._client = client
        self._starts = state_machine_arn

    def start(self, order: Order) -> Started:
        """Start `order`, or find the execution that it has already, running or closed.

        Raises:
            DifferentOrder: when another order was started under its id.
        """
        with aws_errors():
            try:
                answer = self._client.start_execution(
                    stateMachineArn=self._starts, name=order.order_id, input=order.canonical
                )
            except self._client.exceptions.ExecutionAlreadyExists:
                return self._existing(order)
        return Started(answer["executionArn"], order.order_id, repeated=_began_earlier(answer))

    def status(self, order_id: str) -> OrderStatus:
        """Where the order stands.

        Raises:
            OrderNotFound: when no order of this id was started, or AWS has forgotten it.
        """
        execution = self._executions.latest(order_id).execution
        with aws_errors():
            state, data = self._latest_state(execution["executionArn"])
        outcome, cause = None, execution.get("cause")
        if execution["status"] == "SUCCEEDED":
            data = parse_object(execution.get("output"))
            outcome = text_at(data, "ended", "outcome")
        elif execution["status"] == "FAILED":
            outcome = execution.get("error")
        return OrderStatus(
            order_id=order_id,
            execution_arn=execution["executionArn"],
            status=cast(Status, execution["status"]),
            outcome=outcome,
            state=state,
            started_at=execution["startDate"],
            stopped_at=execution.get("stopDate"),
            error=execution.get("error"),
            cause=cause_summary(cause) if cause else None,
            amount_cents=int_at(data, "quote", "amountCents"),
            charged_cents=int_at(data, "payment", "amountCents"),
            refunded_cents=int_at(data, "undo", "refund", "refundedCents"),
            payment_id=text_at(data, "payment", "paymentId"),
            shipment_status=text_at(data, "fulfillment", "shipment", "status"),
        )

    def history(self, order_id: str) -> Sequence[Step]:
        """What happened in the order's latest execution, oldest first. Raises OrderNotFound."""
        execution = self._executions.latest(order_id).execution
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution["executionArn"], includeExecutionData=False, PaginationConfig={"PageSize": 1000}
        )
        with aws_errors():
            return steps(event for page in pages for event in page["events"])

    def list(self, status: Status | None = None, limit: int = 20) -> Sequence[OrderSummary]:
        """At most `limit` orders, newest first as AWS sorts them: by when they closed, or started if they run."""
        paginate = self._client.get_paginator("list_executions").paginate
        sizes: PaginatorConfigTypeDef = {"PageSize": max(1, min(limit, 1000))}
        if status:
            pages = paginate(stateMachineArn=self._executions.machine, statusFilter=status, PaginationConfig=sizes)
        else:
            pages = paginate(stateMachineArn=self._executions.machine, PaginationConfig=sizes)
        with aws_errors():
            executions = islice((execution for page in pages for execution in page["executions"]), limit)
            return [
                OrderSummary(
                    order_id=self._executions.order_of(execution["name"], execution["executionArn"]),
                    execution_arn=execution["executionArn"],
                    status=cast(Status, execution["status"]),
                    started_at=execution["startDate"],
                    stopped_at=execution.get("stopDate"),
                )
                for execution in executions
            ]

    def definition(self) -> dict[str, Any]:
        """The definition that new orders run by, as it is deployed."""
        return definition(self._client, Machine("", self._starts))

    def _existing(self, order: Order) -> Started:
        """The execution that has the order's name, if it is this order's."""
        try:
            execution = self._executions.first(order.order_id)
        except OrderNotFound as error:  # descriptions lag behind: AWS knows the name, but not yet what it stands for
            raise OrderflowError(f"order {order.order_id} was started a moment ago; run it again to compare") from error
        if "input" not in execution:
            raise OrderflowError(
                f"order {order.order_id} exists, but AWS hides its input; allow kms:Decrypt on the machine's key"
            )
        if canonical_json(parse_object(execution["input"])) != order.canonical:
            raise DifferentOrder(
                f"another order was started as {order.order_id} at {execution['startDate']:%Y-%m-%d %H:%M %Z}; "
                "give this one an id of its own"
            )
        latest = self._executions.after(order.order_id, execution).execution
        status = cast(Status, latest["status"])
        return Started(latest["executionArn"], latest["name"], repeated=True, status=status)

    def _latest_state(self, execution_arn: str) -> tuple[str | None, dict[str, Any]]:
        """The state that was entered last, and the data it was given: the order with the results so far."""
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution_arn,
            reverseOrder=True,
            includeExecutionData=True,
            PaginationConfig={"PageSize": LATEST_EVENTS},
        )
        for event in (event for page in pages for event in page["events"]):
            entered = event.get("stateEnteredEventDetails")
            if entered:
                return entered["name"], parse_object(entered.get("input"))
        return None, {}


def _began_earlier(answer: StartExecutionOutputTypeDef) -> bool:
    """Whether the execution is surely older than this answer, both by AWS's own clock."""
    try:
        answered = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        return answered - answer["startDate"] > EARLIER
    except (KeyError, TypeError, ValueError):  # no date, or one that nobody can read
        return False
