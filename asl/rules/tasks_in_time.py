"""Rules about tasks that hang, fail and are repeated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asl.analysis.path_texts import read_paths
from asl.rules.findings import Problem, Rule
from asl.syntax.builders import LAMBDA_TRANSIENT_ERRORS
from asl.syntax.shapes import as_text
from asl.syntax.walk import Handler, Machine, Scope, State

_PRACTICES = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_CONNECT = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"
_ALL = "States.ALL"
_TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")
_FAILED = "States.TaskFailed"
_NO_FAILURES = (_ALL, "States.Timeout", "States.HeartbeatTimeout", "States.DataLimitExceeded", "States.Runtime")
"""Names that States.TaskFailed leaves over, or of which AWS's page does not say that it takes them."""


def _names(handlers: Iterable[Handler]) -> set[str]:
    return {as_text(name) for handler in handlers for name in handler.errors}


def _has_timeout(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        if "TimeoutSeconds" not in state.node and "TimeoutSecondsPath" not in state.node:
            yield state.path, "has no TimeoutSeconds; it may hang for years"


def _waits_with_heartbeat(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        waits = state.hands_over_token or (":states:" in state.resource and ":activity:" in state.resource)
        if waits and not ({"HeartbeatSeconds", "HeartbeatSecondsPath", "TimeoutSeconds"} & set(state.node)):
            yield state.path, "waits for a worker without HeartbeatSeconds or TimeoutSeconds"


def _calls_lambda(state: State) -> bool:
    resource = state.resource
    return ":states:::lambda:invoke" in resource or (":lambda:" in resource and ":function:" in resource)


def _retries_lambda(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        if not _calls_lambda(state):
            continue
        retried = _names(retrier for retrier in state.retriers if retrier.node.get("MaxAttempts") != 0)
        if {_ALL, "States.TaskFailed"} & retried:
            continue
        missed = [name for name in LAMBDA_TRANSIENT_ERRORS if name not in retried]
        if missed:
            yield state.at("Retry") if "Retry" in state.node else state.path, f"does not retry {', '.join(missed)}"


def _retries_with_jitter(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for retrier in state.retriers:
            if retrier.node.get("MaxAttempts") != 0 and retrier.node.get("JitterStrategy") != "FULL":
                yield retrier.path, "has no jitter"


def _catches_all(machine: Machine) -> Iterator[Problem]:
    # Whoever started an Express execution repeats it whole. A machine without any catcher leaves all to its alarms.
    if machine.type == "EXPRESS" or not any("Catch" in state.node for state in machine.states):
        return
    caught: set[Scope] = set()
    for scope in machine.scopes:  # the outer ones come first
        around = scope.owner
        if around and (around.scope in caught or _ALL in _names(around.catchers)):
            caught.add(scope)
    for state in machine.of("Task"):
        if state.scope not in caught and _ALL not in _names(state.catchers):
            yield state.at("Catch") if "Catch" in state.node else state.path, f"does not catch {_ALL}"


def _handlers_can_match(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for handlers in (state.retriers, state.catchers):
            taken: set[str] = set()
            for handler in handlers:
                names = _names([handler])
                if names and all(_is_taken(name, taken) for name in names):
                    yield handler.path, "never matches: elements before it take all its errors"
                taken |= names


def _is_taken(name: str, taken: set[str]) -> bool:
    """Whether the error `name` is among those `taken`, or matches a wildcard among them."""
    return name in taken or _ALL in taken or (_FAILED in taken and name not in _NO_FAILURES)


def _unanswerable(machine: Machine) -> Iterator[State]:
    """The tasks that wait for a token which nobody gets."""
    for state in machine.of("Task"):
        if not state.hands_over_token:
            continue
        if not _may_hold_token(state):
            yield state


def _somebody_can_answer(machine: Machine) -> Iterator[Problem]:
    for state in _unanswerable(machine):
        if not _goes_on_by_itself(state):
            yield state.path, "hands no task token over, so nothing can ever answer it"


def _waits_are_waits(machine: Machine) -> Iterator[Problem]:
    for state in _unanswerable(machine):
        if _goes_on_by_itself(state):
            yield state.path, "hands no task token over, so it always waits until its time is over"


def _goes_on_by_itself(state: State) -> bool:
    """Whether a timeout ends `state` that a catcher takes, or of which data says when it comes."""
    if {"TimeoutSecondsPath", "HeartbeatSecondsPath"} & set(state.node):
        return True
    bounded = {"TimeoutSeconds", "HeartbeatSeconds"} & set(state.node)
    return bool(bounded) and bool({_ALL, *_TIMEOUTS} & _names(state.catchers))


def _may_hold_token(state: State) -> bool:
    """Whether what is passed holds the token, itself, in a whole context object, or where a placeholder stands."""
    paths = (path for text, path in read_paths(state) if text.field == "Parameters" and path.root == "$$")
    if any(path.steps in ((), ("Task",), ("Task", "Token")) for path in paths):
        return True
    values = [text.value for text in state.contents.texts if text.field in ("Parameters", "Arguments")]
    return any("ask.Token" in value or "$states.context" in value or "${" in value for value in values)


RULES = (
    Rule(
        "ASL053",
        "warning",
        "A Task has a timeout",
        "Without TimeoutSeconds a Task that gets no answer waits for 99,999,999 seconds.",
        "Set TimeoutSeconds a little above what the work takes at most.",
        _PRACTICES,
        _has_timeout,
        harm="none",
    ),
    Rule(
        "ASL054",
        "warning",
        "A Task that waits for a worker notices its death",
        "A worker that dies never answers; without heartbeat or timeout the execution waits with it.",
        "Set HeartbeatSeconds, and let the worker send heartbeats.",
        _CONNECT,
        _waits_with_heartbeat,
    ),
    Rule(
        "ASL055",
        "warning",
        "A Lambda task retries what passes by itself",
        "Lambda has short troubles of its own; AWS advises to retry each of these errors.",
        "Retry them with IntervalSeconds 2, MaxAttempts 6, BackoffRate 2; `retry_lambda()` does.",
        _PRACTICES,
        _retries_lambda,
        harm="none",
    ),
    Rule(
        "ASL056",
        "warning",
        "A retrier has jitter",
        "Executions that failed together come back together, and fail together again.",
        "Set JitterStrategy to FULL.",
        _ERRORS,
        _retries_with_jitter,
        harm="none",
        about=frozenset(("Retry",)),
    ),
    Rule(
        "ASL057",
        "warning",
        "Where some errors are caught, all are",
        "An error that nobody foresaw ends the execution where it stands, with what was done before left as it is.",
        "Add a last catcher with States.ALL, here or at the Parallel or Map around.",
        _ERRORS,
        _catches_all,
        harm="none",
        about=frozenset(("Catch",)),
    ),
    Rule(
        "ASL058",
        "warning",
        "A retrier or catcher can match",
        "Elements are tried in order; one whose errors are all taken before never runs. States.TaskFailed takes every"
        " error but States.Timeout, and a few that nothing but their own names take.",
        "Move it forward, or remove it.",
        _ERRORS,
        _handlers_can_match,
    ),
    Rule(
        "ASL062",
        "error",
        "A Task that waits for its token hands it over",
        "Only who has the token can answer; without it the Task never succeeds, and hangs where no timeout ends it.",
        "Pass $$.Task.Token (in JSONata $states.context.Task.Token) to the service.",
        _CONNECT,
        _somebody_can_answer,
        about=frozenset(("waitForTaskToken",)),
    ),
    Rule(
        "ASL155",
        "warning",
        "A Task that only waits is a Wait",
        "A Task whose token nobody gets ends by its timeout alone, every time.",
        "Hand the token over, or write a Wait state.",
        _CONNECT,
        _waits_are_waits,
        about=frozenset(("waitForTaskToken",)),
    ),
)
