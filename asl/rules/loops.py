"""Rules about loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl.analysis.loops import loops
from asl.analysis.path_texts import dynamic_texts, path_texts
from asl.rules.findings import Problem, Rule
from asl.syntax.intrinsics import is_call, parse_intrinsic
from asl.syntax.shapes import is_number
from asl.syntax.walk import Machine, State

_PRACTICES = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"


def _polling_loops(machine: Machine) -> Iterator[Sequence[State]]:
    """The cycles with a Wait in them."""
    return (states for states in loops(machine) if any(state.type == "Wait" for state in states))


def _counts(state: State) -> bool:
    """Whether `state` makes a figure grow: by arithmetic, or by a variable of its own."""
    if "Assign" in state.node or (state.query_language == "JSONata" and "Output" in state.node):
        return True
    calls = (text.value for text in dynamic_texts(state) if is_call(text.value))
    return any("MathAdd" in call and not parse_intrinsic(call).problem for call in calls)


def _is_bounded(states: Sequence[State]) -> bool:
    counts = any(_counts(state) for state in states)
    # A page token or a shrinking list ends a loop, too: what is compared has to come from inside the loop.
    clock = any("$$.State.EnteredTime" in text.value for state in states for text in path_texts(state))
    return counts or clock


def _loops_end(machine: Machine) -> Iterator[Problem]:
    for states in _polling_loops(machine):
        if not _is_bounded(states):
            wait = next(state for state in states if state.type == "Wait")
            names = ", ".join(state.name for state in states)
            yield wait.path, f"is passed again and again ({names[:200]}), and nothing counts the rounds"


def _loops_fit_the_timeout(machine: Machine) -> Iterator[Problem]:
    limit = machine.definition.get("TimeoutSeconds")
    if not is_number(limit):
        return
    for state in (state for states in _polling_loops(machine) for state in states):
        seconds = state.node.get("Seconds")
        if state.type == "Wait" and is_number(seconds) and seconds * 2 > limit:
            yield state.at("Seconds"), f"is {seconds}, so two rounds outlast the machine's {limit} s"


RULES = (
    Rule(
        "ASL051",
        "warning",
        "A polling loop ends by itself",
        "What never arrives is polled until the machine's timeout, or until its history holds 25,000 events.",
        "Count the rounds (States.MathAdd, Assign) and let the Choice lead to an escalation after the last one.",
        _PRACTICES,
        _loops_end,
    ),
    Rule(
        "ASL052",
        "warning",
        "A machine outlasts more than one round of its polling",
        "The machine's timeout cannot be caught; it ends executions that only wait for their next poll.",
        "Shorten the wait, or raise the machine's TimeoutSeconds above all rounds.",
        _PRACTICES,
        _loops_fit_the_timeout,
    ),
)
