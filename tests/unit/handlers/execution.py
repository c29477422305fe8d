"""An execution of the order workflow in this process: as much of the language as its definition uses.

The embedded cloud runs the same definition with the same handlers. Here a call can be made to break off after any
write, and a run takes milliseconds, so that every place can be tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from handlers.shared.clock import written
from tests.unit.handlers.conftest import Shop
from workflows.order_fulfillment import ATTEMPT

Node = dict[str, Any]


class FailedError(Exception):
    """A state has failed: its error, and the cause as Lambda words it."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(error)
        self.error = error
        self.output = {"Error": error, "Cause": json.dumps({"errorMessage": message, "errorType": error})}


@dataclass
class Execution:
    """Runs `definition`, in which functions stand by the names of their handlers.

    `answers` has what is done about a callback task, by its name: called with the state's input it answers the task, or
    lets time pass; a task that has no answer then has missed its heartbeat. Branches run one after the other, in the
    order that `branches` makes. A function that fails is not called again: each error goes to its catcher at once.
    """

    shop: Shop
    definition: Node
    answers: dict[str, Callable[[Node], object]]
    branches: Callable[[Iterable[Node]], Iterable[Node]] = list
    entered: list[str] = field(default_factory=list)

    def run(self, order: Node) -> Node:
        """The output; `entered` has the names of the states, the last of which is how it ended."""
        return self._scope(self.definition, order)

    def _scope(self, scope: Node, data: Node) -> Node:
        name: str | None = scope["StartAt"]
        while name:
            self.entered.append(name)
            state = scope["States"][name]
            try:
                name, data = state.get("Next"), self._entered(name, state, data)
            except FailedError as failed:
                catcher = next((c for c in state.get("Catch", ()) if _takes(c, failed.error)), None)
                if catcher is None:
                    raise
                name, data = catcher["Next"], _put(data, catcher["ResultPath"], failed.output)
            if state["Type"] == "Choice":
                now = {"$$.State.EnteredTime": written(self.shop.clock())}
                name = next((rule["Next"] for rule in state["Choices"] if _holds(rule, data, now)), state["Default"])
        return data

    def _entered(self, name: str, state: Node, data: Node) -> Node:
        """The data after a state."""
        if state["Type"] == "Task":
            return _put(data, state.get("ResultPath", "$"), self._called(name, state, data))
        if state["Type"] == "Parallel":
            branches = self.branches(state["Branches"])
            results = {branch["StartAt"]: self._scope(branch, data) for branch in branches}
            ordered = [results[branch["StartAt"]] for branch in state["Branches"]]
            return _put(data, state["ResultPath"], _built(state["ResultSelector"], ordered))
        if state["Type"] == "Pass":
            taken = _at(data, state.get("InputPath", "$"))
            result = state["Result"] if "Result" in state else _built(state.get("Parameters", taken), data)
            return _put(data, state["ResultPath"], result)
        if state["Type"] == "Wait":
            self.shop.clock.advance(state["Seconds"])
        return data

    def _called(self, name: str, state: Node, data: Node) -> Any:
        parameters, token = state["Parameters"], f"{name}-{len(self.entered)}"
        context = {"$$.Execution.Id": "arn", "$$.Task.Token": token, ATTEMPT: f"{len(self.entered):06}"}
        event = _built(parameters.get("Payload", parameters), data, context)
        self.shop.executions.waiting.add(token)
        try:
            answer = self.shop.invoke(parameters.get("FunctionName", state["Resource"]), event)
        except Exception as error:
            raise FailedError(type(error).__name__, str(error)) from error
        if "FunctionName" not in parameters:
            return answer
        self.answers[name](data)
        self.shop.executions.waiting.discard(token)
        outputs = dict(self.shop.executions.outputs)
        if token not in outputs:
            raise FailedError("States.HeartbeatTimeout" if "HeartbeatSeconds" in state else "States.Timeout", "")
        return outputs[token]


def _takes(handler: Node, error: str) -> bool:
    return bool({error, "States.ALL"} & set(handler["ErrorEquals"]))


def _holds(rule: Node, data: Node, context: Node) -> bool:
    if "IsPresent" in rule:
        holder, _, key = rule["Variable"].rpartition(".")
        return (key in _at(data, holder)) is rule["IsPresent"]
    value = _at(data, rule["Variable"], context)
    if "TimestampGreaterThanEqualsPath" in rule:
        return value >= _at(data, rule["TimestampGreaterThanEqualsPath"])
    if "StringEquals" in rule:
        return value == rule["StringEquals"]
    if "NumericGreaterThan" in rule:
        return value > rule["NumericGreaterThan"]
    return value >= rule["NumericGreaterThanEquals"]


def _built(template: Any, data: Any, context: Node | None = None) -> Any:
    if not isinstance(template, dict):
        return template
    paths = {key: value for key, value in template.items() if key.endswith(".$")}
    plain = {key: _built(value, data, context) for key, value in template.items() if key not in paths}
    return {**plain, **{key[:-2]: _at(data, path, context) for key, path in paths.items()}}


def _at(data: Any, path: str, context: Node | None = None) -> Any:
    if context and path in context:
        return context[path]
    if path.startswith("States.MathAdd("):
        inner, _, added = path.removeprefix("States.MathAdd(").removesuffix(")").partition(", ")
        return _at(data, inner) + int(added)
    if path.startswith("$["):
        index, _, rest = path[2:].partition("]")
        return _at(data[int(index)], f"${rest}")
    for key in path.split(".")[1:]:
        data = data[key]
    return data


def _put(data: Node, path: str, value: Any) -> Any:
    """`data` with `value` at a reference path, whose way is made where it is not there."""
    if path == "$":
        return value
    first, _, rest = path.removeprefix("$.").partition(".")
    return {**data, first: _put(data.get(first, {}), f"$.{rest}", value) if rest else value}
