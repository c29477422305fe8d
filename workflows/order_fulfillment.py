"""Order fulfilment: validate, charge, reserve and ship, follow the parcel, tell the customer how it ended.

The order stays whole from the first state to the last; each step adds its result beside it:

    $               the order as the shop sent it
    $.quote         what validation computed from the catalogue: lines with prices, and the amount to charge
    $.payment       the charge
    $.fulfillment   the reservation, and the shipment with its latest status
    $.failure       Error and Cause of what went wrong, where something did
    $.ended         the outcome that the customer was told

Before the charge an order can end declined or rejected: both are finished orders, and their executions succeed. After
the charge every way that does not deliver ends in a failed execution that is named for its reason and whose cause says
what to refund: each of those needs a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from asl import Node, catch, choice, longest_seconds, retry_lambda, wait, walk

TASK_SECONDS = 30
"""How long one call of a function may take; functions are given less, so that they report their own timeouts."""

MARGIN_SECONDS = 3600
"""What the machine's own timeout leaves beyond its longest path: that timeout cannot be caught."""


@dataclass(frozen=True)
class Functions:
    """What the workflow calls: a component, a Pulumi Output or an ARN each."""

    validate_order: Any
    charge_payment: Any
    reserve_inventory: Any
    create_shipment: Any
    check_shipment: Any
    send_confirmation: Any


@dataclass(frozen=True)
class Delivery:
    """How often the carrier is asked, and how long a parcel may take before a person looks for it."""

    poll_seconds: int
    deadline_seconds: int

    @property
    def polls(self) -> int:
        return -(-self.deadline_seconds // self.poll_seconds)


def order_fulfillment(functions: Functions, delivery: Delivery) -> Node:
    """The definition of the Standard machine."""
    states: Node = {
        "ValidateOrder": call(
            functions.validate_order,
            result="$.quote",
            then="ChargePayment",
            catches=[
                catch("ValidationError", to="NotifyValidationFailed"),
                catch("States.ALL", to="OrderNotValidated"),
            ],
        ),
        "ChargePayment": call(
            functions.charge_payment,
            result="$.payment",
            then="FulfillInParallel",
            catches=[
                catch("PaymentDeclined", to="HandlePaymentDeclined"),
                catch("States.ALL", to="ChargeUncertain"),
            ],
        ),
        "FulfillInParallel": {
            "Type": "Parallel",
            "Branches": [
                branch("ReserveInventory", call(functions.reserve_inventory, business=["OutOfStock"])),
                branch("CreateShipment", call(functions.create_shipment, business=["ShipmentRefused"])),
            ],
            "ResultSelector": {"reservation.$": "$[0]", "shipment.$": "$[1]", "polls": {"count": 0}},
            "ResultPath": "$.fulfillment",
            "Catch": [
                catch("OutOfStock", to="HandleOutOfStock"),
                catch("ShipmentRefused", to="HandleShipmentRefused"),
                catch("States.ALL", to="HandleFulfillmentFailure"),
            ],
            "Next": "WaitForShipping",
        },
        "WaitForShipping": wait(delivery.poll_seconds, then="CountPoll"),
        "CountPoll": {
            "Type": "Pass",
            "Parameters": {"count.$": "States.MathAdd($.fulfillment.polls.count, 1)"},
            "ResultPath": "$.fulfillment.polls",
            "Next": "CheckShipmentStatus",
        },
        # A carrier that does not answer costs one poll, not the order: the next poll asks again.
        "CheckShipmentStatus": call(
            functions.check_shipment,
            result="$.fulfillment.shipment",
            then="IsDelivered",
            catches=[catch("States.ALL", to="IsDelivered", result_path="$.fulfillment.unanswered")],
        ),
        "IsDelivered": choice(
            when("$.fulfillment.shipment.status", "StringEquals", "DELIVERED", then="OrderComplete"),
            when("$.fulfillment.shipment.status", "StringEquals", "FAILED", then="HandleShippingFailure"),
            when("$.fulfillment.polls.count", "NumericGreaterThanEquals", delivery.polls, then="HandleParcelOverdue"),
            default="WaitForShipping",
        ),
        "OrderComplete": tell(functions, "DELIVERED", then="OrderDelivered", otherwise="DeliveredNotConfirmed"),
        "OrderDelivered": {"Type": "Succeed"},
        # Before the charge: finished, nothing owed.
        "NotifyValidationFailed": tell(functions, "REJECTED", then="OrderRejected", otherwise="CustomerNotTold"),
        "OrderRejected": {"Type": "Succeed"},
        "HandlePaymentDeclined": tell(functions, "DECLINED", then="OrderDeclined", otherwise="CustomerNotTold"),
        "OrderDeclined": {"Type": "Succeed"},
        # After the charge: the money is held, and a person has to act.
        "HandleOutOfStock": tell(functions, "OUT_OF_STOCK", then="ChargedOutOfStock"),
        "ChargedOutOfStock": held("ChargedOutOfStock", "$.failure.Error"),
        "HandleShipmentRefused": tell(functions, "SHIPMENT_REFUSED", then="ChargedShipmentRefused"),
        "ChargedShipmentRefused": held("ChargedShipmentRefused", "$.failure.Error"),
        "HandleFulfillmentFailure": tell(functions, "FULFILLMENT_FAILED", then="ChargedNotFulfilled"),
        "ChargedNotFulfilled": held("ChargedNotFulfilled", "$.failure.Error"),
        "HandleShippingFailure": tell(functions, "SHIPPING_FAILED", then="ShippingFailed"),
        "ShippingFailed": held("ShippingFailed", "'the carrier gave the parcel up'"),
        "HandleParcelOverdue": tell(functions, "PARCEL_OVERDUE", then="ParcelOverdue"),
        "ParcelOverdue": held("ParcelOverdue", "'the parcel did not arrive in time'"),
        # A function gave up for technical reasons.
        "OrderNotValidated": gave_up("OrderNotValidated", "Nothing was charged; redrive order {}: {}"),
        "ChargeUncertain": gave_up("ChargeUncertain", "Ask the payment provider about order {} first: {}"),
        "CustomerNotTold": gave_up(
            "CustomerNotTold", "Nothing was charged; tell the customer of order {}: {}", "$.untold"
        ),
        "DeliveredNotConfirmed": gave_up("DeliveredNotConfirmed", "Order {} arrived unconfirmed: {}", "$.untold"),
    }
    definition: Node = {
        "Comment": "Validate, charge, fulfil and follow one order until it is delivered or a person has to look at it",
        "StartAt": "ValidateOrder",
        "States": states,
    }
    loop = ("WaitForShipping", "CountPoll", "CheckShipmentStatus", "IsDelivered")
    longest = longest_seconds(walk(definition), dict.fromkeys(loop, delivery.polls))
    return {**definition, "TimeoutSeconds": ceil(longest) + MARGIN_SECONDS}


def call(
    function: Any,
    *,
    result: str | None = None,
    then: str | None = None,
    business: list[str] | None = None,
    catches: list[Node] | None = None,
    outcome: str | None = None,
) -> Node:
    """A task that hands the whole order to `function` and puts the answer at `result`.

    Errors that are caught by name here, or that the surrounding Parallel catches (`business`), are never retried.
    """
    caught = [name for catcher in catches or [] for name in catcher["ErrorEquals"] if name != "States.ALL"]
    return {
        "Type": "Task",
        "Resource": function,
        "Parameters": {
            "executionId.$": "$$.Execution.Id",
            "order.$": "$",
            **({"outcome": outcome} if outcome else {}),
        },
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": retry_lambda(*caught, *(business or [])),
        **({"ResultPath": result} if result else {}),
        **({"Catch": catches} if catches else {}),
        **({"Next": then} if then else {"End": True}),
    }


def branch(name: str, state: Node) -> Node:
    """A branch of one state."""
    return {"StartAt": name, "States": {name: state}}


def when(variable: str, comparison: str, value: str | int, *, then: str) -> Node:
    """A rule of a Choice."""
    return {"Variable": variable, comparison: value, "Next": then}


def tell(functions: Functions, outcome: str, *, then: str, otherwise: str | None = None) -> Node:
    """Record the outcome and tell the customer. Where even that fails go `otherwise`, or on as if it had not."""
    return call(
        functions.send_confirmation,
        outcome=outcome,
        result="$.ended",
        then=then,
        catches=[catch("States.ALL", to=otherwise or then, result_path="$.untold")],
    )


def held(error: str, reason: str) -> Node:
    """The end of an order whose money is held; its cause is what a person needs for the refund."""
    refund = "Refund {} cents of payment {} for order {}: {}"
    fields = f"$.payment.amountCents, $.payment.paymentId, $.orderId, {reason}"
    return {"Type": "Fail", "Error": error, "CausePath": f"States.Format('{refund}', {fields})"}


def gave_up(error: str, advice: str, failure: str = "$.failure") -> Node:
    """The end of an order that failed for technical reasons; its cause is what to do next."""
    return {"Type": "Fail", "Error": error, "CausePath": f"States.Format('{advice}', $.orderId, {failure}.Error)"}
