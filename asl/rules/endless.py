"""Rules about loops that never end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from asl.analysis.counters import Comparison, Counter, Place, comparisons, counters, ends_beyond, is_asked_for, sums
from asl.analysis.durations import components
from asl.analysis.loops import loops
from asl.analysis.path_texts import path_texts
from asl.rules.findings import Problem, Rule
from asl.rules.structure import TERMINAL
from asl.syntax.paths import parse_path
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.walk import Machine, State, reached_from

_SPEC = "https://states-language.net/spec.html"
_PRACTICES = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_CHOICE = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"


def _names(loop: Collection[State]) -> set[str]:
    return {state.name for state in loop}


def _every_loop_can_be_left(machine: Machine) -> Iterator[Problem]:
    for loop in loops(machine):
        scope, inside = loop[0].scope, _names(loop)
        if any(_leads_out(state, inside) for state in loop) or scope.start_at not in scope.states:
            continue
        # What nothing leads to, and a scope of which nothing ends, are told by rules of their own.
        live = reached_from(scope.states[scope.start_at])
        if loop[0] in live and any(map(_ends, live)):
            names = ", ".join(state.name for state in loop)
            yield loop[0].path, f"is passed for ever: nothing leads out of {names[:200]}"


def _ends(state: State) -> bool:
    # A broken target is reported by its own rule; here it counts as an end.
    broken = any(as_text(edge.target) not in state.scope.states for edge in state.exits)
    return state.type in TERMINAL or "End" in state.node or broken


def _leads_out(state: State, inside: set[str]) -> bool:
    return _ends(state) or any(as_text(edge.target) not in inside for edge in state.exits)


def _loops_end_without_an_error(machine: Machine) -> Iterator[Problem]:
    for loop in loops(machine):
        inside = _names(loop)
        if not any(_leads_out(state, inside) for state in loop):
            continue
        ending = _ending(loop, inside)
        caught = [state for state in loop if state.name not in ending]
        if caught:
            yield _trap(caught[0]).path, "is passed again and again as long as nothing fails: only a catcher leads out"


def _ending(loop: Collection[State], inside: set[str]) -> set[str]:
    """The names of the states from which a way without an error leads out of `loop`."""
    before: dict[str, list[str]] = {}
    todo: list[str] = []
    for state in loop:
        following = [as_text(edge.target) for edge in state.exits if edge.kind != "catch"]
        for name in following:
            before.setdefault(name, []).append(state.name)
        if _ends(state) or any(name not in inside for name in following):
            todo.append(state.name)
    ending: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in ending:
            ending.add(name)
            todo.extend(before.get(name, ()))
    return ending


def _trap(state: State) -> State:
    """The state that comes round again when `state` is left without an error."""
    seen: set[State] = set()
    while state not in seen:
        seen.add(state)
        following = (state.scope.states.get(as_text(edge.target)) for edge in state.exits if edge.kind != "catch")
        state = next((found for found in following if found), state)
    return state


def _choices_get_something_new(machine: Machine) -> Iterator[Problem]:
    for loop in loops(machine):
        idle = {state.name: state for state in loop if _changes_nothing(state)}
        leads_to = {name: [after.name for after in state.after if after.name in idle] for name, state in idle.items()}
        _, root = components(leads_to)
        back = {name: one for one, after in leads_to.items() for name in after if root[name] == root[one]}
        for name, state in idle.items():
            if name in back:
                yield state.path, f"gets the same data again from {back[name]}, so it decides the same for ever"


def _changes_nothing(state: State) -> bool:
    """Whether a Choice hands on just what it got, and asks for nothing that changes by itself, such as the time."""
    if state.type != "Choice" or state.query_language != "JSONPath":
        return False
    fields = {name for node in (state.node, *map(as_object, as_list(state.node.get("Choices")))) for name in node}
    asks_context = any("$$" in text.value for text in path_texts(state))
    return not asks_context and not fields & {"Assign", "InputPath", "OutputPath"}


def _counts_end_their_loop(machine: Machine) -> Iterator[Problem]:
    for loop in loops(machine):
        if not any(state.type == "Wait" or state.hands_over_token for state in loop):
            continue
        counting = counters(loop)
        if counting and not any(is_asked_for(counter, loop) for counter in counting):
            place = ".".join(counting[0].place)
            choices = [f"'{state.name}'" for state in loop if state.type == "Choice"]
            asked = f"no Choice of its loop asks for it{': ' if choices else ''}{', '.join(choices)[:200]}"
            yield counting[0].state.path, f"counts at {place}, and {asked}"
        by_place = {counter.place: counter for counter in counting}
        for one in comparisons(loop):
            if problem := _never_reached(one, by_place, loop):
                yield one.path, problem


def _never_reached(one: Comparison, counting: dict[Place, Counter], loop: Sequence[State]) -> str:
    """Why the comparison, which should end `loop`, does not do so after some rounds."""
    place = ".".join(one.place)
    if counter := counting.get(one.place):
        if one.leads_out and one.operator in ("<", "<=") and counter.step > 0:
            return f"is true in the first round: {place} begins small, and {counter.state.path} adds {counter.step}"
        if ends_beyond(one) is not None and counter.step <= 0:
            return f"is never reached: {counter.state.path} adds {counter.step} to {place}"
    elif one.leads_out and one.place[0] == "$" and not any(_may_write(state, one.place) for state in loop):
        aside = [(state.path, put) for state in loop for read, _, put in sums(state) if read == one.place and put]
        hint = f"; {aside[0][0]} puts its sum at {'.'.join(aside[0][1])}" if aside else ""
        return f"asks for {place}, which nothing in its loop changes{hint}"
    return ""


def _may_write(state: State, place: Place) -> bool:
    """Whether `state` may change what lies at `place`."""
    if state.query_language == "JSONata" or "OutputPath" in state.node:
        return True
    holders = [state.node] if state.type in ("Task", "Pass", "Parallel", "Map") else []
    holders += [as_object(catcher) for catcher in as_list(state.node.get("Catch"))]
    for holder in holders:
        written = holder.get("ResultPath", "$")
        steps = parse_path(as_text(written)).steps if written is not None else None
        shared = min(len(steps), len(place) - 1) if steps is not None else -1
        if steps is not None and steps[:shared] == place[1 : shared + 1]:
            return state.type != "Pass" or "Parameters" in state.node or "Result" in state.node
    return False


RULES = (
    Rule(
        "ASL066",
        "error",
        "Every loop can be left",
        "An execution that comes into a loop without a way out goes round until its history or its time is used up.",
        "Lead a Choice, a catcher or a Next of the loop to a state that ends.",
        _SPEC,
        _every_loop_can_be_left,
    ),
    Rule(
        "ASL078",
        "warning",
        "A count ends its loop",
        "Rounds that are counted and never compared, or that are compared with what they never reach, do not end.",
        "Let the count grow, and lead a rule of the loop's Choice out of it when the count is large enough.",
        _PRACTICES,
        _counts_end_their_loop,
    ),
    Rule(
        "ASL092",
        "warning",
        "A loop can end without an error",
        "Where only a catcher leads out, an execution goes round until something fails; often a Next names the state"
        " that it stands in.",
        "Lead a Choice or a Next of the loop to what comes after it.",
        _SPEC,
        _loops_end_without_an_error,
    ),
    Rule(
        "ASL093",
        "warning",
        "A Choice does not lead back to itself with the same data",
        "Nothing changes between one question and the next, so the answer stays the same until the history is full.",
        "Lead it to a state that waits or brings something new.",
        _CHOICE,
        _choices_get_something_new,
    ),
)
