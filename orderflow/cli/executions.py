"""The commands about executions of any machine: starting, seeing where they stand and what happened, and stopping.

An order is the special case: its id stands for its latest execution, and it is told of in its own terms.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from orderflow.arns import StatesArn, read_arn
from orderflow.cli import orders
from orderflow.cli.base import FAILED, AsJson, AsJsonLines, Reference, Seconds, app, is_order, target
from orderflow.cli.drawing import DATA_CHARACTERS, print_way, shown
from orderflow.cli.output import (
    cell,
    err,
    out,
    plain,
    print_listed,
    print_out,
    span,
    with_camel_case,
    write_json,
)
from orderflow.errors import OrderflowError
from orderflow.execution_status import ExecutionStatus, execution_status
from orderflow.executions import Answer, checked_input, described, events, listed, start_and_wait, stop
from orderflow.executions import start as start_execution
from orderflow.following import follow
from orderflow.history import History, Reader, Step
from orderflow.machines import Machine, describe
from orderflow.map_runs import MapRun, counted, map_run
from orderflow.orders import ORDER_LIMIT_CENTS
from orderflow.outputs import Deployment
from orderflow.redrive import moment
from orderflow.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

WAIT_SECONDS = 600
MAP_RUNS = 10
"""How many Map Runs are asked for, those that were begun last: a call each."""


class StatusFilter(StrEnum):
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


# Starting


@app.command()
def start(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|MACHINE",
            help="With --input a machine; else a file of orders, one JSON order or one a line, - for standard input.",
        ),
    ],
    given: Annotated[
        str | None,
        typer.Option("--input", metavar="FILE|JSON|-", help="Start MACHINE with this; - for standard input."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The execution's. The same name and input twice start a Standard one once."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for its end, and show what it came to.")] = False,
    following: Annotated[bool, typer.Option("--follow", help="Show what happens until its end.")] = False,
    sync: Annotated[bool, typer.Option("--sync", help="Of an Express machine: wait for its answer.")] = False,
    seconds: Seconds = WAIT_SECONDS,
    limit_cents: Annotated[
        int, typer.Option(min=1, metavar="CENTS", help="An order's largest amountCents, as orderLimitCents.")
    ] = ORDER_LIMIT_CENTS,
    as_json: AsJsonLines = False,
) -> None:
    """Start an execution of any machine, or the orders in FILE.

    Of orders, those that are none are rejected, the others start. An order that was started before is found, not
    started again: the same command can be run twice. With --wait, --follow or --sync the exit code is 1 where the
    execution does not succeed.
    """
    if given is None:
        if name or wait or following or sync:
            raise typer.BadParameter("--name, --wait, --follow and --sync are of a machine; give its --input")
        orders.start(target(context), what, limit_cents, as_json)
        return
    if wait + following + sync > 1:
        raise typer.BadParameter("give one of --wait, --follow and --sync")
    text = checked_input(_input(given))
    deployment, machine = target(context).machine(what)
    if sync:
        _answer(start_and_wait(deployment.connect("stepfunctions", patient=True), machine, text, name), as_json)
        return
    client = deployment.connect("stepfunctions")
    if wait or following:
        _refuse_express(client, machine)
    started = start_execution(client, machine, text, name)
    if following:
        _end(_show_steps(follow(client, started.execution_arn, seconds), as_json))
    elif wait:
        *_, last = follow(client, started.execution_arn, seconds, data=False)
        _show_status(execution_status(client, started.execution_arn), as_json)
        _end(last)
    elif as_json:
        write_json(with_camel_case(asdict(started)))
    else:
        found = f"already there, {started.status}" if started.repeated else "started"
        out.print(f"{found}: {started.execution_arn}", markup=False, soft_wrap=True)
        _tell_of_express(started.execution_arn, name)


def _input(given: str) -> str:
    """The text of the input: from standard input, a file, or as it was typed."""
    if given == "-":
        if sys.stdin.isatty():
            err.print("Reading the input; end with Ctrl-D.")
        return sys.stdin.read()
    try:
        path = Path(given)
        if path.is_file():
            return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # a path that is too long is no path
        if isinstance(error, UnicodeDecodeError):
            raise OrderflowError(f"{given} is not UTF-8") from error
    if given.lstrip()[:1] not in ("{", "[", '"') and given.strip() not in ("null", "true", "false"):
        try:
            json.loads(given)
        except ValueError as error:
            raise OrderflowError(f"no file {given} is here, and it is no JSON") from error
    return given


def _refuse_express(client: Any, machine: Machine) -> None:
    if describe(client, machine).type == "EXPRESS":
        raise OrderflowError(
            f"{machine.name} is an Express machine, of which AWS keeps no executions to follow; wait for one by --sync"
        )


def _tell_of_express(execution_arn: str, name: str | None) -> None:
    arn = read_arn(execution_arn)
    if arn and arn.kind == "express":
        twice = " The same name starts another one each time." if name else ""
        err.print(
            f"An Express machine: its log has what becomes of it, 'orderflow machines' names that.{twice}", markup=False
        )


def _answer(found: Answer, as_json: bool) -> None:
    if as_json:
        write_json({**with_camel_case(asdict(found)), "output": found.output})
    else:
        took = (found.stopped_at - found.started_at).total_seconds()
        rows = [("execution", found.execution_arn), ("status", f"{found.status} after {took:.3f} s")]
        rows += [("error", found.error), ("cause", found.cause)] if found.error or found.cause else []
        _grid((title, text) for title, text in rows if text)
        if found.status == "SUCCEEDED":
            out.print_json(data=found.output)
    if found.status != "SUCCEEDED":
        raise typer.Exit(FAILED)


# Where it stands


@app.command()
def status(
    context: typer.Context,
    reference: Reference,
    following: Annotated[bool, typer.Option("--follow", help="Wait for its end, and tell of each state.")] = False,
    seconds: Seconds = WAIT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Where an order or an execution of any machine stands, and how it ended."""
    arn = read_arn(reference)
    if arn and arn.kind == "mapRun":
        meant = target(context).execution(reference)
        _show_map_run(map_run(meant.deployment.connect("stepfunctions"), meant.arn), as_json)
        return
    if following:
        meant = target(context).execution(reference)
        for step in follow(meant.deployment.connect("stepfunctions"), meant.arn, seconds, data=False):
            if step.event == "entered":
                err.print(f"{plain(step.at)}  {step.state}", markup=False, soft_wrap=True)
    if is_order(reference):
        meant = target(context)
        orders.show_status(meant.client().status(reference), orders.returns_of(meant, reference), as_json)
        return
    meant = target(context).execution(reference)
    _show_status(execution_status(meant.deployment.connect("stepfunctions"), meant.arn), as_json)


def _show_status(found: ExecutionStatus, as_json: bool) -> None:
    if as_json:
        write_json({**with_camel_case(asdict(found)), "input": found.input, "output": found.output})
        return
    _grid(_told(found))


def _told(found: ExecutionStatus) -> Iterator[tuple[str, str]]:
    yield "execution", f"{found.machine}/{found.name}"
    yield "ARN", found.execution_arn
    yield "status", found.status
    if found.state:
        yield "state", found.state
    yield "started", plain(found.started_at)
    if found.stopped_at:
        took = (found.stopped_at - found.started_at).total_seconds()
        yield "stopped", f"{plain(found.stopped_at)}, after {span(took) if took >= 1 else f'{took:.3f} s'}"
    if found.version:
        yield "version", found.version
    if found.redrives:
        yield "redrives", str(found.redrives)
    if found.redrive_obstacle and found.status not in ("RUNNING", "SUCCEEDED"):
        yield "redrive", found.redrive_obstacle
    if found.error:
        yield "error", found.error
    if found.cause:
        yield "cause", found.cause
    for run in found.map_runs:
        yield "Map Run", f"{run.status}, items: {counted(run.items)}; {run.map_run_arn}"
    yield "input", shown(found.input)
    if found.output is not None:
        yield "output", shown(found.output)


def _show_map_run(run: MapRun, as_json: bool) -> None:
    if as_json:
        write_json(with_camel_case(asdict(run)))
        return
    stopped = plain(run.stopped_at)
    rows = [("Map Run", run.map_run_arn), ("of", run.execution_arn), ("status", run.status)]
    rows += [("started", plain(run.started_at)), *([("stopped", stopped)] if stopped else [])]
    _grid([*rows, ("items", counted(run.items)), ("executions", counted(run.executions))])


def _grid(rows: Iterable[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    for title, text in rows:
        grid.add_row(Text(title, style="bold"), cell(text))
    print_out(grid)


# Lists


@app.command("list")
def list_executions(
    context: typer.Context,
    machine: Annotated[
        str | None, typer.Argument(metavar="[MACHINE]", help="Its executions, or a Map Run's; else the orders.")
    ] = None,
    status: Annotated[StatusFilter | None, typer.Option(case_sensitive=False, help="Only these.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Started since: 90m, 2h, 3d ago, or ISO 8601.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJsonLines = False,
) -> None:
    """The newest orders, or executions of any machine."""
    only, start = status.value if status else None, _moment(since)
    if machine is None:
        print_listed("order", target(context).client().list(only, limit, start), lambda one: one.order_id, as_json)
        return
    deployment, of = _of(context, machine)
    found = listed(deployment.connect("stepfunctions"), of, only, start, limit)
    print_listed("execution", found, lambda one: one.name, as_json)


def _of(context: typer.Context, reference: str) -> tuple[Deployment, StatesArn]:
    """The machine or the Map Run that is meant, and where it is."""
    arn = read_arn(reference)
    if arn and arn.kind == "mapRun":
        return target(context).execution(reference).deployment, arn
    deployment, machine = target(context).machine(reference)
    return deployment, machine.read


def _moment(since: str | None) -> datetime | None:
    try:
        return moment(since, datetime.now(UTC)) if since else None
    except ValueError as error:
        raise typer.BadParameter(f"--since takes 90m, 2h, 3d or ISO 8601, not {since}") from error


# What happened


@app.command()
def history(
    context: typer.Context,
    reference: Reference,
    following: Annotated[bool, typer.Option("--follow", help="Go on until the execution ends.")] = False,
    seconds: Seconds = WAIT_SECONDS,
    data: Annotated[bool, typer.Option(help="With the input and output of each state.")] = True,
    as_json: AsJsonLines = False,
) -> None:
    """What happened in an order or an execution of any machine, state by state."""
    meant = target(context).execution(reference)
    client = meant.deployment.connect("stepfunctions")
    if not meant.order_id:
        described(client, meant.arn)  # says what is the matter where there is no history
    if following:
        _show_steps(follow(client, meant.arn, seconds, data=data), as_json)
        return
    reader = Reader()
    steps = (step for event in events(client, meant.arn, data=data) if (step := reader.read(event)))
    if as_json:
        _show_steps(steps, as_json)
        return
    for _ in steps:
        pass
    print_way(reference, reader.history, map_runs_in(client, reader.history))


def map_runs_in(client: SFNClient, told: History) -> dict[str, MapRun]:
    """The Map Runs that were begun last, counted, by their ARNs; what cannot be read is said beside the output."""
    begun = [visit.began for visit in told.visits if visit.began and ":mapRun:" in visit.began]
    try:
        return {arn: map_run(client, arn) for arn in begun[-MAP_RUNS:]}
    except OrderflowError as error:
        err.print(f"Map Runs are not counted: {error}", markup=False)
        return {}


def _show_steps(steps: Iterable[Step], as_json: bool) -> Step | None:
    """Each step as it comes, a line for each; the last one."""
    last = None
    for last in steps:
        if as_json:
            document = {**asdict(last), "input": None, "output": None}
            write_json({**with_camel_case(document), "input": last.input, "output": last.output})
        else:
            print_out(Text("  ".join(cell(text).plain for text in _row(last)), overflow="fold"))
    return last


def _row(step: Step) -> tuple[str, str, str, str, str]:
    took = f"after {step.took:.1f} s" if step.took is not None and step.took >= 0.05 else ""
    data = next((shown(value) for value in (step.input, step.output) if value is not None), "")
    detail = "  ".join(part for part in (step.detail, took, one_line(data, DATA_CHARACTERS)) if part)
    return plain(step.at), f"+{step.seconds:.1f}", step.state or "(execution)", step.event, detail


def _end(last: Step | None) -> None:
    if last is None or last.event != "succeeded":
        raise typer.Exit(FAILED)


# Stopping


@app.command("stop")
def stop_execution(
    context: typer.Context,
    reference: Reference,
    error: Annotated[str | None, typer.Option(metavar="NAME", help="The error that the execution shows.")] = None,
    cause: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for whoever looks at it later.")] = None,
    as_json: AsJson = False,
) -> None:
    """Stop an execution where it is: nothing is undone, and what tasks have begun may go on.

    An order that was charged stays charged; 'orderflow redrive' has it go on.
    """
    meant = target(context).execution(reference)
    stopped = stop(meant.deployment.connect("stepfunctions"), meant.arn, error, cause)
    if as_json:
        write_json({"executionArn": meant.arn, "status": "ABORTED", "stoppedAt": stopped})
    else:
        again = reference if meant.order_id else meant.arn
        out.print(
            f"stopped at {plain(stopped)}; 'orderflow redrive {again}' has it go on", markup=False, soft_wrap=True
        )
