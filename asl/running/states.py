"""What each type of state does, and how one state leads to the next.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from asl.running import instants
from asl.running.branches import run_map, run_parallel
from asl.running.calls import too_long
from asl.running.data import Assigned, wanted
from asl.running.failures import DATA_LIMIT, QUERY, RUNTIME, Broken, Failure
from asl.running.frames import Frame
from asl.running.items import as_whole
from asl.running.loop import Steps, Thread
from asl.running.sizes import is_too_long, text
from asl.running.steps import Lines
from asl.running.tasks import run_task
from asl.syntax.shapes import as_text, is_number

if TYPE_CHECKING:
    from asl.running.execution import Execution

Left: TypeAlias = tuple[object, Assigned, str]
"""How a state is left: its output, what it assigns, and the next state's name; empty where the scope ends."""


def run_lines(execution: Execution, thread: Thread, lines: Lines, data: object, resumed: Frame | None = None) -> Steps:
    """Run a scope from its first state to its end, and return the output; from `resumed`, where it is run again.

    Raises:
        Failure: that no catcher of the scope took.
    """
    name = resumed.step.name if resumed else lines.start_at
    is_first = True
    while name:
        step = lines.steps[name]
        execution.transitions += 1
        if resumed:
            frame, resumed = resumed.again(thread), None
        else:
            execution.visited.append(step.path)
            entered_from = thread.previous
            execution.record(thread, step.entered, {"name": name, "input": data})
            frame = Frame(execution, thread, step, data, entered_from)
        thread.frame = frame
        if not is_first:
            frame.measured = data
        output, assigned, following = yield from visit(frame)
        if output is not frame.measured and is_too_long(output):
            raise Failure(DATA_LIMIT, too_long(frame))
        if assigned is None:
            execution.record(thread, step.exited, {"name": name, "output": output})
        else:
            thread.variables = thread.variables.assigned(assigned)
            execution.record(thread, step.exited, {"name": name, "output": output, "assigned": assigned})
        execution.taken.add(frame.way_out)
        data, name, is_first = output, following, False
    return data


def visit(frame: Frame) -> Generator[None, object, Left]:
    """What a state does between entering and leaving it.

    Raises:
        Failure: that none of its catchers took.
    """
    quick = _QUICK.get(frame.step.type)
    if quick is None:
        return (yield from _LONG[frame.step.type](frame))
    try:
        return quick(frame)
    except Broken as broken:
        raise frame.failure(broken) from broken


def _pass(frame: Frame) -> Left:
    step = frame.step
    effective = step.data.effective(frame)
    given = step.data.arguments(frame, effective)
    if "Result" in step.node and not step.jsonata:
        given = step.node["Result"]
    output, assigned = step.data.finish(frame, effective, given, made=not step.jsonata)
    return output, assigned, step.next


def _choice(frame: Frame) -> Left:
    step = frame.step
    effective = step.data.effective(frame)
    for rule in step.rules:
        if rule.holds(frame, effective):
            output, assigned = rule.data.finish(frame, effective, effective, made=False)
            frame.way_out = rule.path
            return output, assigned, rule.next
    default = as_text(step.node.get("Default"))
    if not default:
        # AWS's page calls it States.NoChoiceMatched, executions do not.
        raise Broken(RUNTIME, "Failed to transition out of the state. The state does not point to a next state.")
    output, assigned = step.data.finish(frame, effective, effective, made=False)
    return output, assigned, default


def _succeed(frame: Frame) -> Left:
    effective = frame.step.data.effective(frame)
    output, assigned = frame.step.data.finish(frame, effective, effective, made=False)
    return output, assigned, ""


def _fail(frame: Frame) -> Left:
    found: list[str | None] = []
    for name in ("Error", "Cause"):
        field = frame.step.data.field(name)
        value = field(frame, frame.raw) if field else None
        found.append(value if value is None or isinstance(value, str) else text(value))
    raise Failure(*found)


_QUICK: Mapping[str, Callable[[Frame], Left]] = {
    "Pass": _pass,
    "Choice": _choice,
    "Succeed": _succeed,
    "Fail": _fail,
}


def _wait(frame: Frame) -> Generator[None, object, Left]:
    step, loop = frame.step, frame.execution.loop
    try:
        effective = step.data.effective(frame)
        until = _until(frame, effective)
        yield from frame.thread.sleep(loop.now + (until - loop.now) * loop.pace)
        output, assigned = step.data.finish(frame, effective, effective, made=False)
    except Broken as broken:
        raise frame.failure(broken) from broken
    return output, assigned, step.next


MAX_WAIT_SECONDS = 2**31
"""Of a delay to a Timestamp, by what AWS was recorded to refuse: "Wait state delay is too long"."""


def _until(frame: Frame, effective: object) -> float:
    """When the wait is over."""
    node, now = frame.step.node, frame.execution.loop.now
    error, location = (QUERY, "") if frame.step.jsonata else (RUNTIME, None)
    if "Seconds" in node or "SecondsPath" in node:
        value, path = _said(frame, "Seconds", effective), node.get("SecondsPath")
        named = f"{'SecondsPath parameter' if path else 'Seconds field'}"
        shown = f"{path} == {text(value)}" if path else text(value)
        if frame.step.jsonata and not is_number(value):
            raise wanted("Seconds", node["Seconds"], value, "number")
        seconds = as_whole(value)
        if seconds is None:
            raise Broken(error, f"The {named} cannot be parsed as a long value: {shown}", "Seconds")
        if seconds < 0:
            raise Broken(error, f"The {named} references a negative value: {shown}", "Seconds")
        return now + seconds
    value, path = _said(frame, "Timestamp", effective), node.get("TimestampPath")
    instant = instants.read(value) if isinstance(value, str) else None
    if instant is None:
        shown = value if isinstance(value, str) else text(value)
        iso = "ISO-8601 extended offset date-time format string"
        if path:
            raise Broken(error, f"The TimestampPath parameter does not reference a valid {iso}: {path} == {shown}")
        raise Broken(error, f"The Timestamp field cannot be parsed as an {iso}: {shown}", "Timestamp")
    if instant - now > MAX_WAIT_SECONDS:
        raise Broken(error, "Wait state delay is too long", location)
    return max(instant, now)


def _said(frame: Frame, name: str, effective: object) -> object:
    """What Seconds or Timestamp says, literally or by its path."""
    field = frame.step.data.field(name)
    try:
        return field(frame, effective) if field else None
    except Broken as broken:
        path = frame.step.node.get(f"{name}Path")
        if path is None:
            raise
        detail = f"The {name}Path parameter does not reference an input value: {path}"
        raise Broken(RUNTIME, detail) from broken


_LONG: Mapping[str, Callable[[Frame], Generator[None, object, Left]]] = {
    "Wait": _wait,
    "Task": run_task,
    "Parallel": run_parallel,
    "Map": run_map,
}
