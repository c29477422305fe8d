"""What a person reads in a picture: a Choice's condition in words, and what a Task calls on what."""

from __future__ import annotations

import json
import re

from asl.integrations.arguments import is_expression, look_up, slots
from asl.permissions.calls import Call
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.walk import State

_LOGIC = {"And": " and ", "Or": " or "}
_COMPARED = {
    "Equals": "=",
    "LessThan": "<",
    "LessThanEquals": "≤",
    "GreaterThan": ">",
    "GreaterThanEquals": "≥",
    "Matches": "is like",
}
_KINDS = re.compile(r"(String|Numeric|Boolean|Timestamp)(\w+?)(Path)?")
_TESTS = {
    "IsPresent": ("is there", "is not there"),
    "IsNull": ("is null", "is not null"),
    "IsString": ("is a string", "is no string"),
    "IsNumeric": ("is a number", "is no number"),
    "IsBoolean": ("is true or false", "is neither true nor false"),
    "IsTimestamp": ("is a time", "is no time"),
}
_BEFORE = {"<": "before", "≤": "at or before", ">": "after", "≥": "at or after", "=": "at"}


def in_words(rule: Object) -> str:
    """The condition of a Choice's rule: `total > 100000 and not (status = "PAID")`.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
    """
    if "Condition" in rule:
        return _bare(rule["Condition"])
    for key, between in _LOGIC.items():
        if key in rule:
            parts = [as_object(part) for part in as_list(rule[key])]
            return between.join(f"({in_words(one)})" if _LOGIC.keys() & one.keys() else in_words(one) for one in parts)
    if "Not" in rule:
        inner = as_object(rule["Not"])
        return f"not ({in_words(inner)})"
    subject = _bare(rule.get("Variable", ""))
    tests = (_test(subject, key, value) for key, value in rule.items())
    return " and ".join(filter(None, tests))


def _test(subject: str, key: str, value: object) -> str:
    if key in _TESTS:
        return f"{subject} {_TESTS[key][0 if value is True else 1]}"
    match = _KINDS.fullmatch(key)
    if match is None or match[2] not in _COMPARED:
        return ""
    if match[1] == "Boolean" and not match[3]:
        return f"{subject} is {json.dumps(value)}"
    sign = _COMPARED[match[2]]
    if match[1] == "Timestamp":
        sign = f"is {_BEFORE[sign]}"
    return f"{subject} {sign} {_bare(value) if match[3] or match[1] == 'Timestamp' else _literal(value)}"


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _bare(value: object) -> str:
    """A path without its `$.`, an expression without its braces."""
    text = as_text(value) or (_literal(value) if value != "" else "")
    if is_expression(text):
        return text.removeprefix("{%").removesuffix("%}").strip()
    return text.removeprefix("$.") if text.startswith("$.") else text


_NAMES = {
    "aws-sdk": "AWS SDK",
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "states": "Step Functions",
    "http": "HTTP",
    "lambda": "Lambda",
    "elasticmapreduce": "EMR",
    "apigateway": "API Gateway",
    "glue": "Glue",
    "athena": "Athena",
    "batch": "Batch",
    "bedrock": "Bedrock",
    "sagemaker": "SageMaker",
    "codebuild": "CodeBuild",
    "databrew": "DataBrew",
    "mediaconvert": "MediaConvert",
    "scheduler": "EventBridge Scheduler",
    "secretsmanager": "Secrets Manager",
    "stepfunctions": "Step Functions",
}
_PATTERNS = {"waitForTaskToken": "waits for an answer", "sync": "waits for its end", "sync:2": "waits for its end"}


def service(state: State) -> str:
    """What a Task calls, in words: `Lambda`, `DynamoDB putItem`, `SQS sendMessage, waits for an answer`."""
    resource = state.resource
    if ":activity:" in resource:
        return "Activity"
    head, marked, rest = resource.partition(":states:::")
    if not marked:
        return "Lambda" if ":function:" in head or head.startswith("${") else head
    call, _, pattern = rest.partition(".")
    *front, operation = call.split(":")
    name = front[-1] if front else call
    shown = _NAMES.get(name, name.upper() if len(name) <= 4 else name.capitalize())
    words = shown if call == "lambda:invoke" else f"{shown} {operation}"
    return f"{words}, {_PATTERNS.get(pattern, pattern)}" if pattern else words


def target(calls: list[Call]) -> str:
    """What a state's calls work on: a function's name, a table, a queue, an address; empty where data says it."""
    for call in calls:
        if addresses := [one for one in look_up(call.given, "ApiEndpoint") if one]:
            return addresses[0].partition("://")[2] or addresses[0]
        for permission in call.needs:
            for one in permission.targets:
                for name, default in slots(one.template).items():
                    known = [value for value in look_up(call.given, name, default) if value]
                    if known:
                        return _short(known[0])
    return ""


def _short(value: str) -> str:
    """A name without what every other has as well: an ARN's front, a queue's URL, a placeholder's braces."""
    placeholder = re.fullmatch(r"\$\{([^{}]+)\}", value)
    if placeholder:
        return re.sub(r"\.(arn|name|url|id|qualified_arn)$", "", placeholder[1])
    if value.startswith("arn:"):
        parts = value.split(":", 5)
        tail = parts[5] if len(parts) > 5 else value
        return re.sub(r"^(function|stateMachine|activity|table|task-definition|cluster)[:/]", "", tail)
    return value.rstrip("/").rpartition("/")[2] if value.startswith("https://sqs.") else value
