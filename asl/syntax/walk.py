"""The one walk through a definition. Whatever reads definitions starts from its result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from asl.syntax.hints import nearest
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.strings import MAX_DEPTH, Contents, contents


# Freezing scopes and states would make them three times as slow to make. Nobody changes one once it is walked.
@dataclass(eq=False, repr=False)
class Scope:
    """One `States` object with its `StartAt`: the machine's own, a Parallel's branch, or a Map's processor.

    A transition never leaves its scope.
    """

    path: str
    node: Object
    owner: State | None
    depth: int
    start_at: str
    states: dict[str, State]

    @cached_property
    def reachable(self) -> set[State]:
        """The states that some path from `StartAt` leads to."""
        return reached_from(self.states[self.start_at]) if self.start_at in self.states else set()

    def at(self, key: str) -> str:
        """The path of a field of this scope."""
        return f"{self.path}.{key}" if self.path else key


@dataclass(slots=True, eq=False, repr=False)
class State:
    """One state. `path` reads like `States.FulfillInParallel.Branches[0].States.ReserveInventory`."""

    name: str
    path: str
    node: Object
    scope: Scope
    query_language: str
    type: str
    resource: str
    """Empty in other states than a Task."""
    contents: Contents
    retriers: tuple[Handler, ...]
    catchers: tuple[Handler, ...]
    exits: tuple[Edge, ...]
    inner: Sequence[Scope]
    after: list[State]
    """The states of its scope that it can lead to; an exit to a state that is not there leads nowhere."""

    @property
    def hands_over_token(self) -> bool:
        """Whether it waits until somebody answers its task token."""
        return self.resource.endswith(".waitForTaskToken")

    def at(self, key: str) -> str:
        """The path of a field of this state."""
        return f"{self.path}.{key}"


@dataclass(slots=True, eq=False, repr=False)
class Handler:
    """An element of Retry or Catch, with its path and its ErrorEquals."""

    path: str
    node: Object
    errors: Sequence[object]


@dataclass(slots=True, eq=False, repr=False)
class Edge:
    """A transition: `target` is the name as written, `path` the field that holds it."""

    target: object
    path: str
    kind: str
    """One of `next`, `choice`, `default`, `catch`."""


@dataclass(slots=True, eq=False, repr=False)
class Machine:
    """A walked definition: scopes and states in the order of the definition, outer before inner."""

    definition: Object
    type: str
    scopes: tuple[Scope, ...]
    states: tuple[State, ...]
    words: frozenset[str]
    """What is in it: types and fields of states, query languages, the services that are called, waitForTaskToken."""
    _by_type: Mapping[str, Sequence[State]]
    worked_out: dict[object, Any]
    """What follows from it, by the function that found it out: see `analysis.caching.once`."""

    def of(self, type: str) -> Sequence[State]:
        """The states of `type`."""
        return self._by_type.get(type, ())


TYPES = ("STANDARD", "EXPRESS")
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""


def walk(definition: object, *, type: str = "STANDARD") -> Machine:
    """Visit every scope and state of `definition` once; what is misshapen is passed over, for the rules to report.

    Raises:
        ValueError: for a `type` that no machine has.
    """
    if type not in TYPES:
        raise ValueError(f"a machine's type is {' or '.join(TYPES)}, not {type!r}{nearest(type, TYPES)}")
    root = as_object(definition)
    language = as_text(root.get("QueryLanguage")) or "JSONPath"
    scopes: list[Scope] = []
    todo = [_scope("", root)]
    while todo:
        scope = todo.pop()
        scopes.append(scope)
        own, around = scope.states, scope.at("States")
        for name, node in as_object(scope.node.get("States")).items():
            own[name] = _state(name, f"{around}.{name}", as_object(node), scope, language)
        for state in own.values():
            for edge in state.exits:
                if after := own.get(as_text(edge.target)):
                    state.after.append(after)
        todo.extend(reversed([inner for state in own.values() for inner in state.inner]))
    states = tuple(state for scope in scopes for state in scope.states.values())
    by_type: dict[str, list[State]] = {}
    words: set[str] = set()
    for state in states:
        by_type.setdefault(state.type, []).append(state)
        words.add(state.query_language)
        words.update(state.node)
        if ":states:::" in state.resource:
            words.update(state.resource.partition(":states:::")[2].split(":")[:2])
        if state.hands_over_token:
            words.add("waitForTaskToken")
    words.update(by_type)
    return Machine(root, type, tuple(scopes), states, frozenset(words), by_type, {})


def _scope(path: str, node: Object, owner: State | None = None) -> Scope:
    return Scope(path, node, owner, owner.scope.depth + 1 if owner else 1, as_text(node.get("StartAt")), {})


def _state(name: str, path: str, node: Object, scope: Scope, language: str) -> State:
    type = as_text(node.get("Type"))
    # A state takes the machine's language, never that of the Map or Parallel around it.
    own = as_text(node.get("QueryLanguage")) or language
    retriers = _handlers(path, node, "Retry") if "Retry" in node else ()
    catchers = _handlers(path, node, "Catch") if "Catch" in node else ()
    exits = tuple(_exits(path, type, node, catchers))
    # The other states share one empty tuple: objects cost Python's memory management more than their making.
    holds_scopes = scope.depth < MAX_DEPTH and not _SCOPES.isdisjoint(node)
    inner: list[Scope] = []
    resource = as_text(node.get("Resource")) if type == "Task" else ""
    held = inner if holds_scopes else ()
    state = State(name, path, node, scope, own, type, resource, contents(node), retriers, catchers, exits, held, [])
    if holds_scopes:
        inner.extend(_inner_scopes(state))
    return state


_SCOPES = {"Branches", "ItemProcessor", "Iterator"}


def _inner_scopes(state: State) -> Iterator[Scope]:
    for index, branch in enumerate(as_list(state.node.get("Branches"))):
        yield _scope(f"{state.path}.Branches[{index}]", as_object(branch), state)
    # `Iterator` is the older name of `ItemProcessor`: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
    for key in ("ItemProcessor", "Iterator"):
        if key in state.node:
            yield _scope(state.at(key), as_object(state.node[key]), state)


def _handlers(path: str, node: Object, field: str) -> tuple[Handler, ...]:
    every = [as_object(element) for element in as_list(node[field])]
    return tuple(
        Handler(f"{path}.{field}[{index}]", element, as_list(element.get("ErrorEquals")))
        for index, element in enumerate(every)
    )


def _exits(path: str, type: str, node: Object, catchers: Sequence[Handler]) -> list[Edge]:
    exits: list[Edge] = []
    if type == "Choice":
        for index, rule in enumerate(map(as_object, as_list(node.get("Choices")))):
            if "Next" in rule:
                exits.append(Edge(rule["Next"], f"{path}.Choices[{index}].Next", "choice"))
        if "Default" in node:
            exits.append(Edge(node["Default"], f"{path}.Default", "default"))
    elif "Next" in node:
        exits.append(Edge(node["Next"], f"{path}.Next", "next"))
    for catcher in catchers:
        if "Next" in catcher.node:
            exits.append(Edge(catcher.node["Next"], f"{catcher.path}.Next", "catch"))
    return exits


def reached_from(first: State) -> set[State]:
    """The states that some path from `first` leads to, itself among them."""
    seen: set[State] = set()
    todo = [first]
    while todo:
        state = todo.pop()
        if state not in seen:
            seen.add(state)
            todo.extend(state.after)
    return seen
