"""What is told of cases that were run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from asl.cli import runs
from asl.syntax.shapes import as_object, kind
from asl.testing.case_runs import Ran
from asl.testing.expectations import unlike
from asl.testing.runs import Run
from asl.testing.visits import Attempt, Visit

if TYPE_CHECKING:
    from asl.testing.at_aws import AtAws


def lines(file: str, ran: Ran, at_aws: AtAws | None) -> Iterator[tuple[str, str]]:
    """What is told of a case, each line with its style: one for how it went, and why where it failed."""
    ended = "PASSED" if ran.passed else "FAILED"
    told = f"; {runs.end(ran.run.execution)}" if ran.passed and not ran.case.expect else ""
    yield f"{ended} {file}: {ran.case.name} ({milliseconds(ran.took)}{told})", "" if ran.passed else "red"
    for line in () if ran.passed else why(ran):
        yield f"    {line}", ""
    if at_aws is not None:
        asked = f"{at_aws.followed.asked} requests, {milliseconds(at_aws.took)}"
        how_far = "" if at_aws.followed.ended or not at_aws.agrees else " as far as it could be followed"
        same = "the same" if at_aws.agrees else "NOT the same"
        yield f"    {same} at AWS{how_far} ({asked})", "" if at_aws.agrees else "red"
        yield from ((f"        {line}", "") for line in _at_aws(at_aws))


def _at_aws(at_aws: AtAws) -> Iterator[str]:
    for one in at_aws.followed.differences:
        yield f"{one.what}: here {runs.cut(one.expected)}, at AWS {runs.cut(one.found)}"
    for one in at_aws.differences:
        yield f"{one.what}: expected {runs.cut(one.expected)}, at AWS {runs.cut(one.found)}"
    yield from at_aws.followed.notes


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def against(ran: Ran) -> Iterator[str]:
    """What was expected and what was found, a line each."""
    if ran.problem:
        yield ran.problem
    for one in ran.differences:
        yield f"{one.what}: expected {runs.cut(one.expected)}, found {runs.cut(one.found)}"


def why(ran: Ran) -> Iterator[str]:
    """Why a case failed, then the way taken with what became of the data."""
    yield from against(ran)
    yield "the way taken:"
    yield from _way(ran.run)
    if not ran.problem:
        yield f"  {runs.end(ran.run.execution)}"


def _way(run: Run) -> Iterator[str]:
    """Each state as it was entered; its input where that is not what the state before it gave, and what it changed."""
    last: object = None
    for visit in run.visits():
        yield f"  {runs.passed(_after(run, visit)):>10}  {visit.name} ({visit.type}){_items(visit)}"
        if visit.input != last:
            yield f"{'':>14}input: {runs.shown(visit.input)}"
        for attempt in visit.attempts:
            if attempt.error or attempt.cause:
                yield f"{'':>14}failed: {runs.told(attempt.error, attempt.cause)}"
        if visit.left:
            yield from (f"{'':>14}{change}" for change in changes(visit.input, visit.output))
        last = visit.output if visit.left else visit.input


def _after(run: Run, visit: Visit) -> float:
    return (visit.entered - run.started).total_seconds()


def _items(visit: Visit) -> str:
    return f", item {'.'.join(map(str, visit.items))}" if visit.items else ""


def changes(given: object, left: object) -> Iterator[str]:
    """What a state's output has that its input had not, a line each; all of it where little of the input is left."""
    if kind(given) == kind(left) == "an object" and as_object(given).keys() <= as_object(left).keys():
        for one in unlike("", given, left, partly=False):
            yield f"{one.what.removeprefix('.')}: {runs.cut(one.found)}"
    elif given != left:
        yield f"output: {runs.shown(left)}"


def as_json(file: str, ran: Ran, at_aws: AtAws | None) -> dict[str, object]:
    """The same for programs."""
    run = ran.run
    found: dict[str, object] = {
        "file": file,
        "line": ran.case.line,
        "name": ran.case.name,
        "passed": ran.passed,
        "seconds": round(ran.took, 6),
        "status": run.status,
        "way": [_visit(run, one) for one in run.visits()],
    }
    if run.status == "SUCCEEDED":
        found["output"] = run.output
    found |= {name: value for name, value in (("error", run.error), ("cause", run.cause)) if value}
    if ran.problem:
        found["problem"] = ran.problem
    found["differences"] = [one._asdict() for one in ran.differences]
    if at_aws is not None:
        followed = at_aws.followed
        found["at_aws"] = {
            "agrees": at_aws.agrees,
            "requests": followed.asked,
            "seconds": round(at_aws.took, 6),
            "differences": [{"what": what, "here": here, "there": there} for what, here, there in followed.differences],
            "expectations": [one._asdict() for one in at_aws.differences],
            "notes": followed.notes,
        }
    return found


def _visit(run: Run, visit: Visit) -> dict[str, object]:
    """A visit of a state, with its output where it was left."""
    found: dict[str, object] = {"state": visit.name, "after": round(_after(run, visit), 3), "input": visit.input}
    if visit.items:
        found["items"] = visit.items
    if visit.attempts:
        found["calls"] = [_attempt(one) for one in visit.attempts]
    return {**found, "output": visit.output} if visit.left else found


def _attempt(attempt: Attempt) -> dict[str, object]:
    failed = attempt.error or attempt.cause
    came_to = {"error": attempt.error, "cause": attempt.cause} if failed else {"result": attempt.result}
    return {"arguments": attempt.arguments, **came_to}
