"""Rules about names that are probably misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from asl.analysis.path_texts import all_path_texts
from asl.rules.errors import RESERVED
from asl.rules.expressions import expressions
from asl.rules.findings import Problem, Rule
from asl.rules.paths import all_read_paths
from asl.syntax.builders import LAMBDA_TRANSIENT_ERRORS
from asl.syntax.paths import parse_path
from asl.syntax.strings import Text
from asl.syntax.walk import Machine, State

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
SHORTEST, SHORTEST_UNREAD = 5, 4
"""Shorter names are near to each other by chance; less so where one is set and never read, the other never set."""


def _names_are_spelt_as_elsewhere(machine: Machine) -> Iterator[Problem]:
    uses: dict[str, int] = {}
    for _, _, names in _read(machine):
        for name in names:
            uses[name] = uses.get(name, 0) + 1
    single = [name for name, count in uses.items() if count == 1 and len(name) >= SHORTEST_UNREAD - 1]
    if not single:
        return
    results = _names_of_results(machine)
    crowd, unread = _Crowd({**uses, **dict.fromkeys(results)}), _Crowd(results - uses.keys())
    slips: dict[str, str] = {}
    for name in single:
        if meant := crowd.near(name, SHORTEST) or unread.near(name, SHORTEST_UNREAD):
            slips[name] = meant
    if slips:
        made = _names_made(machine) | results
        yield from _told({name: meant for name, meant in slips.items() if name not in made}, machine)


def _told(slips: dict[str, str], machine: Machine) -> Iterator[Problem]:
    """Each of `slips`, names with what is meant by them, at its place. Of two that mean each other one is told."""
    if not slips:
        return
    wanted = {*slips, *slips.values()}
    places = {name: state.at(text.path) for state, text, names in _read(machine) for name in names if name in wanted}
    for name, meant in slips.items():
        if slips.get(meant) != name or meant < name:
            elsewhere = f"; {places[meant]} reads '{meant}'" if meant in places else f"; states set '{meant}'"
            yield places[name], f"reads '{name}', here alone{elsewhere}"


def _read(machine: Machine) -> Iterator[tuple[State, Text, Path]]:
    """The names of every path that reads a field."""
    for state, text, path in all_read_paths(machine):
        if path.steps and path.root != "$$":
            yield state, text, path.steps
    for state, text, expression in expressions(machine):
        for names in expression.paths:
            yield state, text, names


def _names_of_results(machine: Machine) -> set[str]:
    """The names of all fields that results are put into."""
    paths = (text.value for _, text in all_path_texts(machine) if text.key == "ResultPath")
    return {name for path in paths for name in parse_path(path).steps}


def _names_made(machine: Machine) -> set[str]:
    """The names of all fields that templates make, and of those that DynamoDB's expressions speak of."""
    made: set[str] = set()
    for state in machine.states:
        for _, template in state.contents.templates:
            made.update([key.removesuffix(".$") for key in template])
        for text in state.contents.texts if "dynamodb" in state.resource else ():
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

    def near(self, name: str, shortest: int = SHORTEST) -> str:
        """A name of `shortest` letters at least that one slip makes into `name`; empty where there is none.

        Among too many names nobody can say.
        """
        lower, length = name.lower(), len(name)
        others = self._names.get(lower[:1], {})
        if len(others) > LARGEST:
            return ""
        for meant, other in others.items():
            if -2 < len(meant) - length < 2 and len(meant) >= shortest and _is_slip(lower, meant):
                return other
        return ""


def _is_slip(name: str, meant: str) -> bool:
    """Whether a letter is left out, doubled, exchanged or misplaced; not at the end, where words are inflected."""
    if name == meant:
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
