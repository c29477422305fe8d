"""Messages speak JSON, and hints lead to what is right."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import asl

EXAMPLES = Path(__file__).parents[3] / "asl" / "rules" / "examples"
PYTHON = re.compile(r"\b(True|False|None|NoneType|bool|dict|str|tuple|mappingproxy)\b|<\S+ object at")
ODD: tuple[Any, ...] = (True, None, [False], {"a": None})
FIELDS = ("Type", "StartAt", "Next", "Default", "Variable", "Condition", "ErrorEquals", "MaxAttempts", "TimeoutSeconds",
          "Choices", "Catch", "Mode", "JitterStrategy", "QueryLanguage", "ResultPath", "Item", "Method")  # fmt: skip


def odd(node: Any, value: Any) -> Iterator[Any]:
    """`node` with one field of FIELDS, and the first element where it holds some, as `value`."""
    fields: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, held in fields:
        is_name = isinstance(node, list) and isinstance(held, str)
        for inner in ([value] if key in FIELDS or is_name else []) + [*odd(held, value)]:
            other: Any = copy.copy(node)
            other[key] = inner
            yield other


@pytest.mark.parametrize("rule", ["ASL003", "ASL017", "ASL022", "ASL025", "ASL027", "ASL057", "ASL094", "ASL099"])
def test_no_message_holds_a_word_of_python(rule: str) -> None:
    definition = json.loads((EXAMPLES / f"{rule}.good.json").read_text())
    others = [other for value in ODD for other in odd(definition, value)]
    assert others
    for other in others:
        said = [*map(str, asl.check(other)), *map(str, asl.difference(definition, other).changes)]
        assert [text for text in said if PYTHON.search(text)] == []


def task(resource: str, **parameters: Any) -> list[str]:
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "TimeoutSeconds": 5, "End": True}
    return [found.message for found in asl.check({"StartAt": "A", "States": {"A": state}})]


def test_a_hint_never_leads_to_what_was_written() -> None:
    said = task("arn:aws:states:::sqs:sendMessage", QueueURL="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="x")
    assert "sqs:sendMessage needs QueueUrl; 'QueueURL' is another name" in said
    assert not [text for text in said if "did you mean 'QueueURL'" in text]


HINTS = {
    "JSONPath": {
        "Argument": "Parameters",
        "Outputs": "OutputPath",
        "ResultPth": "ResultPath",
        "Timeout": "TimeoutSeconds",
    },
    "JSONata": {
        "Parameter": "Arguments",
        "ResultPth": "Output",
        "TimeoutSecondsPth": "TimeoutSeconds",
        "Outpt": "Output",
    },
}


@pytest.mark.parametrize("language", HINTS)
def test_a_hint_speaks_the_language_of_its_state(language: str) -> None:
    for written, meant in HINTS[language].items():
        state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True, written: 1}
        found = asl.check({"QueryLanguage": language, "StartAt": "A", "States": {"A": state}})
        (said,) = [one.message for one in found if one.rule.id == "ASL011"]
        assert said.endswith(f"has no field '{written}' (did you mean '{meant}'?)")
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "B", "ResultPaht": None, "Outpt": 1}
    state = {"Type": "Parallel", "Branches": [], "Catch": [catcher], "Next": "B"}
    found = asl.check({"QueryLanguage": language, "StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}})
    hints = {one.message.rpartition("mean ")[2] for one in found if one.rule.id == "ASL024"}
    assert hints == ({"'Output'?)"} if language == "JSONata" else {"'ResultPath'?)"})


def test_a_text_stands_in_a_message_as_json_spells_it() -> None:
    states = {"A": {"Type": "Wait", "Seconds": 'it\'s "5"\n', "End": True}}
    (said,) = [one.message for one in asl.check({"StartAt": "A", "States": states}) if one.rule.id == "ASL012"]
    assert said.startswith("is 'it's \"5\"\\n', where a whole number")
