"""Rules about a state's fields: which it needs, which it may have, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from asl.analysis.caching import once
from asl.analysis.flow.jsonata import never_gives
from asl.analysis.flow.shapes import Kind
from asl.rules.findings import Problem, Rule
from asl.syntax.expressions import is_expression, is_filled_in, parse_expression
from asl.syntax.hints import nearest, nearest_field
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_integer, is_number, shown
from asl.syntax.walk import Machine, Scope, State

_STATES = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html"
_JSONATA = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"
_MACHINE = "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"
_TASK = "https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"

Check: TypeAlias = Callable[[object], str]
"""Says what a value should have been, or nothing when it is right."""

MAX_SECONDS = 99_999_999


def _text(value: object) -> str:
    return "" if isinstance(value, str) else "a string"


def _version(value: object) -> str:
    return "" if value == "1.0" or "${" in as_text(value) else "1.0"


def _flag(value: object) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _object(value: object) -> str:
    return "" if isinstance(value, Mapping) else "an object"


def _list(value: object) -> str:
    return "" if isinstance(value, list | tuple) and value else "an array with at least one element"


def _handlers_or_none(value: object) -> str:
    # AWS takes an empty array, too.
    return "" if isinstance(value, list | tuple) else "an array"


def _any(value: object) -> str:
    return ""


def _path(value: object) -> str:
    # How a path is written has a rule of its own.
    return "" if isinstance(value, str) else "a path"


def _path_or_null(value: object) -> str:
    return "" if isinstance(value, str) or value is None else "a path, or null"


def _items(value: object) -> str:
    # A placeholder may be filled in with an expression.
    return "" if isinstance(value, list | tuple | Mapping) or is_filled_in(value) else "an array, an object or {% … %}"


def _whole(low: int, high: int) -> Check:
    def check(value: object) -> str:
        return "" if is_integer(value) and low <= value <= high else f"a whole number from {low} to {high}"

    return check


def _percentage(value: object) -> str:
    return "" if is_number(value) and 0 <= value <= 100 else "a number from 0 to 100"


def _text_or_expression(value: object) -> str:
    return _text(value)


_EVERYWHERE: dict[str, Check] = {"Type": _text, "Comment": _text, "QueryLanguage": _text}
_PATHS: dict[str, Check] = {"InputPath": _path_or_null, "OutputPath": _path_or_null}
_EXIT: dict[str, Check] = {"Next": _text, "End": _flag}
_ASSIGN: dict[str, Check] = {"Assign": _object, "Output": _any}
_RESULT: dict[str, Check] = {"Parameters": _any, "ResultSelector": _object, "ResultPath": _path_or_null}
_ERRORS: dict[str, Check] = {"Retry": _handlers_or_none, "Catch": _handlers_or_none}
_SECONDS = _whole(1, MAX_SECONDS)

FIELDS: dict[str, dict[str, Check]] = {
    "Task": {
        **_PATHS, **_EXIT, **_ASSIGN, **_RESULT, **_ERRORS,
        "Resource": _text, "Arguments": _any, "Credentials": _object,
        "TimeoutSeconds": _SECONDS, "TimeoutSecondsPath": _path,
        "HeartbeatSeconds": _SECONDS, "HeartbeatSecondsPath": _path,
    },
    "Pass": {**_PATHS, **_EXIT, **_ASSIGN, "Parameters": _any, "Result": _any, "ResultPath": _path_or_null},
    "Choice": {**_PATHS, **_ASSIGN, "Choices": _list, "Default": _text},
    "Wait": {
        **_PATHS, **_EXIT, **_ASSIGN,
        "Seconds": _whole(0, MAX_SECONDS), "SecondsPath": _path, "Timestamp": _text, "TimestampPath": _path,
    },
    "Succeed": {**_PATHS, "Output": _any},
    "Fail": {"Error": _text_or_expression, "ErrorPath": _text, "Cause": _text_or_expression, "CausePath": _text},
    "Parallel": {**_PATHS, **_EXIT, **_ASSIGN, **_RESULT, **_ERRORS, "Arguments": _any, "Branches": _list},
    "Map": {
        **_PATHS, **_EXIT, **_ASSIGN, **_RESULT, **_ERRORS,
        "ItemProcessor": _object, "Iterator": _object, "Items": _items, "ItemsPath": _path, "ItemSelector": _any,
        "MaxConcurrency": _whole(0, MAX_SECONDS), "MaxConcurrencyPath": _path,
        "ItemReader": _object, "ItemBatcher": _object, "ResultWriter": _object, "Label": _text,
        "ToleratedFailureCount": _whole(0, MAX_SECONDS), "ToleratedFailureCountPath": _path,
        "ToleratedFailurePercentage": _percentage, "ToleratedFailurePercentagePath": _path,
    },
}  # fmt: skip
"""What each type of state may have, beside what every state may have, and what it holds."""

_IN_HANDLERS: dict[str, Check] = {"Assign": _object, "ResultPath": _path_or_null, "Comment": _text}
"""What a retrier, a catcher or a rule of a Choice may hold beside what has rules of its own."""

_COMPUTED: dict[str, Kind] = {
    "TimeoutSeconds": "number", "HeartbeatSeconds": "number", "Seconds": "number", "MaxConcurrency": "number",
    "ToleratedFailureCount": "number", "ToleratedFailurePercentage": "number",
    "Error": "string", "Cause": "string", "Timestamp": "string",
}  # fmt: skip
"""Fields that take a figure or a text, or in JSONata an expression that gives one."""

_SCOPE_FIELDS: dict[str, Check] = {"Comment": _text, "StartAt": _text, "States": _object}
_PROCESSOR_FIELDS: dict[str, Check] = {**_SCOPE_FIELDS, "ProcessorConfig": _any}
_MACHINE_FIELDS: dict[str, Check] = {
    **_SCOPE_FIELDS, "Version": _version, "QueryLanguage": _text, "TimeoutSeconds": _whole(0, MAX_SECONDS),
}  # fmt: skip
"""The fields of a branch, of a Map's processor, and of the machine as a whole."""

# (type, alternatives, how many of them a state has)
_CHOICES_OF_FIELDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Task", ("Resource",), "exactly one"),
    ("Choice", ("Choices",), "exactly one"),
    ("Parallel", ("Branches",), "exactly one"),
    ("Map", ("ItemProcessor", "Iterator"), "exactly one"),
    ("Wait", ("Seconds", "SecondsPath", "Timestamp", "TimestampPath"), "exactly one"),
    ("Task", ("TimeoutSeconds", "TimeoutSecondsPath"), "at most one"),
    ("Task", ("HeartbeatSeconds", "HeartbeatSecondsPath"), "at most one"),
    ("Fail", ("Error", "ErrorPath"), "at most one"),
    ("Fail", ("Cause", "CausePath"), "at most one"),
    ("Map", ("MaxConcurrency", "MaxConcurrencyPath"), "at most one"),
    ("Map", ("ToleratedFailureCount", "ToleratedFailureCountPath"), "at most one"),
    ("Map", ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"), "at most one"),
    ("Map", ("ItemSelector", "Parameters"), "at most one"),
)

JSONPATH_ONLY = {"InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath", "ItemsPath", "SecondsPath",
                 "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath",
                 "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}  # fmt: skip
_JSONPATH_ONLY_INSIDE = {"MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"}
"""Fields of a Map's reader and batcher."""
JSONATA_ONLY = {"Arguments", "Output", "Items"}

# Looked up for every state, so made once.
_ALLOWED = {type: {**fields, **_EVERYWHERE} for type, fields in FIELDS.items()}
_ALTERNATIVES = {type: [row[1:] for row in _CHOICES_OF_FIELDS if row[0] == type] for type in FIELDS}
_NEEDED, _AT_MOST = (
    {type: frozenset(name for kind, names, how in _CHOICES_OF_FIELDS if (kind, how) == (type, count) for name in names)
     for type in FIELDS}
    for count in ("exactly one", "at most one")
)  # fmt: skip


@once
def _known(machine: Machine) -> list[State]:
    return [state for state in machine.states if state.type in FIELDS]


def _required_fields(machine: Machine) -> Iterator[Problem]:
    for state in _known(machine):
        needed, others = _NEEDED[state.type], _AT_MOST[state.type]
        if others.isdisjoint(state.node) and (not needed or len(needed & state.node.keys()) == 1):
            continue
        for fields, count in _ALTERNATIVES[state.type]:
            present = [name for name in fields if name in state.node]
            if len(present) == 1 or (count == "at most one" and not present):
                continue
            wanted = fields[0] if len(fields) == 1 else f"{count} of {', '.join(fields)}"
            yield state.path, f"needs {wanted}, has {' and '.join(present) or 'none'}"


def _known_fields(machine: Machine) -> Iterator[Problem]:
    for state in _known(machine):
        allowed = _ALLOWED[state.type]
        if state.node.keys() <= allowed.keys():
            continue
        for name in state.node:
            if name not in allowed:
                yield (
                    state.at(name),
                    f"a {state.type} state has no field '{name}'{nearest_field(name, allowed, state.query_language)}",
                )
    for scope in machine.scopes:
        holder, known = _of_scope(scope)
        for name in scope.node:
            if name not in known:
                hint = _ELSEWHERE.get(name) or nearest(name, known)
                yield scope.at(name), f"{holder} has no field '{name}'{hint}"


_ELSEWHERE = {
    "QueryLanguage": "; each state inside says its own",
    "Version": "; the machine as a whole has it",
    "TimeoutSeconds": "; the machine as a whole, or a Task, has it",
    "Mode": "; ProcessorConfig has it",
    "ExecutionType": "; ProcessorConfig has it",
}
"""Where fields belong that a branch or processor does not have."""


def _of_scope(scope: Scope) -> tuple[str, Mapping[str, Check]]:
    """What a scope is, and its fields."""
    if scope.owner is None:
        return "a machine", _MACHINE_FIELDS
    return ("a branch", _SCOPE_FIELDS) if scope.path.endswith("]") else ("a processor", _PROCESSOR_FIELDS)


def _field_values(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        fields = _of_scope(scope)[1]
        for name, value in scope.node.items():
            if name in fields and (wanted := fields[name](value)):
                yield scope.at(name), _found(value, wanted)
    for state in _known(machine):
        allowed = _ALLOWED[state.type]
        computed = _COMPUTED if state.query_language == "JSONata" else {}
        for name, value in state.node.items():
            if (check := allowed.get(name)) is None:
                continue
            if name in computed and is_expression(value):
                if problem := _gives_other(value, computed[name], check):
                    yield state.at(name), problem
            elif wanted := check(value):
                yield state.at(name), _found(value, wanted)
        for path, holder in _handlers(state) if state.retriers or state.catchers or state.type == "Choice" else ():
            for name, check in _IN_HANDLERS.items():
                if name in holder and (wanted := check(holder[name])):
                    yield f"{path}.{name}", _found(holder[name], wanted)


def _gives_other(expression: str, kind: Kind, check: Check) -> str:
    """Why `expression` never gives what the field takes; empty where it may."""
    if other := never_gives(expression, kind):
        return f"gives {other}, where a {kind} is expected"
    tree = parse_expression(stand_in(expression)).tree
    wanted = check(tree.value) if tree.kind == "constant" else ""
    return f"gives {shown(tree.value)}, where {wanted} is expected" if wanted else ""


def _handlers(state: State) -> Iterator[tuple[str, Object]]:
    """The retriers, the catchers and the rules of a Choice, with their paths."""
    yield from ((handler.path, handler.node) for handler in (*state.retriers, *state.catchers))
    if state.type == "Choice":
        for index, rule in enumerate(as_list(state.node.get("Choices"))):
            yield state.at(f"Choices[{index}]"), as_object(rule)


def _found(value: object, wanted: str) -> str:
    return f"is {shown(value)}, where {wanted} is expected"


def _languages_apart(machine: Machine) -> Iterator[Problem]:
    whole = machine.definition.get("QueryLanguage")
    for state in _known(machine):
        if state.query_language not in ("JSONPath", "JSONata"):
            yield state.at("QueryLanguage"), f"is {shown(state.query_language)}, where JSONPath or JSONata is expected"
        if whole == "JSONata" and state.query_language == "JSONPath":
            yield state.at("QueryLanguage"), "goes back to JSONPath in a machine that is JSONata as a whole"
        foreign = JSONPATH_ONLY if state.query_language == "JSONata" else JSONATA_ONLY
        for name in foreign.intersection(state.node):
            yield state.at(name), f"'{name}' does not exist in a {state.query_language} state"
        foreign_in_catchers = "ResultPath" if state.query_language == "JSONata" else "Output"
        for catcher in state.catchers:
            if foreign_in_catchers in catcher.node:
                place = f"{catcher.path}.{foreign_in_catchers}"
                yield place, f"'{foreign_in_catchers}' does not exist in a {state.query_language} state"
        for text in state.contents.paths if state.query_language == "JSONata" else ():
            if text.key in _JSONPATH_ONLY_INSIDE:
                yield state.at(text.path), f"'{text.key}' does not exist in a JSONata state"


def _heartbeat_fits(machine: Machine) -> Iterator[Problem]:
    for state in _known(machine):
        beat, limit = state.node.get("HeartbeatSeconds"), state.node.get("TimeoutSeconds")
        if is_integer(beat) and is_integer(limit) and beat >= limit:
            yield state.at("HeartbeatSeconds"), f"is {shown(beat)}, and TimeoutSeconds is {shown(limit)}"


RULES = (
    Rule(
        "ASL010",
        "error",
        "A state has the fields of its type",
        "AWS refuses a Task without Resource, a Wait without a time, a Map without a processor.",
        "Write just the fields that the type asks for.",
        _STATES,
        _required_fields,
    ),
    Rule(
        "ASL011",
        "error",
        "A field belongs to its type of state",
        "AWS refuses fields that it does not know; often the name is misspelt.",
        "Correct the name, or remove the field.",
        _STATES,
        _known_fields,
    ),
    Rule(
        "ASL012",
        "error",
        "A field holds what it is for",
        "AWS refuses a definition whose fields have the wrong type or leave their range.",
        "Write a value of the expected kind.",
        _MACHINE,
        _field_values,
    ),
    Rule(
        "ASL013",
        "error",
        "JSONPath and JSONata stay apart",
        "A state speaks one query language; the fields of the other are refused.",
        "Use Arguments, Output and Items in JSONata; InputPath, Parameters, ResultPath and the others in JSONPath.",
        _JSONATA,
        _languages_apart,
    ),
    Rule(
        "ASL014",
        "error",
        "A heartbeat is shorter than its timeout",
        "AWS refuses HeartbeatSeconds that are not smaller than TimeoutSeconds.",
        "Make HeartbeatSeconds a fraction of TimeoutSeconds.",
        _TASK,
        _heartbeat_fits,
        about=frozenset(("HeartbeatSeconds",)),
    ),
)
