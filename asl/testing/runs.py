"""A run of a workflow in a test: what it has done, and how its time is moved on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from asl.analysis.caching import once
from asl.running.calls import Call
from asl.running.execution import Execution, Status
from asl.running.history import Event
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_object, as_text
from asl.syntax.walk import Machine, State
from asl.testing.handlers import name_of_function
from asl.testing.outcomes import MissingOutcomeError, Never, Outcomes, names, shaped
from asl.testing.visits import Attempt, Visit, moment, visits


class UnknownStateError(LookupError):
    """A test asks for a state or a task that its machine does not have."""


class NotThereError(LookupError):
    """A test asks for what this run did not do, or does not wait for."""


class Verdict(int):
    """The answer to a question: true or false, and in a failed test's message what happened instead."""

    def __new__(cls, holds: bool, why: str) -> Verdict:
        found = super().__new__(cls, holds)
        found.why = why
        return found

    why: str

    def __repr__(self) -> str:
        return f"<{'yes' if self else 'no'}: {self.why}>"


class Way(list[str]):
    """The states that a run entered, in order."""

    def __init__(self, names: Iterable[str], run: Run) -> None:
        super().__init__(names)
        self.run = run

    def __repr__(self) -> str:
        return " → ".join(self)


class Run:
    """An execution in virtual time, run to its end or on its way there.

    States go by their names, or by their paths. What a test asks of a state that the machine does not have raises
    UnknownStateError, so that a misspelt name never passes.
    """

    def __init__(self, machine: Machine, execution: Execution, outcomes: Outcomes) -> None:
        self.execution = execution
        self.machine = machine
        self._outcomes = outcomes
        self._attempts: list[Attempt] = []
        self._waits_for_test = True
        self._states = _by_name(machine)

    def __repr__(self) -> str:
        ended = f" with {self.error}" if self.error else ""
        return f"<Run {self.status}{ended}: {self._short_way()}>"

    # What it came to

    @property
    def status(self) -> Status:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        return self.execution.status

    @property
    def input(self) -> Any:
        return self.execution.input

    @property
    def output(self) -> Any:
        return self.execution.output

    @property
    def error(self) -> str | None:
        return self.execution.error

    @property
    def cause(self) -> str | None:
        return self.execution.cause

    @property
    def history(self) -> list[Event]:
        """The events, as GetExecutionHistory tells them: `event.as_aws()`."""
        return self.execution.events

    @property
    def started(self) -> datetime:
        return moment(self.execution.started_at)

    @property
    def now(self) -> datetime:
        """What time it is in the run; after its end, when it ended."""
        ended = self.execution.ended_at
        return moment(self.execution.loop.now if ended is None else ended)

    @property
    def took(self) -> timedelta:
        """How long it ran, in virtual time; of one that has not ended, so far."""
        return self.now - self.started

    # Where it went

    @property
    def way(self) -> Way:
        """The names of the states in the order in which they were entered, those inside Parallel and Map among them."""
        return Way([visit.name for visit in self.visits()], self)

    def visits(self, state: str | None = None) -> list[Visit]:
        """Every visit, or every one of `state`, in the order in which they began."""
        name = self._state(state).name if state is not None else None
        return [one for one in visits(self.execution, self._attempts) if name is None or one.name == name]

    def state(self, state: str) -> Visit:
        """The last visit of a state.

        Raises:
            NotThereError: where the state was never entered.
        """
        found = self.visits(state)
        if not found:
            raise NotThereError(f"{state} was never entered: {self._short_way()}")
        return found[-1]

    def entered(self, state: str) -> datetime:
        """When a state was entered for the first time. Raises as `state` does."""
        self.state(state)
        return self.visits(state)[0].entered

    def ended_in(self, state: str) -> Verdict:
        """Whether it has ended, and this was its last state; of a Parallel or Map, that or the last one inside."""
        wanted, visited = self._state(state).path, self.execution.visited
        last = next(path for path in reversed(visited) if self._states[path].scope.owner is None)
        ends = {last, *([visited[-1]] if visited[-1].startswith(f"{last}.") else [])}
        told = (
            f"it ended in {self._states[last].name}"
            if self.status != "RUNNING"
            else f"it waits in {', '.join(self.waiting)}"
        )
        return Verdict(self.status != "RUNNING" and wanted in ends, f"{told}{self._failure()}: {self._short_way()}")

    def went_through(self, *states: str) -> Verdict:
        """Whether these were entered, in this order, whatever came between."""
        way = iter(visit.name for visit in self.visits())
        missed = next((name for name in states if self._state(name).name not in way), None)
        told = "in this order" if missed is None else f"not through {missed}"
        return Verdict(missed is None, f"{told}: {self._short_way()}")

    def called(self, task: str) -> int:
        """How many calls a task made, each attempt counted.

        `task` is a state, or what its mock can go by: its Resource, `sqs:sendMessage`, its function's name.
        """
        if task not in self._states and task not in (known := task_names(self.machine)):
            raise UnknownStateError(f"the machine has no task '{task}'{nearest(task, known)}")
        return sum(task in names(attempt.call) for attempt in self._attempts)

    # Moving it on

    @property
    def waiting(self) -> list[str]:
        """The names of the states that it stands in, each once; none when it has ended."""
        return list(dict.fromkeys(frame.step.name for frame in self.execution.standing()))

    def waits_in(self, state: str) -> Verdict:
        """Whether it stands in a state: a Wait, a task that is not answered, a delay before the next attempt."""
        path = self._state(state).path
        holds = any(frame.step.path == path for frame in self.execution.standing())
        told = f"it waits in {', '.join(self.waiting)}" if self.status == "RUNNING" else f"it has {self.status}"
        return Verdict(holds, f"{told}{self._failure()}: {self._short_way()}")

    def advance(self, by: timedelta | None = None, **units: float) -> Run:
        """Let time pass: `advance(days=2)`, `advance(timedelta(hours=1))`. What is due until then happens."""
        loop = self.execution.loop
        loop.run_ready()
        loop.move_on(loop.now + ((by or timedelta()) + timedelta(**units)).total_seconds())
        return self

    def advance_to(self, state: str) -> Run:
        """Let time pass until the run waits in a state.

        Raises:
            NotThereError: where it ends before.
        """
        self.execution.loop.run(lambda: self.status != "RUNNING" or bool(self.waits_in(state)))
        if not self.waits_in(state):
            raise NotThereError(f"it never waited in {state}: {self.waits_in(state).why}")
        return self

    def answer(self, state: str, result: object = None) -> Run:
        """Answer the task that has waited longest in a state; of a token it is the callback, of a job its end.

        Raises:
            NotThereError: where no task waits there.
            MisshapenResultError: for a result that contradicts the service's model.
        """
        call = self._open(state)
        call.succeed(shaped(call, {} if result is None else result))
        self.execution.loop.run_ready()
        return self

    def fail(self, state: str, error: str, cause: str | None = None) -> Run:
        """Fail the task that has waited longest in a state. Raises as `answer` does."""
        self._open(state).fail(error, cause)
        self.execution.loop.run_ready()
        return self

    def heartbeat(self, state: str) -> Run:
        """Tell that whoever works on the task is alive. Raises as `answer` does."""
        self._open(state).heartbeat()
        return self

    def stop(self, error: str | None = None, cause: str | None = None) -> Run:
        """Abort it, as StopExecution does."""
        self.execution.stop(error, cause)
        return self

    def finish(self) -> Run:
        """Let time pass until the run ends.

        Raises:
            MissingOutcomeError: for a task that nobody says the outcome of.
        """
        self._waits_for_test = False
        open_call = next((one.call for one in self._attempts if self._is_left_open(one.call)), None)
        if open_call:
            raise MissingOutcomeError(
                f"{open_call.path} waits for an answer: give one with answer('{open_call.state}', …) or "
                f"fail('{open_call.state}', …), or say .mock('{open_call.state}', never=True) where nobody answers"
            )
        self.execution.loop.run(lambda: self.status != "RUNNING")
        return self

    def perform(self, call: Call) -> None:
        """Make a task's call: by what is given for it, or by leaving it to the test."""
        self._attempts.append(Attempt(call, moment(self.execution.loop.now)))
        if self._waits_for_test and self._outcomes.given_for(call) is None:
            self._outcomes.answer(call, Never())
        else:
            self._outcomes.perform(call)

    def _is_left_open(self, call: Call) -> bool:
        return not call.done and self._outcomes.given_for(call) is None

    def _open(self, state: str) -> Call:
        path = self._state(state).path
        for attempt in self._attempts:
            if attempt.call.path == path and not attempt.call.done:
                return attempt.call
        raise NotThereError(f"no task waits in {state}: {self.waits_in(state).why}")

    def _state(self, name: str) -> State:
        found = self._states.get(name)
        if found is None:
            raise UnknownStateError(f"the machine has no state '{name}'{nearest(name, self._states)}")
        return found

    def _failure(self) -> str:
        return f" with {self.error}" if self.error else ""

    def _short_way(self) -> str:
        """The way, with what failed on it; of a long one the last part."""
        steps = [f"{one.name} ({one.error})" if one.error else one.name for one in self.visits()]
        return " → ".join(steps if len(steps) <= _LONGEST_WAY else ["…", *steps[-_LONGEST_WAY:]])


_LONGEST_WAY = 12


@once
def _by_name(machine: Machine) -> dict[str, State]:
    return {key: state for state in machine.states for key in (state.name, state.path)}


@once
def task_names(machine: Machine) -> set[str]:
    """What mocks and questions may name: tasks' states and paths, their Resources and `sqs:sendMessage`, functions."""
    found: set[str] = set()
    for state in machine.of("Task"):
        found |= {state.name, state.path, state.resource, state.resource.rpartition(":::")[2]}
        given = as_object(state.node.get("Arguments", state.node.get("Parameters")))
        found |= {name_of_function(as_text(given.get("FunctionName"))), name_of_function(state.resource)}
    return found - {""}
