"""An order workflow as it is commonly written, and what the check says of each thing that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

import asl


def call(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:lambda:us-east-1:123456789012:function:{name}", **more}


COMMON: dict[str, Any] = {
    "StartAt": "Charge",
    "TimeoutSeconds": 86_400,
    "States": {
        "Charge": call(
            "charge",
            ResultPath="$.payment",
            Retry=[{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 3}],
            Catch=[{"ErrorEquals": ["PaymentDeclined"], "Next": "Declined", "ResultPath": "$.error"}],
            Next="Fulfill",
        ),
        "Fulfill": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Reserve", "States": {"Reserve": call("reserve", End=True)}},
                {"StartAt": "Ship", "States": {"Ship": call("ship", End=True)}},
            ],
            "ResultPath": "$.fulfillment",
            "Next": "WaitForShipping",
        },
        "WaitForShipping": {"Type": "Wait", "Seconds": 86_400, "Next": "CheckShipment"},
        "CheckShipment": call("check", Next="IsDelivered"),
        "IsDelivered": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.status", "StringEquals": "DELIVERED", "Next": "Confirm"},
                {"Variable": "$.status", "StringEquals": "FAILED", "Next": "NotDelivered"},
            ],
            "Default": "WaitForShipping",
        },
        "Confirm": call("confirm", Parameters={"order.$": "$.orderId"}, End=True),
        "Declined": {"Type": "Fail", "Error": "PaymentDeclined"},
        "NotDelivered": {"Type": "Fail", "Error": "ShippingFailed"},
    },
}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("ASL052", "States.WaitForShipping.Seconds"),
        ("ASL051", "States.WaitForShipping"),
        ("ASL080", "States.Charge"),
        ("ASL059", "States.CheckShipment"),
        ("ASL055", "States.Charge.Retry"),
        ("ASL056", "States.Charge.Retry[0]"),
        ("ASL057", "States.Charge.Catch"),
        ("ASL053", "States.Charge"),
    ],
    ids=[
        "a day between polls in a machine of a day",
        "polls without end",
        "a failed delivery keeps the money",
        "the order is replaced by the shipment",
        "transient errors of Lambda are not retried",
        "no jitter",
        "no catch-all",
        "no timeout",
    ],
)
def test_what_is_commonly_wrong_is_told_with_its_place(rule: str, path: str) -> None:
    found = {(finding.rule.id, finding.path) for finding in asl.check(COMMON)}
    assert (rule, path) in found, sorted(found)


def test_a_poll_of_a_day_is_told_where_the_machine_says_no_time_too() -> None:
    endless = {name: value for name, value in COMMON.items() if name != "TimeoutSeconds"}
    assert ("ASL079", "States.WaitForShipping.Seconds") in {(one.rule.id, one.path) for one in asl.check(endless)}


@pytest.mark.parametrize(("first_reads", "told"), [("$.orderId", True), ("$.customerId", False)])
def test_a_result_has_to_hold_what_an_earlier_state_has_read_from_the_executions_input(
    first_reads: str, told: bool
) -> None:
    states = {
        "Look": call("look", Parameters={"of.$": first_reads}, ResultPath="$.found", Next="Ask"),
        "Ask": call("ask", Next="Confirm"),
        "Confirm": call("confirm", Parameters={"order.$": "$.orderId"}, End=True),
    }
    found = [one for one in asl.check({"StartAt": "Look", "States": states}) if one.rule.id == "ASL059"]
    why = "has no ResultPath, so its result has to hold 'orderId', too, which Confirm reads from it"
    assert [(one.path, one.message) for one in found] == ([("States.Ask", why)] if told else [])
