"""How long executions can take, at the worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log

from asl.syntax.shapes import Object, as_list, as_object, as_text, is_integer, is_number
from asl.syntax.walk import Machine, Scope, State

DEFAULT_MAX_DELAY = 99_999_999
MAX_ATTEMPTS = 99_999_999
LARGEST = 1e12
"""Beyond it a figure is an error, which rules of their own speak of; here it counts as not given."""
CALL_SECONDS = 900
"""How long a call that hands a token on can take: as long as a function may run.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
_TIMEOUTS = frozenset({"States.Timeout", "States.HeartbeatTimeout"})


def longest_seconds(machine: Machine, visits: Mapping[str, int] | None = None) -> float:
    """Seconds of the longest path through `machine`: every task runs into its timeout, every retry is used up.

    A cycle counts as if its states were visited `visits[name]` times each (1 where not given). A task without
    TimeoutSeconds, or a wait that is read from data, counts nothing: rules of their own speak of those. A task that
    waits for a token waits its whole time again only after a timeout that is retried: its other errors are taken to
    come of the call that hands the token on, not of a failure that someone sends later.
    """
    return longest_of(machine.scopes[0], visits or {})


def longest_of(scope: Scope, visits: Mapping[str, int]) -> float:
    """The same for one scope."""
    order, component = components(transitions(scope))
    total = dict.fromkeys(order, 0.0)
    for name in component:
        total[component[name]] += _seconds(scope.states[name], visits) * visits.get(name, 1)
    members: dict[str, list[str]] = {root: [] for root in order}
    for name, root in component.items():
        members[root].append(name)
    best: dict[str, float] = {}
    for root in order:  # successors come first in this order
        after = [
            best[component[target.name]]
            for name in members[root]
            for target in scope.states[name].after
            if component[target.name] != root
        ]
        best[root] = total[root] + max(after, default=0.0)
    return best.get(component.get(scope.start_at, ""), 0.0)


def _seconds(state: State, visits: Mapping[str, int]) -> float:
    if state.type == "Wait":
        return _number(state.node.get("Seconds"))
    if state.type in ("Parallel", "Map"):
        once = max((longest_of(scope, visits) for scope in state.inner), default=0.0)
    else:
        once = _number(state.node.get("TimeoutSeconds"))
    seconds, timeouts = once, _TIMEOUTS
    for retrier in map(as_object, as_list(state.node.get("Retry"))):
        allowed = retrier.get("MaxAttempts")
        count = min(max(allowed, 0), MAX_ATTEMPTS) if is_integer(allowed) else 3
        names = {as_text(name) for name in as_list(retrier.get("ErrorEquals"))}
        # The first retrier that names an error is its only one.
        taken = timeouts if "States.ALL" in names else timeouts & names
        timeouts -= taken
        attempt = min(once, CALL_SECONDS) if state.hands_over_token and not taken else once
        seconds += count * attempt + _backoff(retrier, count)
    return seconds


def _backoff(retrier: Object, attempts: int) -> float:
    """Defaults as in https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    delay, factor = _number(retrier.get("IntervalSeconds"), 1.0), _number(retrier.get("BackoffRate"), 2.0)
    cap = _number(retrier.get("MaxDelaySeconds"), DEFAULT_MAX_DELAY)
    if factor <= 1 or delay >= cap or delay < 1e-6:
        return min(delay, cap) * attempts
    growing = min(attempts, ceil(log(cap / delay) / log(factor)))  # the delays that stay below the cap
    return delay * (factor**growing - 1) / (factor - 1) + cap * (attempts - growing)


def _number(value: object, default: float = 0.0) -> float:
    return float(value) if is_number(value) and -LARGEST <= value <= LARGEST else default


def transitions(scope: Scope) -> dict[str, list[str]]:
    """Which states each state of `scope` leads to, by their names."""
    return {name: [after.name for after in state.after] for name, state in scope.states.items()}


def components(leads_to: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, str]]:
    """Strongly connected components: roots, successors first, and each state's root (Tarjan's algorithm, iterative)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    root: dict[str, str] = {}
    roots: list[str] = []
    stack: list[str] = []
    for first, after in leads_to.items():
        work = [] if first in index else [(first, iter(after))]
        if work:
            index[first] = low[first] = len(index)
            stack.append(first)
        while work:
            name, following = work[-1]
            for target in following:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(leads_to[target])))
                    break
                if target not in root:
                    low[name] = min(low[name], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    roots.append(name)
                    while (member := stack.pop()) != name:
                        root[member] = name
                    root[name] = name
    return roots, root
