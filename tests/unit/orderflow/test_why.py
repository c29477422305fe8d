"""Why an order is stuck: state, cause and next step of what goes wrong, from histories as AWS gives them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from orderflow import OrderNotFound, find_deployment
from orderflow.books import books_of
from orderflow.why import Diagnosis, diagnose
from tests.unit.orderflow.conftest import MACHINE, item
from tests.unit.orderflow.histories import START, Told

NOW = START + timedelta(hours=3)
EXECUTION = f"{MACHINE.replace(':stateMachine:', ':execution:')}:order-1"
SILENT = "the provider does not answer within 3 s"
DECIDE = {"askedAt": "2026-03-01T02:00:10.000Z", "token": "a secret", "cents": 525_000, "text": "May it be accepted?"}
UNTIL, PAST = "2026-03-03T02:00:10.000Z", "2026-03-01T04:00:00.000Z"


def row(status: str, *events: str, **more: Any) -> dict[str, Any]:
    """An order's row; charged where it has been."""
    charged = 1_895 if "CHARGED" in events else 0
    known = {
        "orderId": "order-1",
        "status": status,
        "events": {status, *events},
        "updatedAt": "2026-03-01T02:00:09.000Z",
    }
    return {**known, "amountCents": 1_895, "chargedCents": charged, **more}


@dataclass
class Case:
    """An order with its execution and rows, whose functions' logs are looked into, and what is to be found."""

    history: Told
    status: str
    state: str | None
    ended_in: str | None = None
    failed_in: str | None = None
    error: str | None = None
    cause: str | None = None
    attempts: int = 1
    logs: tuple[str, ...] = ()
    do: str = ""
    commands: tuple[str, ...] = ()
    troubles: tuple[tuple[str, int], ...] = ()
    order: dict[str, Any] | None = None
    asked: dict[str, Any] | None = None
    differs: tuple[str, ...] = ()
    ended: dict[str, Any] = field(default_factory=dict[str, Any])


def both(told: Told) -> Told:
    """A Parallel, and two branches that have begun."""
    told.enters("FulfillInParallel", "Parallel").happens("ParallelStateStarted")
    began = told.last
    told.enters("ReserveInventory").calls("reserve-inventory")
    told.after(began).enters("CreateShipment").calls("create-shipment")
    return told


def out_of_stock(told: Told) -> Told:
    told.enters("FulfillInParallel", "Parallel").happens("ParallelStateStarted")
    began = told.last
    told.enters("ReserveInventory").calls("reserve-inventory").fails("OutOfStock", "not enough in stock of 995242")
    failed = told.last
    told.after(began).enters("CreateShipment").calls("create-shipment").happens("TaskStateAborted")
    told.after(failed).happens("ParallelStateFailed").exits("FulfillInParallel", "Parallel")
    return told.passed("HandleOutOfStock")


def charged() -> Told:
    return (
        Told()
        .works("ValidateOrder", "validate-order")
        .passed("NeedsApproval", "Choice")
        .works("ChargePayment", "charge-payment")
    )


def stuck() -> Told:
    told = out_of_stock(charged()).works("CancelShipment", "cancel-shipment").works("ReleaseStock", "release-stock")
    told.fails_for_good("RefundPayment", "refund-payment", "TechnicalError", SILENT, 4)
    caught = {"Error": "TechnicalError", "Cause": json.dumps({"errorMessage": "no answer"})}
    return told.enters("AskForHelp", stuck=caught).asks("ask-person", 7_200).submitted()


UNDOING = row("UNDOING", "CHARGED", "RESERVED", outcome="OUT_OF_STOCK", paymentId="pay-1")
STUCK = {"question": "STUCK", "status": "OPEN"}
FAILED_FIRST = ("ReserveInventory", 1)

CASES = {
    "the order could not be checked": Case(
        Told()
        .fails_for_good("ValidateOrder", "validate-order", "TechnicalError", "ORDER_LIMIT_CENTS is not set", 4)
        .ends_in("OrderNotValidated", "Nothing was charged; redrive order order-1: TechnicalError"),
        "FAILED",
        "ValidateOrder",
        ended_in="OrderNotValidated",
        failed_in="ValidateOrder",
        error="TechnicalError",
        cause="ORDER_LIMIT_CENTS is not set",
        attempts=4,
        logs=("validate-order",),
        troubles=(("ValidateOrder", 4),),
        do="Mend what went wrong, then have the order tried again.",
        commands=("redrive order-1",),
    ),
    "a large order waits for approval": Case(
        Told().works("ValidateOrder", "validate-order").passed("NeedsApproval", "Choice")
        .enters("AwaitApproval").asks("ask-person", 172_800).submitted(),
        "RUNNING",
        "AwaitApproval",
        logs=("ask-person",),
        do="Decide, and say why.",
        commands=("approve order-1 --why 'REASON'", "reject order-1 --why 'REASON'"),
        order=row("VALIDATED"),
        asked={"question": "APPROVAL", "status": "OPEN"},
    ),
    "nobody could be asked for approval": Case(
        Told().works("ValidateOrder", "validate-order").passed("NeedsApproval", "Choice")
        .enters("AwaitApproval").asks("ask-person", 172_800).asking_fails("ClientError", "AccessDenied on UpdateItem")
        .exits("AwaitApproval").ends_in("OrderNotValidated", "Nothing was charged"),
        "FAILED",
        "AwaitApproval",
        ended_in="OrderNotValidated",
        failed_in="AwaitApproval",
        error="ClientError",
        cause="AccessDenied on UpdateItem",
        logs=("ask-person",),
        troubles=(("AwaitApproval", 1),),
        do="A missing permission is mended by deploying the stack again.",
        commands=("redrive order-1",),
    ),
    "a charge that Lambda throttles is tried again": Case(
        Told().works("ValidateOrder", "validate-order").enters("ChargePayment")
        .calls("charge-payment").fails("Lambda.TooManyRequestsException", "Rate Exceeded.")
        .calls("charge-payment").fails("Lambda.TooManyRequestsException", "Rate Exceeded."),
        "RUNNING",
        "ChargePayment",
        failed_in="ChargePayment",
        error="Lambda.TooManyRequestsException",
        cause="Rate Exceeded.",
        attempts=2,
        logs=("charge-payment",),
        troubles=(("ChargePayment", 2),),
        do="Raise reservedConcurrency",
        commands=("why order-1",),
        order=row("VALIDATED"),
    ),
    "a parcel is on its way and the carrier was silent twice": Case(
        charged()
        .enters("WaitForShipping").asks("follow-shipment", 120, 60).submitted().passes(60).unanswered()
        .exits("WaitForShipping").works("CheckShipmentStatus", "check-shipment")
        .enters("WaitForShipping").asks("follow-shipment", 120, 60).submitted().passes(60).unanswered()
        .exits("WaitForShipping").works("CheckShipmentStatus", "check-shipment")
        .enters("WaitForShipping").asks("follow-shipment", 120, 60).submitted(),
        "RUNNING",
        "WaitForShipping",
        logs=("follow-shipment",),
        do="Nothing. Where the carrier says that the parcel has arrived",
        order=row("CAPTURED", "CHARGED", shipmentId="ship-1"),
    ),
    "undoing keeps failing and a person is asked": Case(
        stuck(),
        "RUNNING",
        "AskForHelp",
        failed_in="RefundPayment",
        error="TechnicalError",
        cause=SILENT,
        logs=("ask-person", "refund-payment", "reserve-inventory"),
        troubles=(FAILED_FIRST, ("RefundPayment", 4)),
        do="Mend what keeps failing, then have the undoing tried again",
        commands=("retry order-1 --why 'REASON'", "settle order-1 --why 'REASON'"),
        order=UNDOING,
        differs=("UNDO_UNFINISHED",),
        asked=STUCK,
    ),
    "nobody answered the question about a stuck order": Case(
        stuck().passes(7_200).unanswered().exits("AskForHelp").ends_in("CompensationStuck", "Nobody has settled it"),
        "FAILED",
        "AskForHelp",
        ended_in="CompensationStuck",
        failed_in="RefundPayment",
        error="TechnicalError",
        cause=SILENT,
        logs=("ask-person", "refund-payment", "reserve-inventory"),
        troubles=(FAILED_FIRST, ("RefundPayment", 4)),
        do="then have the undoing tried again",
        commands=("redrive order-1",),
        order=UNDOING,
        asked=STUCK | {"expiresAt": PAST},
    ),
    "the execution as a whole ran out of time": Case(
        charged().enters("WaitForShipping").asks("follow-shipment", 120, 60).submitted()
        .happens("ExecutionTimedOut", executionTimedOutEventDetails={"error": "States.Timeout"}),
        "TIMED_OUT",
        "WaitForShipping",
        logs=("follow-shipment",),
        do="Find out what held it up",
        commands=("redrive order-1",),
        order=row("CAPTURED", "CHARGED", shipmentId="ship-1"),
    ),
    "someone stopped an order that was being fulfilled": Case(
        both(charged()).happens(
            "ExecutionAborted", executionAbortedEventDetails={"error": "Operator", "cause": "wrong warehouse"}
        ),
        "ABORTED",
        "CreateShipment",
        error="Operator",
        cause="wrong warehouse",
        logs=("create-shipment",),
        do="Ask who stopped it",
        commands=("redrive order-1",),
        order=row("CHARGED", "VALIDATED"),
        ended={"error": "Operator", "cause": "wrong warehouse"},
    ),
    "a refunded customer could not be told": Case(
        out_of_stock(charged()).works("RefundPayment", "refund-payment")
        .fails_for_good("NotifyRefunded", "send-confirmation", "ClientError", "Publish: AccessDenied", 4)
        .ends_in("RefundedNotConfirmed", "Order order-1 was refunded unconfirmed: ClientError"),
        "FAILED",
        "NotifyRefunded",
        ended_in="RefundedNotConfirmed",
        failed_in="NotifyRefunded",
        error="ClientError",
        cause="Publish: AccessDenied",
        attempts=4,
        logs=("send-confirmation", "reserve-inventory"),
        troubles=(FAILED_FIRST, ("NotifyRefunded", 4)),
        do="then have the customer told",
        commands=("redrive order-1",),
        order=row("REFUNDED", "CHARGED", paymentId="pay-1"),
    ),
    "a delivered customer could not be told in time": Case(
        charged().enters("OrderComplete").calls("send-confirmation").runs_out_of_time().exits("OrderComplete")
        .ends_in("DeliveredNotConfirmed", "Order order-1 arrived unconfirmed: States.Timeout"),
        "FAILED",
        "OrderComplete",
        ended_in="DeliveredNotConfirmed",
        failed_in="OrderComplete",
        error="States.Timeout",
        logs=("send-confirmation",),
        troubles=(("OrderComplete", 1),),
        do="Read in the function's log what it waited for",
        commands=("redrive order-1",),
        order=row("DELIVERED", "CHARGED"),
    ),
    "a path of the definition found nothing": Case(
        charged().enters("IsDelivered", "Choice").happens(
            "ExecutionFailed", executionFailedEventDetails={"error": "States.Runtime", "cause": "Invalid path"}
        ),
        "FAILED",
        "IsDelivered",
        error="States.Runtime",
        cause="Invalid path",
        attempts=0,
        do="This is a defect of the definition",
        commands=("redrive order-1 --anew",),
        order=row("CAPTURED", "CHARGED"),
        ended={"error": "States.Runtime", "cause": "Invalid path"},
    ),
    "an order is through": Case(
        charged().works("OrderComplete", "send-confirmation").enters("OrderDelivered", "Succeed")
        .exits("OrderDelivered", "Succeed").happens("ExecutionSucceeded", executionSucceededEventDetails={}),
        "SUCCEEDED",
        "OrderDelivered",
        attempts=0,
        do="Nothing.",
        order=row("DELIVERED", "CHARGED"),
    ),
}  # fmt: skip


def announce(stubs: dict[str, Stubber], case: Case) -> None:
    """What AWS answers about the case."""
    rows, sfn = stubs["dynamodb"], stubs["stepfunctions"]
    rows.add_response("get_item", {"Item": item(**case.order)} if case.order else {})
    if case.order:
        rows.add_response("get_item", {"Item": item(orderId="order-1", status="RESERVED", units=5)})
        if "shipmentId" in case.order:
            rows.add_response("get_item", {"Item": item(shipmentId="ship-1", status="IN_TRANSIT", token="a secret")})
    question = {**DECIDE, "orderId": "order-1", "expiresAt": UNTIL, **(case.asked or {})}
    rows.add_response("get_item", {"Item": item(**question)} if case.asked else {})
    differ(rows, *case.differs)
    described = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "startDate": START}
    stopped = {} if case.status == "RUNNING" else {"stopDate": case.history.now}
    sfn.add_response("describe_execution", {**described, "status": case.status, **stopped, **case.ended})
    if case.status not in ("RUNNING", "SUCCEEDED"):
        sfn.add_client_error("describe_execution", "ExecutionDoesNotExist")
    history(sfn, case.history)
    for name in case.logs:
        log(stubs["logs"], name)


def differ(rows: Stubber, *kinds: str) -> None:
    """Announce which issues of the order are open; another order has one, too."""
    said = {"orderId": "order-1", "about": "pay-1", "provider": "CAPTURED, 1895 cents, pay-1"}
    said |= {"ledger": "CHARGED, 1895 cents, pay-1", "at": "2026-03-01T03:00:00.000Z", "detected": "a reconciliation"}
    issues = [item(**said, kind=kind, issueId=f"order-1#{kind}#pay-1") for kind in kinds]
    other = item(**{**said, "orderId": "order-2"}, kind="AMOUNT_DIFFERS", issueId="order-2#AMOUNT_DIFFERS#pay-1")
    asked = {"TableName": "orderflow-local-issues", "FilterExpression": "attribute_not_exists(closedAt)"}
    rows.add_response("scan", {"Items": [*issues, other]}, {**asked, "ConsistentRead": True})


def history(sfn: Stubber, told: Told) -> None:
    whole = {"executionArn": EXECUTION, "includeExecutionData": False, "maxResults": 1000}
    sfn.add_response("get_execution_history", {"events": told.without_data()}, whole)
    latest = {"executionArn": EXECUTION, "reverseOrder": True, "includeExecutionData": True, "maxResults": 20}
    sfn.add_response("get_execution_history", {"events": told.events[::-1]}, latest)


def log(logs: Stubber, function: str) -> None:
    """One line about the order, and the embedded cloud's: one about another order, one that is no JSON."""
    line = {"level": "ERROR", "message": "failed", "orderId": "order-1", "exception": 'Traceback\n  File "x"\nE: no'}
    lines = [json.dumps(line), json.dumps({**line, "orderId": "order-2"}), "START RequestId: 1"]
    events = [{"timestamp": int(START.timestamp() * 1000), "message": message} for message in lines]
    logs.add_response("filter_log_events", {"events": events}, LogsOf(function))


class LogsOf(dict[str, Any]):
    """The parameters of a search for the order in the log of a function."""

    def __init__(self, function: str) -> None:
        group = f"/aws/lambda/orderflow-local-{function}"
        super().__init__(
            logGroupName=group, filterPattern='{ $.orderId = "order-1" }', startTime=Moment(), endTime=Moment()
        )


class Moment:
    """A moment of this night or later, in milliseconds."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other > (START - timedelta(minutes=2)).timestamp() * 1000

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def found(stack: dict[str, Any], stubs: dict[str, Stubber], request: Any) -> tuple[Case, Diagnosis]:
    case = CASES[request.param]
    announce(stubs, case)
    return case, diagnose(find_deployment(), "order-1", NOW)


@pytest.mark.parametrize("found", CASES, indirect=True)
def test_state_cause_and_next_step_are_named(found: tuple[Case, Diagnosis]) -> None:
    case, told = found
    assert (told.state, told.ended_in, told.attempts) == (case.state, case.ended_in, case.attempts)
    assert (told.failed_in, told.error, told.cause) == (case.failed_in, case.error, case.cause)
    assert [(one.state, one.times) for one in told.troubles] == list(case.troubles)
    assert any(case.do in step.do for step in told.next_steps), told.next_steps
    assert told.next_steps[-1].commands == case.commands
    assert told.input is not None
    assert told.input["orderId"] == "order-1"
    assert {line.function for line in told.log} == {f"orderflow-local-{name}" for name in case.logs}
    assert {(line.level, line.message, line.detail) for line in told.log} <= {("ERROR", "failed", "E: no")}
    assert tuple(issue.kind for issue in told.issues) == case.differs
    assert told.notes == ()
    assert "a secret" not in str(told), "task tokens are as good as a decision"


@pytest.mark.parametrize("is_entered_again", [True, False])
def test_a_redriven_order_is_where_it_went_on(
    stack: dict[str, Any], stubs: dict[str, Stubber], is_entered_again: bool
) -> None:
    """AWS does not say whether a redrive enters the state anew; both ways are understood."""
    told = charged().enters("WaitForShipping").asks("follow-shipment", 120, 60).submitted()
    told.happens("ExecutionTimedOut", executionTimedOutEventDetails={}).passes(600).happens("ExecutionRedriven")
    told = told.enters("WaitForShipping") if is_entered_again else told
    told.asks("follow-shipment", 120, 60).submitted()
    redriven = told.now
    case = Case(told, "RUNNING", "WaitForShipping", logs=("follow-shipment",), ended={"redriveCount": 1})
    announce(stubs, case)
    found = diagnose(find_deployment(), "order-1", NOW)
    assert (found.state, found.execution and found.execution.redrives) == ("WaitForShipping", 1)
    assert found.attempts == (1 if is_entered_again else 2)
    assert found.until is not None
    assert timedelta(0) < found.until - redriven < timedelta(seconds=60), "the heartbeat of the latest attempt"


def test_an_input_far_back_in_a_long_history_is_found(stack: dict[str, Any], stubs: dict[str, Stubber]) -> None:
    told = Told().enters("ChargePayment", quote={"amountCents": 5})
    for _ in range(10):
        told.calls("charge-payment").fails("TechnicalError", SILENT)
    sfn, rows = stubs["stepfunctions"], stubs["dynamodb"]
    for _ in range(2):
        rows.add_response("get_item", {})
    differ(rows)
    described = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "startDate": START}
    sfn.add_response("describe_execution", {**described, "status": "RUNNING"})
    sfn.add_response("get_execution_history", {"events": told.without_data()})
    latest = told.events[::-1]
    sfn.add_response("get_execution_history", {"events": latest[:20], "nextToken": "more"})
    sfn.add_response("get_execution_history", {"events": latest[20:40]})
    log(stubs["logs"], "charge-payment")
    found = diagnose(find_deployment(), "order-1", NOW)
    assert (found.attempts, found.input and found.input["quote"]) == (10, {"amountCents": 5})


def test_an_order_that_aws_has_forgotten_is_told_of_by_the_books(
    stack: dict[str, Any], stubs: dict[str, Stubber]
) -> None:
    rows = stubs["dynamodb"]
    rows.add_response("get_item", {"Item": item(**UNDOING)})
    for _ in range(2):
        rows.add_response("get_item", {})
    differ(rows)
    stubs["stepfunctions"].add_client_error("describe_execution", "ExecutionDoesNotExist")
    found = diagnose(find_deployment(), "order-1", NOW)
    assert (found.execution, found.books and found.books.held_cents) == (None, 1_895)
    assert found.next_steps[0].commands == ("start FILE",)


def test_an_order_that_nobody_knows_is_not_found(stack: dict[str, Any], stubs: dict[str, Stubber]) -> None:
    for _ in range(2):
        stubs["dynamodb"].add_response("get_item", {})
    differ(stubs["dynamodb"])
    stubs["stepfunctions"].add_client_error("describe_execution", "ExecutionDoesNotExist")
    with pytest.raises(OrderNotFound):
        diagnose(find_deployment(), "order-1", NOW)


def test_what_may_not_be_read_is_a_note_and_the_rest_is_told(stack: dict[str, Any], stubs: dict[str, Stubber]) -> None:
    case = CASES["a charge that Lambda throttles is tried again"]
    for _ in range(2):
        stubs["dynamodb"].add_client_error("get_item", "AccessDeniedException", "no")
    stubs["dynamodb"].add_client_error("scan", "AccessDeniedException", "no")
    described = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "startDate": START}
    stubs["stepfunctions"].add_response("describe_execution", {**described, "status": "RUNNING"})
    history(stubs["stepfunctions"], case.history)
    stubs["logs"].add_client_error("filter_log_events", "AccessDeniedException", "no")
    found = diagnose(find_deployment(), "order-1", NOW)
    assert found.state == "ChargePayment"
    assert [note.partition(" (")[0] for note in found.notes] == [
        *["GetItem failed: these credentials may not; allow dynamodb:GetItem on the table"] * 2,
        "Scan failed: these credentials may not; allow dynamodb:Scan on the table",
        "FilterLogEvents failed: these credentials may not; allow logs:FilterLogEvents on the log group",
    ]


def test_a_machine_named_by_its_arn_has_no_books_and_the_function_its_usual_log(
    stack: dict[str, Any], stubs: dict[str, Stubber]
) -> None:
    case = CASES["a charge that Lambda throttles is tried again"]
    described = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-1", "startDate": START}
    stubs["stepfunctions"].add_response("describe_execution", {**described, "status": "RUNNING"})
    history(stubs["stepfunctions"], case.history)
    log(stubs["logs"], "charge-payment")
    found = diagnose(find_deployment(state_machine_arn=MACHINE), "order-1", NOW)
    assert all("name its stack with --stack" in note for note in found.notes)
    assert (len(found.notes), len(found.log)) == (3, 1)


@pytest.mark.parametrize(
    ("row_of", "held", "money"),
    [
        (UNDOING, 1_895, "HELD"),
        (row("DELIVERED", "CHARGED", "CAPTURED"), 1_895, "TAKEN"),
        (row("UNDOING", "CHARGED", "CAPTURED"), 1_895, "TAKEN"),
        (row("REFUNDED", "CHARGED", "CAPTURED"), 0, "REFUNDED"),
        (row("SETTLED", "CHARGED"), 0, "SETTLED"),
        (row("VALIDATED"), 0, None),
    ],
)
def test_what_is_held_is_what_was_charged_and_not_given_back(
    stack: dict[str, Any], stubs: dict[str, Stubber], row_of: dict[str, Any], held: int, money: str | None
) -> None:
    rows = stubs["dynamodb"]
    rows.add_response("get_item", {"Item": item(**row_of)})
    rows.add_response("get_item", {"Item": item(orderId="order-1", status="RESERVED", units=5)})
    found = books_of(find_deployment(), "order-1")
    assert found is not None
    assert (found.held_cents, found.money) == (held, money)
    assert (found.stock, found.units) == ("RESERVED", 5)
