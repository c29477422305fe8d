"""Rules about errors that a state never raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from asl.integrations import find
from asl.rules.findings import Problem, Rule
from asl.syntax.shapes import as_text
from asl.syntax.walk import Machine, State

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"

_PREFIXES: Mapping[str, str] = MappingProxyType({
    "dynamodb": "DynamoDB", "events": "EventBridge", "lambda": "Lambda", "sns": "SNS", "sqs": "SQS",
    "states": "StepFunctions", "aws-sdk:dynamodb": "DynamoDb", "aws-sdk:eventbridge": "EventBridge",
    "aws-sdk:lambda": "Lambda", "aws-sdk:s3": "S3", "aws-sdk:secretsmanager": "SecretsManager", "aws-sdk:sfn": "Sfn",
    "aws-sdk:sns": "Sns", "aws-sdk:sqs": "Sqs", "aws-sdk:ssm": "Ssm",
})  # fmt: skip
"""How the errors of an integration begin. An AWS SDK integration writes its service's name otherwise."""


def _handled_errors_are_raised(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for handler in (*state.retriers, *state.catchers):
            for name in map(as_text, handler.errors):
                if "." in name and name != "States.ALL" and (problem := _never_raised(state, name)):
                    yield f"{handler.path}.ErrorEquals", f"'{name[:80]}' {problem}"


def _never_raised(state: State, name: str) -> str:
    if name == "States.Runtime":
        return "fails the execution, whatever handles it"
    found = find(state.resource) if state.type == "Task" else None
    # A worker answers with errors of its own choice, and in a Parallel or Map anything may have failed.
    if found is None or found[1] not in ("request-response", "sync"):
        return ""
    if name == "States.NoChoiceMatched":
        return "is raised by a Choice, never by a Task"
    service, prefix = found[0].id.rpartition(":")[0], name.partition(".")[0]
    if prefix == "Lambda" and "lambda" not in found[0].id:
        return f"is an error of Lambda, and this task calls {found[0].id}"
    right = _PREFIXES.get(service, prefix)
    if prefix != right and prefix.lower() == right.lower():
        return f"never comes: errors of {found[0].id} begin with {right}"
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
