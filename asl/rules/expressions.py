"""Rules about JSONata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl.analysis.caching import once
from asl.rules.findings import Problem, Rule
from asl.syntax.expressions import BUILT_IN, Expression, is_expression, parse_expression
from asl.syntax.hints import nearest
from asl.syntax.placeholders import stand_in
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State

_JSONATA = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"
_CONSTANT = ("Type", "Resource", "Next", "Default", "StartAt", "QueryLanguage", "Comment", "Label", "ErrorEquals")
_STATES = ("input", "result", "errorOutput", "context")
_WITH_RESULT = ("Task", "Parallel", "Map")


def _candidates(machine: Machine) -> Iterator[tuple[State, Text]]:
    for state in machine.states:
        if state.query_language == "JSONata":
            for text in state.contents.texts:
                if text.place == "template" or (text.place == "plain" and text.key not in _CONSTANT):
                    yield state, text


@once
def expressions(machine: Machine) -> Sequence[tuple[State, Text, Expression]]:
    """Every expression of `machine`, parsed."""
    return [
        (state, text, parse_expression(stand_in(text.value)))
        for state, text in _candidates(machine)
        if is_expression(text.value)
    ]


def _expressions_parse(machine: Machine) -> Iterator[Problem]:
    for state, text in _candidates(machine):
        value = text.value.strip()
        opens, closes = value.startswith("{%"), value.endswith("%}")
        if not opens and not closes:
            continue
        if not is_expression(value):
            yield state.at(text.path), f"lacks the {'closing %}' if opens else 'opening {%'}"
        elif value == text.value and (problem := parse_expression(stand_in(value)).problem):
            yield state.at(text.path), f"is no JSONata: {problem}"


def _nothing_stands_around_expressions(machine: Machine) -> Iterator[Problem]:
    for state, text in _candidates(machine):
        if is_expression(text.value.strip()) and not is_expression(text.value):
            yield state.at(text.path), "has blanks outside {% %}, so that AWS takes all of it for plain text"


def _reads_what_is_there(machine: Machine) -> Iterator[Problem]:
    for state, text, expression in expressions(machine):
        where = state.at(text.path)
        for name in sorted(expression.states):
            if name not in _STATES:
                yield where, f"there is no $states.{name}{nearest(name, _STATES)}"
        if "result" in expression.states and not (text.result and state.type in _WITH_RESULT):
            yield where, "$states.result exists only in Output and Assign of Task, Parallel and Map"
        if "errorOutput" in expression.states and not text.error:
            yield where, "$states.errorOutput exists only in Output and Assign of a catcher"
        for name in sorted(expression.missing):
            yield where, f"there is no function ${name}{nearest(name, BUILT_IN)}"
        if expression.evals:
            yield where, "$eval is not offered"
        if expression.document and "${" not in text.value:
            yield where, f"'{expression.document}' reads an input document, and there is none"


RULES = (
    Rule(
        "ASL042",
        "error",
        "A JSONata expression can be parsed",
        "AWS refuses expressions that do not parse, or that open without closing.",
        "Write {% expression %}, with nothing outside.",
        _JSONATA,
        _expressions_parse,
    ),
    Rule(
        "ASL043",
        "error",
        "An expression reads what exists where it stands",
        "Data comes from $states and variables alone; result and errorOutput exist only behind the task."
        " No variable holds a function.",
        "Start from $states.input, $states.context or a variable; use $parse in place of $eval.",
        _JSONATA,
        _reads_what_is_there,
    ),
    Rule(
        "ASL170",
        "warning",
        "An expression begins and ends its text",
        "Only a text that begins with {% and ends with %} is evaluated; any other is passed on as it stands.",
        "Drop what stands around {% %}.",
        _JSONATA,
        _nothing_stands_around_expressions,
        harm="data",
    ),
)
