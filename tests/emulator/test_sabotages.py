"""Whether the chaos run's judge sees through programs that break the promise, by name.

Every sabotaged program is deployed beside the right one into one cloud, as a machine of its own, and all run at once:
each of an order that shows it and that sells its own products, so that the stock of each is judged by itself. The same
orders also run through the right program, and nothing may be said of those.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from emulator import bridge, demo
from emulator.baskets import Product
from emulator.carrier import Answer, CarrierWebhooks, carrier
from emulator.chaos.evidence import Mailbox, evidence, shop_of
from emulator.chaos.judge import Evidence, judge
from emulator.chaos.plan import Plan, PlannedOrder
from emulator.chaos.run import News, People, PlanServer
from emulator.cloud import Cloud, Faults, cloud
from emulator.deploy import deploy
from emulator.seed import seed
from handlers.shared.carriers import Status
from tests.deployed import order
from tests.sabotages import DECISION_SECONDS, LOST, RETURNED, SABOTAGES, Sabotage, machine_with

DEADLINE_SECONDS = 150
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


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is wrong with each case."""
    folder = tmp_path_factory.mktemp("sabotages")
    plan = Plan(0, [case.planned for case in CASES])
    server = PlanServer(plan)
    with (
        server.listening(folder / "plan.sock"),
        cloud(wait_scale=0.4, faults=Faults(str(folder / "plan.sock"))) as running,
    ):
        outputs = deploy(running, config={"orderflow:decisionSeconds": str(DECISION_SECONDS)})
        seed(running, outputs["tables"], [product for case in CASES for product in case.products])
        mailbox = Mailbox.subscribed(running, outputs)
        webhooks = CarrierWebhooks.for_stack(running, outputs)
        machines, news = dict[str, str](), dict[str, News]()
        for case in CASES:
            right = outputs["machines"]["order-fulfillment"]["arn"], News(plan, webhooks)
            installed = right if case.is_right else _sabotaged(case, running, outputs, webhooks, plan, folder)
            machines[case.key], news[case.key] = installed

        def send(shipment_id: str, status: Status, event_id: str) -> Answer:
            return news[shipment_id.removeprefix("shp_")].send(shipment_id, status, event_id)

        with carrier(webhooks, outputs, send), People(running, outputs, plan).deciding():
            executions = _run(running, machines)
        left = replace(evidence(running, outputs, [], mailbox), executions=executions)
    return {case.key: _judged(case, left, news[case.key]) for case in CASES}


def _sabotaged(
    case: Case, running: Cloud, outputs: dict[str, Any], webhooks: CarrierWebhooks, plan: Plan, folder: Path
) -> tuple[str, News]:
    """The machine of a sabotaged program, and where its carrier's news goes."""
    machine = machine_with([case.sabotage], running, outputs, case.key, folder)
    if case.sabotage.function == "carrier-webhook":
        url = {"functionName": f"{case.key}-carrier-webhook", "authorizationType": "NONE"}
        answers_at = bridge.create(running, "aws:lambda/functionUrl:FunctionUrl", url)[1]["functionUrl"]
        webhooks = replace(webhooks, url=answers_at)
    return machine, News(plan, webhooks)


def _run(running: Cloud, machines: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """The execution of each case's order, once all have ended."""
    sfn = running.client("stepfunctions")
    started = {
        case.key: sfn.start_execution(
            stateMachineArn=machines[case.key], name=case.key, input=json.dumps(case.planned.document)
        )["executionArn"]
        for case in CASES
    }
    deadline, ended = time.monotonic() + DEADLINE_SECONDS, dict[str, Mapping[str, Any]]()
    while waiting := started.keys() - ended.keys():
        assert time.monotonic() < deadline, f"not ended within {DEADLINE_SECONDS} s: {', '.join(sorted(waiting))}"
        time.sleep(0.5)
        found = {key: sfn.describe_execution(executionArn=started[key]) for key in waiting}
        ended |= {key: execution for key, execution in found.items() if execution["status"] != "RUNNING"}
    return ended


def _judged(case: Case, left: Evidence, news: News) -> list[str]:
    """What the judge says of one case, by what is left of just that."""
    books = left.books
    own = replace(
        left,
        books=replace(
            books,
            entries={key: row for key, row in books.entries.items() if row["orderId"] == case.key},
            payments={key: row for key, row in books.payments.items() if row["orderId"] == case.key},
        ),
        parcels={key: row for key, row in left.parcels.items() if key == case.key},
        notices={key: rows for key, rows in left.notices.items() if key == case.key},
    )
    forged = [f"a forged event was taken: {one}" for one in news.unwelcome]
    return judge([case.planned], own, shop_of(case.products)).problems + forged


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_program_that_breaks_the_promise_is_found_out(said: dict[str, list[str]], number: int) -> None:
    sentence = SABOTAGES[NAMES[number]].says.format(sku=f"wrong-{number}-tea")
    assert any(sentence in problem for problem in said[f"wrong-{number}"]), said[f"wrong-{number}"]


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_nothing_is_said_of_the_same_order_in_the_right_program(said: dict[str, list[str]], number: int) -> None:
    assert said[f"right-{number}"] == []


IN_THE_DEMO = {
    "a parcel is canceled in our books only": "back was refunded, and its parcel was never canceled",
    "stock that comes back is recorded and not returned": "the stock has ",
    "only the first line is charged": "good has a payment of 3000 cents, and what was ordered comes to 5000",
    "an overdue parcel counts as delivered": "late was delivered, and the carrier says that its parcel is IN_TRANSIT",
    "a refund is recorded and not made": "back was refunded, and the provider still has 3000 cents CAPTURED",
    "the customer is told twice": "good has ended, and its customer was told 2 times",
}


def test_the_demo_finds_them_out_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of these in one program, for each says its own sentence."""

    def sabotaged(running: Cloud) -> dict[str, Any]:
        outputs = deploy(running)
        arn = machine_with([SABOTAGES[name] for name in IN_THE_DEMO], running, outputs, "sabotaged", tmp_path)
        return {**outputs, "machines": {**outputs["machines"], "order-fulfillment": {"arn": arn, "aliasArn": arn}}}

    monkeypatch.setattr(demo, "PROJECTION_SECONDS", 3)
    orders, report = tmp_path / "orders.jsonl", tmp_path / "report.json"
    each = (order("good", items=ITEMS), order("back", items=ITEMS, **RETURNED), order("late", items=ITEMS, **LOST))
    orders.write_text("\n".join(map(json.dumps, each)))
    assert demo.demo(orders, report, sabotaged) == 1
    problems = json.loads(report.read_text())["problems"]
    assert [name for name, says in IN_THE_DEMO.items() if not any(says in one for one in problems)] == [], problems
