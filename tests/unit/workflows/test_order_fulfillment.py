"""The order workflow: none of the defects of the workflow as it is commonly written."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import asl
from workflows import ORDER_PROMISES, Decisions, Delivery, Functions, order_fulfillment
from workflows.order_fulfillment import HELP_ROUNDS

HANDLERS = Path(__file__).parents[3] / "handlers"
BY_STATE = {
    "ValidateOrder": "validate_order",
    "AwaitApproval": "ask_person",
    "ChargePayment": "charge_payment",
    "ReserveInventory": "reserve_inventory",
    "CreateShipment": "create_shipment",
    "CapturePayment": "capture_payment",
    "WaitForShipping": "follow_shipment",
    "CheckShipmentStatus": "check_shipment",
    "CancelShipment": "cancel_shipment",
    "ReleaseStock": "release_stock",
    "RefundPayment": "refund_payment",
    "RecordSettlement": "record_settlement",
    "OrderComplete": "send_confirmation",
}
KEPT_NAMES = {
    "ValidateOrder", "ChargePayment", "FulfillInParallel", "ReserveInventory", "CreateShipment", "WaitForShipping",
    "CheckShipmentStatus", "IsDelivered", "OrderComplete",
    "NotifyValidationFailed", "HandlePaymentDeclined", "HandleShippingFailure",
}  # fmt: skip
DELIVERIES = [Delivery(1, 6), Delivery(60, 3600), Delivery(21_600, 1_209_600), Delivery(7, 20)]
DECISIONS = Decisions(500_000, 172_800)
UNDO = ("CancelShipment", "ReleaseStock", "RefundPayment", "AskForHelp")
CALLBACKS = {"AwaitApproval", "AskForHelp", "WaitForShipping"}


def definition(delivery: Delivery = DELIVERIES[0]) -> Any:
    functions = Functions(
        **{name: f"arn:aws:lambda:us-east-1:123456789012:function:{name}:live" for name in BY_STATE.values()}
    )
    return order_fulfillment(functions, delivery, DECISIONS)


def handler(state: asl.State) -> str:
    """The name of the handler that a task calls, itself or through the integration that waits for a token."""
    parameters: Any = state.node["Parameters"]
    return str(parameters.get("FunctionName", state.node["Resource"])).split(":")[-2]


def tasks() -> Iterator[asl.State]:
    return (state for state in asl.walk(definition()).states if state.type == "Task")


def test_it_keeps_the_names_that_people_know() -> None:
    assert {state.name for state in asl.walk(definition()).states} >= KEPT_NAMES


@pytest.mark.parametrize("delivery", DELIVERIES, ids=str)
def test_it_has_no_finding_and_keeps_its_promises(delivery: Delivery) -> None:
    assert asl.check(definition(delivery), promises=ORDER_PROMISES) == []


def led(state: str, **changes: Any) -> Callable[[Any], None]:
    return lambda states: states[state].update(changes)


BREAKS: list[tuple[str, Callable[[Any], None], str]] = [
    (
        "a failed fulfilment is only told",
        led("HandleOutOfStock", Next="NotifyRefunded"),
        "HandleOutOfStock → NotifyRefunded",
    ),
    ("a refund is forgotten", led("ReleaseStock", Next="NotifyRefunded"), "ReleaseStock → NotifyRefunded"),
    ("stock is forgotten", led("CancelShipment", Next="RefundPayment"), "CancelShipment → RefundPayment"),
    (
        "an undo may fail uncaught",
        led("RefundPayment", Catch=[]),
        "RefundPayment fails with an error that nothing catches",
    ),
    ("fulfilment may fail uncaught", lambda states: states["FulfillInParallel"]["Catch"].pop(), "nothing catches"),
    (
        "an overdue parcel ends the order",
        led("HandleParcelOverdue", Next="CustomerNotTold"),
        "HandleParcelOverdue → CustomerNotTold",
    ),
    (
        "an uncertain charge counts as none",
        led("HandlePaymentUncertain", Next="OrderDeclined"),
        "HandlePaymentUncertain → OrderDeclined",
    ),
]


@pytest.mark.parametrize(("broken", "way"), [one[1:] for one in BREAKS], ids=[one[0] for one in BREAKS])
def test_a_broken_promise_is_named_with_the_way(broken: Callable[[Any], None], way: str) -> None:
    changed = definition()
    broken(changed["States"])
    told = [one.message for one in asl.check(changed, promises=ORDER_PROMISES) if one.rule.id == "ASL071"]
    assert any(way in message for message in told), told


def slowest(name: str, states: Any, visits: dict[str, int], polls: int) -> float:
    """The longest way from `name`, found by trying every way: each state at most as often as the polls allow."""
    if visits.get(name, 0) >= polls or name not in states:
        return 0
    state = states[name]
    inner = state["Branches"] if state["Type"] == "Parallel" else []
    once = max(
        (slowest(b["StartAt"], b["States"], {}, 1) for b in inner),
        default=state.get("TimeoutSeconds", state.get("Seconds", 0)),
    )
    attempts = 1 + sum(retrier["MaxAttempts"] for retrier in state.get("Retry", []))
    delays = sum(
        min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** n, retrier.get("MaxDelaySeconds", 10**9))
        for retrier in state.get("Retry", [])
        for n in range(retrier["MaxAttempts"])
    )
    following = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in state.get("Choices", []))]
    following += [catcher["Next"] for catcher in state.get("Catch", [])]
    seen = {**visits, name: visits.get(name, 0) + 1}
    after = max((slowest(target, states, seen, polls) for target in set(following) if target), default=0)
    return once * attempts + delays + after


@pytest.mark.parametrize("delivery", [Delivery(1, 2), Delivery(30, 90)], ids=str)
def test_the_machine_outlasts_its_longest_path(delivery: Delivery) -> None:
    """Every way forward tried, each loop as often as it may be gone; then the undo, with a person asked each round."""
    whole = definition(delivery)
    states = {name: node for name, node in whole["States"].items() if name not in UNDO}
    forward = slowest(whole["StartAt"], states, {}, delivery.polls)
    undo = sum(slowest(name, {name: {**whole["States"][name], "Next": None, "Catch": []}}, {}, 1) for name in UNDO)
    assert forward + undo < whole["TimeoutSeconds"]
    assert whole["TimeoutSeconds"] < forward + (HELP_ROUNDS + 1) * (undo + DECISIONS.seconds)


def test_polling_ends_and_a_parcel_that_never_arrives_is_given_up() -> None:
    states = definition(Delivery(7, 20))["States"]
    bound = states["IsDelivered"]["Choices"][-1]
    assert bound == {
        "Variable": "$.fulfillment.polls.count",
        "NumericGreaterThanEquals": 3,
        "Next": "HandleParcelOverdue",
    }
    assert states["HandleParcelOverdue"] | {"Type": "Pass"} == {
        "Type": "Pass", "Result": "PARCEL_OVERDUE", "ResultPath": "$.outcome", "Next": "CancelShipment",
    }  # fmt: skip


def test_a_silent_carrier_is_asked_and_news_on_the_way_lets_the_wait_go_on_once() -> None:
    wait = definition(Delivery(7, 20))["States"]["WaitForShipping"]
    assert (wait["HeartbeatSeconds"], wait["TimeoutSeconds"]) == (7, 14)
    silent, broken = wait["Catch"]
    # AWS's histories show a missed heartbeat as States.Timeout.
    assert {"States.HeartbeatTimeout", "States.Timeout", "ParcelArrived"} == set(silent["ErrorEquals"])
    assert (silent["Next"], broken["Next"]) == ("CountPoll", "WaitToAsk"), "an outage must not use up the polls"


def test_every_task_keeps_its_input_has_a_timeout_and_is_retried_with_backoff_and_full_jitter() -> None:
    for state in tasks():
        assert (state.node["TimeoutSeconds"] == 30) is (state.name not in CALLBACKS), state.path
        assert str(state.node.get("ResultPath", "$.")).startswith("$."), state.path
        tried = [retrier for retrier in map(dict[str, Any], state.node["Retry"]) if retrier["MaxAttempts"]]  # type: ignore[arg-type]
        assert [r for r in tried if set(asl.LAMBDA_TRANSIENT_ERRORS) <= set(r["ErrorEquals"])], state.path
        assert all(r["JitterStrategy"] == "FULL" and r["BackoffRate"] > 1 for r in tried), state.path
        for catcher in state.node.get("Catch", []):  # type: ignore[attr-defined]
            assert catcher["ResultPath"].startswith("$."), state.path


def test_nothing_fails_silently_every_task_outside_the_parallel_has_a_catch_all_that_ends_named() -> None:
    for state in asl.walk(definition()).scopes[0].states.values():
        if state.type in ("Task", "Parallel"):
            last: Any = state.node["Catch"][-1]  # type: ignore[index]
            assert last["ErrorEquals"] == ["States.ALL"], state.path
    for state in asl.walk(definition()).states:
        if state.type == "Fail":
            assert state.node["Error"] == state.name
            assert "$.orderId" in str(state.node["CausePath"])


def raised_by(handler: str) -> set[str]:
    """The business errors that the handler's file, or a shared file only it imports, raises."""
    errors = ast.parse((HANDLERS / "shared" / "errors.py").read_text())
    business = {
        node.name
        for node in errors.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(b, ast.Name) and b.id == "BusinessError" for b in node.bases)
    }
    source = ast.parse((HANDLERS / f"{handler}.py").read_text())
    raised = (node.exc for node in ast.walk(source) if isinstance(node, ast.Raise) and node.exc)
    names = {exc.func.id if isinstance(exc, ast.Call) and isinstance(exc.func, ast.Name) else "" for exc in raised}
    return names & business


def test_each_error_that_is_caught_by_name_is_raised_by_that_handler_and_the_other_way_round() -> None:
    caught: dict[str, set[str]] = {name: set() for name in BY_STATE.values()}
    for state in asl.walk(definition()).states:
        if state.type == "Task":
            names = {n for c in state.node.get("Catch", []) for n in c["ErrorEquals"]}  # type: ignore[attr-defined]
            never = {n for r in state.node.get("Retry", []) if not r["MaxAttempts"] for n in r["ErrorEquals"]}  # type: ignore[attr-defined]
            caught[handler(state)] |= {name for name in names | never if not name.startswith("States.")}
    parallel: Any = definition()["States"]["FulfillInParallel"]["Catch"]
    in_branches = caught["reserve_inventory"] | caught["create_shipment"]
    assert {n for c in parallel for n in c["ErrorEquals"]} - {"States.ALL"} == in_branches
    assert caught == {name: raised_by(name) for name in BY_STATE.values()}


def test_business_errors_are_never_retried() -> None:
    for state in tasks():
        first: Any = state.node["Retry"][0]  # type: ignore[index]
        business = {n for n in first["ErrorEquals"] if not n.startswith(("Lambda.", "States."))}
        assert not business or first["MaxAttempts"] == 0, state.path
