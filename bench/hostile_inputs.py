"""Inputs that are small or valid, and cost a checker that is careless about them minutes."""

from __future__ import annotations

import random
from typing import Any

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:work"
Definition = dict[str, Any]


def renamed(states: int) -> tuple[Definition, Definition]:
    """Two machines of tasks one after the other, all with the same body, all renamed."""
    return chain(states, "Old"), chain(states, "New")


def chain(states: int, prefix: str) -> Definition:
    """Tasks one after the other, with one catcher's target for all of them."""
    task = {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 5}
    caught = [{"ErrorEquals": ["States.ALL"], "Next": f"{prefix}Failed"}]
    found = {f"{prefix}{n}": {**task, "Catch": caught, "Next": f"{prefix}{n + 1}"} for n in range(states)}
    ends = {f"{prefix}{states}": {"Type": "Succeed"}, f"{prefix}Failed": {"Type": "Fail", "Error": "Failed"}}
    return {"StartAt": f"{prefix}0", "States": {**found, **ends}}


def misspelt(targets: int) -> Definition:
    """As many states, with long names that are much alike, each of which leads to one that is not there."""
    tail = "abcdefghij" * 6
    found = {f"State{n}{tail}": {"Type": "Pass", "Next": f"Stat{n}x{tail}"} for n in range(targets)}
    return {"StartAt": f"State0{tail}", "States": found}


def blank(blanks: int) -> Definition:
    """Paths and a call with that many blanks where some are allowed, and something wrong behind them."""
    gap = " " * blanks
    paths = [f"$[1:{gap}x]", f"$[{gap}:{gap}:{gap}x]", f"$[1,{gap}x]", f"$['a'{gap}x]", f"$[?({gap}x]", f"$.{gap}x"]
    calls = {
        f"call{n}.$": call for n, call in enumerate((f"States.Array({gap}1{gap}x", f"States.Array({'1,' * blanks}1)"))
    }
    states: Definition = {f"P{n}": {"Type": "Pass", "InputPath": path, "End": True} for n, path in enumerate(paths)}
    return {"StartAt": "P0", "States": {**states, "Call": {"Type": "Pass", "Parameters": calls, "End": True}}}


def dense(states: int) -> Definition:
    """Choices, each of which leads to an eighth of all the others."""
    chance = random.Random(1)

    def rule(value: int) -> Definition:
        return {"Variable": "$.x", "NumericEquals": value, "Next": f"S{chance.randrange(states)}"}

    rules = range(states // 8)
    found = {f"S{n}": {"Type": "Choice", "Choices": [*map(rule, rules)], "Default": "Done"} for n in range(states)}
    return {"StartAt": "S0", "States": {**found, "Done": {"Type": "Succeed"}}}


def forgetful(states: int) -> Definition:
    """A choice of that many states that lead back to it, each with an object that lacks another field."""
    names = range(states)
    rules = [{"Variable": "$.f0", "StringEquals": f"{n}", "Next": f"S{n}"} for n in names]
    found = {
        f"S{n}": {
            "Type": "Pass",
            "Parameters": {f"f{other}.$": "$$.Execution.Id" for other in names if other != n + 1},
            "Next": "Hub",
        }
        for n in names
    }
    hub = {"Type": "Choice", "Choices": rules, "Default": "Done"}
    return {"StartAt": "Hub", "States": {"Hub": hub, **found, "Done": {"Type": "Succeed"}}}


def order(items: int) -> dict[str, Any]:
    """An order of that many items, each of which stands in it twice."""
    return {
        "orderId": "order-1",
        "customerId": "ada",
        "items": [{"sku": f"tea-{n // 2}", "quantity": 1} for n in range(items)],
        "paymentMethodId": "pm_card_visa",
        "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
    }
