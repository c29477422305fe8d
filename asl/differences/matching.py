"""Which state of the old definition is which state of the new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asl.differences.values import same
from asl.shape import as_list, as_object, as_text
from asl.walk import Edge, Machine, Scope, State


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
    while found := _renamed(old, new, names):
        names |= found
    return ((old.states[one], new.states[other]) for one, other in names.items())


def _renamed(old: Scope, new: Scope, names: Mapping[str, str]) -> dict[str, str]:
    """Names of `old` that only one state of `new` can be the new name of, and the other way round."""
    come = [state for name, state in new.states.items() if name not in set(names.values())]
    candidates = [
        (state.name, other.name)
        for state in old.states.values()
        if state.name not in names
        for other in come
        if same(_body(state), _body(other)) and _same_neighbours(state, other, names)
    ]
    olds, news = Counter(one for one, _ in candidates), Counter(other for _, other in candidates)
    return {one: other for one, other in candidates if olds[one] == 1 == news[other]}


def _same_neighbours(old: State, new: State, names: Mapping[str, str]) -> bool:
    """Whether what leads to and from the two states is the same; names that are not matched yet may be anything."""
    known = {*names.values()}
    leads_to = [_place(names.get(as_text(edge.target))) for edge in old.exits]
    now_to = [_place(as_text(edge.target) if as_text(edge.target) in known else None) for edge in new.exits]
    starts = (old.scope.start_at == old.name, new.scope.start_at == new.name)
    came_from = Counter(_place(names.get(name)) for name in _sources(old))
    comes_from = Counter(_place(name if name in known else None) for name in _sources(new))
    return leads_to == now_to and starts[0] == starts[1] and came_from == comes_from


def _place(name: str | None) -> str:
    return name if name is not None else ""


def _sources(state: State) -> Iterator[str]:
    return (other.name for other in state.scope.states.values() for edge in other.exits if edge.target == state.name)


def _moved(old: Machine, new: Machine, matched: list[tuple[State, State]]) -> Iterator[tuple[State, State]]:
    gone, come = {one.path for one, _ in matched}, {other.path for _, other in matched}
    places = {state.name: state for state in new.states if state.path not in come}
    for state in old.states:
        if state.path not in gone and state.name in places:
            yield state, places.pop(state.name)


def _body(state: State) -> dict[str, object]:
    """The state without what is compared apart: its comment, and the names of the states that it leads to."""
    node = {key: value for key, value in state.node.items() if key not in ("Comment", "Next", "Default")}
    for key in ("Choices", "Catch"):
        if key in node:
            node[key] = [
                {name: value for name, value in as_object(one).items() if name != "Next"} for one in as_list(node[key])
            ]
    return node


def edges_in_both(matches: Matches) -> Iterator[tuple[State, Edge, bool]]:
    """Each transition of the new definition's matched states, and whether the old state had it too."""
    names = matches.names
    for old, new in matches.states:
        before = {(edge.kind, names.get(as_text(edge.target))) for edge in old.exits}
        for edge in new.exits:
            yield new, edge, (edge.kind, as_text(edge.target)) in before
