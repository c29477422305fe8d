"""An execution: a program run with an input, by a loop that others drive.

Whoever starts one hands in the loop, which has the time, and who makes the tasks' calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, TypeAlias

from asl.running.calls import Perform
from asl.running.distributed import MapRun
from asl.running.failures import RUNTIME, TIMEOUT, Failure
from asl.running.frames import Frame
from asl.running.history import MAX_EVENTS, Event, FullError, History
from asl.running.instants import written
from asl.running.loop import Halt, Loop, Steps, Thread, Timer
from asl.running.objects import Objects
from asl.running.states import run_lines
from asl.running.steps import Lines, Program
from asl.running.variables import Variables
from asl.syntax.shapes import is_number

Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
LONGEST_SECONDS = {"STANDARD": 365 * 86_400, "EXPRESS": 300}
"""How long an execution may take: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
REDRIVABLE_SECONDS = 14 * 86_400
"""After its end: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility"""


class NotRedrivableError(Exception):
    """An execution cannot go on from where it stopped."""


@dataclass(frozen=True, slots=True)
class Names:
    """Who an execution is, as the context object tells it."""

    machine: str = "machine"
    execution: str = "execution"
    region: str = "us-east-1"
    account: str = "123456789012"
    role: str = "arn:aws:iam::123456789012:role/machine"
    express: str = ""
    """What an Express execution's ARN has besides, where it is one."""
    awaited: bool = False
    """Whether its caller waits for its end, of StartSyncExecution and TestState. By recordings its context object
    then tells of no redrives, while that of any other Express execution does."""

    def machine_arn(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.machine}"

    def execution_arn(self) -> str:
        if self.express:
            return f"arn:aws:states:{self.region}:{self.account}:express:{self.machine}:{self.execution}:{self.express}"
        return f"arn:aws:states:{self.region}:{self.account}:execution:{self.machine}:{self.execution}"


class Execution:
    """One execution. It runs when its loop does."""

    def __init__(
        self,
        program: Program,
        input: object,
        *,
        loop: Loop,
        perform: Perform,
        names: Names,
        random: Random,
        objects: Objects,
        ended: Callable[[Execution], None] = lambda execution: None,
    ) -> None:
        self.program = program
        self.input = input
        self.loop = loop
        self.perform = perform
        self.names = names
        self.random = random
        self.objects = objects
        self.clock = loop
        self.status: Status = "RUNNING"
        self.output: object = None
        self.error: str | None = None
        self.cause: str | None = None
        self.history = History(MAX_EVENTS if program.type == "STANDARD" else None)
        self.transitions = 0
        """State transitions as AWS bills them: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html"""
        self.visited: list[str] = []
        """The paths of the states in the order in which they were entered."""
        self.taken: set[str] = set()
        """The paths of the transitions by which states were left, and of the retriers that took an error."""
        self.started_at = loop.now
        self.ended_at: float | None = None
        self.redrives = 0
        self.redriven_at: float | None = None
        self.map_runs: list[MapRun] = []
        self.given_context: Mapping[str, object] | None = None
        """A context object that is to be taken as it is."""
        self._ended = ended
        self._limit: Timer | None = None
        self._root = Thread(loop, 0, Variables())

    @property
    def region(self) -> str:
        return self.names.region

    @property
    def events(self) -> list[Event]:
        return self.history.events

    @property
    def context(self) -> dict[str, object]:
        """What every state's context object has."""
        execution: dict[str, object] = {
            "Id": self.names.execution_arn(),
            "Input": self.input,
            "Name": self.names.execution,
            "RoleArn": self.names.role,
            "StartTime": written(self.started_at),
        }
        if not self.names.awaited:
            execution["RedriveCount"] = self.redrives
        if self.redriven_at is not None:
            execution["RedriveTime"] = written(self.redriven_at)
        return {
            "Execution": execution,
            "StateMachine": {"Id": self.names.machine_arn(), "Name": self.names.machine},
        }

    def begin(self) -> None:
        """Start at the first state."""
        self.history.add("ExecutionStarted", 0, self.loop.now, {"input": self.input, "roleArn": self.names.role})
        self._limit_time()
        self._root.start(run_lines(self, self._root, self.program.lines, self.input), self._done)

    def child(
        self, program: Program, input: object, run: MapRun, name: str, ended: Callable[[Execution], None]
    ) -> Execution:
        """An execution of a Map Run, which shares time, tasks and chance with this one."""
        return Execution(
            program,
            input,
            loop=self.loop,
            perform=self.perform,
            names=replace(self.names, machine=run.machine, execution=name),
            random=self.random,
            objects=self.objects,
            ended=ended,
        )

    def stand_at(self, place: tuple[int, ...]) -> None:
        """Be the child at `place`: its number, behind those of what its Map is in."""
        self._root.place = place

    def lines(self, thread: Thread, lines: Lines, data: object, resumed: Frame | None) -> Steps:
        """The steps of a branch or an iteration."""
        return run_lines(self, thread, lines, data, resumed)

    def standing(self) -> Iterator[Frame]:
        """The visits that it is in: the innermost of its lines, branches and iterations, and of Map Runs' children."""
        todo = [self._root]
        while todo:
            thread = todo.pop()
            todo += reversed(thread.children)
            if thread.alive and thread.frame and not thread.children:
                runs = [run for run in self.map_runs if run.status == "RUNNING" and run is thread.frame.standing]
                inside = [frame for run in runs for child in run.children for frame in child.standing()]
                yield from inside or [thread.frame]

    def record(self, thread: Thread, type: str, details: Mapping[str, object]) -> int:
        """Add an event to the history, which leads to the thread's next one; gives its number."""
        thread.previous = number = self.note(thread, type, details)
        return number

    def note(self, thread: Thread, type: str, details: Mapping[str, object], previous: int = 0) -> int:
        """The same for an event that leads to no other; `previous` led to it, or the thread's last one."""
        if self.status != "RUNNING":
            raise Halt
        try:
            return self.history.add(type, previous or thread.previous, self.loop.now, details)
        except FullError as full:
            self._end("FAILED", "ExecutionFailed", {"error": RUNTIME, "cause": full.CAUSE}, thread.previous)
            raise Halt from full

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Abort it, as StopExecution does."""
        if self.status == "RUNNING":
            self._end("ABORTED", "ExecutionAborted", {"error": error, "cause": cause}, 0)

    def not_redrivable(self) -> str | None:
        """Why it cannot be redriven: it runs, succeeded, is Express, has no room for events, or ended long ago.

        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility
        """
        if self.status in ("RUNNING", "SUCCEEDED"):
            return f"Execution is {self.status} and cannot be redriven"
        if self.program.type != "STANDARD":
            return "Express executions cannot be redriven"
        if len(self.events) >= MAX_EVENTS - 1:
            return "Execution history event limit exceeded"
        now, ended_at = self.loop.now, self.ended_at or self.started_at
        if now - self.started_at >= LONGEST_SECONDS["STANDARD"]:
            return "Execution has exceeded the max execution time"
        if now - ended_at > REDRIVABLE_SECONDS:
            return "Execution redrivable period exceeded"
        return None

    def redrive(self) -> None:
        """Go on from the state that failed, and in its branches, iterations and children from those that did.

        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html

        Raises:
            NotRedrivableError: when it is not eligible.
        """
        if (reason := self.not_redrivable()) is not None:
            raise NotRedrivableError(reason)
        stopped = self._root.frame
        last = self.events[-1].id
        self.status, self.error, self.cause, self.ended_at = "RUNNING", None, None, None
        self.redrives += 1
        self.redriven_at = self.loop.now
        place, self._root = self._root.place, Thread(self.loop, last, self._root.variables)
        self._root.place = place
        self.record(self._root, "ExecutionRedriven", {"redriveCount": self.redrives})
        self._limit_time()
        self._root.start(run_lines(self, self._root, self.program.lines, self.input, stopped), self._done)

    def _limit_time(self) -> None:
        longest = LONGEST_SECONDS[self.program.type]
        timeout = self.program.timeout
        seconds = min(timeout, longest) if is_number(timeout) else longest
        self._limit = self.loop.at(self.loop.now + seconds, self._time_out)

    def _done(self, thread: Thread, result: object) -> None:
        if isinstance(result, Failure):
            details = {"error": result.error, "cause": result.cause}
            self._end("FAILED", "ExecutionFailed", details, thread.previous)
        else:
            self.output = result
            self._end("SUCCEEDED", "ExecutionSucceeded", {"output": result}, thread.previous)

    def _time_out(self) -> None:
        if self.status == "RUNNING":
            self._end("TIMED_OUT", "ExecutionTimedOut", {"error": TIMEOUT, "cause": None}, 0)

    def _end(self, status: Status, type: str, details: Mapping[str, object], previous: int) -> None:
        error, cause = details.get("error"), details.get("cause")
        self.error = error if isinstance(error, str) else None
        self.cause = cause if isinstance(cause, str) else None
        self.history.end(type, previous, self.loop.now, details)
        self.status = status
        if self._limit:
            self._limit.cancel()
        self.ended_at = self.loop.now
        self._root.stop()
        self._ended(self)
