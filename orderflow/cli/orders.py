"""The commands that start orders, and show where they stand and what is deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from orderflow.cli.base import FAILED, AsJson, OrderId, app, target
from orderflow.cli.output import (
    Row,
    cell,
    complain,
    err,
    money,
    out,
    plain,
    print_out,
    print_table,
    with_camel_case,
    write_json,
)
from orderflow.client import OrderflowClient
from orderflow.errors import DifferentOrder
from orderflow.orders import ORDER_LIMIT_CENTS, Order, Problem, Rejected, read_orders


class StatusFilter(StrEnum):
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


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
    from rich.progress import track  # no other command shows its progress

    if file.isatty():
        err.print("Reading orders; end with Ctrl-D.")
    orders = read_orders(file.read(), limit_cents=limit_cents)
    client = cache(target(context).client)  # made for the first good order: bad ones can be told of without a stack
    results: list[Result] = []
    try:
        for order in track(orders, "Starting", console=err, transient=True, disable=not err.is_terminal):
            results.append(_result(order, client))
            if as_json:
                write_json(with_camel_case(asdict(results[-1])))
    finally:  # what was started is told even where AWS or Ctrl-C ends it early
        if not as_json:
            _print_results(results)
        if len(results) < len(orders):
            left = len(orders) - len(results)
            complain(f"{left} of {len(orders)} not tried; run it again: what was started is not started twice")
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
    print_table(("line", "order", "result", "field", "detail"), rows)
    counts = Counter(result.result for result in results)
    out.print(", ".join(f"{counts[name]} {name}" for name in ("started", "already there", "rejected")))


@app.command()
def status(context: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Where one order stands, and how it ended."""
    found = asdict(target(context).client().status(order))
    if as_json:
        write_json(with_camel_case(found))
        return
    shown = {name.replace("_", " "): value for name, value in found.items() if value is not None}
    grid = Table.grid(padding=(0, 2))
    for name, value in shown.items():
        cents = name.endswith(" cents")
        grid.add_row(Text(name.removesuffix(" cents"), style="bold"), cell(money(value) if cents else plain(value)))
    print_out(grid)


@app.command("list")
def list_orders(
    context: typer.Context,
    status: Annotated[StatusFilter | None, typer.Option(case_sensitive=False, help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The newest orders."""
    found = target(context).client().list(status.value if status else None, limit)
    if as_json:
        for order in found:
            write_json(with_camel_case(asdict(order)))
        return
    rows = [(order.order_id, order.status, plain(order.started_at), plain(order.stopped_at)) for order in found]
    print_table(("order", "status", "started", "stopped"), rows)
    if not found:
        err.print("No orders.")


@app.command()
def history(context: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """What happened to one order, state by state."""
    found = target(context).client().history(order)
    if as_json:
        for step in found:
            write_json(with_camel_case(asdict(step)))
        return
    rows = [
        (plain(step.at), f"+{step.seconds:.1f}", step.state or "(execution)", step.event, step.detail) for step in found
    ]
    print_table(("at", "seconds", "state", "event", "detail"), rows)
