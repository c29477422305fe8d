"""A definition as a Mermaid flowchart, which GitHub and most documentation tools draw."""

from __future__ import annotations

from collections.abc import Iterator

from asl.shape import Object, as_list, as_object, as_text
from asl.walk import Edge, Scope, State, edges, walk

_SHAPES = {
    "Choice": ("{{", "}}"),
    "Wait": ("([", "])"),
    "Succeed": ("(((", ")))"),
    "Fail": ("[/", "/]"),
    "Pass": ("(", ")"),
}


def mermaid(definition: Object) -> str:
    """The flowchart of `definition`: Parallel and Map as boxes, catches dashed with the errors they catch."""
    machine = walk(definition)
    ids = {state.path: f"s{number}" for number, state in enumerate(machine.states)}
    return "\n".join(["flowchart TD", *_scope(machine.scopes[0], ids, "  ")]) + "\n"


def _scope(scope: Scope, ids: dict[str, str], indent: str) -> Iterator[str]:
    for state in scope.states.values():
        yield from _state(state, ids, indent)
    if scope.owner is None and scope.start_at in scope.states:
        yield f"{indent}start(( )) --> {ids[scope.states[scope.start_at].path]}"
    for state in scope.states.values():
        for edge in edges(state):
            target = scope.states.get(as_text(edge.target))
            if target is not None:
                yield f"{indent}{ids[state.path]} {_arrow(state, edge)} {ids[target.path]}"


def _state(state: State, ids: dict[str, str], indent: str) -> Iterator[str]:
    own = ids[state.path]
    if not state.inner:
        opening, closing = _SHAPES.get(state.type, ("[", "]"))
        yield f'{indent}{own}{opening}"{state.name}"{closing}'
        return
    yield f'{indent}subgraph {own}["{state.name}"]'
    for number, scope in enumerate(state.inner):
        if len(state.inner) > 1:
            yield f'{indent}  subgraph {own}b{number}[" "]'
        yield from _scope(scope, ids, indent + "    ")
        if len(state.inner) > 1:
            yield f"{indent}  end"
    yield f"{indent}end"


def _arrow(state: State, edge: Edge) -> str:
    if edge.kind == "catch":
        names = as_object(as_list(state.node["Catch"])[int(edge.path.split("[")[-1].split("]")[0])]).get("ErrorEquals")
        return f'-. "{", ".join(map(str, as_list(names)))}" .->'
    return '-- "otherwise" -->' if edge.kind == "default" else "-->"
