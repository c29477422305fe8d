"""What a call may come to: results, each error that somebody handles, one that nobody names, silence, a late answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from asl.analysis.durations import CALL_SECONDS
from asl.analysis.promises import MustReach
from asl.running.calls import Call
from asl.running.failures import TIMEOUT, Failure
from asl.running.items import is_distributed
from asl.running.steps import Lines, Step
from asl.syntax.builders import LAMBDA_TRANSIENT_ERRORS
from asl.syntax.hints import nearest
from asl.syntax.shapes import is_number
from asl.testing.exploring.visits import beats
from asl.testing.outcomes import Given, Never, Outcome, Raises, Returns

UNNAMED = "Unforeseen"
"""An error that no retrier and no catcher names."""
CAUSE = "explored"
_OF_TASKS = frozenset({"States.Permissions", "States.DataLimitExceeded"})
"""The errors of Step Functions' own that a call may come to, beside those of time and of HTTP:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

Kind: TypeAlias = Literal["given", "unknown", "fails", "silent", "beating", "late"]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One thing that a call may come to, for all `names` of errors that are handled alike."""

    kind: Kind
    outcome: Outcome | None = None
    names: tuple[str, ...] = ()

    def failure(self) -> Failure | None:
        """What the state's handlers are asked about; None where the call succeeds."""
        if self.kind == "fails":
            return Failure(self.names[0])
        return None if self.kind in ("given", "unknown") else Failure(TIMEOUT, missed_heartbeat=self.kind == "silent")

    def come_to(self, call: Call) -> Outcome:
        """The outcome of `call`."""
        if self.kind == "beating":
            return Never(beats(call))
        if self.kind == "late":
            return Returns({}, after=(call.seconds or 0) + 1, heartbeats=beats(call))
        return self.outcome or Never()


@dataclass(frozen=True, slots=True)
class Trials:
    """What a state's calls may come to, and how its handlers count."""

    step: Step
    every: tuple[Trial, ...]
    around: tuple[Step, ...]
    """The Parallel and Map states that its errors go to, from the innermost."""

    def retrier(self, trial: Trial) -> int | None:
        """Which retrier takes what it comes to, whether or not it has attempts left."""
        failure = trial.failure()
        if failure is None:
            return None
        taking = (index for index, one in enumerate(self.step.retriers) if failure.is_one_of(one.errors))
        return next(taking, None)

    def longest(self, trial: Trial) -> float:
        """Seconds that one attempt may take at the most, as far as the definition says it.

        Errors of a call that hands on a token are taken to come of the call, as `longest_seconds` takes them.
        """
        node = self.step.node
        limit = node.get("TimeoutSeconds")
        if not is_number(limit):
            return CALL_SECONDS if _is_function(self.step) else 0
        heartbeat = node.get("HeartbeatSeconds")
        if trial.kind == "silent" and is_number(heartbeat):
            return min(heartbeat, limit)
        return min(limit, CALL_SECONDS) if trial.kind == "fails" and waits(self.step) else limit


def waits(step: Step) -> bool:
    """Whether somebody else says when the task is done: by its token, or as a job or an activity."""
    return step.resource.endswith((".waitForTaskToken", ".sync", ".sync:2")) or ":activity:" in step.resource


def _is_function(step: Step) -> bool:
    return ":function:" in step.resource or step.resource.endswith(":lambda:invoke")


def all_trials(lines: Lines, given: Mapping[str, Given], promises: Sequence[MustReach]) -> dict[str, Trials]:
    """The trials of every state that makes calls, by its path.

    Raises:
        ValueError: for an outcome of a state that is not there, or that is none.
    """
    found: dict[str, Trials] = {}
    for step, around in _steps(lines, ()):
        found[step.path] = Trials(
            step, tuple(_of(step, around, given, promises)) if step.type == "Task" else (), around
        )
    _known(given, [one.step for one in found.values()])
    return found


def _steps(lines: Lines, around: tuple[Step, ...]) -> Iterator[tuple[Step, tuple[Step, ...]]]:
    for step in lines.steps.values():
        yield step, around
        inner = () if step.type == "Map" and is_distributed(step) else (step, *around)
        for scope in step.scopes:
            yield from _steps(scope, inner)


def _names(step: Step) -> Sequence[str]:
    return step.path, step.name, step.resource, step.resource.rpartition(":::")[2]


def _known(given: Mapping[str, Given], steps: Sequence[Step]) -> None:
    tasks = {name for step in steps if step.type == "Task" for name in _names(step)}
    for name in given:
        if name not in tasks:
            states = {step.name: step.type for step in steps}
            if name in states:
                raise ValueError(f"outcomes: {name} is a {states[name]} state, which makes no calls")
            raise ValueError(f"outcomes: there is no task '{name}'{nearest(name, tasks)}")


def _of(
    step: Step, around: tuple[Step, ...], given: Mapping[str, Given], promises: Sequence[MustReach]
) -> Iterator[Trial]:
    outcomes = _given(step, given)
    results = [one for one in outcomes if isinstance(one, Returns)]
    yield from (Trial("given", one) for one in results)
    if not results:
        yield Trial("unknown")
    asked_for = [str(one.error) for one in outcomes if isinstance(one, Raises)]
    yield from (Trial("fails", Raises(error, CAUSE), (error,)) for error in asked_for)
    others = [error for error in _errors(step, around, promises) if error not in asked_for]
    for alike in _alike(step, around, dict.fromkeys(others), promises):
        yield Trial("fails", Raises(alike[0], CAUSE), alike)
    yield from _in_time(step)


def _given(step: Step, given: Mapping[str, Given]) -> list[Outcome]:
    name = next((name for name in _names(step) if name in given), None)
    if name is None:
        return []
    one = given[name]
    if callable(one):
        raise ValueError(f"outcomes: {name} has a function; what it may come to has to be said, not computed")
    every = cast("list[object]", one) if isinstance(one, list) else [one]
    return [each if isinstance(each, Returns | Raises | Never) else Returns(each) for each in every]


def _errors(step: Step, around: tuple[Step, ...], promises: Sequence[MustReach]) -> Iterator[str]:
    if _is_function(step) or ":lambda:invoke" in step.resource:
        yield from LAMBDA_TRANSIENT_ERRORS
    states = {step.name, *(one.name for one in around)}
    named = [name for one in (step, *around) for handler in (*one.retriers, *one.catchers) for name in handler.errors]
    named += [name for promise in promises if promise.state in states for name in promise.unless]
    for name in sorted(set(named)):
        of_http = name.startswith("States.Http.") and ":http:invoke" in step.resource
        if not name.startswith("States.") or name in _OF_TASKS or of_http:
            yield name
    yield UNNAMED


def _alike(
    step: Step, around: tuple[Step, ...], errors: Iterable[str], promises: Sequence[MustReach]
) -> Iterable[tuple[str, ...]]:
    """The errors in groups that every handler and every promise treats alike."""
    groups: dict[object, list[str]] = {}
    for error in errors:
        failure = Failure(error)
        treated: list[object] = [error in promise.unless for promise in promises]
        for one in (step, *around):
            for handlers in (one.retriers, one.catchers):
                taking = (index for index, handler in enumerate(handlers) if failure.is_one_of(handler.errors))
                treated.append(next(taking, None))
        groups.setdefault(tuple(treated), []).append(error)
    return [tuple(group) for group in groups.values()]


def _in_time(step: Step) -> Iterator[Trial]:
    limited = not {"TimeoutSeconds", "TimeoutSecondsPath"}.isdisjoint(step.node)
    beats = not {"HeartbeatSeconds", "HeartbeatSecondsPath"}.isdisjoint(step.node)
    if limited or beats or waits(step):
        yield Trial("silent")
    if limited and beats:
        yield Trial("beating")
    if limited and waits(step):
        yield Trial("late")
