"""Rules about names that are probably misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from asl.builders import LAMBDA_TRANSIENT_ERRORS
from asl.findings import Problem, Rule
from asl.paths import parse_path
from asl.rules.errors import RESERVED
from asl.rules.expressions import expressions
from asl.rules.paths import path_texts, read_paths
from asl.shape import as_list, as_object, as_text
from asl.walk import Machine

_PATHS = "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html"
_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_WORD = re.compile(r"[A-Za-z_]\w*")
KNOWN_ERRORS = (
    *LAMBDA_TRANSIENT_ERRORS, "DynamoDB.ConditionalCheckFailedException", "Lambda.ResourceNotFoundException",
    "Lambda.Unknown", "Sandbox.Timedout",
    *(f"States.{name}" for name in RESERVED),
)  # fmt: skip
"""Errors that AWS raises: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
Path = tuple[str, ...]
SHORTEST = 5
"""Shorter names are near to each other by chance."""


def _names_are_spelt_as_elsewhere(machine: Machine) -> Iterator[Problem]:
    uses: Counter[str] = Counter()
    places: dict[str, tuple[str, Path]] = {}
    for place, path in _read(machine):
        for index, name in enumerate(path):
            uses[name] += 1
            places[name] = place, path[:index]
    made = set(_made(machine))
    single = [name for name in uses if uses[name] == 1 and name not in made and len(name) >= SHORTEST]
    if not single:
        return
    near = _Neighbours(name for name in {*uses, *made} if uses[name] + (name in made) > 1)
    # Where both are used once nobody can say which is the slip, and only fields of one object are surely meant alike.
    beside = _Neighbours(iter(single))
    for name in single:
        place, parent = places[name]
        if found := near.of(name):
            yield place, f"reads '{name}', here alone; elsewhere it is '{found}'"
        elif (found := beside.of(name)) and found < name and places[found][1] == parent:
            yield place, f"reads '{name}', and {places[found][0]} reads '{found}' of the same object"


def _read(machine: Machine) -> Iterator[tuple[str, Path]]:
    """Place and names of every path that reads a field."""
    for state in machine.states:
        for text, path in read_paths(state):
            if path.root != "$$":
                yield state.at(text.path), path.steps
    for state, text, expression in expressions(machine):
        yield from ((state.at(text.path), names) for names in expression.paths)


def _made(machine: Machine) -> Iterator[str]:
    """The names of all fields that states make."""
    for state in machine.states:
        for text in path_texts(state):
            if text.key == "ResultPath":
                yield from parse_path(text.value).steps
        for _, template in state.contents.templates:
            yield from (key.removesuffix(".$") for key in template)
        for text in state.contents.texts:
            # DynamoDB's expressions name attributes, and so do its placeholders for names.
            if text.place == "template" and (text.key.endswith("Expression") or text.key.startswith("#")):
                yield from _WORD.findall(text.value)


def _errors_are_spelt_as_elsewhere(machine: Machine) -> Iterator[Problem]:
    uses: Counter[str] = Counter(KNOWN_ERRORS)
    places: dict[str, str] = {}
    for state in machine.states:
        for field in ("Retry", "Catch"):
            for index, handler in enumerate(as_list(state.node.get(field))):
                for name in map(as_text, as_list(as_object(handler).get("ErrorEquals"))):
                    uses[name] += 1
                    places.setdefault(name, f"{state.path}.{field}[{index}].ErrorEquals")
    strange = [name for name in places if uses[name] == 1 and name not in KNOWN_ERRORS and len(name) >= SHORTEST]
    near = _Neighbours(iter(uses)) if strange else None
    for name in strange:
        if near and (found := near.of(name)):
            yield places[name], f"names '{name}', here alone; there is '{found}'"


class _Neighbours:
    """Names by what is left of them when one character is taken out: near names have something in common there."""

    def __init__(self, names: Iterator[str]) -> None:
        self._names: dict[str, list[str]] = {}
        for name in names:
            for rest in _rests(name):
                self._names.setdefault(rest, []).append(name)

    def of(self, name: str) -> str:
        """A name that one slip makes into `name`; empty where there is none."""
        candidates = {other for rest in _rests(name) for other in self._names.get(rest, ())}
        return next((other for other in sorted(candidates) if _is_slip(name.lower(), other.lower())), "")


def _rests(name: str) -> Iterator[str]:
    lower = name.lower()[:60]
    yield lower
    for index in range(len(lower)):
        yield lower[:index] + lower[index + 1 :]


def _is_slip(name: str, meant: str) -> bool:
    """Whether a letter is left out, doubled, exchanged or misplaced; not at the end, where words are inflected."""
    if abs(len(name) - len(meant)) > 1 or name == meant:
        return False
    start = next((i for i, (a, b) in enumerate(zip(name, meant, strict=False)) if a != b), min(len(name), len(meant)))
    left, right = name[start:], meant[start:]
    if left[:1].isdigit() or right[:1].isdigit() or not left or not right:
        return False
    swapped = len(left) > 1 and left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or (len(left) > 1 and (left[1:] == right[1:] or left[1:] == right)) or left == right[1:]


RULES = (
    Rule(
        "ASL075",
        "warning",
        "A name is spelt as elsewhere",
        "A field that is read in one place alone, and that a slip of the finger makes out of another, is probably that"
        " other one; the path finds nothing when it is read.",
        "Correct the name; where both are meant, accept the finding.",
        _PATHS,
        _names_are_spelt_as_elsewhere,
    ),
    Rule(
        "ASL095",
        "warning",
        "An error's name is spelt as elsewhere",
        "Names of errors are compared letter by letter; a handler of a misspelt one never acts.",
        "Correct the name; where both are raised, accept the finding.",
        _ERRORS,
        _errors_are_spelt_as_elsewhere,
    ),
)
