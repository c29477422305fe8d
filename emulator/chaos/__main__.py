"""`python -m emulator.chaos`: orders under faults, from a seed. `SEED`, `CHAOS_ORDERS` and `CHAOS_REPORT` set it up.
`WORKFLOW` has another workflow's cases run instead.

Exit codes: 0 when no order was lost and all books agree, 1 when not, 2 when the command was not understood.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from emulator.chaos import others
from emulator.chaos.cells import CELLS
from emulator.chaos.plan import Plan, plan
from emulator.chaos.report import Findings, report, show
from emulator.chaos.trial import Said, run
from emulator.cloud import CloudError
from orderflow.console import PlainConsole

ORDERS = 1_000

console = PlainConsole(highlight=False)


def chaos(
    seed: int = typer.Option(1, envvar="SEED", help="What everything follows from."),
    orders: int = typer.Option(ORDERS, envvar="CHAOS_ORDERS", help="How many orders."),
    report_file: str = typer.Option("", "--report", envvar="CHAOS_REPORT", help="Write the report here as JSON."),
    workflow: str = typer.Option("", envvar="WORKFLOW", help="The cases of another workflow instead of orders."),
) -> None:
    """Run orders with a fault at every side effect, and see what has become of each."""
    if workflow and workflow not in CELLS:
        raise typer.BadParameter(f"{workflow} is none of {', '.join(CELLS)}", param_hint="WORKFLOW")
    written = _others(workflow) if workflow else _orders(seed, orders)
    if report_file:
        Path(report_file).write_text(json.dumps(written, indent=2) + "\n")
    raise typer.Exit(0 if written["ok"] else 1)


def _others(workflow: str) -> dict[str, Any]:
    written = others.trial(workflow, CELLS[workflow])
    others.show(console, written)
    return written


def _orders(seed: int, orders: int) -> dict[str, Any]:
    try:
        planned = plan(seed, orders)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    started = time.monotonic()
    findings = _run(planned)
    written = report(planned, findings, time.monotonic() - started)
    show(console, written)
    return written


def _run(planned: Plan) -> Findings:
    columns = (TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(planned.orders))

        def redriven(count: int) -> None:
            console.print(f"{count} orders had failed for technical reasons, and were redriven")

        return run(planned, Said(lambda: progress.advance(task), redriven))


if __name__ == "__main__":
    try:
        typer.run(chaos)
    except CloudError as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(1)
