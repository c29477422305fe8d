"""`python -m emulator.chaos`: orders under faults, from a seed. `SEED`, `CHAOS_ORDERS` and `CHAOS_REPORT` set it up.

Exit codes: 0 when no order was lost and all books agree, 1 when not, 2 when the command was not understood.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from emulator.carrier import CarrierWebhooks, carrier
from emulator.chaos.judge import judge
from emulator.chaos.plan import PRODUCTS, Plan, plan
from emulator.chaos.report import Findings, report, show
from emulator.chaos.run import News, People, PlanServer, evidence, leaks, operate, poison, set_aside
from emulator.cloud import Cloud, CloudError, Faults, cloud
from emulator.deploy import deploy
from emulator.reconcile import reconcile
from emulator.running import run_orders
from emulator.seed import seed as fill
from orderflow import Order, check_order
from orderflow.console import PlainConsole

ORDERS, IN_FLIGHT, WAIT_SCALE = 1_000, 32, 0.4
DECISION_SECONDS = 45
ORDER_SECONDS = 300
SETTLING_SECONDS = 60

console = PlainConsole(highlight=False)


def chaos(
    seed: int = typer.Option(1, envvar="SEED", help="What everything follows from."),
    orders: int = typer.Option(ORDERS, envvar="CHAOS_ORDERS", help="How many orders."),
    report_file: str = typer.Option("", "--report", envvar="CHAOS_REPORT", help="Write the report here as JSON."),
) -> None:
    """Run orders with a fault at every side effect, and see what has become of each."""
    try:
        planned = plan(seed, orders)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    started = time.monotonic()
    findings = _run(planned)
    written = report(planned, findings, time.monotonic() - started)
    show(console, written)
    if report_file:
        Path(report_file).write_text(json.dumps(written, indent=2) + "\n")
    raise typer.Exit(0 if written["ok"] else 1)


def _run(planned: Plan) -> Findings:
    server = PlanServer(planned)
    with tempfile.TemporaryDirectory() as home:
        address = Path(home) / "plan.sock"
        with server.listening(address), cloud(wait_scale=WAIT_SCALE, faults=Faults(str(address))) as running:
            outputs = deploy(running, config={"orderflow:decisionSeconds": str(DECISION_SECONDS)})
            fill(running, outputs["tables"], PRODUCTS)
            webhooks = CarrierWebhooks.for_stack(running, outputs)
            news = News(planned, webhooks)
            poisons = poison(running, outputs)
            with carrier(webhooks, outputs, news.send), People(running, outputs, planned).deciding():
                since = datetime.now(UTC)
                _orders(running, outputs, planned)
                redriven = operate(running, outputs, planned, since, ORDER_SECONDS)
            console.print(f"{redriven} orders had failed for technical reasons, and were redriven")
            return _found(running, outputs, planned, news, poisons)


def _orders(running: Cloud, outputs: dict[str, Any], planned: Plan) -> None:
    sent = [order for order in (check_order(dict(one.document)) for one in planned.orders) if isinstance(order, Order)]
    columns = (TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    arn = outputs["machines"]["order-fulfillment"]["aliasArn"]
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(sent))
        run_orders(running, arn, sent, IN_FLIGHT, lambda _: progress.advance(task), ORDER_SECONDS)


def _found(running: Cloud, outputs: dict[str, Any], planned: Plan, news: News, poisons: int) -> Findings:
    before = {product.sku: product.available for product in PRODUCTS}
    aside: set[str] = set()
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:  # the view follows the ledger a moment later
        left = evidence(running, outputs, planned.orders)
        comparisons = reconcile(left.books, before)
        aside |= set_aside(running, outputs)
        settled = all(one.ok for one in comparisons) and len(aside) == poisons
        if settled or time.monotonic() > deadline:
            break
        time.sleep(1)
    problems = [f"a forged event was taken: {event}" for event in news.unwelcome]
    problems += [] if len(aside) == poisons else [f"{poisons} poison rows, and {len(aside)} were set aside"]
    problems += [f"a secret stands in {place}" for place in leaks(running, news.webhooks.secret)]
    return Findings(judge(planned.orders, left), comparisons, frozenset(news.happened), tuple(problems))


if __name__ == "__main__":
    try:
        typer.run(chaos)
    except CloudError as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(1)
