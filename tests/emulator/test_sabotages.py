"""Whether every witness sees through programs that break the promise, by name: judge, books and reconciliation.

Every sabotaged program is deployed beside the right one into one cloud, as a machine of its own, and all run at once:
each of an order that shows it and that sells its own products, so that the stock of each is judged by itself. The same
orders also run through the right program, and nothing may be said of those. In the end one reconciliation looks at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from emulator import demo
from emulator.baskets import Product
from emulator.carrier import Answer, CarrierWebhooks, carrier
from emulator.chaos.evidence import Mailbox, evidence
from emulator.chaos.judge import Evidence
from emulator.chaos.nightly import Reconciled, misjudged, reconciled
from emulator.chaos.plan import Plan, PlannedOrder
from emulator.chaos.run import News, People, struck_cloud
from emulator.cloud import Cloud
from emulator.demo import Found, found_in
from emulator.deploy import up
from emulator.reconcile import Books, Row, same_picture, scan
from emulator.seed import seed
from handlers.shared.carriers import Status
from handlers.shared.clock import now, written
from handlers.shared.reconciliation.difference import PATIENCE
from tests.deployed import order
from tests.hangs import HANG_SECONDS
from tests.sabotages import DECISION_SECONDS, LOST, RETURNED, SABOTAGES, WEBHOOK, Sabotage, machine_with, url_of

IN_FLIGHT, LOOK_SECONDS = 12, 0.5
PRICES = {"tea": (450, 1_000), "cup": (1_200, 1_000), "gold": (600_000, 1_000), "gone": (700, 0)}
ITEMS = [{"sku": "tea", "quantity": 3}, {"sku": "cup", "quantity": 2}]
NAMES = list(SABOTAGES)


@dataclass(frozen=True)
class Case:
    """One order through one program, right or sabotaged; what it sells is named after it."""

    key: str
    sabotage: Sabotage
    is_right: bool

    @property
    def products(self) -> list[Product]:
        return [Product(f"{self.key}-{sku}", sku, *at) for sku, at in PRICES.items()]

    @property
    def planned(self) -> PlannedOrder:
        wanted = order(self.key, items=ITEMS) | dict(self.sabotage.order)
        items = [{**item, "sku": f"{self.key}-{item['sku']}"} for item in wanted["items"]]
        one = self.sabotage
        return PlannedOrder({**wanted, "items": items}, "", one.planned(), one.news, one.people)


CASES = [
    Case(f"{'right' if is_right else 'wrong'}-{number}", sabotage, is_right)
    for number, sabotage in enumerate(SABOTAGES.values())
    for is_right in (True, False)
]


@dataclass(frozen=True)
class Said:
    """What is said in the end: of each case by all witnesses, of all cases by the reconciliation."""

    found: Mapping[str, Found]
    nightly: Reconciled


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    folder = tmp_path_factory.mktemp("sabotages")
    plan = Plan(0, [case.planned for case in CASES])
    with struck_cloud(plan.faults) as running:
        outputs = up(running, config={"orderflow:decisionSeconds": str(DECISION_SECONDS)})
        seed(running, outputs["tables"], [product for case in CASES for product in case.products])
        mailbox = Mailbox.subscribed(running, outputs)
        webhooks = CarrierWebhooks.for_stack(running, outputs)
        machines, news = dict[str, str](), dict[str, News]()
        for case in CASES:
            right = outputs["machines"]["order-fulfillment"]["arn"], News(plan, webhooks)
            installed = right if case.is_right else _sabotaged(case, running, outputs, webhooks, plan, folder)
            machines[case.key], news[case.key] = installed

        def send(shipment_id: str, status: Status, event_id: str) -> Answer:
            return news[shipment_id.removeprefix("shp_").partition("~")[0]].send(shipment_id, status, event_id)

        with carrier(webhooks, outputs, send), People(running, outputs, plan).deciding():
            executions = _run(running, machines)
        left = replace(_projected(running, outputs, mailbox), executions=executions)
        _hours_pass(running, outputs)
        nightly = reconciled(running, outputs)
    return Said({case.key: _found(case, left, news[case.key], nightly) for case in CASES}, nightly)


def _sabotaged(
    case: Case, running: Cloud, outputs: dict[str, Any], webhooks: CarrierWebhooks, plan: Plan, folder: Path
) -> tuple[str, News]:
    """The machine of a sabotaged program, and where its carrier's news goes."""
    machine = machine_with([case.sabotage], running, outputs, case.key, folder)
    if case.sabotage.function == WEBHOOK:
        webhooks = replace(webhooks, url=url_of(running, f"{case.key}-{WEBHOOK}"))
    return machine, News(plan, webhooks)


def _run(running: Cloud, machines: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """The execution of each case's order, once all have ended; so many at a time that functions answer in time."""
    sfn = running.client("stepfunctions")
    waiting, under_way, ended = list(reversed(CASES)), dict[str, str](), dict[str, Mapping[str, Any]]()
    deadline = time.monotonic() + HANG_SECONDS
    while waiting or under_way:
        assert time.monotonic() < deadline, f"not ended within {HANG_SECONDS} s: {', '.join(sorted(under_way))}"
        while waiting and len(under_way) < IN_FLIGHT:
            case = waiting.pop()
            under_way[case.key] = sfn.start_execution(
                stateMachineArn=machines[case.key], name=case.key, input=json.dumps(case.planned.document)
            )["executionArn"]
        time.sleep(LOOK_SECONDS)
        found = {key: sfn.describe_execution(executionArn=arn) for key, arn in under_way.items()}
        ended |= {key: execution for key, execution in found.items() if execution["status"] != "RUNNING"}
        under_way = {key: arn for key, arn in under_way.items() if key not in ended}
    return ended


def _projected(running: Cloud, outputs: Mapping[str, Any], mailbox: Mailbox) -> Evidence:
    """What is left once the view has followed the ledger, which it does a moment later."""
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        books = (left := evidence(running, outputs, [], mailbox)).books
        behind = [key for key, row in books.orders.items() if not same_picture(row, books.views.get(key))]
        if not behind:
            return left
        assert time.monotonic() < deadline, f"the view still differs: {', '.join(behind)}"
        time.sleep(LOOK_SECONDS)


def _hours_pass(running: Cloud, outputs: Mapping[str, Any]) -> None:
    """No step under way explains any more what differs: each order has stood still for longer than any takes."""
    long_ago = written(now() - 2 * PATIENCE)
    for row in scan(running, outputs["tables"]["orders"]["name"]):
        running.client("dynamodb").update_item(
            TableName=outputs["tables"]["orders"]["name"],
            Key={"orderId": {"S": row["orderId"]}},
            UpdateExpression="SET updatedAt = :then",
            ExpressionAttributeValues={":then": {"S": long_ago}},
        )


def _found(case: Case, left: Evidence, news: News, nightly: Reconciled) -> Found:
    """What is said of one case, by what is left of just that."""

    def own(rows: Mapping[str, Row]) -> dict[str, Row]:
        return {key: row for key, row in rows.items() if row["orderId"] == case.key}

    books = left.books
    orders, entries, payments = own(books.orders), own(books.entries), own(books.payments)
    just_its = replace(
        left,
        books=Books(orders, entries, payments, own(books.reservations), books.stock, own(books.views)),
        parcels={key: rows for key, rows in left.parcels.items() if key == case.key},
        notices={key: rows for key, rows in left.notices.items() if key == case.key},
    )
    forged = [f"a forged event was taken: {one}" for one in news.unwelcome]
    issues = [one for one in nightly.issues if one.order_id == case.key or one.about.startswith(f"{case.key}-")]
    return found_in(just_its, [case.planned], case.products, forged, Reconciled(nightly.status, {}, issues))


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_program_that_breaks_the_promise_is_found_out(said: Said, number: int) -> None:
    key, sabotage = f"wrong-{number}", SABOTAGES[NAMES[number]]
    found = said.found[key]
    assert not found.ok
    for sentence in filter(None, (sabotage.says, sabotage.finds)):
        assert any(sentence.format(key=key) in problem for problem in found.problems), (sentence, found.problems)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_nothing_is_said_of_the_same_order_in_the_right_program(said: Said, number: int) -> None:
    assert said.found[f"right-{number}"].ok, said.found[f"right-{number}"]


def test_the_reconciliation_finds_each_that_the_books_can_show_and_nothing_else(said: Said) -> None:
    planted = dict[str, str]()
    for number, sabotage in enumerate(SABOTAGES.values()):
        if sabotage.finds:
            kind, whose = sabotage.finds.format(key=f"wrong-{number}").split(":")[0].split(" of ")
            planted["" if kind == "STOCK_NEGATIVE" else whose] = kind
    assert misjudged(planted, (), said.nightly) == []


def test_what_no_book_shows_is_the_judges_to_see() -> None:
    """Only counting tells what is in stock, only customers whether they were told, and of news and approvals no book
    says whether they were needed."""
    assert [name for name, sabotage in SABOTAGES.items() if not sabotage.finds] == [
        "stock that comes back is recorded and not returned",
        "the customer is never told",
        "the customer is told twice",
        "a webhook is taken unsigned",
        "a large order needs nobody's approval",
    ]


@dataclass(frozen=True)
class Demo:
    """Orders that show several sabotages at once, and by name what the demo has to say of each."""

    orders: Sequence[Mapping[str, Any]]
    says: Mapping[str, Sequence[str]]


DEMOS = [
    Demo(
        [order("good", items=ITEMS), order("back", items=ITEMS, **RETURNED), order("late", items=ITEMS, **LOST)],
        {
            "a parcel is canceled in our books only": (
                "back was refunded, and its parcel was never canceled",
                "found PARCEL_NOT_CANCELED of back",
            ),
            "stock that comes back is recorded and not returned": ("the stock has ",),
            "only the first line is charged": (
                "good has a payment of 3000 cents, and what was ordered comes to 5000",
                "found AMOUNT_WRONG of good",
            ),
            "an overdue parcel counts as delivered": (
                "late was delivered, and the carrier says that its parcel is IN_TRANSIT",
                "found NOT_DELIVERED of late",
            ),
            "a refund is recorded and not made": (
                "back was refunded, and the provider still has 3000 cents CAPTURED",
                "found NOT_GIVEN_BACK of back",
            ),
            "the customer is told twice": ("good has ended, and its customer was told 2 times",),
            "a webhook is taken unsigned": ("a forged event was taken: shp_",),
        },
    ),
    Demo(
        [
            order("good", items=ITEMS),
            order("late", items=ITEMS, **LOST),
            order("large", items=[{"sku": "gold", "quantity": 600}]),
            order("gone", items=[{"sku": "sold-out", "quantity": 2}]),
            order("poor", items=ITEMS, paymentMethodId="pm_card_chargeDeclined"),
        ],
        {
            "a capture is recorded and not made": (
                "good was delivered, and the provider has not taken its money: 5000 cents AUTHORIZED",
                "found NOT_CAPTURED of good",
            ),
            "the customer is never told": ("good has ended, and its customer was never told",),
            "a large order needs nobody's approval": (
                "large ended as DELIVERED, and should have ended as NOT_APPROVED",
            ),
            "goods that got lost are put back into the stock": ("the stock has ", "found RESERVATION_DIFFERS of late"),
            "what is sold out is sold": (
                "gone ended as DELIVERED, and should have ended as OUT_OF_STOCK",
                "found STOCK_NEGATIVE of sold-out",
            ),
            "a declined card is taken for a good one": (
                "poor ended as DELIVERED, and should have ended as DECLINED",
                "found NEVER_CHARGED of poor",
            ),
        },
    ),
]


def test_only_what_a_fault_shows_is_not_shown_by_the_demo_which_makes_none() -> None:
    shown = {name for one in DEMOS for name in one.says}
    assert SABOTAGES.keys() - shown == {name for name, sabotage in SABOTAGES.items() if sabotage.faults}


@pytest.mark.parametrize("one", DEMOS)
def test_the_demo_finds_them_out_too(one: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of these in one program, for each says its own sentence."""

    def sabotaged(running: Cloud) -> dict[str, Any]:
        outputs = up(running)
        arn = machine_with([SABOTAGES[name] for name in one.says], running, outputs, "sabotaged", tmp_path)
        outputs = {**outputs, "machines": {**outputs["machines"], "order-fulfillment": {"arn": arn, "aliasArn": arn}}}
        if "a webhook is taken unsigned" in one.says:
            carrier = {**outputs["webhooks"]["carrier"], "url": url_of(running, f"sabotaged-{WEBHOOK}")}
            outputs["webhooks"] = {**outputs["webhooks"], "carrier": carrier}
        return outputs

    monkeypatch.setattr(demo, "PROJECTION_SECONDS", 3)
    orders, report = tmp_path / "orders.jsonl", tmp_path / "report.json"
    orders.write_text("\n".join(map(json.dumps, one.orders)))
    assert demo.demo(orders, report, lambda: sabotaged) == 1
    problems = json.loads(report.read_text())["problems"]
    unsaid = {name: says for name, says in one.says.items() if not all(any(s in p for p in problems) for s in says)}
    assert unsaid == {}, problems
