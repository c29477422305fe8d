"""What is said of an execution's end, held against how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asl.running.sizes import text
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_number, kind
from asl.testing.runs import Run
from asl.testing.spans import seconds


class Difference(NamedTuple):
    """What is not as it was expected, where, and what was found there instead."""

    what: str
    expected: str
    found: str


class Passed(NamedTuple):
    """A state on the way, or one that made a call."""

    name: str
    path: str

    def is_called(self, name: str) -> bool:
        """Whether `name` is its name or its path."""
        return name in self


@dataclass(frozen=True, slots=True)
class Ended:
    """How an execution ended, here or elsewhere."""

    status: str
    output: object
    error: str | None
    cause: str | None
    last: str
    """The machine's own state that it was in."""
    last_type: str
    way: Sequence[Passed] | None = None
    """The states in the order in which they were entered; None where nobody noted it."""
    calls: Sequence[Passed] | None = None
    """The states that made calls, once for each; None where nobody counted."""
    seconds: float | None = None


def ended(run: Run) -> Ended:
    """How a run ended."""
    execution, states = run.execution, {state.path: state for state in run.machine.states}
    last = next(state for path in reversed(execution.visited) if not (state := states[path]).scope.owner)
    calls = [attempt.call for visit in run.visits() for attempt in visit.attempts]
    return Ended(
        execution.status,
        execution.output,
        execution.error,
        execution.cause,
        last.name,
        last.type,
        [Passed(states[path].name, path) for path in execution.visited],
        [Passed(call.state, call.path) for call in calls],
        run.took.total_seconds(),
    )


def differences(expect: Object, found: Ended) -> list[Difference]:
    """What `expect` says and is not so, the status first.

    Where nothing is said of a failure, neither by a status, an error or a cause nor by a Fail state that it ends in,
    the execution has to succeed. `output` and `cause` are meant whole, `output_has` and `cause_has` in part: an object
    may have more fields than are named, at any depth. `way` names states in the order in which they are passed, with
    others between them. What is not known of `found` is not looked at.
    """
    told = list(_status(expect, found))
    for name, value in expect.items():
        if look := _LOOKS.get(name):
            told += look(value, found)
    return told


def _status(expect: Object, found: Ended) -> Iterator[Difference]:
    fails = not expect.keys().isdisjoint(("error", "cause", "cause_has"))
    fails = fails or (found.last_type == "Fail" and found.last == expect.get("ends_in"))
    wanted = expect.get("status", "" if fails else "SUCCEEDED")
    if expect and wanted and wanted != found.status:
        why = f": {found.error or 'an error without a name'}" if found.status != "SUCCEEDED" else ""
        yield Difference("status", as_text(wanted), f"{found.status}{why}{f': {found.cause}' if found.cause else ''}")


def _ends_in(value: object, found: Ended) -> Iterator[Difference]:
    if value != found.last:
        yield Difference("ends_in", as_text(value), found.last)


def _output(value: object, found: Ended) -> Iterator[Difference]:
    yield from unlike("output", value, found.output, partly=False)


def _output_has(value: object, found: Ended) -> Iterator[Difference]:
    yield from unlike("output", value, found.output, partly=True)


def unlike(path: str, wanted: object, found: object, *, partly: bool) -> Iterator[Difference]:
    """Where `found` is another value than is wanted, each place by its path; `partly` lets it have more fields."""
    if (kind(wanted), kind(found)) == ("an object", "an object"):
        fields, there = as_object(wanted), as_object(found)
        for name, one in fields.items():
            if name not in there:
                yield Difference(f"{path}.{name}", text(one), "nothing there")
            else:
                yield from unlike(f"{path}.{name}", one, there[name], partly=partly)
        if not partly:
            for name in there:
                if name not in fields:
                    yield Difference(f"{path}.{name}", "nothing there", text(there[name]))
        return
    elements, others = as_list(wanted), as_list(found)
    if (kind(wanted), kind(found)) == ("an array", "an array") and len(elements) == len(others):
        for index, (one, other) in enumerate(zip(elements, others, strict=True)):
            yield from unlike(f"{path}[{index}]", one, other, partly=partly)
        return
    if kind(wanted) != kind(found) or wanted != found:
        yield Difference(path, text(wanted), text(found))


def _error(value: object, found: Ended) -> Iterator[Difference]:
    if value != found.error:
        yield Difference("error", as_text(value), found.error or "none")


def _cause(value: object, found: Ended) -> Iterator[Difference]:
    if value != found.cause:
        yield Difference("cause", as_text(value), found.cause or "none")


def _cause_has(value: object, found: Ended) -> Iterator[Difference]:
    if as_text(value) not in (found.cause or ""):
        yield Difference("cause", f"…{value}…", found.cause or "none")


def _way(value: object, found: Ended) -> Iterator[Difference]:
    """The first state of the way that is not passed after those before it."""
    way, passed, after = found.way or (), 0, "the start"
    for name in map(as_text, as_list(value)) if found.way is not None else ():
        here = next((at for at in range(passed, len(way)) if way[at].is_called(name)), None)
        if here is None:
            rest = " → ".join(one.name for one in way[passed:]) or "the end"
            yield Difference("way", f"{name} after {after}", rest)
            return
        passed, after = here + 1, name


def _calls(value: object, found: Ended) -> Iterator[Difference]:
    for name, wanted in as_object(value).items() if found.calls is not None else ():
        made = sum(one.is_called(name) for one in found.calls or ())
        if wanted != made:
            yield Difference(f"calls of {name}", str(wanted), str(made))


def _within(value: object, found: Ended) -> Iterator[Difference]:
    most = seconds(value) or 0
    if is_number(found.seconds) and found.seconds > most:
        yield Difference("within", f"{value}, {most:g} s", f"{found.seconds:g} s")


_LOOKS: Mapping[str, Callable[[object, Ended], Iterator[Difference]]] = {
    "ends_in": _ends_in,
    "output": _output,
    "output_has": _output_has,
    "error": _error,
    "cause": _cause,
    "cause_has": _cause_has,
    "way": _way,
    "calls": _calls,
    "within": _within,
}
