"""Rules about scopes, names and transitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

from asl.analysis.caching import once
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_object, as_text, kind, shown
from asl.syntax.walk import Machine, Scope, State

_STRUCTURE = "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"
_SPEC = "https://states-language.net/spec.html"
_TRANSITIONS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html"
_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"

NAME_LIMIT = 80
TERMINAL = ("Succeed", "Fail")
_GOING_ON = frozenset(("Map", "Parallel", "Pass", "Task", "Wait"))
TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")


def _scopes_are_whole(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        if not scope.node:
            yield scope.path, "is no object with StartAt and States, or is empty"
            continue
        if not scope.start_at:
            yield scope.at("StartAt"), "is missing or no string"
        if not as_object(scope.node.get("States")):
            yield scope.at("States"), "is missing, no object, or has no state"
        for state in scope.states.values():
            if not state.node:
                found = kind(as_object(scope.node["States"])[state.name])
                yield state.path, f"is {found}, where a state's object is expected"


def _start_exists(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        if scope.start_at and scope.states and scope.start_at not in scope.states:
            yield scope.at("StartAt"), _no_such_state(scope.start_at, scope, _everywhere(machine))


def _targets_exist(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        for edge in state.exits:
            if not isinstance(edge.target, str):
                yield edge.path, f"is {kind(edge.target)}, where a state's name is expected"
            elif edge.target not in state.scope.states:
                yield edge.path, _no_such_state(edge.target, state.scope, _everywhere(machine))


@once
def _everywhere(machine: Machine) -> set[str]:
    return {state.name for state in machine.states}


def _no_such_state(name: str, scope: Scope, everywhere: Container[str]) -> str:
    if name in everywhere:
        return f"names '{name}', which stands in another scope; a transition cannot leave its branch or processor"
    return f"names '{name}', and there is no such state{nearest(name, scope.states)}"


def _has_exit(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if state.type not in _GOING_ON:
            continue
        ends = "End" in state.node
        if "Next" in state.node and ends:
            yield state.path, "has both Next and End"
        elif "Next" not in state.node and not ends:
            yield state.path, "has neither Next nor End"
        elif ends and state.node["End"] is not True:
            yield state.at("End"), "is not true"


def _scope_can_end(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        live = scope.reachable
        if live and not any(map(_ends, live)):
            yield scope.path, "no state that StartAt leads to ends: there is no End, Succeed or Fail on the way"


def _ends(state: State) -> bool:
    # A state with a broken target is reported by its own rule; here it counts as an end, or one slip is told twice.
    return state.type in TERMINAL or state.node.get("End") is True or not state.after


def _names_are_unique(machine: Machine) -> Iterator[Problem]:
    if len(_everywhere(machine)) == len(machine.states):
        return
    seen = Counter(state.name for state in machine.states)
    for state in machine.states:
        if seen[state.name] > 1 and state.scope.owner is not None:
            yield state.path, f"'{state.name}' names {seen[state.name]} states of this machine"


def _names_fit(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if not 1 <= len(state.name) <= NAME_LIMIT:
            yield state.path, f"the name has {len(state.name)} characters; AWS takes 1 to {NAME_LIMIT}"


def _types_exist(machine: Machine) -> Iterator[Problem]:
    for state in machine.states:
        if state.node and state.type not in TYPES:
            written = state.node.get("Type")
            found = "is missing" if written is None else f"is {shown(written)}{nearest(as_text(written), TYPES)}"
            yield state.at("Type"), found


def _states_are_reachable(machine: Machine) -> Iterator[Problem]:
    for scope in machine.scopes:
        unreachable = [state for state in scope.states.values() if state not in scope.reachable]
        # Behind a broken transition states are unreachable by that one slip, which its own rule reports.
        broken = unreachable and any(len(state.after) < len(state.exits) for state in scope.states.values())
        if scope.start_at in scope.states and not broken:
            for state in unreachable:
                yield state.path, "no transition leads here"


RULES = (
    Rule(
        "ASL001",
        "error",
        "A scope needs StartAt and States",
        "The machine, each branch of a Parallel and each processor of a Map is a machine of its own.",
        "Give it a StartAt that names one of its States.",
        _STRUCTURE,
        _scopes_are_whole,
    ),
    Rule(
        "ASL002",
        "error",
        "StartAt names a state of its scope",
        "AWS refuses a machine that does not know where to start.",
        "Name a state of the same scope, in the same spelling: names are case-sensitive.",
        _STRUCTURE,
        _start_exists,
    ),
    Rule(
        "ASL003",
        "error",
        "A transition leads to a state of its scope",
        "Next, Default and Catch can only name states beside them; AWS refuses the machine otherwise.",
        "Name a state of the same scope, in the same spelling: names are case-sensitive.",
        _TRANSITIONS,
        _targets_exist,
    ),
    Rule(
        "ASL004",
        "error",
        "A state goes on or ends",
        "Every state but Choice, Succeed and Fail has either Next or End: true.",
        "Write Next with the following state's name, or End: true.",
        _TRANSITIONS,
        _has_exit,
    ),
    Rule(
        "ASL005",
        "error",
        "A scope can end",
        "Without an end in reach an execution runs until its timeout, at most a year.",
        "Let a path reach End: true, a Succeed or a Fail.",
        _SPEC,
        _scope_can_end,
    ),
    Rule(
        "ASL006",
        "error",
        "A state's name stands once in the whole machine",
        "Names are unique in the whole machine, branches and processors included: histories go by name.",
        "Rename one of them.",
        _SPEC,
        _names_are_unique,
    ),
    Rule(
        "ASL007",
        "error",
        "A state's name fits",
        "AWS takes names of 1 to 80 characters.",
        "Shorten the name; the Comment can hold the rest.",
        _QUOTAS,
        _names_fit,
    ),
    Rule(
        "ASL008",
        "error",
        "A state has a known type",
        "There are eight types of state.",
        f"Use one of {', '.join(TYPES)}.",
        _TRANSITIONS,
        _types_exist,
    ),
    Rule(
        "ASL009",
        "error",
        "A state can be reached",
        "AWS refuses a state that no path leads to (MISSING_TRANSITION_TARGET); often a transition is misspelt.",
        "Lead a transition here, or remove the state.",
        _SPEC,
        _states_are_reachable,
    ),
)
