"""Rules about how large and how deep a definition is."""

from __future__ import annotations

import json
from collections.abc import Iterator

from asl.analysis.caching import once
from asl.rules.findings import Problem, Rule
from asl.syntax.strings import MAX_DEPTH
from asl.syntax.walk import Machine

_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_STRUCTURE = "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"
DEFINITION_LIMIT = 1_048_576


def _is_not_too_deep(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        if scope.depth >= MAX_DEPTH:
            yield scope.path, f"lies {scope.depth} scopes deep; what is deeper is not read"
    for state in machine.states:
        if state.contents.deep:
            yield state.at(state.contents.deep), f"lies {MAX_DEPTH} levels deep; what is deeper is not read"


def is_too_large(machine: Machine) -> bool:
    """Whether AWS takes no definition of that size."""
    return _size(machine) > DEFINITION_LIMIT


@once
def _size(machine: Machine) -> int:
    """The bytes of the definition, without blanks; less where it is far from too large, which is quicker to tell."""
    about = sum(len(state.name) + 5 + state.contents.size for state in machine.states)
    if about < DEFINITION_LIMIT / 4:
        return about
    try:
        text = json.dumps(machine.definition, separators=(",", ":"), ensure_ascii=False, skipkeys=True, default=str)
    except (RecursionError, ValueError):  # it is too deep, or has a number that Python does not write
        return about
    return len(text.encode("utf-8", "surrogatepass"))


def _is_not_too_large(machine: Machine) -> Iterator[Problem]:
    if is_too_large(machine):
        yield "", f"has {_size(machine):,} bytes, and AWS takes {DEFINITION_LIMIT:,}; nothing else was looked at"


RULES = (
    Rule(
        "ASL015",
        "error",
        "A definition can be read to its end",
        f"Beyond {MAX_DEPTH} levels nothing is checked, so nothing could be promised.",
        "Flatten it, or move the inner part into a machine of its own.",
        _STRUCTURE,
        _is_not_too_deep,
    ),
    Rule(
        "ASL016",
        "error",
        "A definition fits",
        "AWS takes definitions of up to 1 MB.",
        "Move a part into a machine of its own, or constants into S3.",
        _QUOTAS,
        _is_not_too_large,
    ),
)
