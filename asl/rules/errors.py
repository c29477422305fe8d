"""Rules about Retry and Catch."""

from __future__ import annotations

from collections.abc import Iterator

from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest, nearest_field
from asl.syntax.shapes import is_integer, is_number, shown
from asl.syntax.walk import Handler, Machine

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_ALL = "States.ALL"
MAX_ATTEMPTS = 99_999_999
MAX_DELAY_SECONDS = 31_622_400
_WITHIN = {
    "IntervalSeconds": (0, MAX_ATTEMPTS),
    "MaxAttempts": (0, MAX_ATTEMPTS),
    "MaxDelaySeconds": (1, MAX_DELAY_SECONDS),
}
_RETRIER = (
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
)


def _catchers(machine: Machine) -> Iterator[Handler]:
    return (catcher for state in machine.states for catcher in state.catchers)


def _error_names(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for field, handlers in (("Retry", state.retriers), ("Catch", state.catchers)):
            for handler in handlers:
                if not handler.errors or not all(isinstance(name, str) for name in handler.errors):
                    yield f"{handler.path}.ErrorEquals", "is no array of error names, or is empty"
                if _ALL in handler.errors and len(handler.errors) > 1:
                    yield f"{handler.path}.ErrorEquals", f"{_ALL} stands beside other names"
                if _ALL in handler.errors and handler is not handlers[-1]:
                    yield handler.path, f"{_ALL} is not in the last element of {field}"


RESERVED = ("ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold", "HeartbeatTimeout",
            "Http.Socket", "IntrinsicFailure", "ItemReaderFailed", "NoChoiceMatched", "ParameterPathFailure",
            "Permissions", "QueryEvaluationError", "ReferencePathConflict", "ResultPathMatchFailure",
            "ResultWriterFailed", "Runtime", "TaskFailed", "Timeout")  # fmt: skip
_CATCHER = ("ErrorEquals", "Next", "ResultPath", "Assign", "Output", "Comment")


def _reserved_names_exist(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for handler in (*state.retriers, *state.catchers):
            for name in handler.errors:
                if not isinstance(name, str) or not name.startswith("States."):
                    continue
                own = name.removeprefix("States.")
                if own not in RESERVED and not own.startswith("Http.StatusCode."):
                    yield f"{handler.path}.ErrorEquals", f"AWS has no error {shown(name[:80])}{nearest(own, RESERVED)}"


def _catchers_have_known_fields(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for catcher in state.catchers:
            for name in catcher.node:
                if name not in _CATCHER:
                    hint = nearest_field(name, _CATCHER, state.query_language)
                    yield f"{catcher.path}.{name}", f"a catcher has no field '{name}'{hint}"


def _catchers_go_on(machine: Machine) -> Iterator[Problem]:
    for catcher in _catchers(machine):
        if "Next" not in catcher.node:
            yield catcher.path, "has no Next"


def _retriers_fit(machine: Machine) -> Iterator[Problem]:
    for retrier in (retrier for state in machine.states for retrier in state.retriers):
        for name, value in retrier.node.items():
            if name not in _RETRIER:
                yield f"{retrier.path}.{name}", f"a retrier has no field '{name}'{nearest(name, _RETRIER)}"
            elif wanted := _wanted(name, value):
                yield f"{retrier.path}.{name}", f"is {shown(value)}, where {wanted} is expected"


def _wanted(name: str, value: object) -> str:
    if name in _WITHIN:
        low, high = _WITHIN[name]
        fits = is_integer(value) and low <= value <= high
        return "" if fits else f"a whole number from {low} to {high}"
    if name == "BackoffRate":
        return "" if is_number(value) and value >= 1 else "a number of at least 1.0"
    if name == "JitterStrategy":
        return "" if value in ("FULL", "NONE") else "FULL or NONE"
    return ""


RULES = (
    Rule(
        "ASL020",
        "error",
        "States.ALL stands alone and last",
        "Retriers and catchers are tried in order; AWS refuses States.ALL beside other names or before other elements.",
        "Name the errors one by one, and put States.ALL into an element of its own at the end.",
        _ERRORS,
        _error_names,
    ),
    Rule(
        "ASL021",
        "error",
        "A catcher leads to a state",
        "AWS refuses a catcher without Next.",
        "Name the state that handles the error.",
        _ERRORS,
        _catchers_go_on,
        about=frozenset(("Catch",)),
    ),
    Rule(
        "ASL022",
        "error",
        "A retrier's figures are in range",
        "AWS refuses intervals, attempts and rates outside their range.",
        "Write a figure inside the range.",
        _ERRORS,
        _retriers_fit,
        about=frozenset(("Retry",)),
    ),
    Rule(
        "ASL023",
        "warning",
        "A reserved error name exists",
        "Names that start with States. belong to AWS; a handler of one that AWS never raises does not match.",
        "Correct the name; errors of your own start otherwise.",
        _ERRORS,
        _reserved_names_exist,
    ),
    Rule(
        "ASL024",
        "error",
        "A catcher has known fields",
        "AWS refuses fields that it does not know; often the name is misspelt.",
        "Write ErrorEquals, Next, and ResultPath, Output or Assign.",
        _ERRORS,
        _catchers_have_known_fields,
        about=frozenset(("Catch",)),
    ),
)
