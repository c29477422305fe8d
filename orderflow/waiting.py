"""What an execution that runs is waiting for, and until when: by the state that it is in and its definition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from orderflow.documents import is_object, parse_object, text_at
from orderflow.errors import OrderflowError, aws_errors
from orderflow.history import Visit

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is waited for, in words, and until when at most; None where nothing says when."""

    what: str
    until: datetime | None = None


def waiting_for(client: SFNClient, execution_arn: str, visit: Visit, given: Any, began: str | None) -> Waiting:
    """What the state `visit`, entered with `given`, waits for; `began` is the Map Run or execution that it began.

    Raises:
        OrderflowError: when the definition is needed for it and cannot be read.
    """
    if visit.failure:
        return _next_attempt(_state(client, execution_arn, visit.name), visit)
    if visit.kind == "Wait":
        return Waiting("its time", _wait_ends(_state(client, execution_arn, visit.name), visit, given))
    if began and ":mapRun:" in began:
        return Waiting("the children of its Map Run")
    if began:
        return Waiting(f"the execution that it began, {began}", visit.until)
    if visit.calls.endswith(".waitForTaskToken"):
        return Waiting(f"an answer with the task token that {visit.calls} has handed over{_signs(visit)}", visit.until)
    if ":activity:" in visit.calls:
        return Waiting(f"a worker of the activity {visit.calls.rpartition(':')[2]}{_signs(visit)}", visit.until)
    if visit.calls:
        return Waiting(f"what {visit.work or visit.calls} answers", visit.until)
    return Waiting("its next step")


def _signs(visit: Visit) -> str:
    """How often it has to show a sign of life; later signs than the first stand in no history."""
    return f", with a sign of life every {visit.heartbeat} s" if visit.heartbeat else ""


def _state(client: SFNClient, execution_arn: str, name: str) -> Any:
    """The state `name` of the definition that the execution runs by."""
    from asl.syntax.walk import walk  # loads the language, which other answers do without

    with aws_errors():
        machine = client.describe_state_machine_for_execution(executionArn=execution_arn)
    states = walk(parse_object(machine["definition"])).states
    found = next((state for state in states if state.name == name), None)
    if found is None:
        raise OrderflowError(f"AWS tells a definition of {execution_arn} that has no state {name}")
    return found


def _next_attempt(state: Any, visit: Visit) -> Waiting:
    """The next attempt, where a retrier takes the error: at the latest after the delay of all attempts up to now."""
    from asl.running.failures import Failure
    from asl.running.handling import retriers

    failure = Failure(visit.error)
    for retrier in retriers(state):
        if failure.is_one_of(retrier.errors):
            longest = retrier.delay(visit.attempts - 1, _Latest())
            return Waiting(
                f"attempt {visit.attempts + 1}", (visit.failed_at or visit.since) + timedelta(seconds=longest)
            )
    return Waiting("its next step")


class _Latest(Random):
    """With jitter a delay is anything up to its length: the end is what can be said."""

    def uniform(self, a: float, b: float) -> float:
        return b


def _wait_ends(state: Any, visit: Visit, given: Any) -> datetime | None:
    """When a Wait ends that says so itself or by a path; what an expression says is not computed."""
    node = state.node
    seconds = _said(node, "Seconds", given)
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return visit.since + timedelta(seconds=seconds)
    from asl.running import instants

    said = _said(node, "Timestamp", given)
    instant = instants.read(said) if isinstance(said, str) else None
    return None if instant is None else datetime.fromtimestamp(instant, UTC)


def _said(node: Any, name: str, given: Any) -> Any:
    from asl.running.paths import Data, read

    path = text_at(node, f"{name}Path")
    if path is None or not path.startswith("$.") or not is_object(given):
        return node.get(name)
    try:
        return read(path, Data(given, {}, {}))
    except Exception:
        return None
