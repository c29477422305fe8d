"""Rules about text that was meant to be evaluated, and is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asl.analysis.all_texts import all_texts
from asl.rules.findings import Problem, Rule
from asl.syntax.intrinsics import ARITY
from asl.syntax.strings import Text
from asl.syntax.walk import Machine

_JSONATA = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"
_CALL = re.compile(rf"States\.(?:{'|'.join(ARITY)})\(")


def _texts_are_evaluated(machine: Machine) -> Iterator[Problem]:
    for state in machine.states if "JSONata" in machine.words or "{%" in all_texts(machine) else ():
        wrong = _plain_in_jsonata if state.query_language == "JSONata" else _plain_in_jsonpath
        for text in state.contents.texts:
            if text.place == "template" and (problem := wrong(text)):
                yield state.at(text.path), f"'{text.value[:80]}' {problem}"


def _plain_in_jsonata(text: Text) -> str:
    if text.key.endswith(".$"):
        return "stands under a key with .$, which means nothing in JSONata"
    if text.value.startswith(("$states.", "$.", "$$.")) or _CALL.match(text.value):
        return "is passed as it stands: it lacks {% %}"
    return ""


def _plain_in_jsonpath(text: Text) -> str:
    return "is passed as it stands: {% %} means nothing in JSONPath" if text.value.startswith("{%") else ""


RULES = (
    Rule(
        "ASL088",
        "warning",
        "A text is written in its state's language",
        "A JSONata state evaluates {% … %} alone, a JSONPath state what stands under a key with .$; all else is passed"
        " on as plain text.",
        "Write {% $states.input… %} in JSONata, a path under a key with .$ in JSONPath.",
        _JSONATA,
        _texts_are_evaluated,
        harm="data",
    ),
)
