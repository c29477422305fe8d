"""A workflow under test: a definition, and what its tasks come to.

run = Workflow.of(definition).mock("ChargePayment", error="PaymentDeclined").run(order)
assert run.ended_in("OrderDeclined") and run.called("RefundPayment") == 0
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any

from asl.rules.check import require
from asl.running.calls import Call
from asl.running.execution import Execution, Names
from asl.running.loop import Loop
from asl.running.objects import GivenObjects
from asl.running.sizes import text
from asl.running.steps import Program
from asl.syntax.hints import nearest
from asl.syntax.walk import Machine, walk
from asl.testing.handlers import Function
from asl.testing.outcomes import Given, Handled, Never, Outcome, Outcomes, Raises, Returns
from asl.testing.run import STARTS_AT
from asl.testing.runs import Run, UnknownStateError, task_names
from asl.testing.visits import moment

_NOT_SAID: Any = object()


@dataclass(frozen=True, slots=True, repr=False)
class Workflow:
    """A definition with mocks. Nothing changes one: each method gives another, so that tests can share a beginning."""

    machine: Machine
    program: Program
    name: str = "machine"
    """Of the machine, as its ARN and coverage have it."""
    mocks: Mapping[str, Given] = field(default_factory=dict[str, Given])
    objects: Mapping[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    now: float = STARTS_AT
    """When a run starts, in seconds since 1970."""
    seed: int = 0
    """What decides jitter, tokens and random numbers: the same seed gives the same run."""
    tell_time: Callable[[datetime], object] | None = None
    seen: Callable[[Run], object] = lambda run: None
    """Told of every run that begins."""

    @classmethod
    def of(cls, definition: object, *, type: str = "STANDARD", name: str = "machine") -> Workflow:
        """A workflow without mocks.

        Raises:
            DefinitionError: where `asl.check` finds errors.
            ValueError: for a `type` that no machine has, or what is no JSON.
        """
        return cls(*_ready(_json("the definition", definition), type, name), name)

    def __repr__(self) -> str:
        mocked = f" with mocks of {', '.join(self.mocks)}" if self.mocks else ""
        return f"<Workflow {self.name}{mocked}>"

    def mock(
        self,
        task: str,
        result: object = _NOT_SAID,
        *,
        error: str | None = None,
        cause: str | None = None,
        outcomes: Sequence[object] | None = None,
        handler: Function | None = None,
        never: bool = False,
        after: float = 0,
        heartbeats: Sequence[float] = (),
    ) -> Workflow:
        """Say what a task comes to, by its state, its path, its Resource, `sqs:sendMessage` or its function's name.

        One of: its `result` (of an optimised integration it may leave out what every answer has; `{}` where nothing
        is said), an `error` with its `cause`, one of `outcomes` for each attempt in turn (a `Raises`, a `Returns`, a
        `Never`, or a result), or `never`: nobody answers, and it ends in its timeout. Each comes `after` so many
        seconds; a callback's holder may send `heartbeats` so many seconds after the task began.

        A `handler` is a Lambda function that is called in this process, with the event that AWS hands over and a
        context. What it raises is the error, by its class's name. Where the task waits for its token, it answers the
        request, and the result, error or never beside it is what the token's holder says.

        Raises:
            UnknownStateError: where the machine has no such task.
            ValueError: for arguments that exclude each other.
        """
        known = task_names(self.machine)
        if task not in known:
            raise UnknownStateError(f"the machine has no task '{task}' to mock{nearest(task, known)}")
        said = {"result": result is not _NOT_SAID, "error": error is not None, "outcomes": outcomes is not None}
        given = [name for name, is_given in {**said, "never": never}.items() if is_given]
        if len(given) > 1 or (outcomes is not None and handler):
            both = " and ".join([*given, *(["handler"] if handler else [])])
            raise ValueError(f"the mock of '{task}' has {both}, which exclude each other")
        if cause is not None and error is None:
            raise ValueError(f"the mock of '{task}' has a cause without an error")
        outcome: Outcome
        if error is not None:
            outcome = Raises(error, cause, after, heartbeats=heartbeats)
        elif never or (handler and result is _NOT_SAID):
            outcome = Never(heartbeats)
        else:
            outcome = Returns({} if result is _NOT_SAID else result, after, heartbeats=heartbeats)
        mocked = list(outcomes) if outcomes is not None else Handled(handler, after, outcome) if handler else outcome
        return replace(self, mocks={**self.mocks, task: mocked})

    def at(self, now: datetime | float) -> Workflow:
        """The same, started at a point in time: a datetime with its zone, or seconds since 1970.

        Raises:
            ValueError: for a datetime without a zone.
        """
        if isinstance(now, datetime):
            if now.tzinfo is None:
                raise ValueError(f"{now} has no time zone: say datetime(…, tzinfo=UTC)")
            now = now.timestamp()
        return replace(self, now=now)

    def seeded(self, seed: int) -> Workflow:
        """The same with another chance: jitter, tokens, random numbers."""
        return replace(self, seed=seed)

    def with_objects(self, objects: Mapping[tuple[str, str], bytes]) -> Workflow:
        """The same with what lies in S3, by bucket and key, for Distributed Maps to read."""
        return replace(self, objects={**self.objects, **objects})

    def with_clock(self, tell_time: Callable[[datetime], object]) -> Workflow:
        """The same, where `tell_time` is told the virtual time before each call: a clock that handlers read is set."""
        return replace(self, tell_time=tell_time)

    def start(self, input: object = None) -> Run:
        """Begin a run, and go as far as it does without time passing.

        A task that is not mocked waits until the test answers it: `run.answer(state, result)`.

        Raises:
            ValueError: for an input that is no JSON.
            MissingOutcomeError, MisshapenResultError: as `asl.run`.
        """
        run = self._begun(input)
        run.execution.loop.run_ready()
        return run

    def run(self, input: object = None) -> Run:
        """Run to the end.

        Raises:
            ValueError: for an input that is no JSON.
            MissingOutcomeError: for a task that is not mocked.
            MisshapenResultError: for a result that contradicts the service's model.
        """
        return self._begun(input).finish()

    def _begun(self, input: object) -> Run:
        loop = Loop(self.now)

        def perform(call: Call) -> None:
            if self.tell_time:
                self.tell_time(moment(loop.now))
            run.perform(call)

        execution = Execution(
            self.program,
            json.loads(_json("the input", {} if input is None else input)),
            loop=loop,
            perform=perform,
            names=Names(machine=self.name, express=_EXPRESS if self.program.type == "EXPRESS" else ""),
            random=Random(self.seed),  # noqa: S311 nothing secret comes of it
            objects=GivenObjects(self.objects),
        )
        run = Run(self.machine, execution, Outcomes(self.mocks))
        self.seen(run)
        execution.begin()
        return run


_EXPRESS = "00000000-0000-4000-8000-000000000000"


def _json(what: str, value: object) -> str:
    try:
        return text(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} is no JSON: {error}") from error


@lru_cache(maxsize=64)
def _ready(definition: str, type: str, name: str) -> tuple[Machine, Program]:
    """Checked and read once, however many tests take it; what is read is a copy, which no test can change."""
    parsed: Any = json.loads(definition)
    require(name, parsed, type=type)
    return walk(parsed, type=type), Program.read(parsed, type=type)
