"""`run`: an execution in the terminal, each state as it goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from asl.cli.usage import FailedError, UsageError
from asl.reading import UnreadableError, read
from asl.running.instants import written
from asl.running.sizes import text

if TYPE_CHECKING:
    from asl.running.execution import Execution
    from asl.running.history import Event
    from asl.testing.outcomes import MissingOutcomeError

SHOWN_CHARACTERS = 300


def given_input(option: str | None, name: str = "--input") -> object:
    """The execution's input: JSON as it is written, `@FILE`, or `-` for standard input.

    Raises:
        UsageError: for what is no JSON, or not there.
    """
    if option is None:
        return {}
    if option == "-":
        place, source = "standard input", sys.stdin.buffer.read().decode("utf-8", "replace")
    elif option.startswith("@"):
        place, source = option[1:], _file(option[1:])
    else:
        place, source = name, option
    try:
        return json.loads(source)
    except ValueError as problem:
        raise UsageError(f"{place} is no JSON: {problem}") from problem


def given_mocks(file: str | None) -> object:
    """What a file of mocks holds, JSON or YAML.

    Raises:
        UsageError: for what cannot be read.
    """
    if file is None:
        return {}
    try:
        return read(_file(file), yaml=file.lower().endswith((".yaml", ".yml"))).value
    except UnreadableError as problem:
        raise UsageError(f"{file}: {problem}") from problem


def not_mocked(error: MissingOutcomeError) -> FailedError:
    """What to do about a task that nobody said anything of, where what tasks come to stands in a file."""
    return FailedError(f"{error}; for a command as JSON in a file: --mock FILE")


def _file(name: str) -> str:
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{name}: {problem}") from problem


def lines(execution: Execution, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """What happened, a line each, with its style."""
    started = execution.started_at
    for event in execution.events:
        happened = _line(event)
        if happened is not None:
            style = "red" if "ailed" in event.type or "TimedOut" in event.type else ""
            yield f"{passed(event.timestamp - started):>10}  {happened}", style
        if verbose:
            for name in ("input", "parameters", "output", "assigned"):
                if name in event.details:
                    yield f"{'':>12}{name}: {shown(event.details[name])}", "dim"


def _line(event: Event) -> str | None:
    details, type = event.details, event.type
    name = str(details.get("name", ""))
    if type.endswith("StateEntered"):
        return f"{name} ({type.removesuffix('StateEntered')})"
    if type == "MapIterationStarted":
        return f"{name}, item {details['index']}"
    if type.endswith("Scheduled"):
        service = ":".join(str(details[part]) for part in ("resourceType", "resource") if part in details)
        return f"  calls {service}"
    if type in ("LambdaFunctionFailed", "TaskFailed", "ActivityFailed", "EvaluationFailed"):
        return f"  failed: {told(details.get('error'), details.get('cause'))}"
    if type.endswith("TimedOut") and type != "ExecutionTimedOut":
        return "  timed out"
    return None


def told(error: object, cause: object) -> str:
    """An error with its cause, as far as there are any."""
    return f"{error or 'an error without a name'}{f': {cause}' if cause else ''}"


def shown(value: object) -> str:
    """A value as JSON, cut where it is long."""
    return cut(text(value))


def cut(whole: str) -> str:
    """As much of a text as can be looked over."""
    return whole if len(whole) <= SHOWN_CHARACTERS else f"{whole[: SHOWN_CHARACTERS - 3]}..."


def passed(seconds: float) -> str:
    """Virtual time since the start: `+3s`, `+1d02h`."""
    if seconds < 60:
        return f"+{seconds:.3g}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"+{days}d{hours:02}h{minutes:02}m"
    return f"+{hours}h{minutes:02}m" if hours else f"+{minutes}m{rest:02}s"


def end(execution: Execution) -> str:
    """How it ended, on one line."""
    took = passed((execution.ended_at or execution.started_at) - execution.started_at)[1:]
    counted = f"{execution.transitions} state transitions, {len(execution.events)} events, {took}"
    if execution.status == "SUCCEEDED":
        return f"SUCCEEDED ({counted})"
    return f"{execution.status}: {told(execution.error, execution.cause)} ({counted})"


def as_json(execution: Execution) -> str:
    """The history as GetExecutionHistory returns it, and how the execution ended as DescribeExecution does."""
    events = [event.as_aws() for event in execution.events]
    document: dict[str, object] = {"status": execution.status, "startDate": written(execution.started_at)}
    if execution.status == "SUCCEEDED":
        document["output"] = text(execution.output)
    for name, value in (("error", execution.error), ("cause", execution.cause)):
        if value is not None:
            document[name] = value
    return json.dumps({**document, "events": events}, default=_instant, indent=2, ensure_ascii=False)


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return written(value.timestamp())
    raise TypeError(f"{value!r} is no JSON")
