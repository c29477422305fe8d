"""Which state of the old definition is which state of the new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asl.differences.renaming import renamed
from asl.syntax.shapes import as_text
from asl.syntax.walk import Edge, Machine, Scope, State


@dataclass(frozen=True, slots=True)
class Matches:
    """States that are in both, old and new; scopes likewise; and the states that are in one alone."""

    states: tuple[tuple[State, State], ...]
    scopes: tuple[tuple[Scope, Scope], ...]
    removed: tuple[State, ...]
    added: tuple[State, ...]

    @property
    def names(self) -> dict[str, str]:
        """The new name of each old one."""
        return {old.name: new.name for old, new in self.states}


def match(old: Machine, new: Machine) -> Matches:
    """By place and name; then by body and neighbours, for a state that was renamed; then by name, wherever it went."""
    states: list[tuple[State, State]] = []
    scopes: list[tuple[Scope, Scope]] = []
    todo = [(old.scopes[0], new.scopes[0])]
    while todo:
        pair = todo.pop()
        scopes.append(pair)
        found = list(_in_scope(*pair))
        states += found
        todo += [inner for one, other in found for inner in zip(one.inner, other.inner, strict=False)]
        if not todo:  # nothing is left that place alone can tell
            moved = list(_moved(old, new, states))
            states += moved
            todo += [inner for one, other in moved for inner in zip(one.inner, other.inner, strict=False)]
    gone, come = {one.path for one, _ in states}, {other.path for _, other in states}
    return Matches(
        tuple(states),
        tuple(scopes),
        tuple(state for state in old.states if state.path not in gone),
        tuple(state for state in new.states if state.path not in come),
    )


def _in_scope(old: Scope, new: Scope) -> Iterator[tuple[State, State]]:
    names = {name: name for name in old.states if name in new.states}
    names |= renamed(old, new, names)
    return ((old.states[one], new.states[other]) for one, other in names.items())


def _moved(old: Machine, new: Machine, matched: list[tuple[State, State]]) -> Iterator[tuple[State, State]]:
    gone, come = {one.path for one, _ in matched}, {other.path for _, other in matched}
    places = {state.name: state for state in new.states if state.path not in come}
    for state in old.states:
        if state.path not in gone and state.name in places:
            yield state, places.pop(state.name)


def edges_in_both(matches: Matches) -> Iterator[tuple[State, Edge, bool]]:
    """Each transition of the new definition's matched states, and whether the old state had it too."""
    names = matches.names
    for old, new in matches.states:
        before = {(edge.kind, names.get(as_text(edge.target))) for edge in old.exits}
        for edge in new.exits:
            yield new, edge, (edge.kind, as_text(edge.target)) in before
