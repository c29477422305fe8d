"""A case run by AWS's own TestState API, state after state, beside the run of it here.

Each visit of a state becomes a request: the whole machine, the state's name, and what the state before it gave at AWS.
The mock of a task is what its call came to here; branches and items are followed one after the other, and what they
come to is the mock of their Parallel or Map. Where AWS leads, with what output and what error, is held against the run
here. Nothing is called and nothing is deployed. Who sends the requests is handed in.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from asl.integrations.distributed_map import is_distributed
from asl.running.failures import HEARTBEAT_TIMEOUT, Failure
from asl.running.handling import retriers
from asl.running.instants import written
from asl.syntax.expressions import is_expression
from asl.syntax.shapes import as_list, as_object, as_text, kind
from asl.syntax.walk import Scope, State
from asl.testing.case_runs import Ran
from asl.testing.expectations import Difference, Ended, differences, unlike
from asl.testing.runs import Run
from asl.testing.state_requests import Mock, Requests, needs_mock, reads_item, takes_context_as_variable
from asl.testing.visits import Attempt, Visit

Ask: TypeAlias = "Callable[[dict[str, Any]], Mapping[str, Any]]"
"""Sends TestState a request and gives its answer, both as the API has them; raises RefusedError where AWS refuses."""

LONGEST_WAIT = 60
"""Seconds of a computed wait that AWS is asked to wait: a test may take five minutes at most, by the page above."""
_ENTERED_AT = re.compile(r"An error occurred while executing the state '.*?' \(entered at the event id #\d+\)\. ")


class RefusedError(Exception):
    """AWS refuses a request, and says why."""


@dataclass(slots=True)
class Followed:
    """What AWS made of a case."""

    asked: int = 0
    """How many requests were sent."""
    differences: list[Difference] = field(default_factory=list[Difference])
    """What is not as it is here: `expected` is here, `found` at AWS."""
    notes: list[str] = field(default_factory=list[str])
    """What TestState could not be asked."""
    ended: Ended | None = None
    """How it ended at AWS; None where it could not be followed to its end."""


def follow(run: Run, ask: Ask, role: str | None = None) -> Followed:
    """Have AWS run what has run here. `role` is the ARN of a role that it is to assume; what is asked needs none.

    Raises:
        What `ask` raises beside RefusedError, which is a difference.
    """
    return _Following(run, ask, role).followed()


class _FailedError(Exception):
    """A state failed at AWS, and no catcher of it takes the error."""

    def __init__(self, state: State, error: str | None, cause: str | None) -> None:
        super().__init__(error, cause)
        self.state, self.error, self.cause = state, error, cause


class _CutError(Exception):
    """Here something else ended the line at this point: the failure of another branch, the machine's timeout."""


class _LostError(Exception):
    """AWS and the run here differ, or could not be compared, so that the line is followed no further."""


@dataclass(frozen=True, slots=True)
class _At:
    """Where a line stands: its data, its variables, the items around it, and the value of the innermost."""

    data: object
    variables: Mapping[str, Any]
    items: tuple[int, ...] = ()
    item: Mapping[str, object] | None = None


class _Following:
    def __init__(self, run: Run, ask: Ask, role: str | None) -> None:
        self._run = run
        self._send = ask
        self._requests = Requests(run.machine.definition, role)
        self._found = Followed()
        scopes = {state.name: state.scope.path for state in run.machine.states}
        self._here: dict[tuple[str, tuple[int, ...]], deque[Visit]] = defaultdict(deque)
        """The visits here that AWS was not asked about yet, by their scope and the items around."""
        for visit in run.visits():
            self._here[scopes[visit.name], visit.items].append(visit)
        self._given: dict[str, list[object]] = {}
        """What the items were given here of the Map that was followed last, by its path."""
        self._last: State | None = None

    def followed(self) -> Followed:
        run, found = self._run, self._found
        try:
            output = self._line(run.machine.scopes[0], _At(run.input, {}))
            found.ended = self._ended("SUCCEEDED", output, None, None)
        except _FailedError as failed:
            found.ended = self._ended("FAILED", None, failed.error, failed.cause)
            self._compare(failed.state, "error", run.error, failed.error)
            if not takes_context_as_variable(failed.state, is_mocked=needs_mock(failed.state)):
                self._compare(failed.state, "cause", run.cause, failed.cause)  # else it tells of the variable
        except _CutError:
            found.notes.append(f"it is {run.status} here, which TestState knows nothing of")
        except _LostError:
            pass
        return found

    def _ended(self, status: str, output: object, error: str | None, cause: str | None) -> Ended:
        last = self._last or self._run.machine.states[0]
        return Ended(status, output, error, cause, last.name, last.type)

    def _line(self, scope: Scope, at: _At) -> object:
        """Follow a scope from its first state to its end; its output."""
        name = scope.start_at
        while name:
            state = scope.states[name]
            visit = self._visit_here(state, at)
            if not scope.owner:
                self._last = state
            at, name = self._passed_over(state, visit, at) or self._asked_about(state, visit, at)
        return at.data

    def _visit_here(self, state: State, at: _At) -> Visit:
        """The visit here that a visit at AWS is compared with."""
        here = self._here[state.scope.path, at.items]
        if not here or here[0].name != state.name:
            self._differs(state, "next state", here[0].name if here else "none", state.name)
            raise _LostError
        return here.popleft()

    def _passed_over(self, state: State, visit: Visit, at: _At) -> tuple[_At, str] | None:
        """Where it goes on from a state that AWS cannot be asked about: with what it gave here."""
        why = _out_of_reach(state, visit, at)
        if not why:
            return None
        self._found.notes.append(f"{state.name} was not asked about: {why}")
        if visit.left is None:
            raise _LostError
        here = self._here[state.scope.path, at.items]
        goes_on = here and not state.node.get("End")
        return self._after(visit, at, visit.output, None), here[0].name if goes_on else ""

    def _asked_about(self, state: State, visit: Visit, at: _At) -> tuple[_At, str]:
        answer = self._answer(state, visit, at)
        if answer["status"] == "FAILED":
            raise _FailedError(state, answer.get("error"), answer.get("cause"))
        if visit.left is None and state.type in ("Wait", "Parallel", "Map"):
            raise _CutError
        output = json.loads(answer["output"])
        if visit.left is None:
            self._differs(state, "status", "FAILED", answer["status"])
            raise _LostError
        if not self._is_changed(visit.input, at.data):
            self._compare_items(state, as_object(answer.get("inspectionData")))
            self._compare(state, "output", visit.output, output)
        following = answer.get("nextState", "")
        if not following and not state.node.get("End") and state.type != "Succeed":
            here = self._here[state.scope.path, at.items]
            self._differs(state, "next state", here[0].name if here else "none", "none")
            raise _LostError
        return self._after(visit, at, output, as_object(answer.get("inspectionData"))), following

    def _after(self, visit: Visit, at: _At, output: object, data: Mapping[str, Any] | None) -> _At:
        told = as_text((data or {}).get("variables"))
        return replace(at, data=output, variables=json.loads(told) if told else {**at.variables, **visit.assigned})

    def _answer(self, state: State, visit: Visit, at: _At) -> Mapping[str, Any]:
        """What AWS answers to the attempt that ends a visit."""
        if not needs_mock(state):
            return self._ask(state, visit, at, None)
        own, tried, number = retriers(state), [0] * len(state.retriers), 0
        while True:
            mock, failure = self._mock(state, visit, at, number)
            taking = next((n for n, one in enumerate(own) if failure and failure.is_one_of(one.errors)), None)
            answer = self._ask(state, visit, at, mock, number, None if taking is None else tried[taking])
            number += 1
            more = number < len(visit.attempts)
            is_open = more or state.type != "Task" or not visit.attempts
            if (
                answer["status"] == "RETRIABLE"
                and is_open
                and taking is not None
                and tried[taking] < own[taking].attempts
            ):
                tried[taking] += 1
                continue
            if more or answer["status"] == "RETRIABLE":
                here = "is tried again" if more else "is not tried again"
                self._differs(state, f"after {failure.error if failure else 'its result'}", here, answer["status"])
                raise _LostError
            return answer

    def _ask(
        self, state: State, visit: Visit, at: _At, mock: Mock | None, number: int = 0, tried: int | None = None
    ) -> Mapping[str, Any]:
        context = self._context(state, visit, at, number)
        return self._sent(state, self._requests.about(state, at.data, at.variables, context, mock, tried))

    def _sent(self, state: State, request: dict[str, Any]) -> Mapping[str, Any]:
        self._found.asked += 1
        try:
            return self._send(request)
        except RefusedError as refused:
            self._differs(state, "request", "is run", f"refused: {refused}")
            raise _LostError from refused

    def _context(self, state: State, visit: Visit, at: _At, number: int) -> dict[str, object]:
        """The context object as it was here: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
        own: dict[str, object] = {"Name": state.name, "EnteredTime": written(visit.entered.timestamp())}
        if needs_mock(state):
            own["RetryCount"] = number
        found: dict[str, object] = {**self._run.execution.context, "State": own}
        if at.item is not None:
            found["Map"] = {"Item": at.item}
        token = visit.attempts[number].call.token if number < len(visit.attempts) else None
        return {**found, "Task": {"Token": token}} if token else found

    def _mock(self, state: State, visit: Visit, at: _At, number: int) -> tuple[Mock, Failure | None]:
        """What an attempt of a state comes to, and what that is for its retriers."""
        if state.type == "Task":
            if number >= len(visit.attempts):
                return Mock({}), None  # here it fails before it makes a call
            return _came_to(state, visit, visit.attempts[number])
        mock = self._inside(state, visit, at)
        return mock, Failure(mock.error, mock.cause) if mock.is_error else None

    def _inside(self, state: State, visit: Visit, at: _At) -> Mock:
        """Follow all branches or items of a Parallel or Map; what they come to."""
        outputs: list[object] = []
        failed: _FailedError | None = None
        is_cut = False
        for scope, inner in self._branches(state, visit, at) if state.type == "Parallel" else self._items(state, at):
            if not self._here[scope.path, inner.items]:
                is_cut = True  # another branch failed before this one had begun
                continue
            try:
                outputs.append(self._line(scope, inner))
            except _FailedError as one:
                failed = failed or one
            except _CutError:
                is_cut = True
        if failed:
            return Mock(error=failed.error or "", cause=failed.cause, caused_by=failed.state.name)
        if is_cut:
            raise _CutError
        return Mock(outputs)

    def _branches(self, state: State, visit: Visit, at: _At) -> Iterator[tuple[Scope, _At]]:
        given = at.data
        if request := self._requests.arguments(state, at.data, at.variables, self._context(state, visit, at, 0)):
            answer = self._sent(state, request)
            if answer["status"] != "SUCCEEDED":
                self._differs(state, "what its branches are given", "is made", f"{answer.get('error')}")
                raise _LostError
            given = json.loads(answer["output"])
        for scope in state.inner:
            if not self._is_changed(visit.input, at.data) and (here := self._here[scope.path, at.items]):
                self._compare(state, "what its branches are given", here[0].input, given)
            yield scope, replace(at, data=given)

    def _items(self, state: State, at: _At) -> Iterator[tuple[Scope, _At]]:
        """The items of a Map that have begun here, given what they were given here."""
        (scope,) = state.inner
        given = self._given[state.path] = []
        while here := self._here[scope.path, (*at.items, len(given))]:
            number = len(given)
            given.append(here[0].input)
            item = None if _selects(state) else {"Index": number, "Value": given[number]}
            yield scope, replace(at, data=given[number], items=(*at.items, number), item=item)

    def _compare_items(self, state: State, data: Mapping[str, Any]) -> None:
        """What AWS gives the items of a Map, as far as it tells that."""
        told = as_text(data.get("afterItemSelector" if _selects(state) else "afterItemsPath"))
        if told and state.path in self._given:
            given = self._given[state.path]
            self._compare(state, "what its items are given", given, as_list(json.loads(told))[: len(given)])

    def _is_changed(self, here: object, there: object) -> bool:
        """Whether a state is given something else at AWS, of which an earlier difference has told."""
        return next(unlike("", _plain(here), _plain(there), partly=False), None) is not None

    def _compare(self, state: State, what: str, here: object, there: object) -> None:
        for one in unlike(what, _plain(here), _plain(there), partly=False):
            self._differs(state, one.what, one.expected, one.found)

    def _differs(self, state: State, what: str, here: str, there: str) -> None:
        self._found.differences.append(Difference(f"{state.name}: {what}", here, there))


def _came_to(state: State, visit: Visit, attempt: Attempt) -> tuple[Mock, Failure | None]:
    """What a call came to here.

    Raises:
        _CutError: where it was never answered.
    """
    failure = attempt.call.failure
    if failure is None:
        if attempt.result is None and visit.left is None:
            raise _CutError
        return Mock(attempt.result), None
    # What ends a missed heartbeat reads States.Timeout, and is taken by who handles either.
    handled = {str(name) for handler in (*state.retriers, *state.catchers) for name in handler.errors}
    by_heartbeat = failure.missed_heartbeat and HEARTBEAT_TIMEOUT in handled and not handled & {"States.Timeout"}
    error = HEARTBEAT_TIMEOUT if by_heartbeat else failure.error
    return Mock(error=error or "", cause=failure.cause), Failure(error, failure.cause)


def _selects(state: State) -> bool:
    """Whether a Map has an ItemSelector; Parameters is its older name."""
    return "ItemSelector" in state.node or "Parameters" in state.node


def _out_of_reach(state: State, visit: Visit, at: _At) -> str:
    """Why AWS cannot be asked about a visit; empty where it can."""
    if state.type == "Map" and is_distributed(state):
        return "the children of a Distributed Map are executions of their own"
    if reads_item(state) and at.item is None and at.items:
        return "it reads an item of a Map that has an ItemSelector, which TestState is not told"
    if any(one.call.failure and not one.error for one in visit.attempts):
        return "an error without a name cannot be mocked"
    took = ((visit.left or visit.entered) - visit.entered).total_seconds()
    is_computed = is_expression(state.node.get("Seconds")) or "SecondsPath" in state.node
    if state.type == "Wait" and took > LONGEST_WAIT and is_computed:
        return f"it would wait {took:g} seconds"
    return ""


def _plain(value: object) -> object:
    """A value without what AWS puts before the causes of an execution, and TestState does not."""
    if isinstance(value, str):
        return _ENTERED_AT.sub("", value)
    if kind(value) == "an object":
        return {name: _plain(one) for name, one in as_object(value).items()}
    return [_plain(one) for one in as_list(value)] if kind(value) == "an array" else value


@dataclass(frozen=True, slots=True)
class AtAws:
    """A case that AWS's TestState was asked about: what it made of it, and what of its end is not as expected."""

    followed: Followed
    differences: Sequence[Difference]
    took: float
    """Seconds of this machine's time."""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs; where something could not be asked, `followed.notes` says so."""
        return not self.followed.differences and not self.differences


def run_at_aws(ran: Ran, ask: Ask, role: str | None = None) -> AtAws | None:
    """Have AWS run a case that has come to an end here; None for one that has not.

    Raises:
        What `ask` raises, but RefusedError.
    """
    if ran.problem:
        return None
    began = time.perf_counter()
    followed = follow(ran.run, ask, role)
    found = differences(ran.case.expect, followed.ended) if followed.ended and not ran.differences else []
    return AtAws(followed, found, time.perf_counter() - began)
