"""Rules about errors that a state never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from asl.integrations import find
from asl.integrations.models import error_prefix, operation_errors, service_errors
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_text
from asl.syntax.walk import Machine, State

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"

_PREFIXES: Mapping[str, str] = MappingProxyType({
    "dynamodb": "DynamoDB", "events": "EventBridge", "lambda": "Lambda", "sns": "SNS", "sqs": "SQS",
    "states": "StepFunctions",
})  # fmt: skip
"""How the errors of an optimised integration begin. An AWS SDK integration writes its service's name otherwise."""
_COMMON = re.compile(
    r"(Abort|AccessDenied|ApiCall|Client|Expired|Incomplete|Internal|InvalidAction|InvalidClient|Limit|Malformed|Missing"
    r"|NotAuthorized|OptIn|Request|Sdk|Service|Slow|Throttl|TooMany|Unauthorized|Unavailable|Unrecognized|Validation)\w*"
)
"""Errors that services have in common, or the SDK itself raises, and that no model lists."""

_OTHERS: Mapping[str, str] = MappingProxyType({
    "States.NoChoiceMatched": "a Choice", "States.BranchFailed": "a Parallel",
    "States.ExceedToleratedFailureThreshold": "a Map", "States.ItemReaderFailed": "a Map",
    "States.ResultWriterFailed": "a Map",
})  # fmt: skip
"""Errors of the language that a Task never raises, with the type of state that does."""
_LANGUAGES: Mapping[str, str] = MappingProxyType({
    "States.QueryEvaluationError": "JSONata", "States.IntrinsicFailure": "JSONPath",
    "States.ParameterPathFailure": "JSONPath", "States.ResultPathMatchFailure": "JSONPath",
})  # fmt: skip
"""Errors that only states in one query language raise."""


def _handled_errors_are_raised(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for handler in (*state.retriers, *state.catchers):
            for name in map(as_text, handler.errors):
                if name != "States.ALL" and "${" not in name and (problem := _never_raised(state, name)):
                    yield f"{handler.path}.ErrorEquals", f"'{name[:80]}' {problem}"


def _never_raised(state: State, name: str) -> str:
    if name == "States.Runtime":
        return "fails the execution, whatever handles it"
    found = find(state.resource) if state.type == "Task" else None
    # A worker answers with errors of its own choice, and in a Parallel or Map anything may have failed.
    if found is None or found[1] not in ("request-response", "sync"):
        return ""
    id = found[0].id
    if name.startswith("States."):
        return _never_raised_by_language(state, id, name)
    if prefix := error_prefix(id):
        return _never_raised_by_sdk(id, prefix, name)
    return _never_raised_by_optimised(id, name)


def _never_raised_by_language(state: State, id: str, name: str) -> str:
    if name in _OTHERS:
        return f"is raised by {_OTHERS[name]}, never by a Task"
    if _LANGUAGES.get(name, state.query_language) != state.query_language:
        return f"is raised in {_LANGUAGES[name]}, and this state speaks {state.query_language}"
    if name.startswith("States.Http.") and id != "http:invoke":
        return f"is raised by an HTTP Task, and this task calls {id}"
    return ""


def _never_raised_by_sdk(id: str, prefix: str, name: str) -> str:
    """All that an SDK's call raises is `Prefix.NameException`; what its model does not list is one error for all."""
    begin, dot, own = name.rpartition(".")
    known = (*operation_errors(id), *service_errors(id))
    right = own if own.endswith("Exception") else f"{own}Exception"
    said = f"never comes: Step Functions names it {prefix}.{right}"
    if begin == prefix and own == right:
        may_come = not known or own in known or own == f"{prefix}Exception" or _COMMON.fullmatch(own)
        hint = "" if may_come else nearest(own, sorted(set(known)))
        return f"is no error of {id}{hint}" if hint else ""
    if right in known or begin.lower() == prefix.lower():
        return said
    # Anything that is not like an error of a service may be meant for another time.
    return f"never comes: errors of {id} begin with {prefix}." if dot else ""


def _never_raised_by_optimised(id: str, name: str) -> str:
    begin, dot, own = name.rpartition(".")
    if begin == "Lambda" and "lambda" not in id:
        return f"is an error of Lambda, and this task calls {id}"
    right = _PREFIXES.get(id.partition(":")[0], begin)
    if dot and begin != right and begin.lower() == right.lower():
        return f"never comes: errors of {id} begin with {right}"
    # What a function raises has the name that it chose.
    known = () if id.startswith("lambda") or not right else operation_errors(id)
    suffixed = f"{own.removesuffix('Exception')}Exception"
    if suffixed in known and (own != suffixed or not dot):
        return f"never comes: Step Functions names it {right}.{suffixed}"
    return ""


RULES = (
    Rule(
        "ASL084",
        "warning",
        "A handled error can be raised",
        "Error names are compared letter by letter; a handler of an error that this task never raises does nothing.",
        "Write the name as the integration raises it, or States.TaskFailed; leave out what cannot be handled.",
        _ERRORS,
        _handled_errors_are_raised,
    ),
)
