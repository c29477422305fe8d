"""Rules about what flows from state to state, and what should not stand in a definition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asl.findings import Problem, Rule
from asl.paths import parse_path
from asl.walk import Machine, State

_RESULT = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html"
_TEMPLATES = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html"
_SECRETS = "https://docs.aws.amazon.com/step-functions/latest/dg/security-best-practices.html"
_LARGE = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_SECRET_KEY = re.compile(r"(?i)(password|passwd|secret|api_?key|private_?key|access_?token)")
_SECRET = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
CONSTANT_LIMIT = 200_000


def _replaces(state: State) -> bool:
    """Whether a Task's bare result becomes the whole state: nothing says where else it goes."""
    shaping = ("ResultPath", "ResultSelector", "OutputPath")
    return (
        state.type == "Task" and state.query_language == "JSONPath" and not any(name in state.node for name in shaping)
    )


def _reads_input(state: State) -> bool:
    return state.type == "Task" and "Parameters" not in state.node


def _input_is_kept(machine: Machine) -> Iterator[Problem]:
    """A loop or a Choice behind a Task that drops its input: the next round, or a later Task, gets its result only."""
    for scope in machine.scopes:
        for state in scope.states.values():
            if not _replaces(state):
                continue
            for after in state.after:
                if after.type != "Choice":
                    continue
                behind = [later for later in after.after if later.type == "Wait" or _reads_input(later)]
                if behind:
                    yield state.path, f"has no ResultPath, so {behind[0].name} gets its result in place of the input"
                    break


def _constants_are_meant(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if state.query_language != "JSONPath":
            continue
        for text in state.contents.texts:
            looks = text.value.startswith(("$.", "$$.", "$["))
            if text.place == "template" and looks and not text.key.endswith(".$"):
                path = parse_path(text.value)
                if not path.problem and text.path != text.field:
                    yield state.at(text.path), f"'{text.value[:80]}' is passed as it stands: its key lacks .$"


def _secrets_stay_out(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for text in state.contents.texts:
            if _SECRET.search(text.value) or (text.place != "plain" and _is_named_secret(text.key, text.value)):
                yield state.at(text.path), "looks like a secret written into the definition"


def _is_named_secret(key: str, value: str) -> bool:
    """Whether a value that is written out stands under a key that speaks of a secret, and not of where it is kept."""
    if key.endswith(".$") or not value or value.startswith(("$", "{%", "arn:")) or "${" in value:
        return False
    return _SECRET_KEY.search(key) is not None and key != "SecretId" and "Arn" not in key


def _constants_are_small(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if state.contents.size > CONSTANT_LIMIT:
            yield state.path, f"holds about {state.contents.size} characters; data between states ends at 262,144 bytes"


RULES = (
    Rule(
        "ASL059",
        "warning",
        "A result does not replace what later states need",
        "Without ResultPath a Task's result takes the place of its whole input, the business data included.",
        "Put the result beside the input, with ResultPath like $.result.",
        _RESULT,
        _input_is_kept,
    ),
    Rule(
        "ASL061",
        "warning",
        "A path stands under a key with .$",
        "Under any other key it is passed on as plain text.",
        "Write the key with .$ behind it.",
        _TEMPLATES,
        _constants_are_meant,
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
    ),
)
