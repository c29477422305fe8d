"""The `orderflow` command: start orders, see where they stand, and what is deployed.

With --json a command writes nothing but JSON to standard output. Messages go to standard error.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, cast

import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from orderflow.client import OrderflowClient
from orderflow.errors import DifferentOrder, NoStack, OrderflowError
from orderflow.orders import ORDER_LIMIT_CENTS, Order, Problem, Rejected, read_orders
from orderflow.outputs import EVENT_MACHINE, ORDER_MACHINE, Deployment, find_deployment
from orderflow.text import one_line

FAILED, USAGE = 1, 2
"""Exit codes: something was rejected or did not work; the command was not understood."""

WIDE = 200
"""The width of tables that go to a file or a pipe, in columns."""

out, err = Console(highlight=False), Console(stderr=True, highlight=False)


class StatusFilter(StrEnum):
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


class MachineName(StrEnum):
    ORDERS = ORDER_MACHINE
    EVENTS = EVENT_MACHINE


class Commands(TyperGroup):
    """All commands end the same way when something does not work: one line, and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OrderflowError as error:
            _complain(error)
            raise typer.Exit(USAGE if isinstance(error, NoStack) else FAILED) from error


@dataclass(frozen=True)
class Target:
    """What the global options say about the stack that is meant."""

    stack: str | None
    state_machine_arn: str | None
    region: str | None

    def find(self) -> Deployment:
        return find_deployment(stack=self.stack, state_machine_arn=self.state_machine_arn, region=self.region)

    def client(self) -> OrderflowClient:
        deployment = self.find()
        return OrderflowClient(deployment.machine(ORDER_MACHINE), deployment.connect())


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, and nothing else, to standard output.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]


@app.callback()
def options(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option(
            envvar="ORDERFLOW_STACK",
            metavar="NAME",
            help="The stack; by default the one of .orderflow/, if it is alone.",
        ),
    ] = None,
    state_machine_arn: Annotated[
        str | None, typer.Option(metavar="ARN", help="The order machine or its alias, instead of a stack.")
    ] = None,
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Instead of the stack's or the ARN's.")] = None,
) -> None:
    """Start orders on a deployed Orderflow stack and follow them.

    Exit codes: 0 done, 1 something was rejected or did not work, 2 the command was not understood.
    """
    context.obj = Target(stack, state_machine_arn, region)


# start


@dataclass(frozen=True)
class Result:
    """What became of one order of the file."""

    line: int
    order_id: str | None
    result: Literal["started", "already there", "rejected"]
    execution_arn: str | None = None
    status: str | None = None
    problems: tuple[Problem, ...] = ()


@app.command()
def start(
    context: typer.Context,
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE", help="One JSON order, or one a line; - for standard input."),
    ],
    limit_cents: Annotated[
        int, typer.Option(min=1, metavar="CENTS", help="The largest amountCents, as the stack's orderLimitCents.")
    ] = ORDER_LIMIT_CENTS,
    as_json: AsJson = False,
) -> None:
    """Start the orders in FILE. Those that are no orders are rejected, the others start.

    An order that was started before is found, not started again: the same command can be run twice.
    """
    if file.isatty():
        err.print("Reading orders; end with Ctrl-D.")
    orders = read_orders(file.read(), limit_cents=limit_cents)
    client = cache(_target(context).client)  # made for the first good order: bad ones can be told of without a stack
    results: list[Result] = []
    try:
        for order in track(orders, "Starting", console=err, transient=True, disable=not err.is_terminal):
            results.append(_result(order, client))
            if as_json:
                _write_json(_with_camel_case(asdict(results[-1])))
    finally:  # what was started is told even where AWS or Ctrl-C ends it early
        if not as_json:
            _print_results(results)
        if len(results) < len(orders):
            left = len(orders) - len(results)
            _complain(f"{left} of {len(orders)} not tried; run it again: what was started is not started twice")
    if any(result.result == "rejected" for result in results):
        raise typer.Exit(FAILED)


def _result(order: Order | Rejected, client: Callable[[], OrderflowClient]) -> Result:
    if isinstance(order, Rejected):
        return Result(order.line, order.order_id, "rejected", problems=order.problems)
    try:
        started = client().start(order)
    except DifferentOrder as error:
        problem = Problem("orderId", "an id that is taken", str(error))
        return Result(order.line, order.order_id, "rejected", problems=(problem,))
    return Result(
        order.line,
        order.order_id,
        "already there" if started.repeated else "started",
        started.execution_arn,
        started.status,
    )


def _print_results(results: Sequence[Result]) -> None:
    rows: list[Row] = []
    for result in results:
        head = (str(result.line), result.order_id or "?", result.result)
        if result.problems:
            rows += [(*head, problem.field, f"found {problem.found}; {problem.fix}") for problem in result.problems]
        else:
            rows.append((*head, "", result.status if result.result == "already there" else ""))
    _print_table(("line", "order", "result", "field", "detail"), rows)
    counts = Counter(result.result for result in results)
    out.print(", ".join(f"{counts[name]} {name}" for name in ("started", "already there", "rejected")))


# status, list, history, definition


@app.command()
def status(context: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Where one order stands, and how it ended."""
    found = asdict(_target(context).client().status(order))
    if as_json:
        _write_json(_with_camel_case(found))
        return
    shown = {name.replace("_", " "): value for name, value in found.items() if value is not None}
    grid = Table.grid(padding=(0, 2))
    for name, value in shown.items():
        cents = name.endswith(" cents")
        grid.add_row(
            Text(name.removesuffix(" cents"), style="bold"), _cell(f"{value / 100:,.2f}" if cents else _plain(value))
        )
    _print(grid)


@app.command("list")
def list_orders(
    context: typer.Context,
    status: Annotated[StatusFilter | None, typer.Option(case_sensitive=False, help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The newest orders."""
    found = _target(context).client().list(status.value if status else None, limit)
    if as_json:
        for order in found:
            _write_json(_with_camel_case(asdict(order)))
        return
    rows = [(order.order_id, order.status, _plain(order.started_at), _plain(order.stopped_at)) for order in found]
    _print_table(("order", "status", "started", "stopped"), rows)
    if not found:
        err.print("No orders.")


@app.command()
def history(context: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """What happened to one order, state by state."""
    found = _target(context).client().history(order)
    if as_json:
        for step in found:
            _write_json(_with_camel_case(asdict(step)))
        return
    rows = [
        (_plain(step.at), f"+{step.seconds:.1f}", step.state or "(execution)", step.event, step.detail)
        for step in found
    ]
    _print_table(("at", "seconds", "state", "event", "detail"), rows)


@app.command()
def definition(
    context: typer.Context,
    name: Annotated[MachineName, typer.Argument(metavar="NAME", help="order-fulfillment or order-events.")],
    as_json: AsJson = False,
) -> None:
    """The definition that is deployed, in the Amazon States Language; JSON with and without --json."""
    deployment = _target(context).find()
    arn = deployment.machine(name.value)
    found = OrderflowClient(arn, deployment.connect()).definition()
    if as_json:
        _write_json(found)
    else:
        out.print_json(data=found)


# Output

Row: TypeAlias = Sequence[str | None]


def _target(context: typer.Context) -> Target:
    return cast(Target, context.obj)


def _print_table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False)
    for row in rows:
        table.add_row(*(_cell(value or "") for value in row))
    if table.row_count:
        _print(table)


def _print(table: Table) -> None:
    if not out.is_terminal:
        out.width = WIDE
    out.print(table)


def _cell(value: str) -> Text:
    """Text as it is: nothing in it is markup, or reaches the terminal as control characters."""
    return Text(one_line(value, 400), overflow="fold")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return "" if value is None else str(value)


def _write_json(document: Mapping[str, Any]) -> None:
    """One line of ASCII, flushed: whoever reads along sees each result as it comes."""
    typer.echo(json.dumps(document, default=_json_value))


def _json_value(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _with_camel_case(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields named as in the order's own JSON."""
    return {re.sub(r"_(.)", lambda found: found[1].upper(), name): value for name, value in fields.items()}


def _complain(message: object) -> None:
    err.print(Text(f"orderflow: {message}"), soft_wrap=True)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no terminal's encoding may stop a message
            stream.reconfigure(errors="backslashreplace")
    app()
