"""ministack, started as it is on AWS where the two differ and orders would notice: Step Functions above all, and
transactions of DynamoDB that collide.

Each entry of `CORRECTIONS` takes the place of one function of ministack, of the one version that it was written for.

SFN_WAIT_SCALE shortens Wait states and the delays between attempts, and here HeartbeatSeconds, too, for a workflow uses
them as a Wait that a callback can end early. TimeoutSeconds stay as they are: they bound real work.
"""

from __future__ import annotations

import contextvars
import copy
import functools
import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from jsonata import parser as jsonata_parser
from jsonata.jsonata import Jsonata
from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs, secretsmanager, stepfunctions

from asl import Finding, check
from emulator import colliding, durability, map_results

MINISTACK = "1.5.33"
FOREVER_SECONDS = 99_999_999
"""A task's timeout where it has none: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"""

_original: dict[str, Callable[..., Any]] = {}
"""The functions of ministack that were replaced, by name."""
_task: contextvars.ContextVar[tuple[dict[str, Any], dict[str, Any]]] = contextvars.ContextVar("task", default=({}, {}))
"""The execution, and the context object, of the task that this thread runs."""
_closing = threading.Lock()
"""Held to end a callback task or to find that it has ended, so that no accepted answer comes too late."""
_recording = threading.Lock()
_last_event: contextvars.ContextVar[tuple[str, int]] = contextvars.ContextVar("last_event", default=("", 0))
"""The execution and the event that this thread recorded last."""


def start_execution(request: dict[str, Any]) -> Any:
    """A repeated start of a running execution is answered as the first one was.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    machine = stepfunctions._resolve_state_machine_arn(request["stateMachineArn"]) or ""
    named = f"{machine.replace(':stateMachine:', ':execution:')}:{request.get('name')}"
    execution = stepfunctions._executions.get(named, {})
    if execution.get("status") == "RUNNING" and execution["input"] == request.get("input", "{}"):
        return json_response({"executionArn": named, "startDate": execution["startDate"]})
    return _original["_start_execution"](request)


def delete_state_machine(request: dict[str, Any]) -> Any:
    """A machine's versions and aliases go with it.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    answer = _original["_delete_state_machine"](request)
    for kept in (stepfunctions._state_machine_versions, stepfunctions._state_machine_aliases):
        for arn in [arn for arn in kept if arn.rpartition(":")[0] == request["stateMachineArn"]]:
            del kept[arn]
    return answer


def execute_task(state: dict[str, Any], data: Any, execution: dict[str, Any], context: dict[str, Any]) -> Any:
    """Let the functions below know whose task they serve."""
    _task.set((execution, context))
    return _original["_execute_task"](state, data, execution, context)


def find_matching_retrier(retriers: list[dict[str, Any]], error: str, counts: dict[int, int]) -> Any:
    """The retrier of the next attempt, with the delay that MaxDelaySeconds and JitterStrategy leave.

    Each attempt has a task token of its own; what answers an earlier one finds it closed.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
    """
    retrier, index = _original["_find_matching_retrier"](retriers, error, counts)
    if retrier is None:
        return retrier, index
    _, context = _task.get()
    if "Task" in context:
        context["Task"] = {"Token": str(uuid.uuid4())}
    return {**retrier, "IntervalSeconds": delay(retrier, counts.get(index, 0)), "BackoffRate": 1}, index


def delay(retrier: dict[str, Any], retries: int) -> float:
    """Seconds until the next attempt, after so many `retries`."""
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retries
    longest = min(delay, retrier.get("MaxDelaySeconds", delay))
    return random.uniform(0, longest) if retrier.get("JitterStrategy") == "FULL" else longest  # noqa: S311


class _MissedHeartbeat(str):
    """States.Timeout, as AWS records a missed heartbeat; retriers and catchers may name it States.HeartbeatTimeout."""


def error_matches(error_equals: list[str], error: str) -> bool:
    """Nothing matches States.Runtime, and States.HeartbeatTimeout a missed heartbeat only.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
    """
    if error == "States.Runtime":
        return False
    if isinstance(error, _MissedHeartbeat) and "States.HeartbeatTimeout" in error_equals:
        return True
    return _original["_error_matches"](error_equals, error)


def invoke_with_callback(resource: str, data: Any, token: str, state: dict[str, Any]) -> Any:
    """Do the call, then wait until the token is answered: a call that fails fails the task.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
    """
    execution, _ = _task.get()
    task: dict[str, Any] = {"event": threading.Event(), "execution": execution, "result": None, "error": None}
    stepfunctions._task_tokens[token] = task
    seconds = state.get("TimeoutSeconds", FOREVER_SECONDS)
    deadline = time.monotonic() + seconds
    try:
        stepfunctions._invoke_resource_with_timeout(resource.removesuffix(".waitForTaskToken"), data, seconds)
        _await_answer(task, deadline, state.get("HeartbeatSeconds", FOREVER_SECONDS) * stepfunctions._SFN_WAIT_SCALE)
    except stepfunctions._ExecutionError:
        with _closing:
            del stepfunctions._task_tokens[token]
        if not task["event"].is_set():  # what was answered in time counts, whatever became of the call
            raise
    stepfunctions._task_tokens.pop(token, None)
    if task["error"]:
        raise stepfunctions._ExecutionError(task["error"]["Error"], task["error"]["Cause"])
    return json.loads(task["result"])


def _await_answer(task: dict[str, Any], deadline: float, heartbeat: float) -> None:
    """Raise when the task is not answered before `deadline`, or shows no sign of life for `heartbeat` seconds."""
    task["alive"] = time.monotonic()
    while not task["event"].wait(min(deadline, task["alive"] + heartbeat) - time.monotonic()):
        now = time.monotonic()
        if now >= deadline:
            raise stepfunctions._ExecutionError("States.Timeout", "")
        if now >= task["alive"] + heartbeat:
            raise stepfunctions._ExecutionError(_MissedHeartbeat("States.Timeout"), "")


def send_task_success(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""
    try:
        json.loads(request["output"])
    except ValueError:
        return error_response_json("InvalidOutput", "Invalid Output", 400)
    return _answer(request, lambda task: task.update(result=request["output"]))


def send_task_failure(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""
    error = {"Error": request.get("error", "TaskFailed"), "Cause": request.get("cause", "")}
    return _answer(request, lambda task: task.update(error=error))


def send_task_heartbeat(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html"""
    return _answer(request, lambda task: task.update(alive=time.monotonic()), ends=False)


def _answer(request: dict[str, Any], note: Callable[[dict[str, Any]], None], *, ends: bool = True) -> Any:
    token = request["taskToken"]
    with _closing:
        task = stepfunctions._task_tokens.get(token)
        if task is None and not _was_issued(token):
            return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)
        over = task is None or task["event"].is_set() or task.get("execution", {}).get("status", "RUNNING") != "RUNNING"
        if task is None or over:
            return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
        note(task)
        if ends:
            task["event"].set()
    return json_response({})


def _was_issued(token: str) -> bool:
    """Whether it looks like a token of this cloud, which forgets a token when its task ends."""
    try:
        return str(uuid.UUID(token)) == token
    except ValueError:
        return False


def fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
    """An execution that was stopped stays so, whatever becomes of the task that it was at."""
    if execution["status"] == "RUNNING":
        _original["_fail_execution"](execution, error, cause)


def run_sub_machine(states: dict[str, Any], start_at: str, data: Any, execution: dict[str, Any], context: Any) -> Any:
    """A branch or iteration, with its states in the history and with a context object of its own.

    A shared one would hand the task token of one branch to another. Express workflows have no history to ask for:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
    """
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
    record = stepfunctions._add_event if machine.get("type") != "EXPRESS" else lambda *_: None
    context, data, name = dict(context), copy.deepcopy(data), start_at
    while name:
        state, kind = states[name], states[name]["Type"]
        context["State"] = {"Name": name, "EnteredTime": stepfunctions.now_iso(), "RetryCount": 0}
        entered = {"name": name, "input": json.dumps(data)}
        record(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered})
        data, following = _run_state(kind, state, data, execution, context)
        exited = {"name": name, "output": json.dumps(data)}
        record(execution, f"{kind}StateExited", {"stateExitedEventDetails": exited})
        name = following
    return data


def _run_state(kind: str, state: dict[str, Any], data: Any, execution: dict[str, Any], context: Any) -> Any:
    if kind == "Fail":
        raise stepfunctions._ExecutionError(*stepfunctions._fail_state_error(state, data, context))
    if kind == "Succeed":
        data = stepfunctions._apply_input_path(state, data, context)
        return stepfunctions._apply_output_path(state, data, context), None
    run = getattr(stepfunctions, f"_execute_{kind.lower()}")
    if kind in ("Task", "Parallel", "Map"):
        return run(state, data, execution, context)
    return run(state, data, context)


def run_parallel_branches(state: dict[str, Any], data: Any, execution: dict[str, Any], context: Any) -> Any:
    return _told("Parallel", "_run_parallel_branches", state, data, execution, context)


def run_map_items(state: dict[str, Any], data: Any, execution: dict[str, Any], context: Any) -> Any:
    # For each item ministack copies the context object, and in it the execution's input: all the items.
    shared = {**context, "Execution": _Shared(context["Execution"])}
    return _told("Map", "_run_map_items", state, data, execution, shared)


class _Shared(dict[str, Any]):
    """What copies have in common."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Shared:
        return self


def run_distributed_map(
    state: dict[str, Any], data: Any, effective: Any, iterator: dict[str, Any], execution: dict[str, Any], context: Any
) -> Any:
    """What a reader reads goes to the children in batches, where the state has an ItemBatcher; and what they come to
    goes where its ResultWriter says.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """
    if "ItemBatcher" in state:
        items = stepfunctions._read_map_items(state["ItemReader"], effective, context)
        size = state["ItemBatcher"]["MaxItemsPerBatch"]
        effective = [{"Items": items[first : first + size]} for first in range(0, len(items), size)]
        state = {name: value for name, value in state.items() if name not in ("ItemReader", "ItemBatcher")}
    writer = state.get("ResultWriter", {})
    if "Resource" not in writer:
        return _original["_run_distributed_map"](state, data, effective, iterator, execution, context)
    place = stepfunctions._resolve_params_obj(writer["Parameters"], effective, context)
    unshaped = {
        name: value for name, value in state.items() if name not in ("ResultSelector", "ResultPath", "OutputPath")
    }
    _, following = _original["_run_distributed_map"](unshaped, data, effective, iterator, execution, context)
    arn = _map_run_of(execution, state)
    children = [child for child in list(stepfunctions._executions.values()) if child.get("mapRunArn") == arn]
    try:
        result = map_results.write_results(writer, place, arn, children)
    except OSError as failure:
        raise stepfunctions._ExecutionError("States.ResultWriterFailed", str(failure)) from failure
    output = stepfunctions._apply_result_path(state, data, stepfunctions._apply_result_selector(state, result))
    return stepfunctions._apply_output_path(state, output, context), following


def _map_run_of(execution: dict[str, Any], state: dict[str, Any]) -> str:
    """The latest Map Run of a state."""
    runs = list(stepfunctions._map_runs.values())
    return next(
        run["mapRunArn"]
        for run in reversed(runs)
        if run["executionArn"] == execution["executionArn"] and f"/{state.get('Label', '')}" in run["mapRunArn"]
    )


def evaluate_rule(rule: dict[str, Any], data: Any, context: Any = None) -> bool:
    """With the comparisons of a timestamp with another at a path, which ministack takes for false.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#amazon-states-language-choice-state-rules
    """
    for operator in [name for name in rule if name.startswith("Timestamp") and name.endswith("Path")]:
        other = stepfunctions._resolve_path_or_ctx(rule[operator], data, context)
        rule = {**rule, operator.removesuffix("Path"): other}
    return _original["_evaluate_rule"](rule, data, context)


def _told(kind: str, run: str, state: dict[str, Any], data: Any, execution: dict[str, Any], context: Any) -> Any:
    """Record how an attempt of a Parallel or Map began and ended."""
    stepfunctions._add_event(execution, f"{kind}StateStarted")
    try:
        done = _original[run](state, data, execution, context)
    except stepfunctions._ExecutionError:
        stepfunctions._add_event(execution, f"{kind}StateFailed")
        raise
    stepfunctions._add_event(execution, f"{kind}StateSucceeded")
    return done


def add_event(execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """An event with a number of its own though branches record at once, and with the one that led to it.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
    """
    arn, previous = _last_event.get()
    with _recording:
        event = _original["_add_event"](execution, kind, details)
    event["previousEventId"] = previous if arn == execution["executionArn"] else 0
    _last_event.set((execution["executionArn"], event["id"]))
    return event


def validate_state_machine_definition(request: dict[str, Any]) -> Any:
    """What our own check has against a definition, in the words of AWS's API; ministack has nothing against any.

    The check refuses more than AWS does. Of its warnings those are told of which AWS warns, too.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
    """
    try:
        findings = check(json.loads(request["definition"]), type=request.get("type", "STANDARD"))
    except ValueError as error:
        found = [{"severity": "ERROR", "code": "INVALID_JSON_DESCRIPTION", "message": str(error)}]
    else:
        found = [diagnosis for finding in findings for diagnosis in _diagnoses(finding)]
    failed = any(one["severity"] == "ERROR" for one in found)
    told = [one for one in found if one["severity"] == "ERROR" or request.get("severity") == "WARNING"]
    shown = told[: request.get("maxResults") or 100]
    return json_response(
        {"result": "FAIL" if failed else "OK", "diagnostics": shown, "truncated": len(shown) < len(told)}
    )


_AWS_WARNS = {"ASL061": "NO_DOLLAR"}
"""Which of AWS's warnings is nearest to one of ours."""


def _diagnoses(finding: Finding) -> Iterator[dict[str, str]]:
    rule = finding.rule
    place = {"message": finding.message, "location": f"/{finding.path.replace('.', '/')}"}
    if rule.severity == "error":
        yield {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", **place}
    elif rule.id in _AWS_WARNS:
        yield {"severity": "WARNING", "code": _AWS_WARNS[rule.id], **place}


def create_secret(request: dict[str, Any]) -> Any:
    """A secret that is made without a value has none, and so no version.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    status, headers, body = _original["_create_secret"](request)
    if status != 200 or "SecretString" in request or "SecretBinary" in request:
        return status, headers, body
    secretsmanager._secrets[request["Name"]]["Versions"].clear()
    return json_response({name: value for name, value in json.loads(body).items() if name != "VersionId"})


async def handle_logs(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
    """With the two calls that ministack lacks, which change the key of a log group.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
    """
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action not in ("AssociateKmsKey", "DisassociateKmsKey"):
        return await _original["handle_logs"](method, path, headers, body, query)
    request = json.loads(body)
    if (group := cloudwatch_logs._log_groups.get(request["logGroupName"])) is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    group["kmsKeyId"] = request.get("kmsKeyId")
    return json_response({})


class _RememberingParser(jsonata_parser.Parser):
    """Parses an expression once. ministack does so whenever it evaluates one, with a parser made for each thread."""

    def parse(self, jsonata: str | None, regex_engine: Any = None) -> Any:
        return _parsed(jsonata, regex_engine)


@functools.cache
def _parsed(expression: str | None, regex_engine: Any) -> Any:
    return jsonata_parser.Parser().parse(expression, regex_engine)


_OF_STEP_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_delete_state_machine": delete_state_machine,
    "_start_execution": start_execution,
    "_execute_task": execute_task,
    "_find_matching_retrier": find_matching_retrier,
    "_error_matches": error_matches,
    "_invoke_with_callback": invoke_with_callback,
    "_send_task_success": send_task_success,
    "_send_task_failure": send_task_failure,
    "_send_task_heartbeat": send_task_heartbeat,
    "_fail_execution": fail_execution,
    "_run_sub_machine": run_sub_machine,
    "_run_parallel_branches": run_parallel_branches,
    "_run_map_items": run_map_items,
    "_run_distributed_map": run_distributed_map,
    "_evaluate_rule": evaluate_rule,
    "_add_event": add_event,
    "_validate_state_machine_definition": validate_state_machine_definition,
}
CORRECTIONS: dict[ModuleType, dict[str, Callable[..., Any]]] = {
    stepfunctions: _OF_STEP_FUNCTIONS,
    secretsmanager: {"_create_secret": create_secret},
}
"""What takes the place of which function of which of ministack's services."""


def main() -> None:
    """Start ministack, corrected."""
    if (found := metadata.version("ministack")) != MINISTACK:
        sys.exit(
            f"ministack is {found}, and emulator/ministack_as_aws.py was written for {MINISTACK}: compare the functions"
            " that it replaces with those of the new version, then change MINISTACK there"
        )
    for service, corrections in CORRECTIONS.items():
        for name, correction in corrections.items():
            _original[name] = getattr(service, name)
            setattr(service, name, correction)
    _original["handle_logs"], cloudwatch_logs.handle_request = cloudwatch_logs.handle_request, handle_logs
    # The loopback interface stands for TLS, which policies ask for; so do calls that never leave the process.
    iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))
    app.pin_request_origin = lambda source, secure: iam_evaluator.pin_request_origin(source, True)
    remembering = _RememberingParser()
    Jsonata.get_parser = staticmethod(lambda: remembering)  # type: ignore[method-assign]
    colliding.install()
    if journal := os.environ.get("ORDERFLOW_JOURNAL"):
        durability.install(Path(journal))
    app.main()


if __name__ == "__main__":
    main()
