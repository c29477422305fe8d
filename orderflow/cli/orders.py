"""Orders as the commands about executions show them: started from a file, where one stands, and the newest."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import typer
from rich.table import Table
from rich.text import Text

from orderflow.books import ReturnBooks, books_of
from orderflow.cli.base import FAILED, Target
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
from orderflow.cli.returned import told_of_return
from orderflow.client import OrderflowClient, OrderStatus
from orderflow.errors import DifferentOrder
from orderflow.orders import Order, Problem, Rejected, read_orders
from orderflow.returns import RETURN_MACHINE


@dataclass(frozen=True)
class Result:
    """What became of one order of the file."""

    line: int
    order_id: str | None
    result: Literal["started", "already there", "rejected"]
    execution_arn: str | None = None
    status: str | None = None
    problems: tuple[Problem, ...] = ()


def start(target: Target, file: str, limit_cents: int, as_json: bool) -> None:
    """Start the orders in a file; `-` is standard input."""
    from rich.progress import track  # no other command shows its progress

    orders = read_orders(_content(file), limit_cents=limit_cents)
    client = cache(target.client)  # made for the first good order: bad ones can be told of without a stack
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


def _content(file: str) -> bytes:
    """Raises BadParameter where the file cannot be read."""
    if file == "-":
        if sys.stdin.isatty():
            err.print("Reading orders; end with Ctrl-D.")
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise typer.BadParameter(
            f"no orders can be read from {file}: {error.strerror}; a machine is started with --input"
        ) from error


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


def returns_of(target: Target, order_id: str) -> tuple[ReturnBooks, ...]:
    """What was returned of an order, by the books of a stack that has returns."""
    deployment = target.find()
    books = books_of(deployment, order_id) if RETURN_MACHINE in deployment.machines else None
    return books.returns if books else ()


def show_status(status: OrderStatus, returns: Sequence[ReturnBooks], as_json: bool) -> None:
    found = asdict(status)
    if as_json:
        more = {"returns": [with_camel_case(asdict(one)) for one in returns]} if returns else {}
        write_json({**with_camel_case(found), **more})
        return
    shown = {name.replace("_", " "): value for name, value in found.items() if value is not None}
    grid = Table.grid(padding=(0, 2))
    for name, value in shown.items():
        cents = name.endswith(" cents")
        grid.add_row(Text(name.removesuffix(" cents"), style="bold"), cell(money(value) if cents else plain(value)))
    for one in returns:
        grid.add_row(Text("return", style="bold"), cell(told_of_return(one)))
    print_out(grid)
