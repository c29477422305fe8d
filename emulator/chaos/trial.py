"""A whole chaos run: the plan's orders through a program deployed for them, and what is found in the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.carrier import CarrierWebhooks, carrier
from emulator.chaos.evidence import Mailbox, evidence, leaks, looked_at, shop_of
from emulator.chaos.judge import judge
from emulator.chaos.nightly import misjudged, reconciled
from emulator.chaos.plan import PRODUCTS, Plan
from emulator.chaos.poison import ROWS, poison, set_aside
from emulator.chaos.report import Findings
from emulator.chaos.run import News, People, operate, struck_cloud
from emulator.chaos.thefts import steal
from emulator.cloud import Cloud
from emulator.deploy import deploy
from emulator.reconcile import reconcile
from emulator.running import run_orders
from emulator.seed import seed as fill
from orderflow import Order, check_order

IN_FLIGHT = 32
ORDER_SECONDS = 900
SETTLING_SECONDS = 15
"""Less than a question is open: what is still asked when the orders have ended is still asked when they are judged."""


@dataclass(frozen=True)
class Said:
    """Whom to tell how far the run is: each order that has ended, and how many were redriven."""

    ended: Callable[[], None]
    redriven: Callable[[int], None]


def run(planned: Plan, said: Said) -> Findings:
    """Deploy, run all orders, have those go on that failed, and look at what is left."""
    with struck_cloud(planned.faults) as running:
        outputs = deploy(running, config={"orderflow:decisionSeconds": str(_decision_seconds(planned))})
        fill(running, outputs["tables"], PRODUCTS)
        mailbox = Mailbox.subscribed(running, outputs)
        webhooks = CarrierWebhooks.for_stack(running, outputs)
        news = News(planned, webhooks)
        poison(running, outputs)
        with carrier(webhooks, outputs, news.send), People(running, outputs, planned).deciding():
            since = datetime.now(UTC)
            orders = [one for one in (check_order(dict(o.document)) for o in planned.orders) if isinstance(one, Order)]
            arn = outputs["machines"]["order-fulfillment"]["aliasArn"]
            run_orders(running, arn, orders, IN_FLIGHT, lambda _: said.ended(), ORDER_SECONDS)
            said.redriven(operate(running, outputs, planned, since, ORDER_SECONDS))
        return _found(running, outputs, planned, news, mailbox)


def _decision_seconds(planned: Plan) -> int:
    """How long a question is open: people look at all of them one after the other, and some are never answered."""
    return min(60, 20 + len(planned.orders) // 4)


def _found(running: Cloud, outputs: dict[str, Any], planned: Plan, news: News, mailbox: Mailbox) -> Findings:
    shop, before = shop_of(PRODUCTS), {product.sku: product.available for product in PRODUCTS}
    aside: set[str] = set()
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:  # the view follows the ledger a moment later
        left = evidence(running, outputs, planned.orders, mailbox)
        comparisons = reconcile(left.books, before)
        aside |= set_aside(running, outputs)
        settled = all(one.ok for one in comparisons) and len(aside) == len(ROWS)
        if settled or time.monotonic() > deadline:
            break
        time.sleep(1)
    judgement = judge(planned.orders, left, shop)
    problems = [f"a forged event was taken: {event}" for event in news.unwelcome]
    problems += [] if len(aside) == len(ROWS) else [f"{len(ROWS)} poison rows, and {len(aside)} were set aside"]
    problems += [f"a secret stands in {place}" for place in leaks(running, news.webhooks.secret)]
    planted = steal(running, outputs["tables"], judgement.verdicts)
    found = reconciled(running, outputs)
    problems += misjudged(planted, {row["orderId"]["S"] for row in ROWS}, found)
    seen = {**looked_at(left, shop), "differences made on purpose": len(planted), "issues found": len(found.issues)}
    seen |= {f"{what} by the reconciliation": count for what, count in found.report.get("lookedAt", {}).items()}
    return Findings(judgement, comparisons, frozenset(news.happened), tuple(problems), seen)
