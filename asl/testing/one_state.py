"""TestState: one state, with an input and perhaps a mock, as AWS answers it.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html,
https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from random import Random
from typing import cast
from uuid import UUID

from asl.rules.check import check
from asl.running.calls import Call, Perform
from asl.running.data import Assigned
from asl.running.execution import Execution, Names
from asl.running.failures import TOLERATED_EXCEEDED, Broken, Failure
from asl.running.frames import Frame
from asl.running.items import Items, tolerated, whole_number
from asl.running.loop import Loop, Steps, Thread
from asl.running.objects import GivenObjects
from asl.running.sizes import text
from asl.running.states import visit
from asl.running.steps import Program, Step
from asl.running.tasks import attempt
from asl.running.variables import Variables
from asl.syntax.shapes import Object, as_list, as_object, as_text, kind
from asl.testing.result_shapes import Mode, problem

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
ALONE = TYPES[:6]
"""Types that can be tested without a mock."""
EXCEEDED = "The specified tolerated failure threshold was exceeded"
_CONTEXT = {
    "Execution": ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
}
_TEXTS = ("Id", "Name", "RoleArn", "StartTime", "EnteredTime", "Token", "RedriveTime")


class RefusedError(Exception):
    """AWS would not test this: `code` as its API has it, and the message."""

    def __init__(self, message: str, code: str = "ValidationException") -> None:
        super().__init__(message)
        self.code = code


def answer(request: Object, perform: Perform | None = None, *, account: str = "123456789012") -> dict[str, object]:
    """What TestState answers to a request, both as its API has them.

    `perform` makes the call of a task that is not mocked; `account` is the one that ARNs are of.

    Raises:
        RefusedError: where AWS refuses the request.
    """
    definition = _json(as_text(request.get("definition")), "definition")
    name, state, program = _state(definition, request)
    mock = cast("Object | None", request.get("mock"))
    _accepted(state, request, mock)
    context = _context(request, state)
    return _Test(program, name, request, mock, context, perform, account).run()


def _json(written: str, what: str) -> object:
    try:
        return json.loads(written)
    except ValueError as wrong:
        told = {"definition": "Invalid State Machine Definition", "input": "Invalid Input"}.get(what, f"Invalid {what}")
        raise RefusedError(f"{told}: not valid JSON") from wrong


def _state(definition: object, request: Object) -> tuple[str, Object, Program]:
    """The state that is asked for, alone or in its machine, which runs as one of that state alone."""
    whole, name = as_object(definition), "StateName"
    if "stateName" in request:
        name = as_text(request["stateName"])
        if not name:
            raise RefusedError(
                "Parameter validation failed:\nInvalid length for parameter stateName, value: 0, valid min length: 1",
                "ParamValidation",
            )
        scopes = _scopes(whole)
        states = next((states for states in scopes if name in states), None)
        if states is None:
            raise RefusedError("State not found in definition")
        path, state = f"/States/{name}", as_object(states[name])
    else:
        path, state = "", whole
    if state.get("Type") not in TYPES:
        wrong = f"The field 'Type' should have one of these values: [{', '.join(TYPES)}] at {path}/Type"
        raise RefusedError(
            f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {wrong}'", "InvalidDefinition"
        )
    language = {"QueryLanguage": whole["QueryLanguage"]} if "QueryLanguage" in whole and "StartAt" in whole else {}
    machine = {**language, "StartAt": name, "States": {name: state}}
    errors = [one for one in check(machine) if one.rule.severity == "error" and one.rule.id not in _OF_OTHER_STATES]
    if errors:
        wrong = f"{errors[0].message} at /{errors[0].path.replace('.', '/')}"
        raise RefusedError(
            f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {wrong}'", "InvalidDefinition"
        )
    return name, state, Program.read(machine)


_OF_OTHER_STATES = ("ASL003", "ASL004", "ASL005", "ASL171")
"""Errors that other states, and the variables that they leave behind, could make good."""


def _scopes(node: object) -> list[Object]:
    """The `States` of a definition at any depth, outer before inner."""
    found: list[Object] = []
    todo = [as_object(node)]
    while todo:
        scope = todo.pop(0)
        states = as_object(scope.get("States"))
        found.append(states)
        for state in map(as_object, states.values()):
            todo += map(as_object, as_list(state.get("Branches")))
            todo += [as_object(state[key]) for key in ("ItemProcessor", "Iterator") if key in state]
    return found


def _accepted(state: Object, request: Object, mock: Object | None) -> None:
    """Refuse what AWS does not test, and mocks that no state could have."""
    type = as_text(state.get("Type"))
    if mock is None:
        if "context" in request:  # by the API's page; the words are ours
            raise RefusedError("A context object can be given with a mock alone")
        if type not in ALONE:
            raise RefusedError(
                "TestState API does not support Map or Parallel states. Supported state types include: "
                f"[{', '.join(ALONE)}]"
            )
        return
    if type not in ("Task", "Parallel", "Map"):
        raise RefusedError(f"State type '{type}' is not supported when a mock is specified")
    if request.get("revealSecrets"):
        raise RefusedError("TestState does not support RevealSecrets when a mock is specified.")
    if "result" not in mock:
        return
    try:
        result: object = json.loads(as_text(mock["result"]))
    except ValueError as wrong:
        raise RefusedError("Mocked result must be valid JSON") from wrong
    wanted = "Task" if type == "Task" else "object" if "ResultWriter" in state else "array"
    if wanted == "array" and kind(result) != "an array":
        raise RefusedError("Mocked result must be an array.")
    if wanted == "object" and kind(result) != "an object":
        raise RefusedError("Mocked result must be a JSON object.")
    failed = as_object(request.get("stateConfiguration")).get("mapIterationFailureCount")
    if isinstance(failed, int) and failed > len(as_list(result)):
        raise RefusedError("Map iteration failure count must be less than or equal to the number of Map iterations")
    mode = cast(Mode, mock.get("fieldValidationMode", "STRICT"))
    if wrong := problem(as_text(state.get("Resource")), result, mode):
        raise RefusedError(f"Mock result schema validation error: {wrong}")


def _context(request: Object, state: Object) -> Object | None:
    if "context" not in request:
        return None
    context = as_object(_json(as_text(request["context"]), "Context object provided"))
    told = "Invalid Context object provided"
    for name, fields in context.items():
        if name == "Map":
            raise RefusedError(f"{told}: 'Map' field is not supported when mocking a Context object")
        if name not in _CONTEXT:
            raise RefusedError(f"{told}: Field '{name}' is not allowed")
        for field, value in as_object(fields).items():
            if field not in _CONTEXT[name]:
                raise RefusedError(f"{told}: Field '{field}' is not allowed")
            if field in _TEXTS and not isinstance(value, str):
                raise RefusedError(f"{told}: {name}.{field} must be a string")
    resource = as_text(state.get("Resource"))
    if "Task" in context and not resource.endswith((".sync", ".sync:2", ".waitForTaskToken")):
        raise RefusedError(
            f"{told}: Context object contains 'Task' when state is not a Task state with a '.sync' or "
            "'.waitForTaskToken' service integration pattern"
        )
    return context


class _Test:
    """One visit of a state, until its first failure or its end."""

    def __init__(
        self,
        program: Program,
        name: str,
        request: Object,
        mock: Object | None,
        context: Object | None,
        perform: Perform | None,
        account: str,
    ) -> None:
        self._request = request
        self._mock = mock
        self._settings = as_object(request.get("stateConfiguration"))
        self._level = as_text(request.get("inspectionLevel")) or "INFO"
        self._step: Step = program.lines.steps[name]
        self._perform = perform
        role = as_text(request.get("roleArn")) or f"arn:aws:iam::{account}:role/any"
        unique = [str(UUID(int=number, version=4)) for number in (1, 2, 3)]
        self._execution = Execution(
            program,
            _json(as_text(request.get("input")) or "{}", "input"),
            loop=Loop(0),
            perform=self._called,
            names=Names(unique[0], unique[1], account=account, role=role, express=unique[2], awaited=True),
            random=Random(0),  # noqa: S311 no secret
            objects=GivenObjects({}),
        )
        self._execution.given_context = context
        variables = as_object(_json(as_text(request.get("variables")) or "{}", "variables"))
        self._thread = Thread(self._execution.loop, 0, Variables(variables))
        self._frame = Frame(self._execution, self._thread, self._step, self._execution.input, 0)
        retries = self._settings.get("retrierRetryCount")
        self._frame.retries = retries if isinstance(retries, int) else 0
        self._frame.inspected = {"input": self._execution.input}
        self._answer: dict[str, object] = {}

    def run(self) -> dict[str, object]:
        self._thread.start(self._steps(), lambda thread, result: None)
        self._execution.loop.run(lambda: not self._thread.alive)
        if self._level != "INFO":
            inspected = {name: _told(name, value) for name, value in self._inspected().items()}
            self._answer["inspectionData"] = inspected
        return self._answer

    def _steps(self) -> Steps:
        try:
            left = yield from self._visited()
        except Failure as failure:
            self._fail(failure)
            return None
        output, assigned, following = left
        self._assign(assigned)
        self._answer |= {"status": "SUCCEEDED", "output": text(output)}
        if following:
            self._answer["nextState"] = following
        return None

    def _visited(self) -> Generator[None, object, tuple[object, Assigned, str]]:
        mocked = self._step.type in ("Parallel", "Map") or (self._mock and "errorOutput" in self._mock)
        if self._step.type != "Task" and not mocked:
            return (yield from visit(self._frame))
        try:
            if mocked:
                return self._mocked()
            effective = self._step.data.effective(self._frame)
            result = yield from attempt(self._frame, effective)
            output, assigned = self._step.data.finish(self._frame, effective, result, made=True)
            return output, assigned, self._step.next
        except Broken as broken:
            raise Failure(broken.error, broken.detail) from broken

    def _mocked(self) -> tuple[object, Assigned, str]:
        """A state whose insides are mocked."""
        frame, data, mock = self._frame, self._step.data, self._mock or {}
        effective = data.effective(frame)
        if self._step.type == "Task":
            data.arguments(frame, effective)
        if self._step.type == "Map":
            self._look_at_map(effective)
        if "errorOutput" in mock:
            told = as_object(mock["errorOutput"])
            raise Failure(as_text(told.get("error")), as_text(told.get("cause")) or None)
        result: object = json.loads(as_text(mock["result"]))
        failed = self._settings.get("mapIterationFailureCount")
        limited = self._step.type == "Map" and any(name.startswith("Tolerated") for name in self._step.node)
        if limited and isinstance(failed, int) and failed > tolerated(frame, effective, len(as_list(result))):
            raise Failure(TOLERATED_EXCEEDED, EXCEEDED)
        output, assigned = data.finish(frame, effective, result, made=True)
        return output, assigned, self._step.next

    def _look_at_map(self, effective: object) -> None:
        frame = self._frame
        if "ItemReader" not in self._step.node:
            items = Items(frame, effective)
            if not self._step.jsonata:
                frame.note("afterItemsPath", items.values)
        frame.note("maxConcurrency", whole_number(frame, "MaxConcurrency", effective) or 0)
        for name in ("ToleratedFailureCount", "ToleratedFailurePercentage"):
            found = whole_number(frame, name, effective)
            if found is not None:
                frame.note(f"t{name[1:]}", found)

    def _fail(self, failure: Failure) -> None:
        """Whether it would be tried again, caught, or fail."""
        told = {"error": failure.error, "cause": failure.cause}
        self._answer |= {name: value for name, value in told.items() if value is not None}
        for index, retrier in enumerate(self._step.retriers):
            if failure.is_one_of(retrier.errors):
                if self._frame.retries < retrier.attempts:
                    delay = retrier.delay(0, self._execution.random)
                    details = {"retryIndex": index, "retryBackoffIntervalSeconds": int(delay)}
                    self._frame.note("errorDetails", details)
                    self._answer["status"] = "RETRIABLE"
                    return
                break
        for index, catcher in enumerate(self._step.catchers):
            if failure.is_one_of(catcher.errors):
                self._frame.note("errorDetails", {"catchIndex": index})
                output, assigned = self._step.data.caught(self._frame, catcher, failure.output)
                self._assign(assigned)
                self._answer |= {"status": "CAUGHT_ERROR", "output": text(output), "nextState": catcher.next}
                return
        self._answer["status"] = "FAILED"

    def _assign(self, assigned: Assigned) -> None:
        """Tell the variables as they are after the state, where there are any."""
        if variables := {**self._thread.variables, **(assigned or {})}:
            self._frame.note("variables", variables)

    def _called(self, call: Call) -> None:
        if self._mock is not None:
            if call.pattern:
                call.submitted({})
            call.succeed(json.loads(as_text(self._mock["result"])))
        elif self._perform:
            self._perform(call)
        else:
            call.fail("States.TaskFailed", "nothing is called here: give a mock")

    def _inspected(self) -> Mapping[str, object]:
        """What became of the data, as far as AWS tells it of this type of state."""
        found = dict(self._frame.inspected or {})
        kept = _STAGES.get(self._step.type, ())
        return {name: value for name, value in found.items() if name not in _DATA or name in kept}


_DATA = ("afterInputPath", "afterParameters", "result", "afterResultSelector", "afterResultPath", "afterItemsPath")
_STAGES: Mapping[str, tuple[str, ...]] = {
    "Task": ("afterInputPath", "afterParameters", "result", "afterResultSelector", "afterResultPath"),
    "Pass": ("afterInputPath", "afterParameters", "afterResultSelector", "afterResultPath"),
    "Wait": ("afterInputPath",),
    "Choice": ("afterInputPath",),
    "Succeed": ("afterInputPath",),
    "Parallel": ("afterResultSelector", "afterResultPath"),
    "Map": ("afterInputPath", "afterItemsPath", "afterResultSelector", "afterResultPath"),
}
"""The stages that AWS was recorded to tell of each type."""


def _told(name: str, value: object) -> object:
    return value if name in ("errorDetails", "maxConcurrency") or name.startswith("tolerated") else text(value)
