"""What a failed test tells of a run: the way it took, where it left the expected one, and each state's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from asl.running.sizes import text
from asl.testing.runs import Run, Way
from asl.testing.visits import Attempt, Visit

_MOST_VISITS = 25
_LONG, _SHORT = 160, 70
"""Characters of a value in what is told of a run, and where two ways are compared."""


def told(run: Run, whole: bool) -> str:
    """A run, state by state; `whole` leaves nothing out."""
    visits = run.visits()
    left_out = 0 if whole else max(0, len(visits) - _MOST_VISITS)
    lines = [*_end(run)]
    if left_out:
        lines.append(f"… {left_out} states before these, shown with -vv")
    for visit in visits[left_out:]:
        lines += [f"{_time(visit.entered - run.started)} {visit.name} ({visit.type})"]
        lines += [f"    {line}" for line in _data(visit, _LONG if not whole else None)]
    return "\n".join(lines)


def compared(op: str, left: object, right: object, whole: bool) -> list[str] | None:
    """Where the way that a run took leaves the expected one; None where other things are compared."""
    if op != "==":
        return None
    if isinstance(left, Way):
        return _ways(left, right, whole)
    return _ways(right, left, whole) if isinstance(right, Way) else None


def _ways(way: Way, expected: object, whole: bool) -> list[str] | None:
    if not isinstance(expected, list | tuple):
        return None
    names: Sequence[str] = [str(one) for one in expected]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    alike = 0
    while alike < min(len(way), len(names)) and way[alike] == names[alike]:
        alike += 1
    after = f"after {way[alike - 1]}" if alike else "at the start"
    wanted = f"{names[alike]} was expected" if alike < len(names) else "its end was expected"
    came = f"it went to {way[alike]}" if alike < len(way) else f"it has {way.run.status}"
    lines = [
        f"the way leaves the expected one: {after} {wanted}, and {came}",
        f"the way:  {_around(way, alike, whole)}",
        f"expected: {_around(names, alike, whole)}",
    ]
    for visit in way.run.visits()[max(0, alike - 1) : alike + 1]:
        # pytest shows no more than eight lines of an explanation.
        data = _data(visit, None if whole else _SHORT)
        lines += [f"{visit.name}: {line}" for line in data] if whole else [f"{visit.name}: {', '.join(data)}"]
    return lines


def _around(names: Sequence[str], place: int, whole: bool) -> str:
    """A way, as far as it can be read in one line: what surrounds the place where it leaves the other."""
    first, last = (0, len(names)) if whole else (max(0, place - 4), place + 4)
    return " → ".join([*(["…"] if first else []), *names[first:last], *(["…"] if last < len(names) else [])])


def _end(run: Run) -> Iterator[str]:
    error = f" with {run.error}{f': {run.cause}' if run.cause else ''}" if run.error or run.cause else ""
    state = f" in {', '.join(run.waiting)}" if run.waiting else ""
    yield f"{run.status}{state}{error}, after {_time(run.took)}"


def _data(visit: Visit, most: int | None) -> Iterator[str]:
    yield f"input  {_json(visit.input, most)}"
    for attempt in visit.attempts:
        yield f"call   {_json(attempt.arguments, most)} {_answer(attempt, most)}"
    if visit.left is not None:
        yield f"output {_json(visit.output, most)}"


def _answer(attempt: Attempt, most: int | None) -> str:
    if attempt.error is not None or attempt.cause is not None:
        return f"failed with {attempt.error}{f': {_cut(attempt.cause, most)}' if attempt.cause else ''}"
    return f"→ {_json(attempt.result, most)}" if attempt.call.done else "is not answered"


def _json(value: object, most: int | None) -> str:
    return _cut(text(value), most)


def _cut(written: str, most: int | None) -> str:
    if most is None or len(written) <= most:
        return written
    return f"{written[: most - 30]} … {len(written) - most + 30:,} more characters"


def _time(took: timedelta) -> str:
    """`1 day, 0:00:02.500`."""
    return str(took).removesuffix("000")
