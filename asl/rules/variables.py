"""Rules about variables: Assign, and who can read what it sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from asl.analysis.assigned import assigns
from asl.analysis.assignment.forward import Gap, gaps
from asl.analysis.caching import once
from asl.integrations.distributed_map import is_distributed
from asl.rules.expressions import expressions
from asl.rules.findings import Problem, Rule
from asl.rules.paths import all_read_paths
from asl.syntax.hints import nearest
from asl.syntax.walk import Machine, Scope, State

_VARIABLES = "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"
NAME_LIMIT = 80
QUERY_ERROR = "States.QueryEvaluationError"


def assignments(state: State) -> Iterator[tuple[str, str]]:
    """Name and path of each variable that `state` assigns: itself, in its choice rules, in its catchers."""
    for path, template in assigns(state):
        for key in template:
            yield key.removesuffix(".$"), state.at(f"{path}.{key}")


Assigners: TypeAlias = dict[str, set[State | None]]
"""Each variable of a scope with the states whose catchers assign it, and None where anything else does."""


@once
def _assigned(machine: Machine) -> dict[Scope, Assigners]:
    found: dict[Scope, Assigners] = {scope: {} for scope in machine.scopes}
    for state in machine.states:
        if state.contents.templates:
            own = found[state.scope]
            for name, path in assignments(state):
                own.setdefault(name, set()).add(state if path.startswith(state.at("Catch[")) else None)
    return found


def _around(scope: Scope) -> Iterator[tuple[Scope, State]]:
    """The scopes whose variables `scope` can read, beside its own, each with its state around `scope`.

    Children of a Distributed Map read none.
    """
    while scope.owner is not None:
        if is_distributed(scope.owner):
            return
        owner = scope.owner
        scope = owner.scope
        yield scope, owner


def _outside(scope: Scope) -> Iterator[Scope]:
    """The scopes around `scope` whose variables it cannot read, since a Distributed Map lies between."""
    reached, owner = {around for around, _ in _around(scope)}, scope.owner
    while owner is not None:
        if owner.scope not in reached:
            yield owner.scope
        owner = owner.scope.owner


def assigned_in_reach(machine: Machine, state: State) -> set[str]:
    """The variables that `state` can read, once they are assigned."""
    assigned = _assigned(machine)
    return {name for scope in (state.scope, *(one for one, _ in _around(state.scope))) for name in assigned[scope]}


def _names_are_right(machine: Machine) -> Iterator[Problem]:
    assigned = _assigned(machine)
    for scope in machine.scopes:
        if not assigned[scope]:
            continue
        # Once a catcher of the state around assigns a variable, those inside are gone.
        outer = {name for around, owner in _around(scope) for name, by in assigned[around].items() if by != {owner}}
        for state in scope.states.values():
            for name, path in assignments(state):
                if name == "states":
                    yield path, "'states' is reserved"
                elif not name.isidentifier() or len(name) > NAME_LIMIT:
                    yield path, f"'{name[:100]}' is no name of a variable"
                elif name in outer:
                    yield path, f"'{name}' is assigned in a scope around this one, too"


def _variables_are_assigned(machine: Machine) -> Iterator[Problem]:
    certain = {(gap.state.at(gap.place), gap.name) for gap in _in_reach(machine) if _fails(gap)}
    told = set(certain)
    for state, path, name, assigned in _out_of_reach(machine):
        place = state.at(path)
        if not _is_outside(state, name, assigned) and (place, name) not in certain:
            told.add((place, name))
            yield place, f"nothing assigns the variable '${name}' in reach{_hint(state, name, assigned)}"
    for gap in _in_reach(machine):
        place = gap.state.at(gap.place)
        if (place, gap.name) not in told:
            way = "" if gap.always else f"by {gap.passed_by} " if gap.passed_by else "on one way here "
            lacks = "so that reading it fails" if gap.fails else "so that the text goes without it"
            yield place, f"{way}nothing has assigned '${gap.name}', {lacks}"


def _variables_have_a_value(machine: Machine) -> Iterator[Problem]:
    assigned = _assigned(machine)
    for gap in _in_reach(machine):
        if _fails(gap):
            hint = _hint(gap.state, gap.name, assigned)
            yield gap.state.at(gap.place), f"nothing has assigned '${gap.name}' on any way here{hint}"


def _in_reach(machine: Machine) -> list[Gap]:
    """The gaps that are no child's of a Distributed Map that reads its parent's variables."""
    assigned = _assigned(machine)
    return [gap for gap in gaps(machine) if not _is_outside(gap.state, gap.name, assigned)]


def _fails(gap: Gap) -> bool:
    """Whether the execution fails each time, where it would not otherwise.

    A state's own catchers can take what fails in its JSONata; a Fail fails anyway.
    """
    taken = {error for catcher in gap.state.catchers for error in catcher.errors}
    is_taken = gap.state.query_language == "JSONata" and not taken.isdisjoint(("States.ALL", QUERY_ERROR))
    is_handled = gap.state.type == "Fail" or (is_taken and not gap.place.startswith("Catch"))
    return gap.always and gap.fails and not is_handled


def _is_outside(state: State, name: str, assigned: dict[Scope, Assigners]) -> bool:
    """Whether `name` is assigned outside of a Distributed Map that `state` is in, and not in reach of it."""
    in_reach = (state.scope, *(around for around, _ in _around(state.scope)))
    return not any(name in assigned[one] for one in in_reach) and any(
        name in assigned[outer] for outer in _outside(state.scope)
    )


def _hint(state: State, name: str, assigned: dict[Scope, Assigners]) -> str:
    around = (other for scope, _ in _around(state.scope) for other in assigned[scope])
    known = {*assigned[state.scope], *around}
    return nearest(name, known - {name})


def _children_read_their_own(machine: Machine) -> Iterator[Problem]:
    for state, path, name, assigned in _out_of_reach(machine):
        if _is_outside(state, name, assigned):
            yield state.at(path), f"reads '${name}', which is assigned outside of the Distributed Map"


@once
def _out_of_reach(machine: Machine) -> Sequence[tuple[State, str, str, dict[Scope, Assigners]]]:
    """Each variable that a state reads and that neither its scope nor one that it can read assigns, and who assigns."""
    assigned = _assigned(machine)
    return [
        (state, path, name, assigned)
        for state, path, name in _used(machine)
        if name not in assigned[state.scope] and not any(name in assigned[around] for around, _ in _around(state.scope))
    ]


def _used(machine: Machine) -> Iterator[tuple[State, str, str]]:
    for state, text, expression in expressions(machine):
        for name in sorted(expression.variables):
            yield state, text.path, name
    for state, text, path in all_read_paths(machine):
        if path.root not in ("$", "$$"):
            yield state, text.path, path.root[1:]


RULES = (
    Rule(
        "ASL044",
        "error",
        "A variable's name can be assigned",
        "Names are letters, digits and _, at most 80 characters; an inner scope cannot assign an outer one's variable.",
        "Choose another name.",
        _VARIABLES,
        _names_are_right,
    ),
    Rule(
        "ASL045",
        "warning",
        "A variable that is read has been assigned",
        "Reading a variable without a value fails the execution; a text that JSONata puts together goes without. A"
        " catcher gets the variables as they were before its state, which assigns nothing where it fails.",
        "Assign it on each way, in a catcher's Assign, too, in the same scope or one around it; or ask with $exists,"
        " IsPresent in JSONPath, first.",
        _VARIABLES,
        _variables_are_assigned,
    ),
    Rule(
        "ASL152",
        "error",
        "A Distributed Map's children read no variables from outside",
        "Each child is an execution of its own, which begins without variables; reading one that only its parent has"
        " fails it.",
        "Pass the value on by the Map's ItemSelector, or by ItemBatcher's BatchInput.",
        _VARIABLES,
        _children_read_their_own,
    ),
    Rule(
        "ASL171",
        "error",
        "A variable is assigned before it is read",
        "Without a value it fails the execution, with States.QueryEvaluationError in JSONata. What a state assigns is"
        " there from the next state on; what a branch or an iteration assigns is gone at its end.",
        "Assign it in a state before, or ask with $exists, IsPresent in JSONPath, first.",
        _VARIABLES,
        _variables_have_a_value,
    ),
)
