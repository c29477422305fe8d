"""What tasks come to when nobody makes their calls: results, errors, answers that come late or never."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from asl.running.calls import Call
from asl.running.sizes import text
from asl.testing.handlers import Function, HandlerError, Invocation, function_name
from asl.testing.result_shapes import filled, problem


@dataclass(frozen=True, slots=True)
class Returns:
    """The task succeeds with `value`, `after` so many virtual seconds.

    Of a `.waitForTaskToken` task it is the callback's output, of a `.sync` one what the job comes to; `submitted` is
    what the request itself answers. Of an optimised integration it may leave out what every answer has.
    `heartbeats` are sent so many seconds after the task was scheduled.
    """

    value: object = field(default_factory=dict[str, object])
    after: float = 0
    submitted: object = field(default_factory=dict[str, object])
    heartbeats: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Raises:
    """The task fails with `error`, `after` so many virtual seconds."""

    error: str | None
    cause: str | None = None
    after: float = 0
    submitted: object = field(default_factory=dict[str, object])
    heartbeats: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Never:
    """Nobody answers: the task ends by its timeout or its heartbeat, or the execution's."""

    heartbeats: Sequence[float] = ()
    submitted: object = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Handled:
    """A Lambda `function` is called in this process: what it returns is the result, what it raises the error.

    Where the task waits for its token that answers the request alone, and `then` is what the token's holder does. A
    function that returns an `Outcome` has said all of it.
    """

    function: Function
    after: float = 0
    then: Outcome = field(default_factory=Never)


Outcome: TypeAlias = Returns | Raises | Never
"""What a task comes to."""
Answer: TypeAlias = Callable[[object, Mapping[str, object]], object]
"""A function of a task's arguments and the context object: gives an `Outcome`, or the result itself.

An exception that it raises is the task's error, by its class's name, as a Lambda function's is.
"""
Given: TypeAlias = object
"""An `Outcome`, a list of them for one attempt after the other, a function, a `Handled` one, or a result."""


class MissingOutcomeError(Exception):
    """A task is called of which nobody said what it comes to."""


class MisshapenResultError(Exception):
    """A task is given a result that its service cannot answer, by the service's own model."""


class Outcomes:
    """Answers calls by what is given for a state's name, its path, or its Resource."""

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = given
        self._used: dict[str, int] = {}
        self._handled = 0

    def perform(self, call: Call) -> None:
        """Answer a call, at once or when its time has come.

        Raises:
            MissingOutcomeError: when nothing is given for it, or its list has ended.
            MisshapenResultError: when what is given contradicts the service's model.
        """
        self.answer(call, self._outcome(call))

    def answer(self, call: Call, outcome: Outcome) -> None:
        """Let a call come to `outcome`, at once or when its time has come."""
        if call.kind == "activity":
            call.schedule()
            call.start()
        loop, now = call.frame.execution.loop, call.frame.execution.loop.now
        if call.pattern:
            call.submitted(outcome.submitted)
        for seconds in outcome.heartbeats:
            loop.at(now + seconds, call.heartbeat)
        if isinstance(outcome, Never):
            return
        end = _answer(call, outcome)
        if outcome.after > 0:
            loop.at(now + outcome.after, end)
        else:
            end()

    def given_for(self, call: Call) -> str | None:
        """The name that something is given for, out of the call's `names`."""
        return next((name for name in names(call) if name in self._given), None)

    def _outcome(self, call: Call) -> Outcome:
        name = self.given_for(call)
        if name is None:
            raise MissingOutcomeError(_missing(call))
        given = self._given[name]
        if isinstance(given, list):
            every = cast("list[object]", given)
            number = self._used.get(name, 0)
            if number == len(every):
                raise MissingOutcomeError(
                    f"{call.path} makes call number {number + 1}, and outcomes for {len(every)} are given for "
                    f"'{name}': add one for each attempt"
                )
            self._used[name] = number + 1
            given = every[number]
        if isinstance(given, Handled):
            self._handled += 1
            return _by_handler(given, call, self._handled)
        if callable(given):
            given = _called(cast(Answer, given), call)
        return given if isinstance(given, Returns | Raises | Never) else Returns(given)


def names(call: Call) -> tuple[str, ...]:
    """What a call goes by: its state's path and name, its Resource, `sqs:sendMessage`, its function's name."""
    return call.path, call.state, call.resource, call.resource.rpartition(":::")[2], function_name(call)


def _by_handler(given: Handled, call: Call, number: int) -> Outcome:
    invocation = Invocation(call, number)
    try:
        returned = invocation.returned(given.function)
        if isinstance(returned, Returns | Raises | Never):
            return returned
        answered = invocation.result(returned)
    except HandlerError as failed:
        return Raises(failed.error, failed.cause, given.after)
    return replace(given.then, submitted=answered) if call.pattern else Returns(answered, given.after)


def _called(function: Answer, call: Call) -> object:
    try:
        return function(call.arguments, call.frame.context())
    except Exception as error:
        document = {"errorMessage": str(error), "errorType": type(error).__name__}
        return Raises(type(error).__name__, text(document))


def _answer(call: Call, outcome: Returns | Raises) -> Callable[[], None]:
    if isinstance(outcome, Returns):
        value = shaped(call, outcome.value)
        return lambda: call.succeed(value)
    return lambda: call.fail(outcome.error, outcome.cause)


def shaped(call: Call, given: object) -> object:
    """What is given, with what the service answers beside; fields that it has to have may be left out.

    Raises:
        MisshapenResultError: when it contradicts the service's model.
    """
    if wrong := problem(call.resource, given, "PRESENT"):
        raise MisshapenResultError(f"{call.path} is given a result that {call.resource} does not have: {wrong}")
    return filled(call.resource, given, call.arguments, call.frame.execution.loop.now)


def _missing(call: Call) -> str:
    shown = text(call.arguments)
    shown = shown if len(shown) <= 200 else f"{shown[:197]}..."
    return (
        f"{call.path} calls {call.resource} with {shown}, and no outcome is given for it: "
        f'add one by the state\'s name, {{"{call.state}": Returns({{...}})}}'
    )
