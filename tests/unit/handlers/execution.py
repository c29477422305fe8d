"""Orders through the workflow's definition, whose tasks call the handlers in this process, in virtual time.

A call can be made to break off after any write, and a run takes milliseconds, so that every place can be tried.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import asl
from asl.testing.outcomes import Never, Outcome, Raises, Returns
from asl.testing.runs import Run
from asl.testing.workflow import Workflow
from tests.unit.handlers.conftest import Shop

Node = dict[str, Any]
CALL_SECONDS, SLOW_SECONDS = 0.01, 1.0


def executed(
    shop: Shop,
    definition: Node,
    order: Node,
    answers: Mapping[str, Callable[[Node], object]],
    slow: Collection[str] = (),
    news_after: float | None = None,
) -> Run:
    """Run `definition` with `order`; a function is the handler of its name.

    `answers` has what is done about a callback task, by its name: called with the state's input it answers the task, or
    does not; then the task misses its heartbeat, unless there is news of it `news_after` so many seconds. Calls of the
    states in `slow` take longer than the others. A function that fails is not called again: each error goes to its
    catcher at once.
    """

    def call(state: str, event: Node, context: Any) -> Outcome:
        began, token = shop.clock(), event.get("token")
        if token:
            shop.executions.waiting.add(token)
        try:
            answer = importlib.import_module(f"handlers.{context.function_name}").handler(event, context)
        except Exception as error:
            named = type(error).__name__
            return Raises(named, json.dumps({"errorMessage": str(error), "errorType": named}), after=took(state, began))
        if not token:
            return Returns(answer, after=took(state, began))
        answers.get(state, lambda order: None)(event["order"])
        outputs = dict(shop.executions.outputs)
        if token in outputs:
            return Returns(outputs[token], after=took(state, began), submitted=answer)
        return Never([news_after] if news_after is not None else [], submitted=answer)

    def took(state: str, began: datetime) -> float:
        return (shop.clock() - began).total_seconds() + (SLOW_SECONDS if state in slow else CALL_SECONDS)

    workflow = Workflow.of(_untried(definition)).at(shop.clock()).with_clock(shop.clock.set)
    for task in asl.walk(definition).of("Task"):
        workflow = workflow.mock(task.name, handler=partial(call, task.name))
    run = workflow.run(order)
    shop.clock.set(run.now)
    return run


def _untried(node: Any) -> Any:
    """A definition without its retriers."""
    if isinstance(node, dict):
        return {name: _untried(value) for name, value in node.items() if name != "Retry"}
    return [_untried(one) for one in node] if isinstance(node, list) else node
