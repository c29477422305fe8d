"""What is known of the variables on one way to a place of a definition."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias


class Constant(NamedTuple):
    """A value that is the same each time. Its kind stands beside it: to Python `True` equals 1."""

    kind: str
    value: str | int | float | bool | None


class Held(NamedTuple):
    """A value of which nothing is known."""

    surely: bool
    """Whether there is one at all."""


ASSIGNED: Final = Held(surely=True)
PERHAPS: Final = Held(surely=False)

Question: TypeAlias = Hashable
"""What a Choice asks, as far as the same question has the same answer while what it reads stays as it is."""


@dataclass(frozen=True, slots=True)
class Way:
    """The variables that have a value there, and what Choices were answered; a name that is not listed has none."""

    held: Mapping[str, Constant | Held]
    answers: Mapping[Question, tuple[bool, frozenset[str]]]
    """Each with the roots of what it reads: `$name` of a variable, `$.name` of the state's data, `$.` of all of it."""
    passed_by: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    """Variables that were left out, with the transition by which the execution passed their Assign by."""

    def lacks(self, name: str) -> bool:
        """Whether nothing has surely assigned `name`."""
        return self.held.get(name, PERHAPS) is PERHAPS

    def surely(self) -> Way:
        """This way with what surely has a value alone."""
        if PERHAPS not in self.held.values():
            return self
        held = {name: one for name, one in self.held.items() if one is not PERHAPS}
        return Way(held, self.answers, self.passed_by)

    def assigned(self, values: Mapping[str, Constant | Held]) -> Way:
        """This way once `values` are assigned."""
        if not values:
            return self
        return Way({**self.held, **values}, self._without({f"${name}" for name in values}), self.passed_by)

    def answered(self, question: Question, answer: bool, roots: frozenset[str]) -> Way:
        """This way once a Choice has been answered."""
        return Way(self.held, {**self.answers, question: (answer, roots)}, self.passed_by)

    def without(self, name: str) -> Way:
        """This way where it turned out that `name` has no value."""
        return Way({one: held for one, held in self.held.items() if one != name}, self.answers, self.passed_by)

    def with_other_data(self, changed: str = "") -> Way:
        """This way in a state that gets other data: another field `changed` of it, or nothing of what was there."""
        roots = {"$.", f"$.{changed}"} if changed else {root for _, of in self.answers.values() for root in of}
        gone = {root for root in roots if root.startswith("$.")}
        return Way(self.held, self._without(gone), self.passed_by)

    def passing(self, place: str, names: Iterable[str]) -> Way:
        """This way by the transition at `place`, which passes an Assign of `names` by."""
        lacking = {name: place for name in names if self.lacks(name)}
        return Way(self.held, self.answers, {**self.passed_by, **lacking}) if lacking else self

    def _without(self, roots: Collection[str]) -> Mapping[Question, tuple[bool, frozenset[str]]]:
        return {question: said for question, said in self.answers.items() if said[1].isdisjoint(roots)}


NO_VARIABLES = Way({}, {})

MAX_WAYS = 16
"""Of more only who is assigned is known, and of as many of these only what they have in common."""


def few(ways: Sequence[Way], coarseness: int = 0) -> tuple[Sequence[Way], int]:
    """`ways` without repetition, made as coarse as it takes for them to be few, at least as `coarseness` says."""
    for coarser, made in enumerate(_COARSER[coarseness:], coarseness):
        different = made(ways)
        if len(different) <= MAX_WAYS:
            return different, coarser
    return [_common(ways)], COARSEST


def _different(ways: Iterable[Way]) -> list[Way]:
    different: list[Way] = []
    for way in ways:
        if way not in different:
            different.append(way)
    return different


def _coarse(ways: Iterable[Way]) -> list[Way]:
    """Who has a value on them, and no more."""
    rough = [({name: _rough(held) for name, held in way.held.items()}, way.passed_by) for way in ways]
    return _different(Way(held, {}, passed_by) for held, passed_by in rough)


def _rough(held: Constant | Held) -> Held:
    return held if isinstance(held, Held) else ASSIGNED


_COARSER = (_different, _coarse)
COARSEST = len(_COARSER)


def _common(ways: Sequence[Way]) -> Way:
    names = {name for way in ways for name in way.held}
    held = {name: PERHAPS if any(way.lacks(name) for way in ways) else ASSIGNED for name in names}
    return Way(held, {}, {name: place for way in ways for name, place in way.passed_by.items()})
