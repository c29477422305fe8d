"""The demo: real baskets through the deployed program, and whether all came to what they should and the books agree."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from asl.viewer import page
from emulator.baskets import LOST, TROUBLES, Market, Product, basket_market, market_of
from emulator.carrier import CarrierWebhooks, carrier
from emulator.chaos.evidence import Mailbox, evidence, shop_of
from emulator.chaos.judge import Evidence, judge
from emulator.chaos.nightly import Reconciled, misjudged, reconciled
from emulator.chaos.plan import PlannedOrder
from emulator.cloud import Cloud, cloud
from emulator.demos.frame import COMMAND, EXAMPLES, Deploy, console, print_books, print_outcomes
from emulator.flow import flow_page
from emulator.reconcile import Comparison, read_books, reconcile, scan
from emulator.running import Ended, run_orders
from emulator.seed import seed
from handlers.shared.ledger import FAILURES
from orderflow import Order, Rejected, check_order, read_orders
from orderflow.files import write_whole

BASKETS = 200
IN_FLIGHT = BASKETS
"""Each waits for its parcel most of the time, in which the others compute."""
CALLS_OF_A_FUNCTION = 2
"""A process for each is started once and kept; more of them would only share the same two cores."""
PROJECTION_SECONDS = 30
WAIT_SCALE = 0.55
"""The carrier is asked where it was silent for 2 s on this stack; so shortened just more than its parcels take, 1 s."""
KINDS = {
    "DELIVERED": "delivered",
    "DECLINED": "declined",
    "REJECTED": "rejected",
    "NOT_APPROVED": "rejected",
    **dict.fromkeys(FAILURES, "refunded"),
}

PAGE = Path(".orderflow") / "demo.html"


@dataclass(frozen=True)
class Report:
    """What a demo run came to; all amounts in cents. `problems` are the sentences of all witnesses, as in
    `Found`, and `reconciliation` counts what the nightly one looked at, and its issues. `spent` has the seconds of
    each part of the demo."""

    counts: dict[str, int]
    outcomes: dict[str, int]
    sums: dict[str, int]
    comparisons: list[dict[str, Any]]
    problems: list[str]
    reconciliation: dict[str, int]
    ok: bool
    seconds: float
    spent: dict[str, float]


@dataclass(frozen=True)
class Found:
    """What all witnesses say in the end: the books side by side, and what else is wrong, one sentence each."""

    comparisons: Sequence[Comparison]
    problems: Sequence[str]

    @property
    def ok(self) -> bool:
        return not self.problems and all(comparison.ok for comparison in self.comparisons)


def demo(orders_file: Path | None, report_file: Path | None, prepare: Callable[[], Deploy]) -> int:
    """Run the demo and return the exit code: 0 when every order ended and the books agree, 2 when there is no order.

    `prepare` does what can be done of the deployment while the cloud starts.
    """
    clock = _Clock()
    market, refused = _market(orders_file)
    if not market.orders:
        console.print(f"there is no order in {orders_file} that could be started; see {EXAMPLES}", style="red")
        return 2
    with cloud(wait_scale=WAIT_SCALE, calls_of_a_function=CALLS_OF_A_FUNCTION, wait=False) as running:
        console.print(f"embedded cloud at {running.endpoint}; deploying the stack [bold]local[/]")
        deploy = prepare()
        running.wait_until_ready()
        clock.lap("starting")
        outputs = deploy(running)
        seed(running, outputs["tables"], market.products)
        mailbox = Mailbox.subscribed(running, outputs)
        webhooks = CarrierWebhooks.for_stack(running, outputs)
        clock.lap("deploying")
        orders = [order for order in map(check_order, market.orders) if isinstance(order, Order)]
        with carrier(webhooks, outputs):
            ended = _run(running, outputs, sorted(orders, key=_is_prompt))
        clock.lap("orders")
        beside = ThreadPoolExecutor(2)  # while the view follows, nobody else has much to do
        drawn = beside.submit(flow_page, running, outputs["machines"]["order-fulfillment"]["aliasArn"], ended)
        planned = [PlannedOrder(order.document, "as it is", people="absent") for order in orders]
        deadline = time.monotonic() + PROJECTION_SECONDS
        _until_books_agree(running, outputs, market, deadline)
        forged = _forgeries(running, outputs, webhooks)
        reconciling = beside.submit(reconciled, running, outputs)  # which reads, as the other witnesses do
        left = _left(running, outputs, market, planned, mailbox, deadline)
        clock.lap("settling")
        nightly = reconciling.result()
        clock.lap("reconciling")
        write_whole(PAGE, page(drawn.result()))
        clock.lap("drawing")
    found = found_in(left, planned, market.products, forged, nightly)
    report = _report(ended, refused, found, nightly, clock)
    _show(report, ended, found.comparisons)
    if report_file:
        report_file.write_text(json.dumps(asdict(report), indent=2) + "\n")
    return 0 if report.ok else 1


class _Clock:
    """How long the demo takes, and each part of it."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self.spent: dict[str, float] = {}

    def lap(self, part: str) -> None:
        now = time.monotonic()
        self.spent[part], self._last = round(now - self._last, 1), now

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 1)


def _is_prompt(order: Order) -> bool:
    """Parcels that never arrive take longest to be given up: theirs go first, or all others would wait for the last."""
    return order.document["shipTo"]["postcode"] != LOST


def _market(orders_file: Path | None) -> tuple[Market, list[Rejected]]:
    if orders_file is None:
        console.print(f"{BASKETS} real baskets as orders, with troubles among them: {', '.join(TROUBLES)}")
        return basket_market(BASKETS), []
    checked = read_orders(orders_file.read_bytes())
    refused = [order for order in checked if isinstance(order, Rejected)]
    for order in refused:
        for problem in order.problems:
            console.print(f"line {order.line}: {order.order_id or ''} {problem}", style="red", markup=False)
    good = {order.order_id: order.document for order in checked if isinstance(order, Order)}
    return market_of(list(good.values())), refused


def _run(running: Cloud, outputs: dict[str, Any], orders: Sequence[Order]) -> list[Ended]:
    columns = (TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(orders))
        arn = outputs["machines"]["order-fulfillment"]["aliasArn"]
        return run_orders(running, arn, orders, IN_FLIGHT, lambda _: progress.advance(task), first=IN_FLIGHT)


def found_in(
    left: Evidence,
    planned: Sequence[PlannedOrder],
    products: Sequence[Product],
    forged: Sequence[str] = (),
    nightly: Reconciled | None = None,
) -> Found:
    """What all witnesses say: the books, the judge, whoever forged news, and the reconciliation that runs every night
    on AWS, which may find nothing."""
    problems = judge(planned, left, shop_of(products)).problems
    return Found(
        reconcile(left.books, {product.sku: product.available for product in products}),
        (*problems, *forged, *(misjudged({}, (), nightly) if nightly else ())),
    )


def _until_books_agree(running: Cloud, outputs: dict[str, Any], market: Market, deadline: float) -> None:
    """The view follows the ledger a moment later."""
    stock = {product.sku: product.available for product in market.products}
    while time.monotonic() < deadline:
        if all(one.ok for one in reconcile(read_books(running, outputs["tables"]), stock)):
            return
        time.sleep(0.25)


def _left(
    running: Cloud,
    outputs: dict[str, Any],
    market: Market,
    planned: Sequence[PlannedOrder],
    mailbox: Mailbox,
    deadline: float,
) -> Evidence:
    """What is left once all agrees; after the deadline, as it is."""
    while True:
        left = evidence(running, outputs, planned, mailbox)
        if found_in(left, planned, market.products).ok or time.monotonic() > deadline:
            return left
        time.sleep(0.5)


def _forgeries(running: Cloud, outputs: dict[str, Any], webhooks: CarrierWebhooks) -> list[str]:
    """What the stack took of news that someone else than the carrier sent."""
    taken = (
        webhooks.forge(row["shipmentId"], "DELIVERED", "forged")
        for row in scan(running, outputs["tables"]["shipments"]["name"])[:1]
    )
    return [f"a forged event was taken: {event}" for events in taken for event in events]


def _report(
    ended: list[Ended],
    refused: list[Rejected],
    found: Found,
    nightly: Reconciled,
    clock: _Clock,
) -> Report:
    outcomes = Counter(one.outcome for one in ended)
    counts = Counter({"delivered": 0, "refunded": 0, "declined": 0, "rejected": len(refused), "failed": 0})
    for outcome, count in outcomes.items():
        counts[KINDS.get(outcome, "failed")] += count
    sums = {side: cents for comparison in found.comparisons for side, cents in (comparison.left, comparison.right)}
    return Report(
        dict(counts),
        dict(outcomes),
        sums,
        [{**asdict(comparison), "ok": comparison.ok} for comparison in found.comparisons],
        list(found.problems),
        {"issues": len(nightly.issues), **nightly.report.get("lookedAt", {})},
        found.ok,
        clock.seconds,
        clock.spent,
    )


def _show(report: Report, ended: list[Ended], compared: Sequence[Comparison]) -> None:
    print_outcomes("orders", [(one.outcome, one.cause) for one in ended])
    print_books(compared)
    seen = dict(report.reconciliation)
    issues = seen.pop("issues")
    looked = ", ".join(f"{count} {what}" for what, count in seen.items())
    console.print(f"the reconciliation looked at {looked or 'nothing'}, and found {issues} issues")
    for problem in report.problems:
        console.print(problem, style="red", markup=False)
    counted = ", ".join(f"{count} {kind}" for kind, count in report.counts.items())
    console.print(f"[bold]{sum(report.counts.values())} orders: {counted}[/], in {report.seconds} s")
    console.print(f"How they went through the machine: open [bold]{PAGE}[/] in a browser", soft_wrap=True)
    if report.ok:
        console.print(
            "Try next:\n"
            "  ORDERS=examples/orders.jsonl make demo             your own orders\n"
            "  make cloud                                         keep the stack running; then, in another terminal:\n"
            f"  {COMMAND} start examples/orders.jsonl    start orders, and see `{COMMAND} --help`",
            soft_wrap=True,
        )
    else:
        console.print("[red bold]Not as promised.[/] The rows above say which books differ or which orders, and why.")
