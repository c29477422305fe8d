"""Task states: what a call is asked with, and what becomes of its answer.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

from collections.abc import Generator
from uuid import UUID

from asl.running.attempts import Left, handled
from asl.running.calls import Call
from asl.running.data import expressions, template, wanted
from asl.running.failures import DATA_LIMIT, QUERY, RUNTIME, Broken, Failure
from asl.running.frames import Frame
from asl.running.sizes import is_too_long, text
from asl.syntax.shapes import as_object, is_number

MAX_SECONDS = 99_999_999


def run_task(frame: Frame) -> Generator[None, object, Left]:
    """Make the task's call, again where a retrier wants it."""
    return (yield from handled(frame, attempt))


def attempt(frame: Frame, effective: object) -> Generator[None, object, object]:
    """Make the call once; its result.

    Raises:
        Failure: that the call came to.
        Broken: where a field cannot be applied to the state's input.
    """
    step, execution = frame.step, frame.execution
    # A job has a token, too, by what AWS was recorded to do.
    if step.resource.endswith((".waitForTaskToken", ".sync", ".sync:2")):
        frame.token = str(UUID(int=execution.random.getrandbits(128), version=4))
    arguments = step.data.arguments(frame, effective)
    seconds = _seconds(frame, "TimeoutSeconds", effective)
    heartbeat = _seconds(frame, "HeartbeatSeconds", effective)
    role = _role(frame, effective)
    if is_too_long(arguments):
        detail = (
            f"The state/task '{step.resource}' was given an input with a size exceeding the maximum number of bytes "
            "service limit."
        )
        raise Failure(DATA_LIMIT, detail)
    if (problem := _misshapen(step.resource, arguments)) is not None:
        used = "Arguments" if step.jsonata else "Parameters"
        detail = f"The {used} '{text(arguments)}' could not be used to start the Task: [{problem}]"
        raise Broken(RUNTIME, detail)
    call = Call(frame, arguments, seconds, heartbeat)
    call.role = role
    try:
        execution.perform(call) if call.kind == "activity" else call.schedule()
        if call.kind != "activity":
            execution.perform(call)
        while not call.done:
            yield
    finally:
        call.abandon()
    frame.token = None
    if call.failure:
        raise call.failure
    frame.note("result", call.answer)
    return call.answer


_LISTS = ("Headers", "QueryParameters")
"""Maps of names to arrays of texts, in what API Gateway is called with:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html"""


def _misshapen(resource: str, arguments: object) -> str | None:
    """What keeps a call from being started, in AWS's words; None where nothing does."""
    if ":apigateway:invoke" not in resource:
        return None
    given = as_object(arguments)
    for name in _LISTS:
        values = as_object(given.get(name)).values()
        if name in given and not all(isinstance(value, list) for value in values):
            return f"The value of the field '{name}' has an invalid format"
    return None


def _seconds(frame: Frame, name: str, effective: object) -> float | None:
    """TimeoutSeconds or HeartbeatSeconds, literal or computed; None where it is not set."""
    field = frame.step.data.field(name)
    if field is None:
        return None
    value = field(frame, effective)
    if is_number(value) and 0 < value <= MAX_SECONDS and value == int(value):
        return value
    if frame.step.jsonata:
        if not is_number(value):
            raise wanted(name, frame.step.node.get(name), value, "number")
        raise Broken(QUERY, f"The field '{name}' must be a positive integer, was: {text(value)}", name)
    path = frame.step.node.get(f"{name}Path")
    raise Broken(RUNTIME, f'The {name}Path field refers to value "{text(value)}" which is not a valid integer: {path}')


def _role(frame: Frame, effective: object) -> str | None:
    credentials = frame.step.node.get("Credentials")
    if credentials is None:
        return None
    if frame.step.jsonata:
        filled = expressions(credentials, "Credentials")(frame, frame.names())
    else:
        filled = template(credentials)(frame, effective)
    role = as_object(filled).get("RoleArn")
    return role if isinstance(role, str) else None
