"""One visit of a state, by the interpreter: what it leads to when its calls are answered as a script says."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from random import Random
from typing import NamedTuple, TypeAlias, cast

from asl.running.calls import Call
from asl.running.execution import Execution, Names
from asl.running.failures import Failure
from asl.running.frames import Frame
from asl.running.history import Event
from asl.running.loop import Halt, Loop, Thread
from asl.running.objects import GivenObjects, MissingObjectError, Objects
from asl.running.states import run_lines
from asl.running.steps import Lines, Program, Step
from asl.running.variables import Variables
from asl.testing.outcomes import Never, Outcome, Outcomes

Place: TypeAlias = tuple[int, ...]
Pick: TypeAlias = Callable[[Call], Outcome]


class Answer(NamedTuple):
    """What one call came to: in which branches and iterations, of which state, and the outcome."""

    place: Place
    path: str
    outcome: Outcome

    def inside(self, place: Place) -> Answer:
        """The same in a branch or iteration of another state."""
        return Answer((*place, *self.place), self.path, self.outcome)


class Quick(Random):
    """Chance that always falls on the shortest delay."""

    def uniform(self, a: float, b: float) -> float:
        return a


_QUICK = Quick(0)


class Script:
    """Answers calls by what is planned for their place and state, one after the other, and then by `pick`.

    The plan begins anew with each attempt of the visited state itself.
    """

    def __init__(
        self, pick: Pick, planned: Iterable[Answer] = (), most: int | None = None, *, slow: bool = False
    ) -> None:
        self.given: list[Answer] = []
        """What calls have come to, in their order."""
        self.visited: Thread | None = None
        """The thread of the one state that is visited."""
        self.slow = slow
        """Whether each answer takes as long as it may."""
        self._pick = pick
        self._planned = list(planned)
        self._most = most
        self._left: dict[tuple[int, Place, str], deque[Outcome]] = {}

    def perform(self, call: Call) -> None:
        """Answer a call.

        Raises:
            TooOftenError: for more calls than may be made.
        """
        if self._most is not None and len(self.given) >= self._most:
            raise TooOftenError
        place = call.frame.thread.place
        outcome = self._next(call, place)
        if self.slow:
            outcome = slowed(outcome, call)
        self.given.append(Answer(place, call.path, outcome))
        Outcomes({call.path: [outcome]}).perform(call)

    def _next(self, call: Call, place: Place) -> Outcome:
        frame = self.visited.frame if self.visited else None
        key = (frame.retries if frame else 0, place, call.path)
        if key not in self._left:
            mine = (one.outcome for one in self._planned if one.place == place and one.path == call.path)
            self._left[key] = deque(mine)
        left = self._left[key]
        return left.popleft() if left else self._pick(call)


def beats(call: Call) -> tuple[float, ...]:
    """Heartbeats that keep a call alive until its time is over."""
    if not call.heartbeat_seconds or not call.seconds:
        return ()
    every = call.heartbeat_seconds * 0.9
    return tuple(number * every for number in range(1, min(ceil(call.seconds / every), MOST_HEARTBEATS)))


def slowed(outcome: Outcome, call: Call) -> Outcome:
    """The same answer, just before the call's time is over."""
    if isinstance(outcome, Never) or not call.seconds or outcome.after:
        return outcome
    return replace(outcome, after=max(0, call.seconds - 0.5), heartbeats=beats(call))


MOST_HEARTBEATS = 1_000
"""Sent in one call."""


class TooOftenError(Exception):
    """A state calls more often than may be tried."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a state is visited: by what program, with what, in which iteration, and when."""

    program: Program
    input: object
    """The execution's."""
    objects: Callable[[], Objects]
    variables: Variables
    item: Mapping[str, object] | None
    now: float


@dataclass(frozen=True, slots=True)
class Ran:
    """How a visit ended: `following` is the next state, empty where the scope ends, None where the state failed."""

    following: str | None
    output: object
    variables: Variables
    failure: Failure | None
    stuck: bool
    """Nobody answers, and nothing ends the wait."""
    full: bool
    """The history cannot hold it."""
    caught: str
    """The path of the catcher that took over."""
    taken: str
    """The path of the transition by which the state was left; empty where the scope or the execution ends."""
    seconds: float
    events: int
    attempt_events: int
    transitions: int
    answers: tuple[Answer, ...]


class Alone(Lines):
    """A scope in which one state is entered; before any other the run halts."""

    def __init__(self, step: Step) -> None:
        self.start_at = step.name
        self.steps = _One(step)
        self.node = {}


class _One(Mapping[str, Step]):
    def __init__(self, step: Step) -> None:
        self._step: Step | None = step
        self.asked = ""

    def __getitem__(self, name: str) -> Step:
        step, self._step = self._step, None
        if step is None:
            self.asked = name
            raise Halt
        return step

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


def visit(step: Step, data: object, site: Site, script: Script) -> Ran:
    """Enter `step` with `data`, and run until it is left.

    Raises:
        TooOftenError: by the script.
    """
    execution = executed(site, script)
    thread = Thread(execution.loop, 0, site.variables)
    thread.item = site.item
    script.visited = thread
    ended: list[object] = []
    lines = Alone(step)
    steps = run_lines(execution, thread, lines, data)
    thread.start(steps, lambda _, result: ended.append(result))
    execution.loop.run(lambda: not thread.alive)
    left_at = execution.loop.now
    execution.loop.run(lambda: False)  # an answer that comes too late is refused
    return _ran(execution, thread, step, ended, cast(_One, lines.steps).asked, script, left_at)


def executed(site: Site, script: Script) -> Execution:
    """An execution that has not begun."""
    return Execution(
        site.program,
        site.input,
        loop=Loop(site.now),
        perform=script.perform,
        names=Names(express="00000000-0000-4000-8000-000000000000" if site.program.type == "EXPRESS" else ""),
        random=_QUICK,
        objects=site.objects(),
    )


def _ran(
    execution: Execution, thread: Thread, step: Step, ended: list[object], asked: str, script: Script, left_at: float
) -> Ran:
    events = execution.events
    failure = ended[0] if ended and isinstance(ended[0], Failure) else None
    output, following = None, None
    if ended and failure is None:
        output, following = ended[0], ""
    elif asked:
        output, following = _output(events), asked
    ways = (f"{step.path}.Catch[", f"{step.path}.Choices[", f"{step.path}.Next", f"{step.path}.Default")
    taken = next((path for path in execution.taken if path.startswith(ways) and path.endswith(_WAYS)), "")
    return Ran(
        following,
        output,
        thread.variables,
        failure,
        stuck=thread.alive,
        full=execution.status == "FAILED",
        caught=taken if taken.startswith(f"{step.path}.Catch[") else "",
        taken=taken if following else "",
        seconds=left_at - execution.started_at,
        events=len(events),
        attempt_events=sum(not event.type.endswith(("StateEntered", "StateExited")) for event in events),
        transitions=execution.transitions,
        answers=tuple(script.given),
    )


_WAYS = ("Next", "Default")


def _output(events: list[Event]) -> object:
    return events[-1].details["output"]


class Unreadable(GivenObjects):
    """Nothing can be read."""

    def read(self, bucket: str, key: str) -> bytes:
        raise MissingObjectError("Access Denied")

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, object]]:
        raise MissingObjectError("Access Denied")


def unreadable() -> Objects:
    """What lies in S3, where nobody may read it."""
    return Unreadable({})


def framed(step: Step, data: object, site: Site) -> Frame:
    """A visit that has not begun, to see what the state's fields come to."""
    execution = executed(site, Script(lambda _: Never()))
    thread = Thread(execution.loop, 0, site.variables)
    thread.item = site.item
    return Frame(execution, thread, step, data, 0)
