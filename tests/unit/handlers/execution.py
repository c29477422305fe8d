"""An execution of the order workflow whose tasks call the handlers in this process, in virtual time.

A call can be made to break off after any write, and a run takes milliseconds, so that every place can be tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from asl.running.calls import Call
from asl.running.execution import Execution as Running
from asl.running.execution import Names
from asl.running.loop import Loop
from asl.running.objects import GivenObjects
from asl.running.steps import Program
from tests.unit.handlers.conftest import Shop

Node = dict[str, Any]
CALL_SECONDS, SLOW_SECONDS = 0.01, 1.0


@dataclass
class Execution:
    """Runs `definition`, in which functions stand by the names of their handlers.

    `answers` has what is done about a callback task, by its name: called with the state's input it answers the task, or
    does not; then the task misses its heartbeat. Calls of the states in `slow` take longer than the others. A function
    that fails is not called again: each error goes to its catcher at once.
    """

    shop: Shop
    definition: Node
    answers: dict[str, Callable[[Node], object]]
    slow: Collection[str] = ()
    news_after: float | None = None
    """Seconds after which whoever holds a token says that there is news."""
    entered: list[str] = field(default_factory=list)

    def run(self, order: Node) -> Any:
        """The output; `entered` has the names of the states, the last of which is how it ended."""
        running = Running(
            Program.read(_untried(self.definition)),
            order,
            loop=Loop(self.shop.clock().timestamp()),
            perform=self._perform,
            names=Names(),
            random=Random(1),
            objects=GivenObjects({}),
        )
        running.begin()
        running.loop.run(lambda: running.status != "RUNNING")
        self._see(running.loop)
        self.entered += [path.rpartition(".")[2] for path in running.visited]
        return running.output

    def _see(self, loop: Loop) -> None:
        self.shop.clock.moment = datetime.fromtimestamp(loop.now, UTC)

    def _perform(self, call: Call) -> None:
        loop = call.frame.execution.loop
        self._see(loop)
        given: Node = dict(call.arguments)  # type: ignore[call-overload]
        name, event = given.get("FunctionName", call.resource), given.get("Payload", given)
        if call.token:
            self.shop.executions.waiting.add(call.token)
        try:
            answer = self.shop.invoke(name, event)
        except Exception as error:
            failed = type(error).__name__
            cause = json.dumps({"errorMessage": str(error), "errorType": failed})
            self._later(call, lambda: call.fail(failed, cause))
            return
        if call.token:
            self._ask(call, answer)
        else:
            self._later(call, lambda: call.succeed(answer))

    def _ask(self, call: Call, answer: object) -> None:
        token, loop = call.token or "", call.frame.execution.loop
        call.submitted(answer)
        self.answers.get(call.state, lambda state: None)(call.frame.raw)  # type: ignore[arg-type]
        outputs = dict(self.shop.executions.outputs)
        if token in outputs:
            self._later(call, lambda: call.succeed(outputs[token]))
        elif self.news_after is not None:
            loop.at(loop.now + self.news_after, call.heartbeat)

    def _later(self, call: Call, answer: Callable[[], None]) -> None:
        loop = call.frame.execution.loop
        took = self.shop.clock().timestamp() - loop.now
        loop.at(loop.now + took + (SLOW_SECONDS if call.state in self.slow else CALL_SECONDS), answer)


def _untried(node: Any) -> Any:
    """A definition without its retriers."""
    if isinstance(node, dict):
        return {name: _untried(value) for name, value in node.items() if name != "Retry"}
    return [_untried(one) for one in node] if isinstance(node, list) else node
