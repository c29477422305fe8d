"""The definitions whose pictures stand in the documentation."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from typing import Any

from asl import catch
from workflows import Decisions, Delivery, Functions, order_fulfillment

Definition = dict[str, Any]

NAMES = [field.name.replace("_", "-") for field in fields(Functions)]


def order() -> Definition:
    """The order workflow, its functions by their placeholders."""
    functions = Functions(*[f"${{{name}.arn}}:live" for name in NAMES])
    return order_fulfillment(functions, Delivery(60, 3600), Decisions(500_000, 86_400))


def order_v2() -> Definition:
    """The order workflow with a new state, a removed one, a renamed one, and weaker retries."""
    new = copy.deepcopy(order())
    states = new["States"]
    del states["RefundedNotConfirmed"]
    del states["NotifyRefunded"]["Catch"]
    states["ValidateOrder"]["Next"] = "ScreenFraud"
    states["ScreenFraud"] = {
        "Type": "Task", "Resource": "${screen-fraud.arn}:live", "TimeoutSeconds": 30, "ResultPath": "$.fraud",
        "Next": "NeedsApproval",
    }  # fmt: skip
    retrier = next(one for one in states["ChargePayment"]["Retry"] if "Lambda.ServiceException" in one["ErrorEquals"])
    retrier["MaxAttempts"] = 2
    return json.loads(json.dumps(new).replace('"CountPoll"', '"CountAnswers"'))


def sixty() -> Definition:
    """Sixty states and some more: choices, branches, maps, a crowd of catches, and three mistakes."""
    states: Definition = {}
    for number in range(30):
        name, after = f"Step{number:02}", f"Step{number + 1:02}" if number < 29 else "Done"
        if number % 7 == 3:
            rules = [
                {"Variable": "$.n", "NumericEquals": n, "Next": to} for n, to in ((1, f"Side{number}"), (2, after))
            ]
            states[name] = {"Type": "Choice", "Choices": rules, "Default": "Reject"}
            states[f"Side{number}"] = {**task(after), "Catch": [catch("States.ALL", to="Undo")]}
        elif number % 7 == 5:
            branches = [chain(f"B{number}{side}0", f"B{number}{side}1") for side in "ab"]
            states[name] = {"Type": "Parallel", "Branches": branches, "ResultPath": "$.both", "Next": after,
                            "Catch": [catch("States.ALL", to="Undo")]}  # fmt: skip
        elif number % 7 == 6:
            one = {**task(None), "Catch": [catch("Bad", to=f"MF{number}")]}
            each = {
                "StartAt": f"M{number}",
                "States": {f"M{number}": one, f"MF{number}": {"Type": "Pass", "End": True}},
            }
            states[name] = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": each, "ResultPath": "$.each",
                            "Next": after,
                            "Catch": [catch("States.ALL", to="Undo")]}  # fmt: skip
        else:
            refused = [catch("Declined", "OutOfStock", to="Reject")] if number % 3 == 0 else []
            states[name] = {**task(after), "Catch": [*refused, catch("States.ALL", to="Undo")]}
    states["Step01"]["Wat"] = 1
    states["Step22"]["Timeout"] = 30
    states["Poll"] = {"Type": "Wait", "Seconds": 60, "Next": "Step10"}
    states["Undo"] = {**task("Undone"), "Catch": [catch("States.ALL", to="Undone")]}
    states |= {"Undone": {"Type": "Fail"}, "Reject": {"Type": "Fail"}, "Done": {"Type": "Succeed"}}
    return {"StartAt": "Step00", "States": states}


def task(after: str | None) -> Definition:
    way = {"Next": after} if after else {"End": True}
    return {"Type": "Task", "Resource": "${work.arn}:live", "TimeoutSeconds": 30, "ResultPath": "$.work", **way}


def chain(first: str, second: str) -> Definition:
    return {"StartAt": first, "States": {first: task(second), second: task(None)}}
