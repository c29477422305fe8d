"""Rules about Retry and Catch."""

from __future__ import annotations

from collections.abc import Iterator

from asl.findings import Problem, Rule, nearest
from asl.shape import Object, as_list, as_object, is_integer, is_number, shown
from asl.walk import Machine

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
MAX_ATTEMPTS = 99_999_999
MAX_DELAY_SECONDS = 31_622_400
_RETRIER = (
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
)


def _handlers(machine: Machine, field: str) -> Iterator[tuple[str, Object, bool]]:
    """Each retrier or catcher with its path, and whether it is its state's last one."""
    for state in machine.states:
        every = as_list(state.node.get(field))
        for index, handler in enumerate(every):
            yield f"{state.path}.{field}[{index}]", as_object(handler), index == len(every) - 1


def _error_names(machine: Machine) -> Iterator[Problem]:
    for field in ("Retry", "Catch"):
        for path, handler, last in _handlers(machine, field):
            names = as_list(handler.get("ErrorEquals"))
            if not names or not all(isinstance(name, str) for name in names):
                yield f"{path}.ErrorEquals", "is no array of error names, or is empty"
            if "States.ALL" in names and len(names) > 1:
                yield f"{path}.ErrorEquals", "States.ALL stands beside other names"
            if "States.ALL" in names and not last:
                yield path, f"States.ALL is not in the last element of {field}"


RESERVED = ("ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold", "HeartbeatTimeout",
            "Http.Socket", "IntrinsicFailure", "ItemReaderFailed", "NoChoiceMatched", "ParameterPathFailure",
            "Permissions", "QueryEvaluationError", "ResultPathMatchFailure", "ResultWriterFailed", "Runtime",
            "TaskFailed", "Timeout")  # fmt: skip
_CATCHER = ("ErrorEquals", "Next", "ResultPath", "Assign", "Output", "Comment")


def _reserved_names_exist(machine: Machine) -> Iterator[Problem]:
    for field in ("Retry", "Catch"):
        for path, handler, _ in _handlers(machine, field):
            for name in as_list(handler.get("ErrorEquals")):
                if not isinstance(name, str) or not name.startswith("States."):
                    continue
                own = name.removeprefix("States.")
                if own not in RESERVED and not own.startswith("Http.StatusCode."):
                    yield f"{path}.ErrorEquals", f"AWS has no error {name[:80]!r}{nearest(own, RESERVED)}"


def _catchers_have_known_fields(machine: Machine) -> Iterator[Problem]:
    for path, catcher, _ in _handlers(machine, "Catch"):
        for name in catcher:
            if name not in _CATCHER:
                yield f"{path}.{name}", f"a catcher has no field '{name}'{nearest(name, _CATCHER)}"


def _catchers_go_on(machine: Machine) -> Iterator[Problem]:
    for path, catcher, _ in _handlers(machine, "Catch"):
        if "Next" not in catcher:
            yield path, "has no Next"


def _retriers_fit(machine: Machine) -> Iterator[Problem]:
    for path, retrier, _ in _handlers(machine, "Retry"):
        for name, value in retrier.items():
            if name not in _RETRIER:
                yield f"{path}.{name}", f"a retrier has no field '{name}'{nearest(name, _RETRIER)}"
            elif wanted := _wanted(name, value):
                yield f"{path}.{name}", f"is {shown(value)}, where {wanted} is expected"


def _wanted(name: str, value: object) -> str:
    within = {
        "IntervalSeconds": (1, MAX_ATTEMPTS),
        "MaxAttempts": (0, MAX_ATTEMPTS),
        "MaxDelaySeconds": (1, MAX_DELAY_SECONDS),
    }
    if name in within:
        low, high = within[name]
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
    ),
    Rule(
        "ASL022",
        "error",
        "A retrier's figures are in range",
        "AWS refuses intervals, attempts and rates outside their range.",
        "Write a figure inside the range.",
        _ERRORS,
        _retriers_fit,
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
    ),
)
