"""Rules about the functions that JSONata expressions call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random

from asl.analysis.flow.jsonata import KINDS_OF_FIRST, evaluate, surroundings
from asl.analysis.flow.shapes import Listing, Missing, Record, Scalar, Shape, told
from asl.rules.expressions import expressions
from asl.rules.findings import Problem, Rule
from asl.rules.variables import assigned_in_reach
from asl.running import jsonata
from asl.running.jsonata.library import LIBRARY
from asl.running.loop import Loop
from asl.syntax.expression_trees import Tree
from asl.syntax.walk import Machine

_JSONATA = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"
_VARIABLES = "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"

_LETTERS = {"string": "s", "number": "n", "boolean": "b", "null": "l"}
_MOST_ARGUMENTS = 4
_SAMPLES: dict[str, object] = {
    "formatBase": 1, "formatInteger": 1, "formatNumber": 1, "fromMillis": 0, "hash": "a", "replace": "a",
}  # fmt: skip
"""A first argument for functions whose others decide whether they can be called at all."""
_HANDING_OVER = frozenset(("filter", "map"))
"""Functions that call another one with each element, its index and all of them, as far as that takes arguments."""
_RAISING = ("assert", "error")


def _functions_get_what_they_take(machine: Machine) -> Iterator[Problem]:
    for state, text, expression in expressions(machine):
        known = expression.calls & LIBRARY.keys()
        if not known or "${" in text.value:
            continue
        known -= assigned_in_reach(machine, state)
        for call in _calls(expression.tree):
            if call.names[0] in known and (problem := _problem(call)):
                yield state.at(text.path), problem


def _calls(tree: Tree) -> Iterator[Tree]:
    return (node for node in _nodes(tree) if node.kind == "call")


def _bound(tree: Tree) -> set[str]:
    """The names that the expression gives to values of its own."""
    return {node.names[0] for node in _nodes(tree) if node.kind == "bind"}


def _nodes(tree: Tree) -> Iterator[Tree]:
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(node.parts)


def _problem(call: Tree) -> str:
    """What is wrong with it, whatever the data says; empty where nothing is."""
    name, count = call.names[0], len(call.parts)
    if count > _MOST_ARGUMENTS:
        return f"${name} gets {count} arguments, which is more than it takes" if not _takes(name, " " * count) else ""
    shapes = [evaluate(part, surroundings()) for part in call.parts]
    letters = [_letter(shape) for shape in shapes]
    if name in KINDS_OF_FIRST and letters:
        letters[0] = " "  # which has a rule of its own
    if not _takes(name, "".join(letters)):
        return _mismatch(name, letters, shapes)
    return _refused(call)


def _letter(shape: Shape | Missing) -> str:
    match shape:
        case Scalar():
            return _LETTERS[shape.kind]
        case Listing():
            return "a"
        case Record():
            return "o"
        case _:
            return " "


@lru_cache(maxsize=1024)
def _takes(name: str, letters: str) -> bool:
    return LIBRARY[name].signature.takes(letters)


def _mismatch(name: str, letters: list[str], shapes: list[Shape | Missing]) -> str:
    counts = [count for count in range(_MOST_ARGUMENTS + 1) if _takes(name, " " * count)]
    if len(letters) not in counts:
        wanted = " or ".join(str(count) for count in counts)
        return f"${name} gets {len(letters)} argument{'s' * (len(letters) != 1)}, and takes {wanted}"
    for index, shape in enumerate(shapes):
        other = "".join([*letters[:index], " ", *letters[index + 1 :]])
        if not isinstance(shape, Missing) and letters[index] != " " and _takes(name, other):
            return f"argument {index + 1} of ${name} is {told(shape)}, which it does not take"
    return f"${name} does not take these arguments"


def _refused(call: Tree) -> str:
    """Why constants cannot be what they are, such as a picture that is none."""
    name = call.names[0]
    first, rest = call.parts[:1], call.parts[1:]
    if name in _RAISING or not first or any(part.kind != "constant" for part in rest):
        return ""
    if first[0].kind != "constant" and (name not in _SAMPLES or not rest):
        return ""
    given = [first[0].value if first[0].kind == "constant" else _SAMPLES[name], *(part.value for part in rest)]
    return _raised(name, ", ".join(json.dumps(value) for value in given))


@lru_cache(maxsize=1024)
def _raised(name: str, arguments: str) -> str:
    try:
        jsonata.evaluate(f"{{% ${name}({arguments}) %}}", {}, Loop(0.0), Random(0))  # noqa: S311 no secret
    except jsonata.EvaluationError as error:
        # What is undefined may be meant.
        return "" if error.undefined else f"${name}({arguments[:80]}) {error}".rstrip(".")
    return ""


def _variables_hide_no_function(machine: Machine) -> Iterator[Problem]:
    for state, text, expression in expressions(machine):
        for name in sorted(expression.calls & LIBRARY.keys() & assigned_in_reach(machine, state)):
            yield state.at(text.path), f"calls ${name}, and that is a variable here, which is no function"


def _functions_take_no_index(machine: Machine) -> Iterator[Problem]:
    for state, text, expression in expressions(machine):
        if expression.calls.isdisjoint(_HANDING_OVER):
            continue
        known = LIBRARY.keys() - assigned_in_reach(machine, state) - _bound(expression.tree)
        for call in _calls(expression.tree):
            name, function = call.names[0], call.parts[1] if len(call.parts) > 1 else call
            handed = function.names[0] if function.kind == "variable" else ""
            if name in _HANDING_OVER & known and handed in known and LIBRARY[handed].arity > 1:
                yield state.at(text.path), f"${name} hands the index over to ${handed} as well, as its second argument"


RULES = (
    Rule(
        "ASL172",
        "error",
        "A function gets what it takes",
        "A call with too few or too many arguments, or with one of the wrong kind, fails with"
        " States.QueryEvaluationError, whatever the data says.",
        "Write the arguments that the function has: https://docs.jsonata.org/overview lists them.",
        _JSONATA,
        _functions_get_what_they_take,
    ),
    Rule(
        "ASL173",
        "warning",
        "A variable has the name of no function that is called",
        "In an expression its value stands in the function's place, and a value cannot be called.",
        "Give the variable another name.",
        _VARIABLES,
        _variables_hide_no_function,
    ),
    Rule(
        "ASL174",
        "warning",
        "A function that is handed over takes the element alone",
        "$map and $filter call it with the element, the index and the array, as far as it takes arguments: $round"
        " rounds the first element to a whole number and the second to one decimal, others fail.",
        "Write function($one) { … } around it.",
        _JSONATA,
        _functions_take_no_index,
        harm="data",
    ),
)
