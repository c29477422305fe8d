"""Which state of a scope has another name now: by what it does, and by the states around it.

A state and what became of it look alike: their bodies are the same, and so are their neighbours as far as those are
matched. Each match tells more about its neighbours, and only they are looked at again; so a chain in which every state
has a new name takes time in proportion to its transitions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from asl.differences.values import canonical
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.walk import Scope, State

_Look: TypeAlias = tuple[str, bool, int]
"""The body, whether the scope starts there, and the sum of what its matched neighbours add."""


def renamed(old: Scope, new: Scope, names: Mapping[str, str]) -> dict[str, str]:
    """New names by old ones, of states that `names` does not have: those that look like just one of the other's."""
    taken = set(names.values())
    before = _Side(old, [name for name in old.states if name not in names])
    after = _Side(new, [name for name in new.states if name not in taken])
    for number, (one, other) in enumerate(names.items()):
        before.tell(one, number)
        after.tell(other, number)
    found: dict[str, str] = {}
    looks = deque(dict.fromkeys(before.looks.values()))
    while looks:
        look = looks.popleft()
        if len(before.alike.get(look, ())) != 1 or len(after.alike.get(look, ())) != 1:
            continue
        (one,), (other,) = before.alike[look], after.alike[look]
        before.leave(one)
        after.leave(other)
        found[one] = other
        number = len(names) + len(found)
        looks += before.tell(one, number)
        looks += after.tell(other, number)
    return found


@dataclass
class _Side:
    """The states of one scope that are not matched yet, by how they look."""

    scope: Scope
    open: list[str]
    looks: dict[str, _Look] = field(default_factory=dict[str, _Look])
    alike: dict[_Look, dict[str, None]] = field(default_factory=dict[_Look, dict[str, None]])

    def __post_init__(self) -> None:
        self._led_to_by: dict[str, list[tuple[str, int]]] = {}
        for state in self.scope.states.values():
            for position, edge in enumerate(state.exits):
                self._led_to_by.setdefault(as_text(edge.target), []).append((state.name, position))
        for name in self.open:
            state = self.scope.states[name]
            self._put(name, (canonical([_body(state), len(state.exits)]), self.scope.start_at == name, 0))

    def tell(self, name: str, number: int) -> list[_Look]:
        """The state `name` is matched, as the match `number`: how its open neighbours looked, and look now."""
        changed: list[_Look] = []
        for neighbour, weight in self._neighbours(name, number):
            if neighbour in self.looks:
                body, starts, sum = self.looks[neighbour]
                changed.append(self.looks[neighbour])
                self.leave(neighbour)
                self._put(neighbour, (body, starts, sum + weight))
                changed.append(self.looks[neighbour])
        return changed

    def _neighbours(self, name: str, number: int) -> Iterator[tuple[str, int]]:
        """Who leads to it, by which of its exits; and where it leads to."""
        for source, position in self._led_to_by.get(name, ()):
            yield source, hash((number, position))
        for edge in self.scope.states[name].exits:
            yield as_text(edge.target), hash((number, -1))

    def leave(self, name: str) -> None:
        """It is matched, or looks otherwise."""
        del self.alike[self.looks.pop(name)][name]

    def _put(self, name: str, look: _Look) -> None:
        self.looks[name] = look
        self.alike.setdefault(look, {})[name] = None


def _body(state: State) -> dict[str, object]:
    """The state without what is compared apart: its comment, and the names of the states that it leads to."""
    node = {key: value for key, value in state.node.items() if key not in ("Comment", "Next", "Default")}
    for key in ("Choices", "Catch"):
        if key in node:
            node[key] = [
                {name: value for name, value in as_object(one).items() if name != "Next"} for one in as_list(node[key])
            ]
    return node
