"""What runs next: threads that are ready, in order, and what is due at points in time.

Time is virtual: it stands still while threads run, and is moved on by whoever drives the loop.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from asl.running.failures import Failure
from asl.running.variables import Variables

if TYPE_CHECKING:
    from asl.running.frames import Frame

Steps: TypeAlias = Generator[None, object, object]
"""What a thread runs. It stops at each `yield` until somebody wakes the thread, and returns its output."""


class Halt(Exception):  # noqa: N818 it is no error
    """The execution has ended; the thread that notices goes no further."""


class Timer:
    """Something due at a point in time. `cancel` it when it is not wanted any more."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Loop:
    """Runs threads of one or many executions in one thread of the process."""

    def __init__(self, now: float, pace: float = 1) -> None:
        self.now = now
        """Seconds since 1970."""
        self.pace = pace
        """How long a second of waiting takes: of Wait states, delays between attempts and heartbeats."""
        self._ready: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = 0

    def soon(self, action: Callable[[], None]) -> None:
        """Do `action` after what is ready already."""
        self._ready.append(action)

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Do `action` when it is `when`; of several that are due then, first what was asked for first."""
        timer = Timer(action)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, timer))
        return timer

    def run_ready(self) -> None:
        """Run until every thread waits for something."""
        ready = self._ready
        while ready:
            ready.popleft()()

    def due(self) -> float | None:
        """When something is due next; None where nothing is."""
        timers = self._timers
        while timers and timers[0][2].action is None:
            heapq.heappop(timers)
        return timers[0][0] if timers else None

    def move_on(self, to: float) -> None:
        """Let it be `to`, and do what is due until then, in order."""
        while (due := self.due()) is not None and due <= to:
            self.now = max(self.now, due)
            action = heapq.heappop(self._timers)[2].action
            if action:
                action()
            self.run_ready()
        self.now = max(self.now, to)

    def run(self, until: Callable[[], bool]) -> None:
        """Run, and move on from one due time to the next, until it is so or nothing is left to do."""
        self.run_ready()
        while not until() and (due := self.due()) is not None:
            self.move_on(due)


class Thread:
    """One line of states: the machine's own, a branch, an iteration."""

    __slots__ = (
        "_ended",
        "_running",
        "_steps",
        "_woken",
        "alive",
        "children",
        "frame",
        "item",
        "loop",
        "place",
        "previous",
        "variables",
    )

    def __init__(self, loop: Loop, previous: int, variables: Variables) -> None:
        self.loop = loop
        self.previous = previous
        """The event that led to the next one."""
        self.variables = variables
        self.place: tuple[int, ...] = ()
        """The numbers of the branches, iterations and children that it is in, from the outermost."""
        self.item: Mapping[str, object] | None = None
        """The `Index` and `Value` of the iteration that it is in."""
        self.frame: Frame | None = None
        """The visit of the state that it is in."""
        self.alive = True
        self.children: list[Thread] = []
        self._steps: Steps | None = None
        self._ended: Callable[[Thread, object], None] | None = None
        self._running = False
        self._woken = False

    def start(self, steps: Steps, ended: Callable[[Thread, object], None]) -> None:
        """Run `steps`. `ended` is told the output, or the `Failure` that ended them."""
        self._steps = steps
        self._ended = ended
        self.wake()

    def wake(self) -> None:
        """Go on after a `yield`, once however many wake it."""
        if self.alive and not self._woken:
            self._woken = True
            self.loop.soon(self._resume)

    def sleep(self, until: float) -> Generator[None, object, None]:
        """Wait until then, whoever wakes the thread before."""
        over: list[bool] = []

        def end() -> None:
            over.append(True)
            self.wake()

        timer = self.loop.at(until, end)
        try:
            while not over:
                yield
        finally:
            timer.cancel()

    def _resume(self) -> None:
        self._woken = False
        if not self.alive or self._steps is None or self._ended is None:
            return
        self._running = True
        try:
            next(self._steps)
        except StopIteration as end:
            self.alive = False
            self.frame = self._steps = None
            self._ended(self, end.value)
        except Failure as failure:
            self.alive = False
            self._ended(self, failure)
        except Halt:
            self.alive = False
        finally:
            self._running = False

    def stop(self) -> None:
        """Give up what it does, and what its branches and iterations do."""
        for child in self.children:
            child.stop()
        self.children = []
        if self.alive:
            self.alive = False
            if self._steps is not None and not self._running:
                self._steps.close()
