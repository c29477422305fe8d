"""Rules about names that are probably misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from asl.builders import LAMBDA_TRANSIENT_ERRORS
from asl.findings import Problem, Rule
from asl.paths import parse_path
from asl.rules.errors import RESERVED
from asl.rules.expressions import expressions
from asl.rules.paths import all_read_paths, path_texts
from asl.shape import as_text
from asl.texts import Text
from asl.walk import Machine, State

_PATHS = "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html"
_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_WORD = re.compile(r"[A-Za-z_]\w*")
LARGEST = 200
"""Among more names that begin alike some are near to each other by chance."""
KNOWN_ERRORS = frozenset((
    *LAMBDA_TRANSIENT_ERRORS, "DynamoDB.ConditionalCheckFailedException", "Lambda.ResourceNotFoundException",
    "Lambda.Unknown", "Sandbox.Timedout",
    *(f"States.{name}" for name in RESERVED),
))  # fmt: skip
"""Errors that AWS raises: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
Path = tuple[str, ...]
SHORTEST = 5
"""Shorter names are near to each other by chance."""


def _names_are_spelt_as_elsewhere(machine: Machine) -> Iterator[Problem]:
    uses: dict[str, int] = {}
    for _, _, names in _read(machine):
        for name in names:
            uses[name] = uses.get(name, 0) + 1
    single = [name for name, count in uses.items() if count == 1 and len(name) >= SHORTEST]
    crowd = _Crowd(uses) if single else None
    slips = {name: meant for name in single if crowd and (meant := crowd.near(name))}
    if slips:
        # What states make is no slip. Where both are used once nobody can say which is one, and only fields of one
        # object are surely meant alike.
        made = _made(machine)
        yield from _told({name: meant for name, meant in slips.items() if name not in made}, machine)


def _told(slips: dict[str, str], machine: Machine) -> Iterator[Problem]:
    """Each of `slips`, names with what is meant by them, at its place."""
    places: dict[str, tuple[str, Path]] = {}
    for state, text, names in _read(machine):
        for index, name in enumerate(names):
            if name in slips:
                places[name] = state.at(text.path), names[:index]
    for name, meant in slips.items():
        place, parent = places[name]
        if meant not in slips:
            yield place, f"reads '{name}', here alone; elsewhere it is '{meant}'"
        elif meant < name and places[meant][1] == parent:
            yield place, f"reads '{name}', and {places[meant][0]} reads '{meant}' of the same object"


def _read(machine: Machine) -> Iterator[tuple[State, Text, Path]]:
    """The names of every path that reads a field."""
    for state, text, path in all_read_paths(machine):
        if path.steps and path.root != "$$":
            yield state, text, path.steps
    for state, text, expression in expressions(machine):
        for names in expression.paths:
            yield state, text, names


def _made(machine: Machine) -> set[str]:
    """The names of all fields that states make."""
    made: set[str] = set()
    for state in machine.states:
        for text in path_texts(state):
            if text.key == "ResultPath":
                made.update(parse_path(text.value).steps)
        for _, template in state.contents.templates:
            made.update([key.removesuffix(".$") for key in template])
        # DynamoDB's expressions name attributes, and so do its placeholders for names.
        for text in state.contents.texts if "dynamodb" in as_text(state.node.get("Resource")) else ():
            if text.key.endswith("Expression") or text.key.startswith("#"):
                made.update(_WORD.findall(text.value))
    return made


def _errors_are_spelt_as_elsewhere(machine: Machine) -> Iterator[Problem]:
    uses: Counter[str] = Counter()
    places: dict[str, str] = {}
    for state in machine.states:
        for handler in (*state.retriers, *state.catchers) if state.retriers or state.catchers else ():
            for name in handler.errors:
                if isinstance(name, str) and name not in KNOWN_ERRORS:
                    uses[name] += 1
                    places.setdefault(name, f"{handler.path}.ErrorEquals")
    if not uses:
        return
    own = _Crowd(uses)
    seen: set[str] = set()
    for name, place in places.items():
        seen.add(name)
        found = _KNOWN.near(name) or (own.near(name) if uses[name] == 1 else "")
        if found in KNOWN_ERRORS or found in seen or uses[found] > 1:
            yield place, f"names '{name}', here alone; there is '{found}'"


class _Crowd:
    """Names by their first letter, which people rarely get wrong."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, dict[str, str]] = {}
        for name in names:
            lower = name.lower()
            self._names.setdefault(lower[:1], {})[lower] = name

    def near(self, name: str) -> str:
        """A name that one slip makes into `name`; empty where there is none, or where there are too many names."""
        lower = name.lower()
        others = self._names.get(lower[:1], {})
        if len(others) > LARGEST:
            return ""
        return next((other for meant, other in others.items() if _is_slip(lower, meant)), "")


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


_KNOWN = _Crowd(sorted(KNOWN_ERRORS))

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
