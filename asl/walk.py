"""The one walk through a definition. Whatever reads definitions starts from its result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asl.shape import Object, as_list, as_object, as_text
from asl.texts import MAX_DEPTH, Contents, contents

if TYPE_CHECKING:
    from asl.promises import MustReach


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One `States` object with its `StartAt`: the machine's own, a Parallel's branch, or a Map's processor.

    A transition never leaves its scope.
    """

    path: str
    node: Object
    owner: State | None
    depth: int = 1
    states: dict[str, State] = field(default_factory=dict[str, "State"])

    @property
    def start_at(self) -> str:
        return as_text(self.node.get("StartAt"))

    def at(self, key: str) -> str:
        """The path of a field of this scope."""
        return f"{self.path}.{key}" if self.path else key


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """One state. `path` reads like `States.FulfillInParallel.Branches[0].States.ReserveInventory`."""

    name: str
    path: str
    node: Object
    scope: Scope
    query_language: str
    type: str
    contents: Contents
    exits: list[Edge] = field(default_factory=list["Edge"])
    inner: list[Scope] = field(default_factory=list[Scope])

    def at(self, key: str) -> str:
        """The path of a field of this state."""
        return f"{self.path}.{key}"


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition: `target` is the name as written, `path` the field that holds it."""

    target: object
    path: str
    kind: str
    """One of `next`, `choice`, `default`, `catch`."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A walked definition: scopes and states in the order of the definition, outer before inner."""

    definition: Object
    type: str
    scopes: tuple[Scope, ...]
    promises: tuple[MustReach, ...] = ()

    @property
    def states(self) -> Iterator[State]:
        return (state for scope in self.scopes for state in scope.states.values())


def walk(definition: object, *, type: str = "STANDARD", promises: Iterable[MustReach] = ()) -> Machine:
    """Visit every scope and state of `definition` once; what is misshapen is passed over, for the rules to report."""
    root = as_object(definition)
    language = as_text(root.get("QueryLanguage")) or "JSONPath"
    scopes: list[Scope] = []
    todo = [Scope("", root, None)]
    while todo:
        scope = todo.pop()
        scopes.append(scope)
        found: list[Scope] = []
        for name, node in as_object(scope.node.get("States")).items():
            body = as_object(node)
            # A state takes the machine's language, never that of the Map or Parallel around it.
            own = as_text(body.get("QueryLanguage")) or language
            state = State(
                name, f"{scope.at('States')}.{name}", body, scope, own, as_text(body.get("Type")), contents(body)
            )
            state.exits.extend(_exits(state))
            if scope.depth < MAX_DEPTH:
                state.inner.extend(_inner_scopes(state))
            scope.states[name] = state
            found.extend(state.inner)
        todo.extend(reversed(found))
    return Machine(root, type, tuple(scopes), tuple(promises))


def _inner_scopes(state: State) -> Iterator[Scope]:
    for index, branch in enumerate(as_list(state.node.get("Branches"))):
        yield Scope(f"{state.path}.Branches[{index}]", as_object(branch), state, state.scope.depth + 1)
    # `Iterator` is the older name of `ItemProcessor`: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
    for key in ("ItemProcessor", "Iterator"):
        if key in state.node:
            yield Scope(state.at(key), as_object(state.node[key]), state, state.scope.depth + 1)


def _exits(state: State) -> Iterator[Edge]:
    node = state.node
    if state.type == "Choice":
        for index, rule in enumerate(as_list(node.get("Choices"))):
            if "Next" in as_object(rule):
                yield Edge(as_object(rule)["Next"], f"{state.path}.Choices[{index}].Next", "choice")
        if "Default" in node:
            yield Edge(node["Default"], state.at("Default"), "default")
    elif "Next" in node:
        yield Edge(node["Next"], state.at("Next"), "next")
    for index, catcher in enumerate(as_list(node.get("Catch"))):
        if "Next" in as_object(catcher):
            yield Edge(as_object(catcher)["Next"], f"{state.path}.Catch[{index}].Next", "catch")


def targets(state: State) -> Iterator[State]:
    """The states of the same scope that `state` can lead to; a target that is not there is passed over."""
    for edge in state.exits:
        found = state.scope.states.get(as_text(edge.target))
        if found is not None:
            yield found


def reachable(scope: Scope) -> set[str]:
    """The names of the states that some path from `StartAt` leads to."""
    return reached_from(scope.states[scope.start_at]) if scope.start_at in scope.states else set()


def reached_from(first: State) -> set[str]:
    """The names of the states that some path from `first` leads to, itself among them."""
    seen: set[str] = set()
    todo = [first]
    while todo:
        state = todo.pop()
        if state.name not in seen:
            seen.add(state.name)
            todo.extend(targets(state))
    return seen
