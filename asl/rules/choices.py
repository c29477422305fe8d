"""Rules about Choice."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence

from asl.analysis.flow.jsonata import never_gives
from asl.rules.findings import Problem, Rule
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.hints import nearest
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import Object, as_list, as_object, is_number, kind, shown
from asl.syntax.walk import Machine

_CHOICE = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"
_WAIT = "https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"

MAX_DEPTH = 100
_TIMESTAMP = re.compile(
    r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)"
    r"(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


def is_timestamp(value: object) -> bool:
    """Whether `value` is a moment as RFC 3339 writes it, with upper-case T and Z, or has a placeholder in it."""
    if not isinstance(value, str) or "${" in value:
        return isinstance(value, str)
    found = _TIMESTAMP.fullmatch(value)
    return found is not None and int(found["day"]) <= monthrange(int(found["year"]) or 4, int(found["month"]))[1]


_Fits = Callable[[object], bool]
_KINDS: dict[str, tuple[str, _Fits]] = {
    "String": ("a string", lambda value: isinstance(value, str)),
    # A placeholder can become a number when it is filled in.
    "Numeric": ("a number", lambda value: is_number(value) or (isinstance(value, str) and "${" in value)),
    "Timestamp": ("a timestamp like 2030-01-31T12:00:00Z", is_timestamp),
    "Boolean": ("true or false", lambda value: isinstance(value, bool)),
    "Is": ("true or false", lambda value: isinstance(value, bool)),
}
_ORDER = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
OPERATORS: dict[str, str] = {
    **{f"{kind}{order}": kind for kind in ("String", "Numeric", "Timestamp") for order in _ORDER},
    "BooleanEquals": "Boolean",
    "StringMatches": "String",
    **dict.fromkeys(("IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"), "Is"),
}
_PATH_OPERATORS = {f"{name}Path" for name, kind in OPERATORS.items() if kind != "Is" and name != "StringMatches"}
_BOOLEAN = ("And", "Or", "Not")
_WAYS = {*OPERATORS, *_PATH_OPERATORS, *_BOOLEAN}
_INNER_FIELDS = {*_WAYS, "Variable", "Comment"}
_OUTER_FIELDS = {*_INNER_FIELDS, "Next", "Assign"}


def _rules_are_right(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Choice"):
        for index, rule in enumerate(as_list(state.node.get("Choices"))):
            path = f"{state.path}.Choices[{index}]"
            if not as_object(rule):
                yield path, f"is {kind(rule)}, where a rule is expected"
            elif state.query_language == "JSONata":
                yield from _condition(as_object(rule), path)
            else:
                yield from _comparisons(as_object(rule), path)
            if as_object(rule) and "Next" not in as_object(rule):
                yield path, "has no Next"


def _condition(rule: Object, path: str) -> Iterator[Problem]:
    allowed = ("Condition", "Next", "Assign", "Output", "Comment")
    for name in rule:
        if name not in allowed:
            yield f"{path}.{name}", f"a rule in JSONata has no field '{name}'{nearest(name, allowed)}"
    condition = rule.get("Condition")
    if isinstance(condition, bool):
        return
    if not is_expression(condition):
        yield f"{path}.Condition", f"is {shown(condition)}, where true, false or {{% … %}} is expected"
    elif other := never_gives(condition, "boolean"):
        yield f"{path}.Condition", f"gives {other}, where true or false is expected"


def _comparisons(rule: Object, path: str) -> Iterator[Problem]:
    todo = [(rule, path, 0)]
    while todo:
        node, where, depth = todo.pop()
        ways = [name for name in node if name in _WAYS]
        if len(ways) != 1:
            yield where, f"needs exactly one comparison, has {' and '.join(ways) or 'none'}"
        elif ways[0] in _BOOLEAN and "Variable" in node:
            yield f"{where}.Variable", f"stands beside {ways[0]}, whose rules have a Variable each"
        allowed = _INNER_FIELDS if depth else _OUTER_FIELDS
        for name in node:
            if name not in allowed:
                place = "a rule inside And, Or or Not" if depth else "a rule"
                yield f"{where}.{name}", f"{place} has no field '{name}'{nearest(name, allowed)}"
        for name in ways:
            if name not in _BOOLEAN:
                yield from _comparison(node, name, where)
                continue
            parts = [node[name]] if name == "Not" else list(as_list(node[name]))
            if not parts:
                yield f"{where}.{name}", "is no array of rules, or is empty"
            for index, part in enumerate(parts):
                inner = f"{where}.{name}" if name == "Not" else f"{where}.{name}[{index}]"
                if not as_object(part):
                    yield inner, f"is {kind(part)}, where a rule is expected"
                elif depth < MAX_DEPTH:
                    todo.append((as_object(part), inner, depth + 1))


def _comparison(node: Object, name: str, where: str) -> Iterator[Problem]:
    if not isinstance(node.get("Variable"), str):
        yield f"{where}.Variable", "is missing or no path"
    if name in OPERATORS:
        wanted, fits = _KINDS[OPERATORS[name]]
        if not fits(node[name]):
            yield f"{where}.{name}", f"is {shown(node[name])}, where {wanted} is expected"
    elif not isinstance(node[name], str):
        yield f"{where}.{name}", f"is {shown(node[name])}, where a path is expected"


def _timestamps_are_right(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Wait"):
        value = state.node.get("Timestamp")
        if state.query_language == "JSONata" and is_expression(value):
            tree = parse_expression(stand_in(value)).tree
            value = tree.value if tree.kind == "constant" else None
        if isinstance(value, str) and not is_timestamp(value):
            yield state.at("Timestamp"), f"is {shown(value)}, where a timestamp like 2030-01-31T12:00:00Z is expected"


def _choice_has_default(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Choice"):
        rules = [as_object(rule) for rule in as_list(state.node.get("Choices"))]
        if "Default" not in state.node and not _foresees_all(rules):
            yield state.path, "has no Default"


def _foresees_all(rules: Sequence[Object]) -> bool:
    """Whether one of them is true in any case: by itself, or because another one asks the opposite."""
    compared = [rule for rule in rules if "Variable" in rule]
    asked = [{name: value for name, value in rule.items() if name in (*_WAYS, "Variable")} for rule in compared]
    denied = [as_object(rule["Not"]) for rule in rules if "Not" in rule]
    opposites = [rule for rule in denied if "Variable" in rule]
    opposites += [{**rule, name: not rule[name]} for rule in asked for name in rule if OPERATORS.get(name) == "Is"]
    return any(rule.get("Condition") in (True, "{% true %}") for rule in rules) or any(
        one in asked for one in opposites
    )


RULES = (
    Rule(
        "ASL025",
        "error",
        "A Choice rule compares one thing and leads on",
        "AWS refuses rules without exactly one comparison, with a value of another kind, or with Next inside And, Or or"
        " Not.",
        "Write Variable, one operator with its value, and Next; in JSONata Condition and Next.",
        _CHOICE,
        _rules_are_right,
        about=frozenset(("Choice",)),
    ),
    Rule(
        "ASL047",
        "error",
        "A timestamp is one",
        "AWS takes moments as RFC 3339 writes them, with an upper-case T and a zone.",
        "Write it like 2030-01-31T12:00:00Z.",
        _WAIT,
        _timestamps_are_right,
        about=frozenset(("Wait",)),
    ),
    Rule(
        "ASL050",
        "warning",
        "A Choice has a Default",
        "Where no rule is true and there is no Default the execution fails with States.Runtime, which nothing catches.",
        "Lead Default to the state that handles what nobody foresaw.",
        _CHOICE,
        _choice_has_default,
        about=frozenset(("Choice",)),
    ),
)
