"""The order workflow: none of the defects of the workflow as it is commonly written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import asl
from workflows import Delivery, Functions, order_fulfillment

HANDLERS = Path(__file__).parents[3] / "handlers"
BY_STATE = {
    "ValidateOrder": "validate_order",
    "ChargePayment": "charge_payment",
    "ReserveInventory": "reserve_inventory",
    "CreateShipment": "create_shipment",
    "CheckShipmentStatus": "check_shipment",
    "OrderComplete": "send_confirmation",
}
KEPT_NAMES = {
    *BY_STATE, "FulfillInParallel", "WaitForShipping", "IsDelivered",
    "NotifyValidationFailed", "HandlePaymentDeclined", "HandleShippingFailure",
}  # fmt: skip
DELIVERIES = [Delivery(1, 6), Delivery(60, 3600), Delivery(21_600, 1_209_600), Delivery(7, 20)]


def definition(delivery: Delivery = DELIVERIES[0]) -> Any:
    functions = Functions(
        **{name: f"arn:aws:lambda:us-east-1:123456789012:function:{name}:live" for name in BY_STATE.values()}
    )
    return order_fulfillment(functions, delivery)


def tasks() -> Iterator[asl.State]:
    return (state for state in asl.walk(definition()).states if state.type == "Task")


def test_it_keeps_the_names_that_people_know() -> None:
    assert {state.name for state in asl.walk(definition()).states} >= KEPT_NAMES


@pytest.mark.parametrize("delivery", DELIVERIES, ids=str)
def test_it_has_no_finding(delivery: Delivery) -> None:
    assert asl.check(definition(delivery)) == []


def slowest(name: str, states: Any, visits: dict[str, int], polls: int) -> float:
    """The longest way from `name`, found by trying every way: each state at most as often as the polls allow."""
    if visits.get(name, 0) >= polls:
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
    whole = definition(delivery)
    longest = slowest(whole["StartAt"], whole["States"], {}, delivery.polls)
    assert longest < whole["TimeoutSeconds"] < longest + 2 * 3600


def test_polling_ends_and_a_parcel_that_never_arrives_goes_to_a_person() -> None:
    states = definition(Delivery(7, 20))["States"]
    bound = states["IsDelivered"]["Choices"][-1]
    assert bound == {
        "Variable": "$.fulfillment.polls.count",
        "NumericGreaterThanEquals": 3,
        "Next": "HandleParcelOverdue",
    }
    assert states["ParcelOverdue"]["Type"] == "Fail"


def test_every_task_keeps_its_input_has_a_timeout_and_is_retried_with_backoff_and_full_jitter() -> None:
    for state in tasks():
        assert state.node["TimeoutSeconds"] == 30, state.path
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


def after_the_charge(states: Any) -> set[str]:
    seen: set[str] = set()
    todo = [states["ChargePayment"]["Next"]]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            node = states[name]
            todo += [node.get("Next"), node.get("Default")] if node.get("Next") or node.get("Default") else []
            todo += [rule["Next"] for rule in (*node.get("Choices", []), *node.get("Catch", []))]
            todo = [target for target in todo if target]
    return seen


def test_after_the_charge_every_end_is_delivered_or_says_what_to_refund() -> None:
    states = definition()["States"]
    ends = {name for name in after_the_charge(states) if states[name]["Type"] in ("Succeed", "Fail")}
    assert ends >= {"OrderDelivered", "ShippingFailed", "ParcelOverdue", "ChargedOutOfStock", "ChargedNotFulfilled"}
    for name in ends - {"OrderDelivered", "DeliveredNotConfirmed"}:
        assert "$.payment.amountCents" in states[name]["CausePath"], name
        assert "$.payment.paymentId" in states[name]["CausePath"], name


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
    caught: dict[str, set[str]] = {handler: set() for handler in BY_STATE.values()}
    for state in asl.walk(definition()).states:
        names = {n for c in state.node.get("Catch", []) for n in c["ErrorEquals"] if n != "States.ALL"}  # type: ignore[attr-defined]
        never = {n for r in state.node.get("Retry", []) if not r["MaxAttempts"] for n in r["ErrorEquals"]}  # type: ignore[attr-defined]
        if state.type == "Task":
            caught[str(state.node["Resource"]).split(":")[-2]] |= names | never
    parallel: Any = definition()["States"]["FulfillInParallel"]["Catch"]
    in_branches = caught["reserve_inventory"] | caught["create_shipment"]
    assert {n for c in parallel for n in c["ErrorEquals"]} - {"States.ALL"} == in_branches
    assert caught == {handler: raised_by(handler) for handler in BY_STATE.values()}


def test_business_errors_are_never_retried() -> None:
    for state in tasks():
        first: Any = state.node["Retry"][0]  # type: ignore[index]
        business = {n for n in first["ErrorEquals"] if not n.startswith(("Lambda.", "States."))}
        assert not business or first["MaxAttempts"] == 0, state.path
