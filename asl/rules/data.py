"""Rules about what should not stand in a definition: paths that are none, secrets, large constants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from asl.analysis.all_texts import all_texts
from asl.rules.findings import Problem, Rule
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.paths import parse_path
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State

_TEMPLATES = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html"
_SECRETS = "https://docs.aws.amazon.com/step-functions/latest/dg/security-best-practices.html"
_LARGE = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_SIGN_KEY = re.compile(r"(?i)(currency|prefix|separator|delimiter|sign|symbol|unit)")
"""Keys under which a $ may be meant as the sign that it is."""
_OTHERS_PATHS = frozenset((
    "FieldToMatch", "InputPath", "InputPathsMap", "InputTemplate", "JsonPath", "JsonPaths", "Mapping",
    "MetricTransformations", "OutputPath", "RecordRowPath", "RequestParameters", "RequestTemplates",
    "ResponseParameters", "ResponseTemplates", "Selector",
))  # fmt: skip
"""Parameters that hold paths for another service to read: EventBridge's and Pipes' input, the fields of CloudWatch
Logs' metrics, Glue's and Kinesis Data Analytics' columns, Systems Manager's outputs, API Gateway's mappings.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJsonClassifierRequest.html
https://docs.aws.amazon.com/managed-flink/latest/apiv2/API_RecordColumn.html
https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html"""
_NAME = re.compile(r"\w+")
_SECRET_KEY = re.compile(r"(?i)(password|passwd|secret|api_?key|private_?key|access_?token)")
_SECRET = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
CONSTANT_LIMIT = 200_000


def _constants_are_meant(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if state.query_language != "JSONPath":
            continue
        yield from _constants_instead_of_paths(state)
        integrated = ":states:::aws-sdk:" in state.resource
        for text in state.contents.texts:
            if text.place != "template" or text.key.endswith(".$") or text.path == text.field:
                continue
            if text.value[:1] != "$" and not is_call(text.value):
                continue
            if integrated and not _OTHERS_PATHS.isdisjoint(_NAME.findall(text.path)):
                continue
            is_path = text.value.startswith(("$.", "$$.", "$[")) and not parse_path(text.value).problem
            whole = text.value == "$" and not _SIGN_KEY.search(text.key)
            if is_path or whole or (is_call(text.value) and not parse_intrinsic(text.value).problem):
                yield state.at(text.path), f"'{text.value[:80]}' is passed as it stands: its key lacks .$"


def _constants_instead_of_paths(state: State) -> Iterator[Problem]:
    """Paths in fields that hold constants alone; of them AWS's validation warns as NO_PATH and PASS_RESULT_IS_STATIC:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
    """
    for text in state.contents.texts if state.type in ("Fail", "Pass") else ():
        if not text.value.startswith(("$.", "$$.", "$[")) or parse_path(text.value).problem:
            continue
        said = f"'{text.value[:80]}' is passed as it stands"
        if state.type == "Fail" and text.path in ("Error", "Cause"):
            yield state.at(text.path), f"{said}: {text.path}Path reads a path"
        elif state.type == "Pass" and text.field == "Result" and text.key.endswith(".$"):
            yield state.at(text.path), f"{said}: Parameters reads paths, Result does not"


def _secrets_stay_out(machine: Machine) -> Iterator[Problem]:
    somewhere = _SECRET.search(all_texts(machine)) if _may_hold_secret(all_texts(machine)) else None
    for state in machine.states:
        for text in state.contents.texts:
            named = text.place != "plain" and _is_secret_key(text.key) and _is_literal(text)
            if named or (somewhere and _SECRET.search(text.value)):
                yield state.at(text.path), "looks like a secret written into the definition"


@lru_cache(maxsize=8192)
def _is_secret_key(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None and key != "SecretId" and "Arn" not in key and not key.endswith(".$")


def _is_literal(text: Text) -> bool:
    return text.value != "" and not text.value.startswith(("$", "{%", "arn:")) and "${" not in text.value


def _may_hold_secret(text: str) -> bool:
    """Whether it is worth to look for the pattern, which takes longer."""
    return "AKIA" in text or "ASIA" in text or "-----BEGIN" in text


def _constants_are_small(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if state.contents.size > CONSTANT_LIMIT:
            yield state.path, f"holds about {state.contents.size} characters; data between states ends at 262,144 bytes"


RULES = (
    Rule(
        "ASL061",
        "warning",
        "A path stands under a key with .$",
        "Under any other key, and in fields that hold constants alone, it is passed on as plain text.",
        "Write the key with .$ behind it; in Pass use Parameters, in Fail ErrorPath and CausePath.",
        _TEMPLATES,
        _constants_are_meant,
        harm="data",
    ),
    Rule(
        "ASL064",
        "warning",
        "A constant leaves room for data",
        "A state's input and output hold at most 256 KiB each.",
        "Put large constants into S3, and pass their place.",
        _LARGE,
        _constants_are_small,
    ),
    Rule(
        "ASL065",
        "warning",
        "A definition holds no secret",
        "Whoever may read the machine, its history or this repository reads it, too.",
        "Keep it in Secrets Manager, and read it in the task that needs it.",
        _SECRETS,
        _secrets_stay_out,
        harm="data",
    ),
)
