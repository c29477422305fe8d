"""Which way the rules of a JSONPath Choice send an execution, as far as they ask about variables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from asl.analysis.assignment.ways import ASSIGNED, PERHAPS, Constant, Question, Way
from asl.analysis.flow import choices, shapes
from asl.syntax.paths import Path, parse_path
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.strings import MAX_DEPTH


class Tell(Protocol):
    """Takes the place of a read, the way on which it was, and the variables that it did not surely find."""

    def __call__(self, place: str, way: Way, names: frozenset[str], *, fails: bool = True) -> None:
        """`fails` says whether the state fails by it."""
        ...


class Sent(NamedTuple):
    """The ways on which a condition is true, and those on which it is false."""

    true: Sequence[Way]
    false: Sequence[Way]


def sent(rule: Object, place: str, ways: Sequence[Way], tell: Tell, depth: int = 0) -> Sent:
    """Where `rule`, which stands at `place`, sends `ways`. `And` and `Or` ask no further than they have to."""
    if depth >= MAX_DEPTH:
        return Sent(ways, ways)
    if "Not" in rule:
        true, false = sent(as_object(rule["Not"]), f"{place}.Not", ways, tell, depth + 1)
        return Sent(false, true)
    for name in ("And", "Or"):
        if name in rule:
            left: list[Way] = []
            for index, part in enumerate(map(as_object, as_list(rule[name]))):
                answers = sent(part, f"{place}.{name}[{index}]", ways, tell, depth + 1)
                ways, others = answers if name == "And" else (answers.false, answers.true)
                left += others
            return Sent(ways, left) if name == "And" else Sent(left, ways)
    found = [_compared(rule, place, way, tell) for way in ways]
    return Sent([way for true, _ in found for way in true], [way for _, false in found for way in false])


def _compared(rule: Object, place: str, way: Way, tell: Tell) -> tuple[Iterable[Way], Iterable[Way]]:
    operator = choices.operator_of(rule)
    path = parse_path(as_text(rule.get("Variable")))
    if operator == "IsPresent":
        return _asked(path, way, wanted=rule[operator] is True)
    after = read(way, [path], f"{place}.Variable", tell)
    if after and operator.endswith("Path"):
        after = read(after, [parse_path(as_text(rule[operator]))], f"{place}.{operator}", tell)
    if after is None:
        return (), ()
    question = (rule.get("Variable"), operator, json.dumps(rule.get(operator), default=id))
    answer = _answer(rule, path, question, after)
    roots = None if operator.endswith("Path") else _roots(path)
    true = after if roots is None or answer is not None else after.answered(question, True, roots)
    false = after if roots is None or answer is not None else after.answered(question, False, roots)
    return () if answer is False else (true,), () if answer is True else (false,)


def _asked(path: Path, way: Way, *, wanted: bool) -> tuple[Iterable[Way], Iterable[Way]]:
    """IsPresent, which fails of no variable."""
    name = variable(path)
    if not name:
        return (way,), (way,)
    there = [way.assigned({name: ASSIGNED}) if way.held.get(name) is PERHAPS else way] if name in way.held else []
    gone = [] if not (path.steps or way.lacks(name)) else [way.without(name) if not path.steps else way]
    return (there, gone) if wanted else (gone, there)


def _answer(rule: Object, path: Path, question: Question, way: Way) -> bool | None:
    if question in way.answers:
        return way.answers[question][0]
    held = way.held.get(variable(path)) if not path.steps else None
    if not isinstance(held, Constant):
        return None
    return choices.verdict({**rule, "Variable": "$"}, shapes.constant(held.value))


def _roots(path: Path) -> frozenset[str] | None:
    if path.root == "$$":
        return frozenset() if path.steps[:1] == ("Execution",) else None
    if path.root == "$":
        return frozenset((f"$.{path.steps[0]}",)) if path.steps else None
    return frozenset((path.root,)) if path.single else None


def variable(path: Path) -> str:
    """The variable that `path` begins with; empty where that is no variable."""
    return path.root[1:] if path.root not in ("", "$", "$$") else ""


def read(way: Way, paths: Iterable[Path], place: str, tell: Tell) -> Way | None:
    """`way` once `paths` have been read; None where that fails."""
    names = {name for name in map(variable, paths) if name and way.lacks(name)}
    if not names:
        return way
    tell(place, way, frozenset(names))
    if any(name not in way.held for name in names):
        return None
    return way.assigned(dict.fromkeys(names, ASSIGNED))
