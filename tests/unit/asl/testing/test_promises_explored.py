"""The proof of promises on the graph and exploration say the same: of the shipped workflows, and of them broken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache, partial
from typing import Any
from unittest.mock import patch

import pytest

import asl
from asl.analysis.promises import broken
from asl.running.failures import RUNTIME
from asl.testing.exploring.explorer import NO_INPUT, Explorer
from asl.testing.exploring.graph import Node
from tests.unit.asl.test_mutations import FUNCTION, Workflow, events, reconciling
from workflows import ORDER_PROMISES, Decisions, Delivery, Functions, order_fulfillment


def fulfillment() -> Any:
    """The order workflow that polls once and has an undoing tried again once: no promise depends on how often."""
    functions = Functions(**{field.name: FUNCTION(field.name) for field in fields(Functions)})
    with patch("workflows.order_fulfillment.RETRIES", 1):
        return order_fulfillment(functions, Delivery(60, 60), Decisions(100_000, 600))


WORKFLOWS = (
    Workflow("order-fulfillment", "STANDARD", fulfillment),
    Workflow("order-events", "EXPRESS", events),
    Workflow("reconciliation", "STANDARD", reconciling),
)
SEED, MUTANTS, BOUND = 7, 200, 700
FOR_EVER = "for ever"
PROMISES = {
    "order-fulfillment": ORDER_PROMISES,
    "order-events": (asl.MustReach("UpdateView", frozenset({"NothingToProject", "SetAside"})),),
    "reconciliation": (asl.MustReach("CompareOrders", frozenset({"ReportReconciliation"})),),
}
RECORD = {
    "eventName": "MODIFY",
    "eventID": "e-1",
    "dynamodb": {
        "NewImage": {
            **{name: {"S": "text"} for name in ("orderId", "customerId", "status", "updatedAt")},
            **{name: {"N": "1"} for name in ("version", "amountCents", "chargedCents")},
            "timeline": {"L": []},
        }
    },
}
INPUTS: dict[str, list[object]] = {"order-events": [RECORD, {"eventName": "REMOVE"}, {"eventName": "MODIFY"}]}
"""Of the others nothing is said, so that every branch is taken."""

Place = tuple[int, str]
"""A promise by its number, and the state of the machine's own where a way that breaks it ends."""


def never_retried(definition: Any) -> Any:
    """The same without retries: how often a call is made decides no promise."""
    for state in asl.walk(definition).states:
        for retrier in state.retriers:
            node: Any = retrier.node
            node["MaxAttempts"] = 0
    return definition


@cache
def whole(workflow: Workflow) -> str:
    return json.dumps(never_retried(workflow.definition()))


def definition_of(workflow: Workflow) -> Any:
    return json.loads(whole(workflow))


def own(path: str) -> str:
    """The state of the machine's own scope that `path` is in."""
    return path.split(".")[1]


def on_the_graph(definition: Any, workflow: Workflow, found: Explorer) -> set[Place]:
    """The places by the proof, which is made for every state; those that nothing leads to are left out."""
    places: set[Place] = set()
    for number, promise in enumerate(found.promises):
        machine = asl.walk(definition, type=workflow.type)
        starts = [state for state in machine.states if state.name == promise.state and is_reached(state)]
        failing = leave_out_what_no_data_take(machine, found, number)
        ways = [way for start in starts for way in broken(promise, start) if way.way[-1] not in failing]
        places |= {(number, FOR_EVER if way.end == "goes round for ever" else own(way.path)) for way in ways}
    return places


def leave_out_what_no_data_take(machine: asl.Machine, found: Explorer, number: int) -> set[str]:
    """Take away those transitions of Choices that no data take while promise `number` is open.

    The graph knows no data. A Choice that was asked before gives the same answer again, and a counter counts: of such
    ways the proof says that the promise is broken, or that a loop can be left, and no execution takes them. A Choice
    that is left without any fails where it is asked, for its data are not there: with States.Runtime, of which promises
    do not speak. The names of those are given.
    """
    failing: set[str] = set()
    for state in machine.of("Choice"):
        taken = [any(open[number] for open in found.search.taken.get(edge.path, ())) for edge in state.exits]
        state.exits = tuple(edge for edge, is_taken in zip(state.exits, taken, strict=True) if is_taken)
        state.after[:] = [one for edge in state.exits if (one := state.scope.states.get(str(edge.target)))]
        if not state.exits and state.scope.owner is None:
            state.type = "Succeed"
            failing.add(state.name)
    return failing


def is_reached(state: asl.State) -> bool:
    """Whether transitions lead there at all."""
    owner = state.scope.owner
    return state in state.scope.reachable and (owner is None or is_reached(owner))


def explored(found: Explorer) -> set[Place]:
    """Where ways end on which a promise is open, and whose promises are open on ways without an end."""
    places: set[Place] = set()
    for node in found.graph.ends():
        if node.ended and node.ended.how in ("succeeded", "failed"):
            failure = node.ended.failure
            if failure is None or failure.error != RUNTIME:
                places |= {(number, own(node.ended.path)) for number, is_open in enumerate(node.open) if is_open}
    for number in range(len(found.promises)):
        leads_out = leading([node for node in found.graph.nodes.values() if node.ended or not node.open[number]], found)
        if any(node not in leads_out for node in found.figures.cost):
            places.add((number, FOR_EVER))
    return places


def leading(to: list[Node], found: Explorer) -> set[Node]:
    """The visits from which some way leads `to` one of these."""
    before: dict[Node, list[Node]] = {}
    for node in found.graph.nodes.values():
        for edge in node.edges:
            before.setdefault(edge.target, []).append(node)
    leads: set[Node] = set()
    while to:
        node = to.pop()
        if node not in leads:
            leads.add(node)
            to.extend(before.get(node, ()))
    return leads


# Ways to break a transition or a handler


Break = Callable[[], object]


def breaks(definition: Any, chance: random.Random) -> Iterator[Break]:
    """Every place where a way can be led astray, each with one wrong way."""
    for state in asl.walk(definition).states:
        node: Any = state.node
        others = sorted(state.scope.states)
        for holder in (node, *node.get("Choices", []), *node.get("Catch", [])):
            for key in sorted({"Next", "Default"} & holder.keys()):
                yield partial(holder.__setitem__, key, chance.choice(others))
        for index, catcher in enumerate(node.get("Catch", [])):
            yield partial(node["Catch"].pop, index)
            yield partial(catcher.__setitem__, "ErrorEquals", ["Other"])
        if node["Type"] == "Task" and "Next" in node:
            yield partial(ending, node)


def ending(node: Any) -> None:
    """Let a state end its scope."""
    del node["Next"]
    node["End"] = True


def mutant(number: int) -> tuple[Workflow, Any]:
    """A workflow that is broken in one or two places; most often the one with promises of its own."""
    chance = random.Random(SEED * 1_000 + number)
    workflow = WORKFLOWS[0] if number % 10 else chance.choice(WORKFLOWS[1:])
    definition = definition_of(workflow)
    for _ in range(1 + number % 2):
        chance.choice(list(breaks(definition, chance)))()
    return workflow, definition


def told(workflow: Workflow, definition: Any) -> tuple[set[Place], set[Place]] | None:
    """What the graph and what exploration says; None where the bound cuts off a part."""
    promises = PROMISES[workflow.name]
    machine = asl.walk(definition, type=workflow.type)
    found = Explorer(machine, INPUTS.get(workflow.name, NO_INPUT), {}, promises, None, BOUND)
    if any("bound" in one for one in found.search.cut):
        return None
    return on_the_graph(definition, workflow, found), explored(found)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_both_say_the_same_of_a_shipped_workflow(workflow: Workflow) -> None:
    both = told(workflow, definition_of(workflow))
    assert both is not None
    graph, found = both
    assert found == graph
    assert bool(found) is (PROMISES[workflow.name] is not ORDER_PROMISES)


def test_both_say_the_same_of_each_of_200_broken_workflows() -> None:
    compared, number = 0, 0
    differing: list[str] = []
    promises_broken = 0
    while compared < MUTANTS:
        workflow, definition = mutant(number)
        number += 1
        both = told(workflow, definition)
        if both is not None:
            compared += 1
            graph, found = both
            promises_broken += bool(found)
            if graph != found:
                differing.append(f"{number - 1}: graph {graph - found}, explored {found - graph}")
    assert differing == []
    assert promises_broken > MUTANTS / 4, "most breaks are harmless"
    assert number < MUTANTS * 1.1, "too many were too large to compare"
