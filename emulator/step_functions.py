"""Step Functions of the embedded cloud: our interpreter in real time, whose tasks call ministack's services.

ministack keeps machines, versions, aliases and the records that its API tells of; `asl.running` runs the executions.
One loop runs all executions; the calls of their tasks are made by other threads, which hand their answers back to it.
"""

from __future__ import annotations

import contextvars
import functools
import json
import os
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from random import Random
from typing import Any, TypeVar

from ministack.core.responses import error_response_json, json_response
from ministack.services import s3, stepfunctions

from asl.running.calls import Call
from asl.running.distributed import MapRun
from asl.running.execution import Execution, Names, NotRedrivableError
from asl.running.instants import written
from asl.running.loop import Loop
from asl.running.objects import MissingObjectError
from asl.running.sizes import text
from asl.running.steps import Program
from asl.syntax.shapes import as_object
from asl.testing import one_state
from asl.testing.outcomes import MisshapenResultError, MissingOutcomeError, Outcome, Outcomes
from emulator import http_tasks, tasks

T = TypeVar("T")
CALLS_AT_ONCE = 64
HOUR_SECONDS = 3600

before_call: list[Callable[[Call], None]] = []
"""Asked before each call of a task, in the thread that makes it; raises ministack's `_ExecutionError` to deny it."""
stubs: dict[str, list[Outcome]] = {}
"""What tasks come to that are not to be called; see `emulator.stubs`."""


class Engine:
    """Runs executions as time passes."""

    def __init__(self, pace: float, calls_of_a_function: int) -> None:
        self._turn = threading.Condition()
        self._loop = Loop(time.time(), pace)
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="task")
        self.live: dict[str, CloudExecution] = {}
        """Executions that have not been written down whole, by ARN."""
        self.calls: dict[str, Call] = {}
        """Calls that wait for their token, by token."""
        self.over: dict[str, threading.Event] = {}
        """What tells of an execution's end to those who wait for it, by ARN."""
        self.ended: dict[str, CloudExecution] = {}
        """Executions that failed, by ARN: they can be redriven."""
        self.map_runs: dict[str, tuple[MapRun, CloudExecution]] = {}
        """Map Runs that go on, with their executions, by ARN: their records are brought up to date when asked for."""
        self._room: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(calls_of_a_function))
        """How many more calls of a function may be made now, by its ARN."""
        threading.Thread(target=self._drive, name="step-functions", daemon=True).start()

    def do(self, action: Callable[[], T]) -> T:
        """Do something to executions, alone, and let them go on."""
        with self._turn:
            self._loop.move_on(time.time())
            result = action()
            self._turn.notify()
        return result

    def _drive(self) -> None:
        with self._turn:
            while True:
                self._loop.run_ready()
                self._loop.move_on(time.time())
                due = self._loop.due()
                self._turn.wait(min(max(due - time.time(), 0), HOUR_SECONDS) if due is not None else HOUR_SECONDS)

    def start(self, record: dict[str, Any], definition: str, type: str, role: str, name: str) -> CloudExecution:
        """Run the execution of a record of ministack."""
        region, account = record["executionArn"].split(":")[3:5]
        names = Names(name, record["name"], region, account, role, awaited=bool(record.get("sync")))
        scope = contextvars.copy_context()

        def begin() -> CloudExecution:
            execution = CloudExecution(
                _program(definition, type),
                json.loads(record["input"]),
                loop=self._loop,
                perform=lambda call: self._perform(call, scope),
                names=names,
                random=Random(),  # noqa: S311 for jitter
                objects=_Buckets(),
            )
            execution.record_of, execution.engine, execution.scope = record, self, scope
            self.live[record["executionArn"]] = execution
            execution.begin()
            return execution

        return self.do(begin)

    def later(self, scope: contextvars.Context, action: Callable[..., None], *given: Any) -> None:
        """Do something that may take its time, in another thread."""
        self._pool.submit(scope.copy().run, action, *given)

    def _perform(self, call: Call, scope: contextvars.Context) -> None:
        if call.token:
            self.calls[call.token] = call
        if _OUTCOMES.given_for(call):
            _stub(call)
            return
        if call.kind == "activity":
            self._offer(call, scope)
        elif call.pattern.startswith("sync"):
            # Jobs are waited for: each in a thread of its own, or they would wait for one another.
            threading.Thread(target=scope.copy().run, args=(self._make, call), daemon=True).start()
        else:
            self._pool.submit(scope.copy().run, self._make, call)

    def _offer(self, call: Call, scope: contextvars.Context) -> None:
        """Put an activity's task where its workers look for it."""
        waiting = scope.copy().run(stepfunctions._activity_tasks.get, call.resource)
        if waiting is None:
            call.refuse(f"The activity {call.resource} does not exist.")
            return
        call.token = call.token or stepfunctions.new_uuid()
        self.calls[call.token] = call
        call.schedule()
        waiting.append({"taskToken": call.token, "input": text(call.arguments)})

    def _make(self, call: Call) -> None:
        """Make a call, in a thread that may wait, and hand in its answer."""
        try:
            for ask in before_call:
                ask(call)
            function = _function_of(call)
            with self._room[function] if function else nullcontext():
                answer = _called(call)
        except stepfunctions._ExecutionError as failure:
            error, cause = failure.error, failure.cause or None
            self.do(lambda: call.fail(error, cause))
        except NotImplementedError as lacking:
            detail = str(lacking)
            self.do(lambda: call.refuse(detail))
        except Exception as failure:
            error, cause = type(failure).__name__, str(failure)
            self.do(lambda: call.fail("States.TaskFailed", f"{error}: {cause}"))
        else:
            answered = call.submitted if call.pattern == "waitForTaskToken" else call.succeed
            self.do(lambda: answered(answer))

    def answer(self, token: str, note: Callable[[Call], None]) -> Any:
        """Answer a task by its token, if it waits still."""

        def answered() -> bool:
            call = self.calls.get(token)
            if call is None or call.done:
                return False
            note(call)
            return True

        if self.do(answered):
            return json_response({})
        if token not in self.calls and not _was_issued(token):
            return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)
        return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)


class CloudExecution(Execution):
    """An execution, with the record that ministack's API tells it from."""

    record_of: dict[str, Any]
    engine: Engine
    scope: contextvars.Context
    """The account and region that it runs in."""
    run_of: MapRun | None = None
    """The Map Run that it is a child of."""

    def child(
        self, program: Program, input: object, run: MapRun, name: str, ended: Callable[[Execution], None]
    ) -> Execution:
        plain = super().child(program, input, run, name, ended)
        child = CloudExecution(
            program,
            input,
            loop=self.loop,
            perform=self.perform,
            names=plain.names,
            random=self.random,
            objects=self.objects,
            ended=ended,
        )
        child.engine, child.scope, child.run_of = self.engine, self.scope, run
        child.record_of = record = _child_record(child, run)
        self.engine.live[record["executionArn"]] = child
        self._set(stepfunctions._executions, record["executionArn"], record)
        if run.arn not in self.engine.map_runs:
            self.engine.map_runs[run.arn] = run, self
            self.write_down_map_run(run)
        return child

    def write_down_map_run(self, run: MapRun) -> None:
        """Let the record of a Map Run of its have what became of the children."""
        self._set(stepfunctions._map_runs, run.arn, _view(run, self.names.execution_arn()))
        if run.status != "RUNNING" and self.status != "RUNNING":
            self.engine.map_runs.pop(run.arn, None)

    def write_down(self) -> None:
        """Let the record have the events that happened since it was last written."""
        events = self.record_of["events"]
        if self.program.type == "EXPRESS":
            # There is no history to ask for; from its end ministack tells a synchronous caller why it failed.
            events[:] = [_event(event.as_aws()) for event in self.events if event.type == "ExecutionFailed"]
        else:
            events.extend(_event(event.as_aws()) for event in self.events[len(events) :])

    def _end(self, status: Any, type: str, details: Any, previous: int) -> None:
        super()._end(status, type, details, previous)
        record = self.record_of
        record["output"] = text(self.output) if status == "SUCCEEDED" else None
        record["error"], record["cause"] = self.error, self.cause
        record["stopDate"] = written(self.loop.now)
        self.write_down()
        record["status"] = status
        del self.engine.live[record["executionArn"]]
        if status != "SUCCEEDED":
            self.engine.ended[record["executionArn"]] = self
        for run in self.map_runs:
            self.write_down_map_run(run)
        if not self.run_of and self.program.type != "EXPRESS":
            self.engine.later(self.scope, stepfunctions._emit_execution_status_event, record)
        if over := self.engine.over.pop(record["executionArn"], None):
            over.set()

    def redrive(self) -> None:
        super().redrive()
        arn = self.record_of["executionArn"]
        self.engine.ended.pop(arn, None)
        self.engine.live[arn] = self
        self.record_of["status"] = "RUNNING"
        self.engine.map_runs |= {run.arn: (run, self) for run in self.map_runs}

    def _set(self, kept: Any, key: str, value: Any) -> None:
        self.scope.copy().run(kept.__setitem__, key, value)


def _child_record(child: Execution, run: MapRun) -> dict[str, Any]:
    return {
        "executionArn": child.names.execution_arn(),
        "stateMachineArn": child.names.machine_arn(),
        "name": child.names.execution,
        "status": "RUNNING",
        "startDate": written(child.started_at),
        "stopDate": None,
        "input": text(child.input),
        "output": None,
        "mapRunArn": run.arn,
        "events": [],
    }


_COUNTED = (
    *("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten"),
    *("failuresNotRedrivable", "pendingRedrive"),
)


def _view(run: MapRun, execution: str) -> dict[str, Any]:
    """What DescribeMapRun tells of a Map Run."""
    shares = run.shares or ()
    items, executions = (
        {**dict.fromkeys(_COUNTED, 0), "total": total} for total in (sum(share.items for share in shares), len(shares))
    )
    for number, share in enumerate(shares):
        status = run.children[number].status if number < len(run.children) else "PENDING"
        counted = "timedOut" if status == "TIMED_OUT" else status.lower()
        items[counted] += share.items
        executions[counted] += 1
    return {
        "mapRunArn": run.arn,
        "executionArn": execution,
        "status": run.status,
        "startDate": written(run.started_at),
        "maxConcurrency": run.at_once,
        "toleratedFailurePercentage": 0.0,
        "toleratedFailureCount": int(run.tolerated),
        "itemCounts": items,
        "executionCounts": executions,
        "redriveCount": run.redrives,
        "_stateMachineArn": f"{':'.join(execution.split(':')[:5])}:stateMachine:{run.machine}",
    }


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "timestamp": event["timestamp"].isoformat(timespec="milliseconds").replace("+00:00", "Z")}


@functools.lru_cache(maxsize=256)
def _program(definition: str, type: str) -> Program:
    return Program.read(json.loads(definition), type=type)


def _stub(call: Call) -> None:
    try:
        _OUTCOMES.perform(call)
    except (MisshapenResultError, MissingOutcomeError) as wrong:
        call.refuse(str(wrong))


_OUTCOMES = Outcomes(stubs)


class _Buckets:
    """The objects in ministack's S3."""

    def read(self, bucket: str, key: str) -> bytes:
        status, _, body = s3._get_object(bucket, key, {})
        if status != 200:
            raise MissingObjectError(f"s3://{bucket}/{key}: {body!r}")
        return body

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, object]]:
        for key, one in sorted(s3._buckets[bucket]["objects"].items()):
            if key.startswith(prefix):
                yield {"Key": key, "Size": one["size"], "Etag": one["etag"], "StorageClass": "STANDARD"}

    def write(self, bucket: str, key: str, body: bytes) -> None:
        status, _, answer = s3._put_object(bucket, key, body, {})
        if status != 200:
            raise MissingObjectError(f"s3://{bucket}/{key}: {answer!r}")


def _called(call: Call) -> Any:
    """What ministack's services answer to a call.

    Raises:
        _ExecutionError: with what the task fails with.
        NotImplementedError: where the cloud lacks the service.
    """
    resource = call.resource.removesuffix(".waitForTaskToken")
    if call.service == "states" and call.action == "startExecution" and call.pattern.startswith("sync"):
        return _nested(call)
    if resource.endswith(":states:::http:invoke"):
        try:
            return http_tasks.invoke(dict(as_object(call.arguments)))
        except http_tasks.HttpTaskError as failed:
            raise stepfunctions._ExecutionError(failed.error, str(failed)) from failed
    if (call.service, call.action) == ("ecs", "runTask"):
        return _task(call)
    try:
        answer = stepfunctions._invoke_resource(resource, call.arguments)
    except stepfunctions._ExecutionError as failure:
        if "not yet implemented" in failure.cause or "not supported" in failure.cause:
            raise NotImplementedError(_lacking(call)) from failure
        if failure.error == "Lambda.Unknown" and "Rate Exceeded" in failure.cause:
            raise stepfunctions._ExecutionError("Lambda.TooManyRequestsException", failure.cause) from failure
        raise
    return answer


def _task(call: Call) -> Any:
    """A task of ECS, to its end. ministack tells of a container that runs, without Docker too, where none does."""
    if not call.pattern.startswith("sync"):
        raise NotImplementedError(_lacking(call))

    def submitted(answer: Any) -> None:
        engine().do(lambda: call.submitted(answer))

    try:
        return tasks.run(as_object(call.arguments), _lacking(call), submitted, lambda: call.done)
    except tasks.TaskFailedError as failed:
        raise stepfunctions._ExecutionError(failed.error, str(failed)) from failed


def _function_of(call: Call) -> str:
    """The function that is called, empty for anything else."""
    if call.kind == "function":
        return call.resource
    return str(as_object(call.arguments)["FunctionName"]) if call.service == "lambda" else ""


def _lacking(call: Call) -> str:
    name = call.resource.rpartition(":::")[2]
    return (
        f"The embedded cloud has no {name}. Say what it comes to in a file of stubs "
        f"(tasks: {{{call.state}: {{result: ...}}}}), and start with `make cloud STUBS=stubs.yaml`."
    )


def _nested(call: Call) -> Any:
    """Run an execution and wait for its end; what it came to is the result, or the cause.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    started = stepfunctions._invoke_nested_start_execution(call.resource, call.arguments)
    engine().do(lambda: call.submitted(started))
    record = stepfunctions._executions[started["ExecutionArn"]]
    over = engine().over.setdefault(record["executionArn"], threading.Event())
    while record["status"] == "RUNNING" and not call.done:
        over.wait(1)
    told: dict[str, Any] = {
        "ExecutionArn": record["executionArn"],
        "Input": record["input"],
        "InputDetails": {"Included": True},
        "Name": record["name"],
        "StartDate": record["startDate"],
        "StateMachineArn": record["stateMachineArn"],
        "Status": record["status"],
        "StopDate": record["stopDate"],
    }
    if record["status"] != "SUCCEEDED":
        why = {"Error": record.get("error"), "Cause": record.get("cause")}
        told |= {name: value for name, value in why.items() if value is not None}
        raise stepfunctions._ExecutionError("States.TaskFailed", text(told))
    output = json.loads(record["output"]) if call.pattern == "sync:2" else record["output"]
    return {**told, "Output": output, "OutputDetails": {"Included": True}}


def engine() -> Engine:
    """The engine of this process. A pipe may begin its first execution while another one is begun: of two engines each
    would know half of the executions, and say of the others' task tokens that nobody waits."""
    with _making_the_engine:
        return _engine()


_making_the_engine = threading.Lock()


@functools.cache
def _engine() -> Engine:
    return Engine(stepfunctions._SFN_WAIT_SCALE, int(os.environ["ORDERFLOW_CALLS_OF_A_FUNCTION"]))


# What takes the place of ministack's functions.

_requested: contextvars.ContextVar[str] = contextvars.ContextVar("requested", default="")
"""The ARN that this thread was asked to start: a machine's or a version's."""
_chance = Random()  # noqa: S311 for the weights of aliases
_start_execution = stepfunctions._start_execution
_start_sync_execution = stepfunctions._start_sync_execution
_describe_execution = stepfunctions._describe_execution
_list_executions = stepfunctions._list_executions
_get_execution_history = stepfunctions._get_execution_history
_stop_execution = stepfunctions._stop_execution
_describe_map_run = stepfunctions._describe_map_run


def start_execution(request: dict[str, Any]) -> Any:
    """A repeated start of a running execution is answered as the first one was.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    machine = stepfunctions._resolve_state_machine_arn(request["stateMachineArn"]) or ""
    named = f"{machine.replace(':stateMachine:', ':execution:')}:{request.get('name')}"
    execution = stepfunctions._executions.get(named, {})
    if execution.get("status") == "RUNNING" and execution["input"] == request.get("input", "{}"):
        return json_response({"executionArn": named, "startDate": execution["startDate"]})
    if _is_express(machine) and execution.get("status") != "RUNNING":
        stepfunctions._executions.pop(named, None)  # its names may be used again and again
    asked = request["stateMachineArn"]
    version = _version_of(asked)
    before = _requested.set(version or asked)
    try:
        answer = _start_execution(request)
    finally:
        _requested.reset(before)
    if answer[0] == 200:
        alias = {"stateMachineAliasArn": asked} if version != asked else {}
        record = stepfunctions._executions[json.loads(answer[2])["executionArn"]]
        record.update({"stateMachineVersionArn": version, **alias} if version else {})
    return _as_express(answer) if _is_express(machine) else answer


def start_sync_execution(request: dict[str, Any]) -> Any:
    """Through a version or an alias, too; and nothing is started with what is no JSON.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    try:
        json.loads(request.get("input", "{}"))
    except ValueError as error:
        return error_response_json("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'", 400)
    asked = request["stateMachineArn"]
    machine = stepfunctions._resolve_state_machine_arn(asked) or asked
    if machine in stepfunctions._state_machines and not _is_express(machine):
        return error_response_json("StateMachineTypeNotSupported", f"{machine} is not of type EXPRESS", 400)
    before = _requested.set(_version_of(asked) or asked)
    try:
        return _as_express(_start_sync_execution({**request, "stateMachineArn": machine}))
    finally:
        _requested.reset(before)


def _is_express(machine: str) -> bool:
    return stepfunctions._state_machines.get(machine, {}).get("type") == "EXPRESS"


def _as_express(answer: Any) -> Any:
    """With the ARN that executions of Express machines have, each its own though names are used again."""
    told = json.loads(answer[2])
    if "executionArn" not in told:
        return answer
    told["executionArn"] = f"{told['executionArn'].replace(':execution:', ':express:')}:{uuid.uuid4()}"
    return json_response(told)


def _not_kept(request: dict[str, Any]) -> Any:
    """The answer about an execution of an Express machine, of which AWS knows nothing; None of any other.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    arn = request.get("executionArn", "")
    record = stepfunctions._executions.get(arn)
    if record is None or record.get("mapRunArn") or not _is_express(record["stateMachineArn"]):
        return None
    return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)


def _version_of(arn: str) -> str:
    """The version that an execution runs which is started by this ARN, empty for a machine's own. An alias picks one of
    its versions by their weights.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    """
    if arn in stepfunctions._state_machine_versions:
        return arn
    routes = stepfunctions._state_machine_aliases.get(arn, {}).get("routingConfiguration", ())
    weights = [route["weight"] for route in routes]
    return _chance.choices(routes, weights)[0]["stateMachineVersionArn"] if routes else ""


_STARTED_BY = ("stateMachineVersionArn", "stateMachineAliasArn")


def describe_execution(request: dict[str, Any]) -> Any:
    """With what it was started by: https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html"""
    status, _, body = answer = _not_kept(request) or _describe_execution(request)
    return json_response(_with_what_started(json.loads(body))) if status == 200 else answer


def list_executions(request: dict[str, Any]) -> Any:
    """Also those that one version or alias has started.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
    """
    asked = request.get("stateMachineArn", "")
    machine = stepfunctions._resolve_state_machine_arn(asked)
    if machine and _is_express(machine):
        return error_response_json("StateMachineTypeNotSupported", f"{machine} is of type EXPRESS", 400)
    status, _, body = answer = _list_executions({**request, "stateMachineArn": machine} if machine else request)
    if status != 200:
        return answer
    page = json.loads(body)
    executions = [_with_what_started(execution) for execution in page["executions"]]
    if machine and machine != asked:
        executions = [one for one in executions if asked in (one.get(name) for name in _STARTED_BY)]
    return json_response({**page, "executions": executions})


def _with_what_started(execution: dict[str, Any]) -> dict[str, Any]:
    record = stepfunctions._executions[execution["executionArn"]]
    return {**execution, **{name: record[name] for name in _STARTED_BY if name in record}}


def run_execution(arn: str) -> None:
    """Run what a record of ministack says; one that was started synchronously to its end."""
    record = stepfunctions._executions[arn]
    machine = stepfunctions._state_machines[record["stateMachineArn"]]
    version = stepfunctions._state_machine_versions.get(stepfunctions._execution_version_arn(_requested.get()), {})
    definition, role = (version.get(name) or machine[name] for name in ("definition", "roleArn"))
    record["events"] = []
    over = engine().over.setdefault(arn, threading.Event())
    engine().start(record, definition, machine["type"], role, machine["name"])
    if record.get("sync"):
        over.wait()


def stop_execution(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""
    running = engine().live.get(request.get("executionArn", ""))
    if running is None or _not_kept(request):
        return _not_kept(request) or _stop_execution(request)
    engine().do(lambda: running.stop(request.get("error"), request.get("cause")))
    return json_response({"stopDate": running.record_of["stopDate"]})


def describe_map_run(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html"""
    run, execution = engine().map_runs.get(request.get("mapRunArn", ""), (None, None))
    if run and execution:
        engine().do(lambda: execution.write_down_map_run(run))
    return _describe_map_run(request)


def redrive_execution(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html"""
    arn = request.get("executionArn", "")
    ended = engine().ended.get(arn)
    if ended is None:
        record = stepfunctions._executions.get(arn)
        if record is None:
            return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
        told = f"Execution is {record['status']} and cannot be redriven"
        return error_response_json("ExecutionNotRedrivable", told, 400)

    try:
        engine().do(ended.redrive)
    except NotRedrivableError as problem:
        return error_response_json("ExecutionNotRedrivable", str(problem), 400)
    return json_response({"redriveDate": written(time.time())})


def get_execution_history(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html"""
    running = engine().live.get(request.get("executionArn", ""))
    if running:
        engine().do(running.write_down)
    return _not_kept(request) or _get_execution_history(request)


def send_task_success(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""
    try:
        output = json.loads(request["output"])
    except ValueError:
        return error_response_json("InvalidOutput", "Invalid Output", 400)
    return engine().answer(request["taskToken"], lambda call: call.succeed(output))


def send_task_failure(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""
    error, cause = request.get("error"), request.get("cause")
    return engine().answer(request["taskToken"], lambda call: call.fail(error, cause))


def send_task_heartbeat(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html"""
    return engine().answer(request["taskToken"], Call.heartbeat)


async def get_activity_task(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html"""
    answer = await _get_activity_task(request)
    token = json.loads(answer[2]).get("taskToken")
    if token:
        engine().answer(token, lambda call: call.start(request.get("workerName")))
    return answer


_get_activity_task = stepfunctions._get_activity_task


def test_state(request: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html"""

    def perform(call: Call) -> None:
        try:
            call.succeed(_called(call))
        except stepfunctions._ExecutionError as failure:
            call.fail(failure.error, failure.cause or None)
        except NotImplementedError as lacking:
            call.refuse(str(lacking))

    try:
        return json_response(one_state.answer(request, perform, account=stepfunctions.get_account_id()))
    except one_state.RefusedError as refused:
        return error_response_json(refused.code, str(refused), 400)


def _was_issued(token: str) -> bool:
    """Whether it looks like a token of this cloud, which forgets a token when its task ends."""
    try:
        return str(uuid.UUID(token)) == token
    except ValueError:
        return False


async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
    """With the call that ministack lacks."""
    if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
        return stepfunctions._finalize_response(redrive_execution(json.loads(body)))
    return await _handle_request(method, path, headers, body, query)


_handle_request = stepfunctions.handle_request

REPLACED: dict[str, Callable[..., Any]] = {
    "_start_execution": start_execution,
    "_start_sync_execution": start_sync_execution,
    "_describe_execution": describe_execution,
    "_list_executions": list_executions,
    "_run_execution": run_execution,
    "_stop_execution": stop_execution,
    "_describe_map_run": describe_map_run,
    "_get_execution_history": get_execution_history,
    "_send_task_success": send_task_success,
    "_send_task_failure": send_task_failure,
    "_send_task_heartbeat": send_task_heartbeat,
    "_get_activity_task": get_activity_task,
    "_test_state": test_state,
    "handle_request": handle_request,
}
"""What takes the place of which of ministack's functions."""
