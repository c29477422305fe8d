"""Rules about JSONPath: paths, payload templates, intrinsic functions, the context object."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from asl.analysis.caching import once
from asl.analysis.path_texts import all_dynamic_texts, all_path_texts, read_paths
from asl.rules.expressions import expressions
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.intrinsics import ARITY, is_call, parse_intrinsic
from asl.syntax.paths import Path, parse_path
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import kind
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State

_PATHS = "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html"
_TEMPLATES = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html"
_INTRINSICS = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"
_FAIL = "https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"
_CONTEXT = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"

_SELECTIONS = ("InputPath", "OutputPath")
"""The paths that may name several places; all others are reference paths."""
_MAY_CALL = ("ErrorPath", "CausePath")
_GIVE_TEXT = ("ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID")
"""The functions that ErrorPath and CausePath take: https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"""
_FIGURES = ("SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath",
            "ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "MaxItemsPath", "MaxItemsPerBatchPath",
            "MaxInputBytesPerBatchPath")  # fmt: skip
"""Paths to a time or figure in the state's input; the page of the context object does not name them."""

CONTEXT: dict[str, tuple[str, ...]] = {
    "Execution": ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
    "Map": ("Item",),
}
"""The context object's fields, two levels of them."""
_ITEM = ("Index", "Key", "Source", "Value")


@once
def all_read_paths(machine: Machine) -> Sequence[tuple[State, Text, Path]]:
    """Every path by which a state of `machine` reads data."""
    return [(state, text, path) for state in machine.states for text, path in read_paths(state)]


@once
def context_paths(machine: Machine) -> Sequence[tuple[State, Text, Path]]:
    """Those of them that lead into the context object."""
    return [read for read in all_read_paths(machine) if read[2].root == "$$"]


def _begins_filled_in(text: Text) -> bool:
    """Whether deployment says how the path begins."""
    return text.value.startswith("${")


def _paths_are_well_formed(machine: Machine) -> Iterator[Problem]:
    for state, text in all_path_texts(machine):
        value = stand_in(text.value)
        if (text.key in _MAY_CALL and is_call(value)) or _begins_filled_in(text):
            continue
        path = parse_path(value)
        if path.problem:
            yield state.at(text.path), f"'{text.value[:80]}' is no path: {path.problem}"
        elif text.key not in _SELECTIONS and not path.single:
            yield state.at(text.path), f"'{text.value[:80]}' can name several places; {text.key} takes just one"
        elif text.key in _FIGURES and path.root == "$$":
            yield state.at(text.path), f"'{text.value[:80]}' lies in the context object; {text.key} reads the input"
        elif text.key == "ResultPath" and path.root not in ("$",):
            yield state.at(text.path), f"'{text.value[:80]}' does not lie in the state's own data"


def _templates_are_well_formed(machine: Machine) -> Iterator[Problem]:
    for state, text in all_dynamic_texts(machine):
        written = is_call(text.value) or _begins_filled_in(text)
        if not written and (problem := parse_path(stand_in(text.value)).problem):
            yield state.at(text.path), f"'{text.value[:80]}' is neither path nor intrinsic function: {problem}"
    for state in machine.states:
        for path, template in state.contents.templates if state.query_language == "JSONPath" else ():
            for key, value in template.items():
                if not key.endswith(".$"):
                    continue
                if key[:-2] in template:
                    yield state.at(f"{path}.{key}"), f"'{key[:-2]}' stands beside it, and both give the same field"
                if not isinstance(value, str):
                    yield state.at(f"{path}.{key}"), f"is {kind(value)}, where a path or intrinsic function is expected"


def _intrinsics_are_right(machine: Machine) -> Iterator[Problem]:
    for state, text in (*all_dynamic_texts(machine), *all_path_texts(machine)):
        if "States." not in text.value or (text.place == "plain" and text.key not in _MAY_CALL):
            continue
        value = stand_in(text.value, "$.x")  # it may be an argument, too, or lie inside a text
        if is_call(value) and (problem := parse_intrinsic(value).problem):
            name = problem.rpartition("States.")[2] if problem.startswith("there is no") else ""
            yield state.at(text.path), f"{problem}{nearest(name, ARITY) if name else ''}"


def _functions_give_text(machine: Machine) -> Iterator[Problem]:
    for state, text in all_path_texts(machine):
        if state.type != "Fail" or text.key not in _MAY_CALL or not is_call(text.value):
            continue
        name = text.value.strip().removeprefix("States.").partition("(")[0]
        if name in ARITY and name not in _GIVE_TEXT:
            yield state.at(text.path), f"calls States.{name}, which {text.key} does not take"


def _context_exists(machine: Machine) -> Iterator[Problem]:
    for state, text, path in context_paths(machine):
        if problem := _unknown_in_context(path.steps):
            yield state.at(text.path), problem
    for state, text, expression in expressions(machine):
        for names in sorted(expression.reads):
            if names[:1] == ("context",) and (problem := _unknown_in_context(names[1:])):
                yield state.at(text.path), problem


def _unknown_in_context(names: Sequence[str]) -> str:
    """What is wrong with the names behind the context object; empty where nothing is, or where data begins."""
    known: Collection[str] = CONTEXT
    for depth, name in enumerate(names):
        if name not in known:
            return f"the context object has no '{'.'.join(names[: depth + 1])}'{nearest(name, known)}"
        known = _ITEM if name == "Item" else CONTEXT.get(name, ()) if depth == 0 else ()
        if not known:
            break
    return ""


RULES = (
    Rule(
        "ASL017",
        "error",
        "A path is well formed",
        "AWS refuses paths that it cannot parse. All but InputPath and OutputPath are reference paths, which name one"
        " place alone; a time or figure is read from the state's input or a variable.",
        "Write $ for the input, $$ for the context object or $name for a variable, then .field, ['field'] or [0].",
        _PATHS,
        _paths_are_well_formed,
    ),
    Rule(
        "ASL018",
        "error",
        "A key with .$ holds a path or an intrinsic function",
        "AWS evaluates what stands under such a key, and gives the field the name without .$ behind it.",
        "Drop the .$ for a constant; write each field once.",
        _TEMPLATES,
        _templates_are_well_formed,
    ),
    Rule(
        "ASL019",
        "error",
        "An intrinsic function exists and gets its arguments",
        "AWS refuses functions that it does not know and wrong numbers of arguments; wrong kinds fail the execution.",
        "Correct the call; strings stand in single quotes.",
        _INTRINSICS,
        _intrinsics_are_right,
    ),
    Rule(
        "ASL153",
        "error",
        "An error's name or cause comes from a function that gives a text",
        "AWS takes seven functions in ErrorPath and CausePath, and refuses the others.",
        f"Call States.{', States.'.join(_GIVE_TEXT[:-1])} or States.{_GIVE_TEXT[-1]}.",
        _FAIL,
        _functions_give_text,
        about=frozenset(("Fail",)),
    ),
    Rule(
        "ASL046",
        "error",
        "A field of the context object exists",
        "A path into the context object that finds nothing fails the execution, and nothing can catch that.",
        "Use Execution, State, StateMachine, Task.Token or Map.Item.",
        _CONTEXT,
        _context_exists,
    ),
)
