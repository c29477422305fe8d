"""Having an order, or any execution, that ended unsuccessfully go on.

AWS redrives an execution from the step that failed, in the definition it ran by. It does not help one that ended in a
Fail state, which is entered again and fails again, nor one that ended over 14 days ago or has 24,999 events:
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
An order whose execution is one of these gets a new execution, with the order as the shop sent it. The ledger then says
where it goes on, and every step that was done gives its first answer again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from orderflow.arns import StatesArn, machine_arn
from orderflow.errors import OrderflowError, aws_errors
from orderflow.executions import Listed, Status, described, events, listed
from orderflow.order_executions import UNSUCCESSFUL, OrderExecutions
from orderflow.standing import look
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

How: TypeAlias = Literal["redriven", "started anew", "not needed"]

IN_BULK: tuple[Status, ...] = ("FAILED", "TIMED_OUT")
"""The statuses of executions that are redriven many at a time. Whoever aborted one had a reason."""

_AGE = re.compile(r"(?P<count>\d{1,5})(?P<unit>[mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

_REFUSALS = frozenset({"ExecutionNotRedrivable", "InvalidAction"})
"""AWS will not redrive this one; and what the embedded cloud says of an action that it does not know."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What was done for an order, the execution it goes on in, and why just this."""

    order_id: str
    how: How
    execution_arn: str
    reason: str


def redrive_obstacle(execution: DescribeExecutionOutputTypeDef, ended_in: str | None) -> str:
    """Why AWS's redrive would not help an execution that ended in the Fail state `ended_in`; empty where it would."""
    if execution.get("redriveStatus") == "REDRIVABLE_BY_MAP_RUN":
        return "it is redriven with the execution whose Map Run began it"
    if execution.get("redriveStatus") == "NOT_REDRIVABLE":
        return one_line(execution.get("redriveStatusReason") or "AWS cannot redrive its execution")
    return f"{ended_in} ends every execution that is redriven" if ended_in else ""


@dataclass(frozen=True, slots=True)
class RedrivenExecution:
    """What was done for an execution of any machine, why just this, and which of its states run again."""

    name: str
    execution_arn: str
    result: Literal["redriven", "not redrivable", "not needed"]
    detail: str
    runs_again: tuple[str, ...] = ()


def redrive_execution(client: SFNClient, execution_arn: str) -> RedrivenExecution:
    """Have AWS redrive an execution: what was successful stays, and what was not runs again, with the same input.

    Raises:
        ExecutionNotFound: when there is none.
    """
    execution = described(client, execution_arn)
    if execution["status"] not in UNSUCCESSFUL:
        return RedrivenExecution(execution["name"], execution_arn, "not needed", f"it is {execution['status']}")
    _, seen = look(client, execution)
    obstacle = redrive_obstacle(execution, seen.ended_in) or redriven_by_aws(client, execution_arn)
    if obstacle:
        return RedrivenExecution(execution["name"], execution_arn, "not redrivable", obstacle)
    names = tuple(dict.fromkeys(visit.name for visit in seen.unfinished))
    return RedrivenExecution(execution["name"], execution_arn, "redriven", "it goes on where it failed", names)


def redriven_by_aws(client: SFNClient, execution_arn: str) -> str:
    """Redrive it; what AWS says against it, empty where it does."""
    with aws_errors():
        try:
            client.redrive_execution(executionArn=execution_arn)
        except client.exceptions.ClientError as error:
            reason = cast(Mapping[str, str], error.response.get("Error"))
            if reason["Code"] not in _REFUSALS:
                raise
            return one_line(f"AWS does not redrive its execution: {reason['Message']}")
    return ""


def unsuccessful(client: SFNClient, machine: StatesArn, since: datetime) -> Iterator[Listed]:
    """The executions of a machine that failed or timed out at `since` or later."""
    for status in IN_BULK:
        yield from (one for one in listed(client, machine, status) if (one.stopped_at or since) >= since)


class Redrives:
    """Redriving the orders of one machine. Every method raises OrderflowError where AWS refuses."""

    def __init__(self, state_machine_arn: str, client: SFNClient) -> None:
        """`state_machine_arn` may be an alias's: that one runs the new executions."""
        self._executions = OrderExecutions(state_machine_arn, client)
        self._client = client
        self._starts = state_machine_arn

    def redrive(self, order_id: str, *, anew: bool = False) -> Redriven:
        """Have the order go on; with `anew` by the definition that is deployed now, whatever AWS could redrive.

        Raises:
            OrderNotFound: when there is no such order.
        """
        latest = self._executions.latest(order_id)
        execution = latest.execution
        arn, status = execution["executionArn"], execution["status"]
        if status not in UNSUCCESSFUL:
            state = "is running" if status == "RUNNING" else "has succeeded"
            return Redriven(order_id, "not needed", arn, f"its latest execution {state}")
        obstacle = (
            "by the definition that is deployed now"
            if anew
            else redrive_obstacle(execution, self._failed_in(execution)) or redriven_by_aws(self._client, arn)
        )
        if obstacle:
            return self._start_anew(order_id, execution, latest.next_name, obstacle)
        return Redriven(order_id, "redriven", arn, "it goes on in the state that failed")

    def unsuccessful(self, since: datetime) -> Iterator[str]:
        """The ids of the orders that failed or timed out at `since` or later, each once."""
        ended = unsuccessful(self._client, machine_arn(self._starts), since)
        yield from dict.fromkeys(self._executions.order_of(one.name, one.execution_arn) for one in ended)

    def _failed_in(self, execution: DescribeExecutionOutputTypeDef) -> str | None:
        """The Fail state that ended it, if one did."""
        if execution["status"] != "FAILED" or execution.get("redriveStatus") == "NOT_REDRIVABLE":
            return None
        newest = events(self._client, execution["executionArn"], data=False, newest_first=True, at_once=2)
        entered = next((event for event in islice(newest, 2) if event["type"] == "FailStateEntered"), None)
        return entered.get("stateEnteredEventDetails", {}).get("name", "a Fail state") if entered else None

    def _start_anew(self, order_id: str, execution: DescribeExecutionOutputTypeDef, name: str, reason: str) -> Redriven:
        if "input" not in execution:
            raise OrderflowError(f"AWS hides the input of order {order_id}; allow kms:Decrypt on the machine's key")
        with aws_errors():
            try:
                started = self._client.start_execution(
                    stateMachineArn=self._starts, name=name, input=execution["input"]
                )
            except self._client.exceptions.ExecutionAlreadyExists as error:
                raise OrderflowError(f"order {order_id} has just been taken up by someone else") from error
        return Redriven(order_id, "started anew", started["executionArn"], reason)


def moment(text: str, now: datetime) -> datetime:
    """What `text` means: `90m`, `2h` or `3d` ago, or a moment in ISO 8601, in UTC where it has no zone.

    Raises:
        ValueError: when it is neither.
    """
    if age := _AGE.fullmatch(text):
        return now - int(age["count"]) * _UNITS[age["unit"]]
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
