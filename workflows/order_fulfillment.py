"""Order fulfilment: validate, charge, reserve and ship, follow the parcel, tell the customer how it ended.

The order stays whole from the first state to the last; each step adds its result beside it:

    $               the order as the shop sent it
    $.quote         what validation computed from the catalogue: lines with prices, and the amount to charge
    $.approval      who approved a large order, and why
    $.payment       the charge: held at first, taken once the order is on its way
    $.fulfillment   the reservation, and the shipment with its latest status
    $.failure       Error and Cause of what went wrong, where something did
    $.undoing       what that makes of the order, and how often a person has had the undoing tried again
    $.undo          what was taken back: shipment, stock, refund
    $.stuck, $.help what kept failing while it was taken back, and what a person decided about it
    $.ended         the outcome that the customer was told

Before the charge an order can end declined, rejected or not approved. After it every way ends with the goods at the
customer, with the money back, or with a person: `ORDER_PROMISES` says so, and is proven in every preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from asl import (
    Assumptions,
    MustReach,
    Node,
    Step,
    Undo,
    catch,
    choice,
    longest_seconds,
    retry,
    retry_lambda,
    saga,
    wait,
    walk,
)

TASK_SECONDS = 30
"""How long one call of a function may take; functions are given less, so that they report their own timeouts."""

MARGIN_SECONDS = 3600
"""What the machine's own timeout leaves beyond its longest path: that timeout cannot be caught."""

RETRIES = 3
"""How often a person can have the undoing of an order tried again in one execution; a redrive begins to count anew."""

ORDER: Node = {"executionId.$": "$$.Execution.Id", "order.$": "$"}
"""What every function gets."""

ATTEMPT = "States.Format('{}#{}', $$.State.EnteredTime, $$.State.RetryCount)"
"""Which of a state's attempts this is: greater for a later one."""

WAITED_OUT = ("States.HeartbeatTimeout", "States.Timeout")
"""What ends a wait that nobody answered. Histories show the latter for a missed heartbeat, too."""

UNDER_WAY = "IdempotencyAlreadyInProgressError"
"""An earlier call that tells the customer may still be at it. One that died holds the notice to the end of its time."""

SOUGHT = [retry("RowsBusy", interval=5, attempts=8, rate=1.5, longest=60)]
"""What changes stock waits its turn, some minutes: so many orders may want the same product at the same moment that
one call, which tries for seconds, does not get at it. Only then is an order undone for it."""

UNTOLD, SILENCE = "$.untold", "$.fulfillment.silence"

_FINISHED = frozenset({"OrderDelivered", "DeliveredNotConfirmed"})
_WITH_A_PERSON = frozenset({"RecordSettlement", "CompensationStuck"})
ORDER_PROMISES = (
    MustReach("ChargePayment", _FINISHED | _WITH_A_PERSON | {"RefundPayment"}, unless=frozenset({"PaymentDeclined"})),
    MustReach("ReserveInventory", _FINISHED | _WITH_A_PERSON | {"ReleaseStock"}, unless=frozenset({"OutOfStock"})),
    MustReach("CreateShipment", _FINISHED | _WITH_A_PERSON | {"CancelShipment"}, unless=frozenset({"ShipmentRefused"})),
    # A new execution of an order that another one has left while it was undone.
    MustReach("ResumeUndoing", _FINISHED | _WITH_A_PERSON | {"RefundPayment"}),
)
"""Whatever happens, what was charged, reserved or shipped is finished, taken back, or known to a person."""

USUAL_ORDERS = Assumptions(
    shares={
        "NeedsApproval": {"AwaitApproval": 0.02, "ChargePayment": 0.98},
        "IsApproved": {"ChargePayment": 0.9},
        "IsDelivered": {"OrderComplete": 0.98},
    }
)
"""How orders go, for the estimate of a price: assumed, not measured. The carrier's webhook tells of the arrival."""


@dataclass(frozen=True)
class Functions:
    """What the workflow calls: a component, a Pulumi Output or an ARN each."""

    validate_order: Any
    ask_person: Any
    charge_payment: Any
    reserve_inventory: Any
    create_shipment: Any
    capture_payment: Any
    follow_shipment: Any
    check_shipment: Any
    cancel_shipment: Any
    release_stock: Any
    refund_payment: Any
    record_settlement: Any
    send_confirmation: Any


@dataclass(frozen=True)
class Delivery:
    """How long the carrier may be silent before it is asked, and how long a parcel may take before it is given up."""

    poll_seconds: int
    deadline_seconds: int

    @property
    def polls(self) -> int:
        return -(-self.deadline_seconds // self.poll_seconds)


@dataclass(frozen=True)
class Decisions:
    """Orders above `limit_cents` need a person's approval; a question that nobody answers expires after `seconds`."""

    limit_cents: int
    seconds: int


def order_fulfillment(functions: Functions, delivery: Delivery, decisions: Decisions) -> Node:
    """The definition of the Standard machine."""
    charge = Step(
        "ChargePayment",
        call(
            functions.charge_payment,
            result="$.payment",
            catches=[
                catch("PaymentDeclined", to="HandlePaymentDeclined"),
                catch("States.ALL", to="HandlePaymentUncertain"),
            ],
        ),
        undo=(Undo("RefundPayment", call(functions.refund_payment, result="$.undo.refund")),),
    )
    fulfill = Step(
        "FulfillInParallel",
        {
            "Type": "Parallel",
            "Branches": [
                branch(
                    "ReserveInventory", call(functions.reserve_inventory, business=["OutOfStock"], patiently=SOUGHT)
                ),
                branch(
                    "CreateShipment",
                    call(
                        functions.create_shipment,
                        business=["ShipmentRefused"],
                        payload={"deadlineSeconds": delivery.deadline_seconds},
                    ),
                ),
            ],
            "ResultSelector": {
                "reservation.$": "$[0]",
                "shipment.$": "$[1]",
                "giveUpAt.$": "$[1].giveUpAt",
                "polls": {"count": 0},
            },
            "ResultPath": "$.fulfillment",
            "Catch": [
                catch("OutOfStock", to="HandleOutOfStock"),
                catch("ShipmentRefused", to="HandleShipmentRefused"),
                catch("States.ALL", to="HandleFulfillmentFailure"),
            ],
        },
        undo=(
            Undo(
                "CancelShipment",
                call(
                    functions.cancel_shipment,
                    result="$.undo.shipment",
                    catches=[catch("ParcelDelivered", to="CaptureDelivered", result_path="$.undo.delivered")],
                ),
            ),
            Undo("ReleaseStock", call(functions.release_stock, result="$.undo.stock", patiently=SOUGHT)),
        ),
    )
    states: Node = {
        "ValidateOrder": call(
            functions.validate_order,
            result="$.quote",
            then="NeedsApproval",
            catches=[
                catch("ValidationError", to="NotifyValidationFailed"),
                catch("States.ALL", to="OrderNotValidated"),
            ],
        ),
        "NeedsApproval": choice(
            {"Variable": "$.quote.resume", "IsPresent": True, "Next": "WhereItStands"},
            when("$.quote.amountCents", "NumericGreaterThan", decisions.limit_cents, then="AwaitApproval"),
            default="ChargePayment",
        ),
        # A new execution of an order that another one has left somewhere: the ledger says where, not the caller.
        "WhereItStands": choice(
            when("$.quote.resume", "StringEquals", "UNDO", then="ResumeUndoing"),
            when("$.quote.resume", "StringEquals", "TELL", then="ResumeTelling"),
            when("$.quote.resume", "StringEquals", "NOT_APPROVED", then="HandleNotApproved"),
            default="ChargePayment",
        ),
        "ResumeUndoing": resume(then=fulfill.undo_from),
        "ResumeTelling": resume(then="NotifyRefunded"),
        "AwaitApproval": ask(
            functions,
            "APPROVAL",
            decisions.seconds,
            result="$.approval",
            then="IsApproved",
            catches=[catch("States.Timeout", to="HandleNotApproved"), catch("States.ALL", to="OrderNotValidated")],
        ),
        "IsApproved": choice(
            when("$.approval.verdict", "StringEquals", "APPROVED", then="ChargePayment"), default="HandleNotApproved"
        ),
        **saga(charge, fulfill, then="CapturePayment", undone="NotifyRefunded", stuck="AskForHelp"),
        "CapturePayment": call(
            functions.capture_payment,
            result="$.payment",
            then="WaitForShipping",
            catches=[
                catch("PaymentDeclined", to="HandlePaymentNotCaptured"),
                catch("States.ALL", to="HandlePaymentNotCaptured"),
            ],
        ),
        # The carrier's webhook ends the wait, and its news on the way let it go on. Where it is silent, it is asked.
        "WaitForShipping": callback(
            functions.follow_shipment,
            result="$.fulfillment.shipment",
            then="IsDelivered",
            heartbeat=delivery.poll_seconds,
            seconds=2 * delivery.poll_seconds,
            catches=[
                catch("ParcelArrived", *WAITED_OUT, to="CountPoll", result_path=SILENCE),
                catch("States.ALL", to="WaitToAsk", result_path=SILENCE),
            ],
        ),
        "WaitToAsk": wait(delivery.poll_seconds, then="CountPoll"),
        "CountPoll": count("$.fulfillment.polls", then="CheckShipmentStatus"),
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
            # News prolong the wait, so that the rounds alone could last twice as long.
            when(
                "$$.State.EnteredTime",
                "TimestampGreaterThanEqualsPath",
                "$.fulfillment.giveUpAt",
                then="HandleParcelOverdue",
            ),
            default="WaitForShipping",
        ),
        "OrderComplete": tell(functions, "DELIVERED", then="OrderDelivered", otherwise="DeliveredNotConfirmed"),
        "OrderDelivered": {"Type": "Succeed"},
        # Before the charge: finished, nothing owed.
        "NotifyValidationFailed": tell(functions, "REJECTED", then="OrderRejected", otherwise="CustomerNotTold"),
        "HandleNotApproved": tell(functions, "NOT_APPROVED", then="OrderRejected", otherwise="CustomerNotTold"),
        "OrderRejected": {"Type": "Succeed"},
        "HandlePaymentDeclined": tell(functions, "DECLINED", then="OrderDeclined", otherwise="CustomerNotTold"),
        "OrderDeclined": {"Type": "Succeed"},
        # After the charge: what was done is undone in reverse, and the customer has the money back.
        "HandlePaymentUncertain": undo("PAYMENT_UNCERTAIN", charge),
        "HandleOutOfStock": undo("OUT_OF_STOCK", fulfill),
        "HandleShipmentRefused": undo("SHIPMENT_REFUSED", fulfill),
        "HandleFulfillmentFailure": undo("FULFILLMENT_FAILED", fulfill),
        "HandlePaymentNotCaptured": undo("PAYMENT_NOT_CAPTURED", fulfill),
        "HandleShippingFailure": undo("SHIPPING_FAILED", fulfill),
        "HandleParcelOverdue": undo("PARCEL_OVERDUE", fulfill),
        "NotifyRefunded": tell(functions, "$.undoing.outcome", then="OrderRefunded", otherwise="RefundedNotConfirmed"),
        "OrderRefunded": {"Type": "Succeed"},
        # The parcel that was to be canceled had arrived: the order is finished after all.
        "CaptureDelivered": call(
            functions.capture_payment,
            result="$.payment",
            then="OrderComplete",
            catches=[
                catch("PaymentDeclined", to="AskForHelp", result_path="$.stuck"),
                catch("States.ALL", to="AskForHelp", result_path="$.stuck"),
            ],
        ),
        # What cannot be undone goes to a person, who settles it by hand or has it tried again.
        "AskForHelp": ask(
            functions,
            "STUCK",
            decisions.seconds,
            result="$.help",
            then="IsSettled",
            catches=[catch("States.ALL", to="CompensationStuck", result_path="$.unanswered")],
        ),
        "IsSettled": choice(
            when("$.help.verdict", "StringEquals", "SETTLED", then="RecordSettlement"),
            when("$.undoing.retries.count", "NumericGreaterThanEquals", RETRIES, then="CompensationStuck"),
            default="CountRetry",
        ),
        "CountRetry": count("$.undoing.retries", then=fulfill.undo_from),
        "RecordSettlement": call(
            functions.record_settlement,
            result="$.undo.settlement",
            then="NotifyRefunded",
            catches=[catch("States.ALL", to="CompensationStuck", result_path="$.stuck")],
        ),
        # A function gave up for technical reasons.
        "OrderNotValidated": gave_up("OrderNotValidated", "Nothing was charged; redrive order {}: {}"),
        "CustomerNotTold": gave_up("CustomerNotTold", "Nothing was charged; tell the customer of order {}: {}", UNTOLD),
        "DeliveredNotConfirmed": gave_up("DeliveredNotConfirmed", "Order {} arrived unconfirmed: {}", UNTOLD),
        "RefundedNotConfirmed": gave_up("RefundedNotConfirmed", "Order {} was refunded unconfirmed: {}", UNTOLD),
        "CompensationStuck": gave_up(
            "CompensationStuck", "Nobody has settled order {}, whose undoing keeps failing: {}", "$.stuck"
        ),
    }
    definition: Node = {
        "Comment": "Validate, charge, fulfil and follow one order until it is delivered, refunded or with a person",
        "StartAt": "ValidateOrder",
        "States": states,
    }
    polled = ("WaitForShipping", "WaitToAsk", "CountPoll", "CheckShipmentStatus", "IsDelivered")
    helped = ("CancelShipment", "ReleaseStock", "RefundPayment", "AskForHelp", "IsSettled", "CountRetry")
    visits: dict[str, int] = {**dict.fromkeys(polled, delivery.polls), **dict.fromkeys(helped, RETRIES + 1)}
    return {**definition, "TimeoutSeconds": ceil(longest_seconds(walk(definition), visits)) + MARGIN_SECONDS}


def call(
    function: Any,
    *,
    result: str | None = None,
    then: str | None = None,
    business: list[str] | None = None,
    catches: list[Node] | None = None,
    payload: Node | None = None,
    patiently: list[Node] | None = None,
) -> Node:
    """A task that hands the whole order to `function`, and `payload` beside it, and puts the answer at `result`.

    Errors that are caught by name here, or that the surrounding Parallel catches (`business`), are never retried;
    retriers of its own (`patiently`) come before the others.
    """
    return {
        "Type": "Task",
        "Resource": function,
        "Parameters": {**ORDER, **(payload or {})},
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": [*(patiently or []), *retry_lambda(*named(catches), *(business or []))],
        **({"ResultPath": result} if result else {}),
        **({"Catch": catches} if catches else {}),
        **({"Next": then} if then else {}),
    }


def callback(
    function: Any,
    *,
    result: str,
    then: str,
    seconds: int,
    catches: list[Node],
    heartbeat: int | None = None,
    payload: Node | None = None,
) -> Node:
    """A task whose `function` passes the task token on, and that ends when someone answers it within `seconds`."""
    never = dict.fromkeys([*WAITED_OUT, *named(catches)])
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": function, "Payload": {**ORDER, "token.$": "$$.Task.Token", **(payload or {})}},
        "TimeoutSeconds": seconds,
        **({"HeartbeatSeconds": heartbeat} if heartbeat else {}),
        "Retry": retry_lambda(*never),
        "ResultPath": result,
        "Catch": catches,
        "Next": then,
    }


def ask(functions: Functions, question: str, seconds: int, *, result: str, then: str, catches: list[Node]) -> Node:
    """A question to people, and who decided what at `result`; unanswered it expires with States.Timeout.

    Each attempt has a token of its own, and says which of two is the later one.
    """
    asked: Node = {"question": question, "seconds": seconds, "attempt.$": ATTEMPT}
    return callback(functions.ask_person, result=result, then=then, seconds=seconds, catches=catches, payload=asked)


def named(catches: list[Node] | None) -> list[str]:
    """The errors that are caught by name."""
    return [name for catcher in catches or [] for name in catcher["ErrorEquals"] if name != "States.ALL"]


def branch(name: str, state: Node) -> Node:
    """A branch of one state."""
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def when(variable: str, comparison: str, value: str | int, *, then: str) -> Node:
    """A rule of a Choice."""
    return {"Variable": variable, comparison: value, "Next": then}


def tell(functions: Functions, outcome: str, *, then: str, otherwise: str) -> Node:
    """Record the outcome, given or at a path, and tell the customer."""
    return call(
        functions.send_confirmation,
        payload={"outcome.$" if outcome.startswith("$") else "outcome": outcome},
        result="$.ended",
        then=then,
        patiently=[retry(UNDER_WAY, interval=10, attempts=10, rate=1.1, longest=20)],
        catches=[catch("States.ALL", to=otherwise, result_path=UNTOLD)],
    )


def undo(outcome: str, step: Step) -> Node:
    """Note what becomes of the order, and begin to take back `step` and all before it."""
    began = {"outcome": outcome, "retries": {"count": 0}}
    return {"Type": "Pass", "Result": began, "ResultPath": "$.undoing", "Next": step.undo_from}


def resume(then: str) -> Node:
    """Take the outcome from where the ledger has it."""
    began = {"outcome.$": "$.quote.outcome", "retries": {"count": 0}}
    return {"Type": "Pass", "Parameters": began, "ResultPath": "$.undoing", "Next": then}


def count(path: str, then: str) -> Node:
    """Add 1 to the count at `path`."""
    added = {"count.$": f"States.MathAdd({path}.count, 1)"}
    return {"Type": "Pass", "Parameters": added, "ResultPath": path, "Next": then}


def gave_up(error: str, advice: str, failure: str = "$.failure") -> Node:
    """The end of an order that failed for technical reasons; its cause is what to do next."""
    return {"Type": "Fail", "Error": error, "CausePath": f"States.Format('{advice}', $.orderId, {failure}.Error)"}
