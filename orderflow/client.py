"""Starting orders and following them, through the executions of the order machine.

An order's first execution is called like it. So it cannot be started twice, whoever starts it and however often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderflow.arns import machine_arn
from orderflow.documents import int_at, parse_object, text_at
from orderflow.errors import DifferentOrder, OrderflowError, OrderNotFound
from orderflow.executions import Status, began_earlier, events, latest_state, listed, started
from orderflow.history import Step, cause_summary, steps
from orderflow.machines import Machine, definition
from orderflow.order_executions import OrderExecutions
from orderflow.orders import Order, canonical_json

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


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
        answer = started(self._client, self._starts, order.canonical, order.order_id)
        if answer is None:
            return self._existing(order)
        return Started(answer["executionArn"], order.order_id, repeated=began_earlier(answer))

    def status(self, order_id: str) -> OrderStatus:
        """Where the order stands.

        Raises:
            OrderNotFound: when no order of this id was started, or AWS has forgotten it.
        """
        execution = self._executions.latest(order_id).execution
        state, data = latest_state(self._client, execution["executionArn"])
        outcome, cause = None, execution.get("cause")
        if execution["status"] == "SUCCEEDED":
            data = parse_object(execution.get("output"))
            outcome = text_at(data, "ended", "outcome")
        elif execution["status"] == "FAILED":
            outcome = execution.get("error")
        return OrderStatus(
            order_id=order_id,
            execution_arn=execution["executionArn"],
            status=execution["status"],
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
        return steps(events(self._client, execution["executionArn"], data=False))

    def list(
        self, status: Status | None = None, limit: int = 20, since: datetime | None = None
    ) -> Sequence[OrderSummary]:
        """At most `limit` orders, newest first as AWS sorts them: by when they closed, or started if they run.

        `since` leaves out the executions that were started before.
        """
        return [
            OrderSummary(
                order_id=self._executions.order_of(one.name, one.execution_arn),
                execution_arn=one.execution_arn,
                status=one.status,
                started_at=one.started_at,
                stopped_at=one.stopped_at,
            )
            for one in listed(self._client, machine_arn(self._starts), status, since, limit)
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
        status = latest["status"]
        return Started(latest["executionArn"], latest["name"], repeated=True, status=status)
