"""Parallel and Map states in this execution: branches and iterations, what ends them all, and their results.

https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html,
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asl.running.attempts import Left, handled
from asl.running.distributed import run_distributed
from asl.running.failures import RUNTIME, Broken, Failure
from asl.running.frames import Frame
from asl.running.items import Items, is_distributed, most_at_once, tolerated
from asl.running.loop import Thread
from asl.running.variables import Variables

if TYPE_CHECKING:
    from asl.running.steps import Lines

INLINE_AT_ONCE = 40
"""Iterations that run at the same time at most, by the page above."""


def run_parallel(frame: Frame) -> Generator[None, object, Left]:
    """Run every branch with the same input; the result is the array of their outputs."""
    return (yield from handled(frame, _branches, _failed, _succeeded))


def run_map(frame: Frame) -> Generator[None, object, Left]:
    """Run the processor for each item; the result is the array of its outputs, or what a ResultWriter makes of them."""
    if is_distributed(frame.step):
        return (yield from handled(frame, run_distributed, _failed))
    return (yield from handled(frame, _iterations, _failed, _succeeded))


def _failed(frame: Frame) -> None:
    frame.execution.record(frame.thread, f"{frame.step.type}StateFailed", {})


def _succeeded(frame: Frame) -> None:
    frame.execution.record(frame.thread, f"{frame.step.type}StateSucceeded", {})


def _branches(frame: Frame, effective: object) -> Generator[None, object, object]:
    step, execution = frame.step, frame.execution
    given = step.data.arguments(frame, effective)
    execution.record(frame.thread, "ParallelStateStarted", {})
    return (yield from Group(frame, [(lines, given) for lines in step.scopes], len(step.scopes)).run())


def _iterations(frame: Frame, effective: object) -> Generator[None, object, object]:
    step, execution = frame.step, frame.execution
    items = Items(frame, effective)
    execution.record(frame.thread, "MapStateStarted", {"length": len(items.values)})
    at_once = min(most_at_once(frame, effective) or INLINE_AT_ONCE, INLINE_AT_ONCE)
    tolerated(frame, effective, len(items.values))
    group = Group(frame, [(step.scopes[0], None)] * len(items.values), at_once, items)
    outputs = yield from group.run()
    frame.thread.previous = group.last or frame.thread.previous
    return outputs


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a state's branches or iterations had come when it failed, by their places.

    https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
    """

    outputs: Mapping[int, object]
    """Of those that had ended."""
    stopped: Mapping[int, tuple[Frame, Variables]]
    """Of the others that had begun: where they were, with their variables."""


class Group:
    """Threads that run beside one another. The first that fails ends all of them, and no more are started."""

    def __init__(
        self, frame: Frame, given: Sequence[tuple[Lines, object]], at_once: int, items: Items | None = None
    ) -> None:
        before = frame.standing if isinstance(frame.standing, Standing) else Standing({}, {})
        frame.standing = None
        self._frame = frame
        self._given = given
        self._at_once = at_once
        self._items = items
        self._outputs: dict[int, object] = dict(before.outputs)
        self._stopped = dict(before.stopped)
        self._waiting = deque(number for number in range(len(given)) if number not in before.outputs)
        self._running: dict[Thread, int] = {}
        """Those that run, with their places."""
        self._freed: deque[int] = deque()
        """The last events of those that have made room for others."""
        self.last = 0
        """The event that told of the last iteration's end."""
        self._failure: Failure | None = None

    def run(self) -> Generator[None, object, list[object]]:
        """The outputs, in the order of what was given.

        Raises:
            Failure: of the first that fails.
            Broken: where an iteration's input cannot be made.
        """
        thread = self._frame.thread
        thread.children = []
        try:
            while not self._failure:
                while self._waiting and len(self._running) < self._at_once:
                    self._start(self._freed.popleft() if self._freed else thread.previous)
                if not self._running:
                    return [self._outputs[number] for number in range(len(self._given))]
                yield
            raise self._failure
        except Broken as broken:
            self._stop_others(told=broken.error != RUNTIME)
            raise
        finally:
            thread.children = []

    def _start(self, previous: int) -> None:
        number = self._waiting.popleft()
        frame = self._frame
        parent, execution = frame.thread, frame.execution
        at, variables = self._stopped.pop(number, (None, parent.variables))
        child = Thread(parent.loop, previous, variables)
        child.item = parent.item
        child.place = (*parent.place, number)
        lines, given = self._given[number]
        if self._items:
            given = self._items.given(number)
            child.item = self._items.item(number)
            if at is None:
                execution.record(child, "MapIterationStarted", {"name": frame.step.name, "index": number})
        self._running[child] = number
        parent.children.append(child)
        child.start(execution.lines(child, lines, given, at), self._ended)

    def _ended(self, child: Thread, result: object) -> None:
        frame, execution = self._frame, self._frame.execution
        number = self._running.pop(child)
        parent = frame.thread
        parent.children.remove(child)
        failed = isinstance(result, Failure)
        told = not failed or not result.ends_all
        if self._items and told:
            what = "MapIterationFailed" if failed else "MapIterationSucceeded"
            self.last = execution.note(child, what, {"name": frame.step.name, "index": number})
        parent.previous = child.previous
        if failed:
            if told and not self._items and child.frame and child.frame.step.type == "Task":
                execution.note(child, "TaskStateAborted", {})
            self._keep(child, number)
            self._stop_others(told=told)
            self._failure = result
        else:
            self._outputs[number] = result
            self._freed.append(child.previous)
        parent.wake()

    def _stop_others(self, *, told: bool) -> None:
        for child, number in list(self._running.items()):
            if told:
                self._tell_stopped(child, number)
            self._keep(child, number)
            child.stop()
        self._running.clear()
        self._frame.standing = Standing(self._outputs, self._stopped)

    def _tell_stopped(self, child: Thread, number: int) -> None:
        _tell_aborted(self._frame, child)
        if self._items:
            details = {"name": self._frame.step.name, "index": number}
            self._frame.execution.note(child, "MapIterationAborted", details)

    def _keep(self, child: Thread, number: int) -> None:
        if child.frame:
            self._stopped[number] = (child.frame, child.variables)


def _tell_aborted(frame: Frame, thread: Thread) -> None:
    """Tell of the states that a thread and its own branches are stopped in."""
    for child in thread.children:
        _tell_aborted(frame, child)
    if thread.frame and thread.frame.step.type in ("Task", "Wait", "Parallel", "Map"):
        frame.execution.note(thread, f"{thread.frame.step.type}StateAborted", {})
