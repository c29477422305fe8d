"""Parallel and Map states in this execution: branches and iterations, what ends them all, and their results.

https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html,
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from asl.running.attempts import Left, handled
from asl.running.distributed import is_distributed, run_distributed
from asl.running.failures import Failure
from asl.running.frames import Frame
from asl.running.items import Items, most_at_once, tolerated
from asl.running.loop import Thread

if TYPE_CHECKING:
    from asl.running.steps import Lines

INLINE_AT_ONCE = 40
"""Iterations that run at the same time at most, by the page above."""


def run_parallel(frame: Frame) -> Generator[None, object, Left]:
    """Run every branch with the same input; the result is the array of their outputs."""
    return (yield from handled(frame, _branches, _failed))


def run_map(frame: Frame) -> Generator[None, object, Left]:
    """Run the processor for each item; the result is the array of its outputs, or what a ResultWriter makes of them."""
    return (yield from handled(frame, run_distributed if is_distributed(frame.step) else _iterations, _failed))


def _failed(frame: Frame) -> None:
    frame.execution.record(frame.thread, f"{frame.step.type}StateFailed", {})


def _branches(frame: Frame, effective: object) -> Generator[None, object, object]:
    step, execution = frame.step, frame.execution
    given = step.data.arguments(frame, effective)
    execution.record(frame.thread, "ParallelStateStarted", {})
    group = Group(frame, [(lines, given) for lines in step.scopes], len(step.scopes))
    outputs = yield from group.run()
    execution.note(frame.thread, "ParallelStateSucceeded", {})
    return outputs


def _iterations(frame: Frame, effective: object) -> Generator[None, object, object]:
    step, execution = frame.step, frame.execution
    items = Items(frame, effective)
    execution.record(frame.thread, "MapStateStarted", {"length": len(items.values)})
    at_once = min(most_at_once(frame, effective) or INLINE_AT_ONCE, INLINE_AT_ONCE)
    tolerated(frame, effective, len(items.values))
    lines = step.scopes[0]
    group = Group(frame, [(lines, None)] * len(items.values), at_once, items)
    outputs = yield from group.run()
    execution.note(frame.thread, "MapStateSucceeded", {})
    return outputs


class Group:
    """Threads that run beside one another. The first that fails ends all of them, and no more are started."""

    def __init__(
        self, frame: Frame, given: Sequence[tuple[Lines, object]], at_once: int, items: Items | None = None
    ) -> None:
        self._frame = frame
        self._given = given
        self._at_once = at_once
        self._items = items
        self._outputs: list[object] = [None] * len(given)
        self._numbers: dict[Thread, int] = {}
        """Those that run, with their places."""
        self._started = 0
        self._failure: Failure | None = None

    def run(self) -> Generator[None, object, list[object]]:
        """The outputs, in the order of what was given.

        Raises:
            Failure: of the first that fails.
        """
        thread = self._frame.thread
        children: list[Thread] = []
        thread.children = children
        while self._started < min(self._at_once, len(self._given)):
            self._start(thread.previous)
        while not self._failure and (self._numbers or self._started < len(self._given)):
            yield
        thread.children = []
        if self._failure:
            raise self._failure
        return self._outputs

    def _start(self, previous: int) -> None:
        frame, number = self._frame, self._started
        self._started += 1
        parent, execution = frame.thread, frame.execution
        child = Thread(parent.loop, previous, parent.variables, frame.step.type)
        child.item = parent.item
        lines, given = self._given[number]
        if self._items:
            given = self._items.given(number)
            child.item = self._items.item(number)
            execution.record(child, "MapIterationStarted", {"name": frame.step.name, "index": number})
        self._numbers[child] = number
        parent.children.append(child)
        child.start(execution.lines(child, lines, given), self._ended)

    def _ended(self, child: Thread, result: object) -> None:
        frame, execution = self._frame, self._frame.execution
        number = self._numbers.pop(child)
        parent = frame.thread
        parent.children.remove(child)
        failed = isinstance(result, Failure)
        if self._items:
            what = "MapIterationFailed" if failed else "MapIterationSucceeded"
            execution.note(child, what, {"name": frame.step.name, "index": number})
        parent.previous = child.previous
        if failed:
            if not self._items and child.state == "Task":
                execution.note(child, "TaskStateAborted", {})
            self._stop_others()
            self._failure = result
            parent.wake()
            return
        self._outputs[number] = result
        if self._started < len(self._given):
            self._start(child.previous)
        elif not self._numbers:
            parent.wake()

    def _stop_others(self) -> None:
        for child, number in list(self._numbers.items()):
            tell_aborted(self._frame, child)
            if self._items:
                details = {"name": self._frame.step.name, "index": number}
                self._frame.execution.note(child, "MapIterationAborted", details)
            child.stop()
        self._numbers.clear()


def tell_aborted(frame: Frame, thread: Thread) -> None:
    """Tell of the states that a thread and its own branches are stopped in."""
    for child in thread.children:
        tell_aborted(frame, child)
    if thread.state in ("Task", "Wait", "Parallel", "Map"):
        frame.execution.note(thread, f"{thread.state}StateAborted", {})
