"""The order workflow: none of the defects of the workflow as it is commonly written, and its promises are proven."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import asl
from handlers.shared.errors import RowsBusy
from handlers.shared.orders import STEP_RESULTS
from handlers.watch_orders import STEP
from workflows import ORDER_PROMISES, Decisions, Delivery, Functions, order_fulfillment
from workflows.order_fulfillment import RETRIES, TASK_SECONDS, UNDER_WAY

HANDLERS = Path(__file__).parents[3] / "handlers"
ARNS = {f.name: f"arn:aws:lambda:us-east-1:123456789012:function:{f.name}:live" for f in fields(Functions)}
KEPT_NAMES = {
    "ValidateOrder", "ChargePayment", "FulfillInParallel", "ReserveInventory", "CreateShipment",
    "WaitForShipping", "CheckShipmentStatus", "IsDelivered", "OrderComplete",
    "NotifyValidationFailed", "HandlePaymentDeclined", "HandleShippingFailure",
}  # fmt: skip
YEAR = 365 * 86_400
SHORT, USUAL = Delivery(1, 6), Delivery(21_600, 1_209_600)
DELIVERIES = [SHORT, Delivery(60, 3600), USUAL, Delivery(7, 20), Delivery(21_600, YEAR // 8)]
DECISIONS = [Decisions(0, 60), Decisions(500_000, 172_800), Decisions(500_000, YEAR // 12)]


def definition(delivery: Delivery = SHORT, decisions: Decisions = DECISIONS[0]) -> Any:
    return order_fulfillment(Functions(**ARNS), delivery, decisions)


def tasks() -> Iterator[asl.State]:
    return (state for state in asl.walk(definition()).states if state.type == "Task")


def waits(state: asl.State) -> bool:
    """Whether a task is ended by whoever answers its token."""
    return str(state.node["Resource"]).endswith(".waitForTaskToken")


def handler_of(state: asl.State) -> str:
    """The handler that a task calls, by its ARN: in Resource, or where a token is handed on in FunctionName."""
    parameters: Any = state.node["Parameters"]
    return str(parameters.get("FunctionName", state.node["Resource"])).split(":")[-2]


def test_it_keeps_the_names_that_people_know() -> None:
    assert {state.name for state in asl.walk(definition()).states} >= KEPT_NAMES


@pytest.mark.parametrize("decisions", DECISIONS, ids=str)
@pytest.mark.parametrize("delivery", DELIVERIES, ids=str)
def test_it_has_no_finding_and_keeps_its_promises(delivery: Delivery, decisions: Decisions) -> None:
    assert asl.check(definition(delivery, decisions), promises=ORDER_PROMISES) == []


def next_of(state: str, to: str) -> Callable[[Any], None]:
    return lambda states: states[state].update(Next=to)


def caught_by(state: str, error: str, to: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        (catcher,) = [one for one in states[state]["Catch"] if error in one["ErrorEquals"]]
        catcher["Next"] = to

    return change


def not_caught(state: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        states[state]["Catch"] = [one for one in states[state]["Catch"] if one["ErrorEquals"] != ["States.ALL"]]

    return change


def choice_of(state: str, was: str, to: str) -> Callable[[Any], None]:
    def change(states: Any) -> None:
        for rule in (*states[state]["Choices"], states[state]):
            rule.update({key: to for key in ("Next", "Default") if rule.get(key) == was})

    return change


BROKEN: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "an unforeseen failure of fulfilment is not caught": (
        *(not_caught("FulfillInParallel"), "States.FulfillInParallel"),
        "ChargePayment → FulfillInParallel fails with an error that nothing catches",
    ),
    "sold out, and the money is kept": (
        *(next_of("HandleOutOfStock", "OrderRefunded"), "States.OrderRefunded"),
        "ChargePayment → FulfillInParallel → HandleOutOfStock → OrderRefunded and the execution ends",
    ),
    "a charge that may have been made is called declined": (
        *(caught_by("ChargePayment", "States.ALL", "HandlePaymentDeclined"), "States.OrderDeclined"),
        "ChargePayment → HandlePaymentDeclined → OrderDeclined and the execution ends",
    ),
    "a refund that fails is not caught": (
        *(not_caught("RefundPayment"), "States.RefundPayment"),
        "ChargePayment → HandlePaymentUncertain → RefundPayment fails with an error that nothing catches",
    ),
    "a refund that fails is called one": (
        *(caught_by("RefundPayment", "States.ALL", "NotifyRefunded"), "States.OrderRefunded"),
        "HandlePaymentUncertain → RefundPayment → NotifyRefunded → OrderRefunded and the execution ends",
    ),
    "a question that nobody answers is called settled": (
        *(caught_by("AskForHelp", "States.ALL", "OrderRefunded"), "States.OrderRefunded"),
        "RefundPayment → AskForHelp → OrderRefunded and the execution ends",
    ),
    "a person's no is called settled": (
        *(choice_of("IsSettled", "CountRetry", "NotifyRefunded"), "States.OrderRefunded"),
        "AskForHelp → IsSettled → NotifyRefunded → OrderRefunded and the execution ends",
    ),
    "the stock is not released": (
        *(next_of("CancelShipment", "RefundPayment"), "States.OrderRefunded"),
        "ReserveInventory → HandleOutOfStock → CancelShipment → RefundPayment → NotifyRefunded → OrderRefunded",
    ),
    "the parcel is not stopped": (
        *(next_of("HandleParcelOverdue", "ReleaseStock"), "States.OrderRefunded"),
        "HandleParcelOverdue → ReleaseStock → RefundPayment → NotifyRefunded → OrderRefunded",
    ),
    "money that cannot be taken is not caught": (
        *(not_caught("CapturePayment"), "States.CapturePayment"),
        "FulfillInParallel → CapturePayment fails with an error that nothing catches",
    ),
    "a parcel that is overdue is forgotten": (
        *(choice_of("IsDelivered", "HandleParcelOverdue", "OrderRejected"), "States.OrderRejected"),
        "WaitForShipping → IsDelivered → OrderRejected and the execution ends",
    ),
    "an order that is taken up again while it was undone is told of a refund": (
        *(next_of("ResumeUndoing", "NotifyRefunded"), "States.OrderRefunded"),
        "ResumeUndoing → NotifyRefunded → OrderRefunded and the execution ends",
    ),
    "a parcel that has arrived after all is not paid for": (
        *(caught_by("CaptureDelivered", "States.ALL", "OrderRefunded"), "States.OrderRefunded"),
        "CancelShipment → CaptureDelivered → OrderRefunded and the execution ends",
    ),
}
"""By what is wrong: how the workflow is broken, and where and by which way the promise is found broken."""


@pytest.mark.parametrize("wrong", BROKEN)
def test_what_breaks_a_promise_is_found_with_the_way_that_breaks_it(wrong: str) -> None:
    break_it, path, way = BROKEN[wrong]
    broken = json.loads(json.dumps(definition()))
    break_it(broken["States"])
    found = [one for one in asl.check(broken, promises=ORDER_PROMISES) if one.rule.id == "ASL071"]
    assert any(one.path == path and way in one.message for one in found), [str(one) for one in found]


POLLED = ("WaitForShipping", "WaitToAsk", "CountPoll", "CheckShipmentStatus", "IsDelivered")
HELPED = ("CancelShipment", "ReleaseStock", "RefundPayment", "CaptureDelivered", "AskForHelp", "IsSettled")
LONGEST_CALL = 900
"""What a call that hands on a token can take, as Lambda bounds it; the wait itself is never tried again."""


def slowest(states: Any, start: str, rounds: dict[str, int]) -> float:
    """The longest way from `start`, found by trying every way, each state of a loop as often as `rounds` says."""
    looped = tuple(rounds)

    @cache
    def after(name: str, visits: tuple[int, ...]) -> float:
        if name in rounds:
            at = looped.index(name)
            if visits[at] == rounds[name]:
                return 0
            visits = (*visits[:at], visits[at] + 1, *visits[at + 1 :])
        state = states[name]
        targets = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in state.get("Choices", []))]
        targets += [catcher["Next"] for catcher in state.get("Catch", [])]
        return seconds(state) + max((after(target, visits) for target in set(targets) if target), default=0)

    return after(start, (0,) * len(looped))


def seconds(state: Any) -> float:
    """What one state takes with all its retries."""
    inner = [slowest(branch["States"], branch["StartAt"], {}) for branch in state.get("Branches", [])]
    once = max(inner, default=state.get("TimeoutSeconds", state.get("Seconds", 0)))
    again = min(once, LONGEST_CALL) if "waitForTaskToken" in state.get("Resource", "") else once
    total = float(once)
    for retrier in state.get("Retry", []):
        for n in range(retrier["MaxAttempts"]):
            total += again + min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** n, retrier["MaxDelaySeconds"])
    return total


@pytest.mark.parametrize("decisions", DECISIONS[:2], ids=str)
@pytest.mark.parametrize("delivery", [Delivery(1, 2), Delivery(30, 90), Delivery(4_000, 8_000)], ids=str)
def test_the_machine_outlasts_its_longest_path(delivery: Delivery, decisions: Decisions) -> None:
    whole = definition(delivery, decisions)
    rounds = {**dict.fromkeys(POLLED, delivery.polls), **dict.fromkeys(HELPED, RETRIES + 1)}
    longest = slowest(whole["States"], whole["StartAt"], rounds)
    assert longest < whole["TimeoutSeconds"] < longest + 2 * 3600


@pytest.mark.parametrize("delivery", [USUAL, Delivery(21_600, YEAR // 8)], ids=str)
@pytest.mark.parametrize("decisions", DECISIONS, ids=str)
def test_an_execution_has_the_time_that_its_machine_gives_it(delivery: Delivery, decisions: Decisions) -> None:
    """AWS ends each after a year: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    assert definition(delivery, decisions)["TimeoutSeconds"] < YEAR


def test_polling_ends_and_a_parcel_that_never_arrives_is_given_up() -> None:
    states = definition(Delivery(7, 20))["States"]
    overdue = [rule for rule in states["IsDelivered"]["Choices"] if rule["Next"] == "HandleParcelOverdue"]
    assert overdue == [
        {"Variable": "$.fulfillment.polls.count", "NumericGreaterThanEquals": 3, "Next": "HandleParcelOverdue"},
        {
            "Variable": "$$.State.EnteredTime",
            "TimestampGreaterThanEqualsPath": "$.fulfillment.giveUpAt",
            "Next": "HandleParcelOverdue",
        },
    ]
    assert states["FulfillInParallel"]["Branches"][1]["States"]["CreateShipment"]["Parameters"]["deadlineSeconds"] == 20
    assert states["FulfillInParallel"]["ResultSelector"]["polls"] == {"count": 0}
    assert states["HandleParcelOverdue"] == {
        "Type": "Pass",
        "Result": {"outcome": "PARCEL_OVERDUE", "retries": {"count": 0}},
        "ResultPath": "$.undoing",
        "Next": "CancelShipment",
    }


def test_no_round_of_polling_goes_by_without_being_counted() -> None:
    """Each way from one wait to the next leads through CountPoll, or the parcel's news has ended the wait."""
    states = definition()["States"]
    uncounted = [
        target
        for name in ("WaitForShipping", "WaitToAsk")
        for target in (states[name]["Next"], *(catcher["Next"] for catcher in states[name].get("Catch", [])))
    ]
    assert uncounted == ["IsDelivered", "CountPoll", "WaitToAsk", "CountPoll"], "an outage must not use up the polls"
    assert [c["ErrorEquals"] for c in states["WaitForShipping"]["Catch"]] == [
        ["ParcelArrived", "States.HeartbeatTimeout", "States.Timeout"],
        ["States.ALL"],
    ]


def test_every_call_keeps_its_input_has_a_timeout_and_is_retried_with_backoff_and_full_jitter() -> None:
    for state in tasks():
        assert waits(state) or state.node["TimeoutSeconds"] == 30, state.path
        assert str(state.node.get("ResultPath", "$.")).startswith("$."), state.path
        tried = [retrier for retrier in map(dict[str, Any], state.node["Retry"]) if retrier["MaxAttempts"]]  # type: ignore[arg-type]
        assert [r for r in tried if set(asl.LAMBDA_TRANSIENT_ERRORS) <= set(r["ErrorEquals"])], state.path
        assert all(r["JitterStrategy"] == "FULL" and r["BackoffRate"] > 1 for r in tried), state.path
        for catcher in state.node.get("Catch", []):  # type: ignore[attr-defined]
            assert catcher["ResultPath"].startswith("$."), state.path


@pytest.mark.parametrize("delivery", DELIVERIES, ids=str)
def test_a_wait_for_somebody_ends_by_itself_and_is_not_waited_twice(delivery: Delivery) -> None:
    decisions = Decisions(0, 600)
    found = {s.name: s.node for s in asl.walk(definition(delivery, decisions)).states if s.type == "Task" and waits(s)}
    assert {name: node["TimeoutSeconds"] for name, node in found.items()} == {
        "AwaitApproval": 600,
        "WaitForShipping": 2 * delivery.poll_seconds,
        "AskForHelp": 600,
    }
    heartbeats = {name: node["HeartbeatSeconds"] for name, node in found.items() if "HeartbeatSeconds" in node}
    assert heartbeats == {"WaitForShipping": delivery.poll_seconds}
    for node in found.values():
        never: Any = node["Retry"][0]  # type: ignore[index]
        assert {"States.Timeout", "States.HeartbeatTimeout"} <= set(never["ErrorEquals"])
        assert never["MaxAttempts"] == 0


def test_people_are_given_the_time_that_the_task_waits() -> None:
    for name, question in (("AwaitApproval", "APPROVAL"), ("AskForHelp", "STUCK")):
        node = definition(decisions=Decisions(0, 600))["States"][name]
        payload = node["Parameters"]["Payload"]
        assert (payload["question"], payload["seconds"]) == (question, node["TimeoutSeconds"])
        assert payload["token.$"] == "$$.Task.Token"


def test_an_order_of_a_large_amount_is_charged_only_once_a_person_has_approved() -> None:
    states = definition(decisions=Decisions(1_999, 600))["States"]
    assert states["NeedsApproval"]["Choices"][-1] == {
        "Variable": "$.quote.amountCents",
        "NumericGreaterThan": 1_999,
        "Next": "AwaitApproval",
    }
    approved = {"Variable": "$.approval.verdict", "StringEquals": "APPROVED", "Next": "ChargePayment"}
    assert (states["AwaitApproval"]["Next"], states["IsApproved"]["Choices"]) == ("IsApproved", [approved])
    assert "ChargePayment" not in [catcher["Next"] for catcher in states["AwaitApproval"]["Catch"]]


def test_what_the_workflow_adds_to_an_order_does_not_make_it_another_order() -> None:
    """The handlers tell orders apart by what the shop has sent."""
    written: set[str] = set()
    for state in asl.walk(definition()).scopes[0].states.values():
        catchers: Any = state.node.get("Catch", [])
        paths = [state.node.get("ResultPath"), *(catcher["ResultPath"] for catcher in catchers)]
        written |= {str(path).split(".")[1] for path in paths if path}
    assert written == STEP_RESULTS


def test_nothing_fails_silently_every_task_outside_the_parallel_has_a_catch_all_and_every_end_is_named() -> None:
    for state in asl.walk(definition()).scopes[0].states.values():
        if state.type in ("Task", "Parallel"):
            last: Any = state.node["Catch"][-1]  # type: ignore[index]
            assert last["ErrorEquals"] == ["States.ALL"], state.path
    for state in asl.walk(definition()).states:
        if state.type == "Fail":
            assert state.node["Error"] == state.name
            assert "$.orderId" in str(state.node["CausePath"])


def raised_by(handler: str) -> set[str]:
    """The business errors that the handler's file raises."""
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


def own(names: Iterator[str]) -> set[str]:
    """The errors among `names` that are ours, and not Step Functions' or Lambda's."""
    return {name for name in names if not name.startswith(("States.", "Lambda."))}


def test_each_error_that_is_caught_by_name_is_raised_by_that_handler_and_the_other_way_round() -> None:
    caught: dict[str, set[str]] = {handler: set() for handler in ARNS}
    parallel: Any = definition()["States"]["FulfillInParallel"]["Catch"]
    in_branches = own(name for catcher in parallel for name in catcher["ErrorEquals"])
    for state in tasks():
        catchers: Any = state.node.get("Catch", [])
        named = own(name for catcher in catchers for name in catcher["ErrorEquals"])
        never: Any = [retrier for retrier in state.node["Retry"] if not retrier["MaxAttempts"]]  # type: ignore[attr-defined]
        not_retried = own(name for retrier in never for name in retrier["ErrorEquals"])
        if state.scope.owner:
            assert not_retried <= in_branches, state.path
        else:
            assert named == not_retried, f"{state.path}: what is caught by name is never retried"
        caught[handler_of(state)] |= not_retried
    assert caught == {handler: raised_by(handler) for handler in ARNS}
    assert in_branches == caught["reserve_inventory"] | caught["create_shipment"]


def test_business_errors_are_never_retried() -> None:
    for state in tasks():
        for retrier in map(dict[str, Any], state.node["Retry"]):  # type: ignore[arg-type]
            assert retrier["MaxAttempts"] == 0 or own(iter(retrier["ErrorEquals"])) <= {UNDER_WAY, "RowsBusy"}, (
                state.path
            )


def test_stock_that_many_want_at_once_is_waited_for_some_minutes_before_an_order_is_undone_for_it() -> None:
    """By the name of the error that handlers raise; within the time after which an order counts as stuck."""
    waiting = {state.name: state.node["Retry"][0] for state in tasks() if RowsBusy.__name__ in str(state.node["Retry"])}  # type: ignore[index]
    assert set(waiting) == {"ReserveInventory", "ReleaseStock"}
    for first in map(dict[str, Any], waiting.values()):  # type: ignore[arg-type]
        assert (first["ErrorEquals"], first["JitterStrategy"]) == (["RowsBusy"], "FULL")
        waits = [
            min(first["IntervalSeconds"] * first["BackoffRate"] ** n, first["MaxDelaySeconds"])
            for n in range(first["MaxAttempts"])
        ]
        longest = sum(waits) + (len(waits) + 1) * TASK_SECONDS
        assert 120 < sum(waits) < longest < STEP.total_seconds()


def test_whoever_tells_the_customer_waits_until_a_call_before_it_that_died_lets_go_of_the_notice() -> None:
    """Powertools holds it as long as that call could have run, https://docs.aws.amazon.com/powertools/python/latest/utilities/idempotency/
    Full jitter spreads each wait between nothing and its length, so that their mean has to last twice as long."""
    for name in ("OrderComplete", "NotifyRefunded", "NotifyValidationFailed", "HandlePaymentDeclined"):
        first: Any = definition()["States"][name]["Retry"][0]
        assert first["ErrorEquals"] == [UNDER_WAY]
        waits = [
            min(first["IntervalSeconds"] * first["BackoffRate"] ** n, first["MaxDelaySeconds"])
            for n in range(first["MaxAttempts"])
        ]
        assert sum(waits) / 2 > 2 * TASK_SECONDS
