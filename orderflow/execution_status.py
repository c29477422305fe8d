"""Where an execution of any machine stands, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderflow.arns import read_arn
from orderflow.documents import parse
from orderflow.executions import Status, described, latest_state
from orderflow.map_runs import MapRun, map_runs_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class ExecutionStatus:
    """Where an execution stands.

    `state` is the one entered last. `version` is the machine's, where the execution was started through an alias or a
    version. `redrivable` is what AWS says of a redrive, and `redrive_obstacle` why not. `input` and `output` are JSON;
    None where there is none yet, or AWS hides it.
    """

    name: str
    machine: str
    execution_arn: str
    status: Status
    state: str | None
    started_at: datetime
    stopped_at: datetime | None
    version: str | None
    redrives: int
    redrivable: str | None
    redrive_obstacle: str | None
    error: str | None
    cause: str | None
    map_runs: tuple[MapRun, ...]
    input: Any
    output: Any


def execution_status(client: SFNClient, execution_arn: str) -> ExecutionStatus:
    """Where the execution stands.

    Raises:
        ExecutionNotFound: when there is none.
        ExpressMachine: when its machine is an Express one, unless a Map Run began it.
    """
    found = described(client, execution_arn)
    arn = read_arn(execution_arn)
    state, _ = latest_state(client, execution_arn)
    return ExecutionStatus(
        name=found["name"],
        machine=arn.machine if arn else "",
        execution_arn=execution_arn,
        status=found["status"],
        state=state,
        started_at=found["startDate"],
        stopped_at=found.get("stopDate"),
        version=found.get("stateMachineVersionArn", "").rpartition(":")[2] or None,
        redrives=found.get("redriveCount", 0),
        redrivable=found.get("redriveStatus"),
        redrive_obstacle=found.get("redriveStatusReason"),
        error=found.get("error"),
        cause=found.get("cause"),
        map_runs=tuple(map_runs_of(client, execution_arn)) if arn and not arn.label else (),
        input=parse(found.get("input")),
        output=parse(found.get("output")),
    )
