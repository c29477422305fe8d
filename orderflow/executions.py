"""The executions of any machine: starting, describing, listing and stopping them, and reading their history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from orderflow.arns import StatesArn, read_arn
from orderflow.documents import parse
from orderflow.errors import ExecutionNotFound, ExpressMachine, OrderflowError, aws_errors
from orderflow.machines import Deployed, Machine, describe
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionOutputTypeDef,
        HistoryEventTypeDef,
        StartExecutionOutputTypeDef,
        StartSyncExecutionOutputTypeDef,
    )

Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
"""What AWS says of an execution; only children of a Map Run are ever PENDING_REDRIVE."""

INPUT_BYTES = 262_144
"""How large the input of an execution may be, in UTF-8.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

EARLIER = timedelta(seconds=5)
"""An execution that is so much older than AWS's answer is surely an earlier start's: more than a slow call takes."""

PAGE = 1_000
"""How many executions or events AWS gives at once at most."""

LATEST_EVENTS = 20
"""How many of the latest events are fetched at a time to find the current state: with data they are large."""

NEAREST = 100
"""Among how many of a machine's latest executions the one that was probably meant is looked for."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of executions."""

    name: str
    execution_arn: str
    status: Status
    started_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class StartedExecution:
    """An execution that was started under its name, now or, where `repeated`, before."""

    execution_arn: str
    name: str
    repeated: bool
    status: Status = "RUNNING"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an Express execution came to whose end was waited for. `output` is the JSON value that it gave."""

    execution_arn: str
    name: str
    status: Status
    started_at: datetime
    stopped_at: datetime
    output: Any
    error: str | None
    cause: str | None


def checked_input(text: str) -> str:
    """`text`, if AWS takes it as an execution's input.

    Raises:
        OrderflowError: when it is no JSON, or larger than 256 KiB.
    """
    try:
        json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise OrderflowError(f"the input is no JSON: {one_line(str(error))}") from error
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > INPUT_BYTES:
        raise OrderflowError(
            f"the input has {size:,} bytes, and AWS takes {INPUT_BYTES:,} at most; put it into S3, and give where it is"
        )
    return text


def start(client: SFNClient, machine: Machine, text: str, name: str | None = None) -> StartedExecution:
    """Start an execution; of a Standard machine, one of the same name and input is found and not started again.

    AWS answers a repeated start of a running execution as it did the first one; such an answer counts as repeated where
    the execution is over five seconds older than it. Names are free again 90 days after an execution ended.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

    Raises:
        OrderflowError: when another input was started under the name.
    """
    answer = started(client, machine.starts, text, name)
    if answer is not None:
        arn = answer["executionArn"]
        return StartedExecution(arn, name or _name(arn), repeated=began_earlier(answer))
    execution = described(client, str(machine.read.execution(name or "")))
    if "input" not in execution:
        raise OrderflowError(f"{name} exists, but AWS hides its input; allow kms:Decrypt on the machine's key")
    if parse(execution["input"]) != parse(text):
        raise OrderflowError(
            f"an execution {one_line(name or '')} with another input was started at "
            f"{execution['startDate']:%Y-%m-%d %H:%M %Z}; give this one another name"
        )
    return StartedExecution(execution["executionArn"], execution["name"], True, execution["status"])


def started(client: SFNClient, starts: str, text: str, name: str | None) -> StartExecutionOutputTypeDef | None:
    """AWS's answer to a start; None where the name is taken by another input, or by an execution that has ended."""
    named: Any = {"name": name} if name else {}
    with aws_errors():
        try:
            return client.start_execution(stateMachineArn=starts, input=text, **named)
        except client.exceptions.ExecutionAlreadyExists:
            return None


def began_earlier(answer: StartExecutionOutputTypeDef) -> bool:
    """Whether the execution is surely older than this answer, both by AWS's own clock."""
    try:
        answered = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        return answered - answer["startDate"] > EARLIER
    except (KeyError, TypeError, ValueError):  # no date, or one that nobody can read
        return False


def start_and_wait(client: SFNClient, machine: Machine, text: str, name: str | None = None) -> Answer:
    """Run an execution of an Express machine and wait for its end, which comes within five minutes.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    named: Any = {"name": name} if name else {}
    with aws_errors():
        found: StartSyncExecutionOutputTypeDef = client.start_sync_execution(
            stateMachineArn=machine.starts, input=text, **named
        )
    return Answer(
        found["executionArn"],
        found.get("name") or _name(found["executionArn"]),
        cast(Status, found["status"]),
        found["startDate"],
        found["stopDate"],
        parse(found.get("output")),
        found.get("error"),
        found.get("cause"),
    )


def described(client: SFNClient, execution_arn: str) -> DescribeExecutionOutputTypeDef:
    """What AWS says of an execution.

    Raises:
        ExpressMachine: when it is of an Express machine, of whose executions AWS keeps none.
        ExecutionNotFound: when there is none, or AWS has forgotten it, which it does 90 days after its end.
    """
    arn = read_arn(execution_arn)
    if arn and arn.kind == "express" and not arn.label:
        raise not_kept(client, arn)
    with aws_errors():
        try:
            return client.describe_execution(executionArn=execution_arn)
        except client.exceptions.ExecutionDoesNotExist:
            pass
    raise _not_found(client, arn, execution_arn)


def listed(
    client: SFNClient,
    of: StatesArn,
    status: Status | None = None,
    since: datetime | None = None,
    limit: int | None = None,
) -> Iterator[Listed]:
    """The executions of a machine, or the children of a Map Run, newest first: by when they ended, or started.

    `since` leaves out those that were started before.

    Raises:
        ExpressMachine: when it is an Express machine.
    """
    whose: Any = {"mapRunArn": str(of)} if of.kind == "mapRun" else {"stateMachineArn": of.machine_arn}
    if status:
        whose["statusFilter"] = status
    size = PAGE if limit is None or since else max(1, min(limit, PAGE))
    pages = client.get_paginator("list_executions").paginate(**whose, PaginationConfig={"PageSize": size})
    yield from islice(_rows(client, of, iter(pages), since), limit)


def _rows(client: SFNClient, of: StatesArn, pages: Iterator[Any], since: datetime | None) -> Iterator[Listed]:
    while page := _next(client, of, pages):
        for row in page["executions"]:
            one = Listed(row["name"], row["executionArn"], row["status"], row["startDate"], row.get("stopDate"))
            if since and (one.stopped_at or one.started_at) < since and one.status != "RUNNING":
                return  # what follows ended earlier still
            if not since or one.started_at >= since:
                yield one


def _next(client: SFNClient, of: StatesArn, pages: Iterator[Any]) -> Any:
    with aws_errors():
        try:
            return next(pages, None)
        except client.exceptions.StateMachineTypeNotSupported:
            pass
    raise not_kept(client, of)


def stop(client: SFNClient, execution_arn: str, error: str | None, cause: str | None) -> datetime:
    """Stop a running execution, which then is ABORTED; the moment at which it was stopped.

    Its state gets no chance to clean up. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html

    Raises:
        OrderflowError: when it has ended already.
    """
    found = described(client, execution_arn)
    if found["status"] != "RUNNING":
        raise OrderflowError(f"{found['name']} does not run: it is {found['status']}")
    given: Any = {name: text for name, text in (("error", error), ("cause", cause)) if text}
    with aws_errors():
        return client.stop_execution(executionArn=execution_arn, **given)["stopDate"]


def events(
    client: SFNClient, execution_arn: str, *, data: bool, newest_first: bool = False, at_once: int = PAGE
) -> Iterator[HistoryEventTypeDef]:
    """The events of an execution's history; without `data`, inputs and outputs are left out."""
    order: Any = {"reverseOrder": True} if newest_first else {}
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, includeExecutionData=data, PaginationConfig={"PageSize": at_once}, **order
    )
    with aws_errors():
        try:
            for page in pages:
                yield from page["events"]
        except client.exceptions.ExecutionDoesNotExist as error:
            raise ExecutionNotFound(f"AWS has no history of {execution_arn}") from error


def latest_state(client: SFNClient, execution_arn: str) -> tuple[str | None, Any]:
    """The state that was entered last, and the data it was given; None before the first."""
    for event in events(client, execution_arn, data=True, newest_first=True, at_once=LATEST_EVENTS):
        entered = event.get("stateEnteredEventDetails")
        if entered:
            return entered["name"], parse(entered.get("input"))
    return None, None


def not_kept(client: SFNClient, arn: StatesArn) -> ExpressMachine:
    """What to say of executions of an Express machine: where they are logged, and what finds one there."""
    return _not_kept(arn, describe(client, Machine(arn.machine, arn.machine_arn)))


def _not_kept(arn: StatesArn, machine: Deployed) -> ExpressMachine:
    about = f' | filter execution_arn like "{arn.name.partition(":")[0]}"' if arn.kind != "stateMachine" else ""
    query = f"fields @timestamp, type, details.name, details.output{about} | sort id"
    if machine.log_group is None:
        where = "and its logging is off"
    else:
        where = f"only its log, of level {machine.log_level}: CloudWatch Logs Insights, {machine.log_group}, '{query}'"
    return ExpressMachine(
        f"AWS keeps no executions of an Express machine such as {arn.machine}, {where}; "
        f"'orderflow start {arn.machine} --input JSON --sync' shows what one comes to"
    )


def _not_found(client: SFNClient, arn: StatesArn | None, text: str) -> OrderflowError:
    if arn is None or arn.kind != "execution":
        return OrderflowError(
            f"not an execution's ARN: {one_line(text)!r}; expected arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME"
        )
    machine = describe(client, Machine(arn.machine, arn.machine_arn))
    if machine.type == "EXPRESS" and not arn.label:
        return _not_kept(arn, machine)
    from asl.syntax.hints import nearest  # loads the language, which no other path needs

    names = [] if arn.label else [row.name for row in listed(client, arn, limit=NEAREST)]
    return ExecutionNotFound(
        f"no execution {one_line(arn.name)} of {arn.machine}{nearest(arn.name, names)}; 'orderflow list {arn.machine}' "
        "shows those there are (AWS forgets one 90 days after it ended)"
    )


def _name(execution_arn: str) -> str:
    arn = read_arn(execution_arn)
    return arn.name.partition(":")[0] if arn else ""


def _no_number(constant: str) -> object:
    raise ValueError(f"{constant} is no number of JSON's")
