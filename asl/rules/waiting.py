"""Rules about tasks that wait for somebody else, and about what only some states find in their context object."""

from __future__ import annotations

from collections.abc import Iterator

from asl.analysis.state_purposes import asks_people
from asl.integrations import find
from asl.rules.expressions import expressions
from asl.rules.findings import Problem, Rule
from asl.rules.paths import context_paths
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import is_number
from asl.syntax.walk import Machine, State

_PRACTICES = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"
_CONTEXT = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"
HOUR = 3_600


def _pattern(state: State) -> str:
    found = find(state.resource)
    return found[1] if found else ""


def _long_waits_have_heartbeats(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        limit = state.node.get("TimeoutSeconds")
        beats = "HeartbeatSeconds" in state.node or "HeartbeatSecondsPath" in state.node
        waits = is_number(limit) and limit > HOUR and not beats and _pattern(state) in ("callback", "activity")
        if is_number(limit) and waits and not asks_people(state):
            yield state.path, f"waits up to {limit:,} s for an answer, without HeartbeatSeconds"


def _tokens_are_there(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        reading = [text for text in state.contents.texts if "Task.Token" in text.value and _is_token(text.value)]
        # What a placeholder stands for may be a callback.
        pattern = "" if not reading or state.resource.startswith("${") else _pattern(state)
        # A task that waits for a job has a token, too, though nobody documents it.
        for text in reading if pattern == "request-response" else ():
            if text.field in ("Parameters", "Arguments"):
                yield state.at(text.path), "reads a task token, and a task of the request-response pattern has none"


def _items_are_there(machine: Machine) -> Iterator[Problem]:
    for state, text, path in context_paths(machine):
        if state.type != "Map" and path.steps[:2] == ("Map", "Item"):
            yield state.at(text.path), f"reads '{text.value[:80]}', which only the Map itself has"
    for state, text, expression in expressions(machine):
        if state.type != "Map" and any(names[:3] == ("context", "Map", "Item") for names in expression.reads):
            yield state.at(text.path), "reads the item of a Map, which only the Map itself has"


def _only_tasks_have_tokens(machine: Machine) -> Iterator[Problem]:
    for state, text, path in context_paths(machine):
        # A Choice may ask if it is there.
        if state.type not in ("Task", "Choice") and path.steps[:2] == ("Task", "Token"):
            yield state.at(text.path), f"reads a task token, and a {state.type} state has none"
    for state, text, expression in expressions(machine):
        # Who asks whether there is one knows that there may be none.
        reads = state.type != "Task" and ("context", "Task", "Token") in expression.reads
        if reads and "$exists" not in text.value:
            yield state.at(text.path), f"reads a task token, and a {state.type} state has none"


def _context_is_there(machine: Machine) -> Iterator[Problem]:
    yield from _tokens_are_there(machine)
    yield from _items_are_there(machine)


def _is_token(value: str) -> bool:
    if is_expression(value):
        return ("context", "Task", "Token") in parse_expression(stand_in(value)).reads
    return value.startswith("$$.Task.Token")


RULES = (
    Rule(
        "ASL068",
        "warning",
        "A task's token and a Map's item are read where they are",
        "Only a task that waits for its token, or an activity, has one in its context object, and only a Map its item;"
        " elsewhere the path finds nothing and the execution fails.",
        "Append .waitForTaskToken to the Resource, or leave the token out; pass the item on by the Map's ItemSelector.",
        _CONTEXT,
        _context_is_there,
    ),
    Rule(
        "ASL083",
        "warning",
        "A task that waits for hours hears from its worker",
        "A worker that has died is noticed when the whole timeout is over; AWS advises heartbeats for callbacks.",
        "Set HeartbeatSeconds, and let the worker call SendTaskHeartbeat.",
        _PRACTICES,
        _long_waits_have_heartbeats,
        harm="none",
        about=frozenset(("TimeoutSeconds",)),
    ),
    Rule(
        "ASL142",
        "error",
        "A task's token is read by a task",
        "No other state has a token in its context object: the path finds nothing, and the execution fails with"
        " States.Runtime.",
        "Read $$.Task.Token in the Task that ends with .waitForTaskToken, and pass it to whoever answers.",
        _CONTEXT,
        _only_tasks_have_tokens,
    ),
)
