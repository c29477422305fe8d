"""What one execution uses, on average, of each thing that has a price."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from asl.integrations import find
from asl.pricing.assumptions import Assumptions
from asl.pricing.visits import items
from asl.syntax.shapes import Object, as_list, as_object, is_number
from asl.syntax.walk import Machine, Scope, State

_EVENTS = {"Task": 5, "Fail": 1, "Parallel": 4, "Map": 4}
"""Records per visit: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html; others 2."""
_EVENTS_PER_EXECUTION, _EVENTS_PER_RETRY, _EVENTS_PER_ITEM = 2, 3, 2
_CHUNK_KB = 64
_INLINE_CONCURRENCY = 40
"""https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""
_WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
_READS = ("dynamodb:GetItem",)
_MESSAGES = {"sqs:SendMessage": "sqs", "sns:Publish": "sns", "events:PutEvents": "events"}


_DISTRIBUTED_CONCURRENCY = 10_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""


@dataclass(frozen=True, slots=True)
class Children:
    """The Express executions that a Distributed Map starts: how many, and how long and large each is."""

    executions: float
    seconds: float
    memory_mb: float


@dataclass(slots=True)
class Usage:
    """Per execution. `without_price` counts calls of services that have no price here, by integration.

    `transitions` and `retries` are those of Standard executions: what runs in `express_children` is paid by request and
    duration, as any Express execution is: https://aws.amazon.com/step-functions/pricing/
    """

    transitions: float = 0
    retries: float = 0
    seconds: float = 0
    memory_mb: float = 0
    express_children: tuple[Children, ...] = ()
    log_events: float = 0
    lambda_calls: float = 0
    write_units: float = 0
    read_units: float = 0
    messages: dict[str, float] = field(default_factory=dict[str, float])
    without_price: dict[str, float] = field(default_factory=dict[str, float])


def usage(machine: Machine, assumed: Assumptions, entered: Mapping[str, float]) -> Usage:
    """The usage of an execution whose states are `entered` so often."""
    found = Usage(log_events=_EVENTS_PER_EXECUTION)
    parallel_steps = 0.0
    for state in machine.states:
        times = entered[state.path]
        count(state, times, assumed, found)
        if not _in_express_child(state):
            parallel_steps += times * _branches(state, assumed)
    found.seconds = _seconds(machine.scopes[0], assumed, entered)
    found.memory_mb = _memory_mb(machine.definition, parallel_steps, assumed)
    found.express_children = tuple(_children(machine, assumed, entered))
    return found


def count(state: State, times: float, assumed: Assumptions, found: Usage) -> None:
    """Add to `found` what a state uses that is entered so many `times`; memory and seconds are the machine's."""
    retried = times * assumed.retries_per_call if state.type == "Task" and state.node.get("Retry") else 0.0
    # Each entered state and each retry: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    if not _in_express_child(state):
        found.transitions += times + retried
        found.retries += retried
    found.log_events += times * _EVENTS.get(state.type, 2) + retried * _EVENTS_PER_RETRY
    if state.type == "Task":
        _count_call(state, times + retried, assumed, found)
    elif state.type == "Map":
        found.log_events += times * items(state, assumed) * _EVENTS_PER_ITEM


def _memory_mb(definition: Object, parallel_steps: float, assumed: Assumptions) -> float:
    """As in AWS's own example, in decimal units: https://aws.amazon.com/step-functions/pricing/"""
    size_kb = len(json.dumps(definition, separators=(",", ":"), default=str).encode()) / 1000
    return 50 + size_kb / 1000 + assumed.payload_kb * max(1.0, parallel_steps) / 1000


def _children(machine: Machine, assumed: Assumptions, entered: Mapping[str, float]) -> Iterator[Children]:
    for state in filter(_has_express_children, machine.of("Map")):
        count = entered[state.path] * items(state, assumed)
        if count:
            (scope,) = state.inner
            inside = [one for one in machine.states if one.path.startswith(f"{scope.path}.")]
            steps = sum(entered[one.path] * _branches(one, assumed) for one in inside) / count
            seconds = _seconds(scope, assumed, entered) / count
            yield Children(count, seconds, _memory_mb(scope.node, steps, assumed))


def _branches(state: State, assumed: Assumptions) -> float:
    """How many steps run side by side in one visit of a Parallel or Map."""
    return items(state, assumed) if state.type == "Map" else len(state.inner)


def _in_express_child(state: State) -> bool:
    owner = state.scope.owner
    while owner and not _has_express_children(owner):
        owner = owner.scope.owner
    return owner is not None


def _has_express_children(state: State) -> bool:
    return _is_distributed(state) and _processor(state).get("ExecutionType") == "EXPRESS"


def _is_distributed(state: State) -> bool:
    return _processor(state).get("Mode") == "DISTRIBUTED"


def _processor(state: State) -> Object:
    return as_object(state.inner[0].node.get("ProcessorConfig")) if state.type == "Map" and state.inner else {}


def _count_call(state: State, calls: float, assumed: Assumptions, found: Usage) -> None:
    row = find(state.resource)
    actions = {action for permission in row[0].permissions for action in permission.actions} if row else set[str]()
    if "lambda:InvokeFunction" in actions:
        found.lambda_calls += calls
    elif actions & {*_WRITES}:
        found.write_units += calls * max(1, ceil(assumed.payload_kb))
    elif actions & {*_READS}:
        # 4 KB a unit; half of one where the read may be a moment old, as it may unless ConsistentRead is set.
        consistent = _arguments(state).get("ConsistentRead") is True
        found.read_units += calls * max(1, ceil(assumed.payload_kb / 4)) * (1 if consistent else 0.5)
    elif service := next((_MESSAGES[action] for action in sorted(actions) if action in _MESSAGES), ""):
        chunks = max(1, ceil(assumed.payload_kb / _CHUNK_KB))
        found.messages[service] = found.messages.get(service, 0.0) + calls * chunks
    else:
        name = row[0].id if row else state.resource
        found.without_price[name] = found.without_price.get(name, 0.0) + calls


def _arguments(state: State) -> Mapping[str, object]:
    return as_object(state.node.get("Arguments")) or as_object(state.node.get("Parameters"))


def _seconds(scope: Scope, assumed: Assumptions, entered: Mapping[str, float]) -> float:
    """How long the visits of a scope's states take together, over the whole execution."""
    return sum(_state_seconds(state, assumed, entered) for state in scope.states.values())


def _state_seconds(state: State, assumed: Assumptions, entered: Mapping[str, float]) -> float:
    times = entered[state.path]
    if state.type == "Wait":
        seconds = state.node.get("Seconds")
        return times * seconds if is_number(seconds) else 0.0
    if state.type == "Parallel":
        return max((_seconds(scope, assumed, entered) for scope in state.inner), default=0.0)
    if state.type == "Map":
        total = sum(_seconds(scope, assumed, entered) for scope in state.inner)
        count = items(state, assumed)
        limit = state.node.get("MaxConcurrency")
        most = _DISTRIBUTED_CONCURRENCY if _is_distributed(state) else _INLINE_CONCURRENCY
        together = min(limit if is_number(limit) and limit > 0 else most, most)
        return total / count * ceil(count / together) if count else 0.0
    if state.type != "Task":
        return 0.0
    attempts = 1 + (assumed.retries_per_call if as_list(state.node.get("Retry")) else 0.0)
    row = find(state.resource)
    calls_function = row is not None and any("lambda:InvokeFunction" in one.actions for one in row[0].permissions)
    return times * attempts * (assumed.lambda_ms if calls_function else assumed.call_ms) / 1000
