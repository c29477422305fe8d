"""ministack, started as it is on AWS where the two differ and orders would notice: its machines run by our own
interpreter (`emulator.step_functions`), its transactions of DynamoDB collide, its pipes bring what they should
(`emulator.pipes`), and its APIs start machines (`emulator.apis`).

Each entry of `CORRECTIONS` takes the place of one function of ministack, of the one version that it was written for.

SFN_WAIT_SCALE shortens Wait states and the delays between attempts, and here HeartbeatSeconds, too, for a workflow uses
them as a Wait that a callback can end early. TimeoutSeconds stay as they are: they bound real work.
"""

from __future__ import annotations

import contextvars
import fcntl
import json
import os
import queue
import re
import resource
import socketserver
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import uvicorn
from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs, ecr, eventbridge, iam, secretsmanager, stepfunctions

from asl import Finding, check
from emulator import apis, colliding, durability, pipes, step_functions
from emulator.stubs import read_stubs

MINISTACK = "1.5.33"
READ_SECONDS, UNREAD_SECONDS = 0.001, 0.25
"""How long a line takes from a pipe to where it is looked for, and how long one that does not empty is waited for."""
_original: dict[str, Callable[..., Any]] = {}
"""The functions of ministack that were replaced, by name."""


def delete_state_machine(request: dict[str, Any]) -> Any:
    """A machine's versions and aliases go with it.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    answer = _original["_delete_state_machine"](request)
    for kept in (stepfunctions._state_machine_versions, stepfunctions._state_machine_aliases):
        for arn in [arn for arn in kept if arn.rpartition(":")[0] == request["stateMachineArn"]]:
            del kept[arn]
    return answer


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


def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: Any, view: Any = None) -> Any:
    """What the scheduler knows is filled into the input of what it starts.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    if event.get("Source") == "aws.scheduler" and target.get("Input"):
        known = {
            "schedule-arn": rule["Arn"],
            "scheduled-time": datetime.fromtimestamp(event["Time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "execution-id": event["EventId"],
            "attempt-number": "1",
        }
        filled = re.sub(r"<aws\.scheduler\.([a-z-]+)>", lambda found: known.get(found[1], found[0]), target["Input"])
        target = {**target, "Input": filled}
    return _original["_invoke_target"](target, event, rule, view)


def describe_images(request: dict[str, Any]) -> Any:
    """An image that is asked for and not there is an error.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
    """
    name = request["repositoryName"]
    if name in ecr._repositories:
        for asked in request.get("imageIds") or ():
            if ecr._find_image(name, asked) is None:
                message = f"The image with imageId {json.dumps(asked)} does not exist within the repository '{name}'"
                return error_response_json("ImageNotFoundException", message, 400)
    return _original["_describe_images"](request)


_context_entries: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("context_entries")


def simulate_principal_policy(p: dict[str, Any]) -> Any:
    """With the context that it is given, which conditions are held against.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    entries: dict[str, Any] = {}
    entry = "ContextEntries.member.{}.ContextKey{}"
    while name := iam._p(p, entry.format(len(entries) + 1, "Name")):
        entries[name.lower()] = iam._p(p, entry.format(len(entries) + 1, "Values.member.1"))
    before = _context_entries.set(entries)
    try:
        return _original["SimulatePrincipalPolicy"](p)
    finally:
        _context_entries.reset(before)


def resolve_condition_key(key: str, context: Any) -> Any:
    return _context_entries.get({}).get(key.lower()) or _original["_resolve_condition_key"](key, context)


def what_was_written(worker: Any, **_: float) -> str:
    """What a function has written during a call. It is in the pipe by the time that its answer has come, so that it is
    waited for until that is empty; ministack waits for a first line for 50 ms."""
    lines: list[str] = []
    deadline = time.monotonic() + UNREAD_SECONDS
    while True:
        try:
            lines.append(worker._stderr_queue.get(timeout=READ_SECONDS))
        except queue.Empty:
            if not _unread(worker._proc) or time.monotonic() > deadline:
                return "\n".join(lines)


def _unread(process: Any) -> int:
    """How many bytes of what a process has written nobody has taken yet."""
    try:
        return int.from_bytes(fcntl.ioctl(process.stdout.fileno(), termios.FIONREAD, bytes(4)), sys.byteorder)
    except (AttributeError, OSError, ValueError):  # it has ended
        return 0


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


_OF_STEP_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **step_functions.REPLACED,
    "_delete_state_machine": delete_state_machine,
    "_validate_state_machine_definition": validate_state_machine_definition,
}
CORRECTIONS: dict[ModuleType | type, dict[str, Callable[..., Any]]] = {
    stepfunctions: _OF_STEP_FUNCTIONS,
    secretsmanager: {"_create_secret": create_secret},
    ecr: {"_describe_images": describe_images},
    eventbridge: {"_invoke_target": invoke_target},
    lambda_runtime.ProvidedWorker: {"_drain_stderr_bounded": what_was_written},
    iam_evaluator: {"_resolve_condition_key": resolve_condition_key},
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
    simulated = "SimulatePrincipalPolicy"
    _original[simulated], iam._IAM_HANDLERS[simulated] = iam._IAM_HANDLERS[simulated], simulate_principal_policy
    # The loopback interface stands for TLS, which policies ask for; so do calls that never leave the process.
    iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))
    app.pin_request_origin = lambda source, secure: iam_evaluator.pin_request_origin(source, True)
    # Else the body of each event that a function gets waits 40 ms for its head to be acknowledged.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    colliding.install()
    pipes.install()
    apis.install()
    if file := os.environ.get("ORDERFLOW_STUBS"):
        step_functions.stubs.update(read_stubs(Path(file)).tasks)
    if journal := os.environ.get("ORDERFLOW_JOURNAL"):
        durability.install(Path(journal))
    _listen()


def _listen() -> None:
    """Serve ministack on the loopback interface, by a server that takes half the time of the one it starts itself."""
    # Each function that is at work holds connections.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvicorn.run(
        app.app,
        host="127.0.0.1",
        port=int(os.environ["GATEWAY_PORT"]),
        http="httptools",
        loop="uvloop",
        timeout_keep_alive=75,
        # What AWS does not send; and the date, which ministack adds itself.
        server_header=False,
        date_header=False,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
