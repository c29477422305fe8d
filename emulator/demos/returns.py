"""Returns in the demo: delivered orders come back in every way that there is, and the books agree afterwards."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from emulator.baskets import Product
from emulator.carrier import CarrierWebhooks, carrier
from emulator.chaos.evidence import Mailbox
from emulator.chaos.nightly import misjudged, reconciled
from emulator.cloud import Cloud
from emulator.demos.frame import COMMAND, DELIVERED, Came, Ended
from emulator.flow import Cases
from emulator.reconcile import Books, Comparison, read_books, reconcile, scan
from emulator.running import run_orders
from emulator.seed import seed
from handlers.shared.decisions import OF_A_RETURN
from handlers.shared.notices import RETURN_OUTCOMES
from handlers.shared.sandbox_carrier import LOST_COMING_BACK, NO_LABEL, NOT_SENT
from handlers.shared.sandbox_payments import REFUND_FAILS
from orderflow import Order, check_order
from orderflow.history import cause_summary

SHOWN = Cases("returns", "return")
PRODUCTS = [Product("tea", "Tea", 450, 1_000), Product("cup", "Cup", 1_200, 1_000)]
STOCK = {product.sku: product.available for product in PRODUCTS}
LOOK_SECONDS = 0.3
RETURN_SECONDS, AGREE_SECONDS, DECIDING_SECONDS = 300, 30, 60
AT_ONCE = 12


@dataclass(frozen=True)
class Case:
    """A return of some pieces of an order, what the inspector says of them, and how it should end; several executions
    may take it up at the same moment."""

    name: str
    order: str
    pieces: Mapping[str, int]
    ends: str
    says: Sequence[str] = ()
    why: str = ""
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    starts: int = 1

    @property
    def document(self) -> dict[str, Any]:
        items = [{"sku": sku, "quantity": count} for sku, count in self.pieces.items()]
        return {"returnId": self.name, "orderId": self.order, "items": items, **self.more}


ORDERS: Mapping[str, tuple[str, str]] = {
    "good-1": ("98101", "pm_card_visa"),
    "good-2": ("98101", "pm_card_mastercard"),
    "good-3": ("98101", "pm_card_visa"),
    "unsent": (NOT_SENT, "pm_card_visa"),
    "lost": (LOST_COMING_BACK, "pm_card_visa"),
    "no-label": (NO_LABEL, "pm_card_visa"),
    "unrefundable": ("98101", REFUND_FAILS),
    "declined": ("98101", "pm_card_chargeDeclined"),
}
"""By the order's id where it goes and how it is paid; each is of 3 teas and 2 cups."""

CASES = (
    Case("one-tea", "good-1", {"tea": 1}, "RETURN_REFUNDED", ["RESTOCKED"], "all is well"),
    Case("one-cup", "good-1", {"cup": 1}, "RETURN_REFUNDED", ["WRITTEN_OFF"], "all is well"),
    Case("decided-twice", "good-1", {"tea": 1}, "RETURN_REFUSED", ["REFUSED", "RESTOCKED"], "all is well"),
    Case("nobody-looks", "good-1", {"cup": 1}, "RETURN_REFUNDED", [], "nobody has inspected it in time"),
    Case("everything", "good-2", {"tea": 3, "cup": 2}, "RETURN_REFUNDED", ["RESTOCKED"], "all is well"),
    Case("never-sent", "unsent", {"tea": 2}, "RETURN_EXPIRED", [], "nothing was sent in time"),
    Case("lost-coming-back", "lost", {"tea": 1, "cup": 1}, "RETURN_REFUNDED", [], "lost on its way back to us"),
    Case("no-label", "no-label", {"tea": 2}, "RETURN_CANCELED", [], "no parcel is fetched"),
    Case("by-hand", "unrefundable", {"tea": 1}, "RETURN_REFUNDED", ["RESTOCKED", "SETTLED"], "all is well"),
    Case("rival-1", "good-3", {"tea": 2}, "", ["RESTOCKED"]),
    Case("rival-2", "good-3", {"tea": 2}, "", ["RESTOCKED"]),
    Case("undelivered", "declined", {"tea": 1}, "RETURN_REJECTED", [], "has not been delivered: it is DECLINED"),
    Case("unknown-order", "nobodys", {"tea": 1}, "RETURN_REJECTED", [], "there is no order nobodys"),
    Case("unknown-product", "good-3", {"gold": 1}, "RETURN_REJECTED", [], "gold is not in order good-3"),
    Case("too-many", "good-3", {"cup": 3}, "RETURN_REJECTED", [], "of 2 delivered 2 can be"),
    Case("nothing", "good-3", {}, "RETURN_REJECTED", [], "items: must be a list"),
    Case("odd", "good-3", {"cup": 1}, "RETURN_REJECTED", [], "note: is no field", {"note": "?"}),
    Case("half-a-cup", "good-3", {"cup": 0}, "RETURN_REJECTED", [], "must be a whole number"),
)


def run(
    cloud: Cloud,
    outputs: dict[str, Any],
    cases: Sequence[Case] = CASES,
    orders: Mapping[str, tuple[str, str]] = ORDERS,
) -> Came:
    """Deliver the orders, return of them what the cases say, and see whether the books agree."""
    seed(cloud, outputs["tables"], PRODUCTS)
    mailbox = Mailbox.subscribed(cloud, outputs)
    machine = outputs["machines"]["order-fulfillment"]["aliasArn"]
    needed = {case.order for case in cases}
    wanted = [_order(order_id, *about) for order_id, about in orders.items() if order_id in needed]
    with carrier(CarrierWebhooks.for_stack(cloud, outputs), outputs):
        run_orders(cloud, machine, wanted, AT_ONCE, lambda _: None, first=AT_ONCE)
    # Its process is there then: people have five seconds to decide on this stack.
    _decide(cloud, outputs, f"{OF_A_RETURN}nobodys", "REFUSED")
    with _people(cloud, outputs, cases) as said, ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda case: _returned(cloud, outputs, case), cases))
    books = _agreeing(cloud, outputs)
    rows = {row["returnId"]: row for row in scan(cloud, outputs["tables"]["returns"]["name"])}
    compared = [*reconcile(books, STOCK), _refunds(books, rows), _pieces(books, rows), _told(ended, mailbox)]
    problems = [*_unlike(cases, ended), *misjudged({}, (), reconciled(cloud, outputs)), *_unheard(cases, said)]
    return Came(ended, compared, problems)


def by_hand(cloud: Cloud, outputs: Mapping[str, Any]) -> AbstractContextManager[str]:
    return nullcontext(
        f"an order is delivered, a part of it sent back, and looked at once its parcel has come\n"
        f"{DELIVERED}\n"
        f"  {COMMAND} return example-1 --item tea-1=1 --id back\n"
        f"  {COMMAND} history returns/back --follow --timeout 8\n"
        f"  {COMMAND} inspect back restock --why 'all is well' --by ada\n"
        f"  {COMMAND} history returns/back --follow"
    )


def _order(order_id: str, postcode: str, method: str) -> Order:
    order = check_order(
        {
            "orderId": order_id,
            "customerId": "ada",
            "items": [{"sku": "tea", "quantity": 3}, {"sku": "cup", "quantity": 2}],
            "paymentMethodId": method,
            "shipTo": {"name": "Ada Lovelace", "postcode": postcode},
        }
    )
    assert isinstance(order, Order)  # noqa: S101 nothing is wrong with it
    return order


def _returned(cloud: Cloud, outputs: Mapping[str, Any], case: Case) -> Ended:
    """Start a return, and wait for its end; of several that ended otherwise than it should, where there is one."""
    sfn, machine = cloud.client("stepfunctions"), outputs["machines"]["returns"]["aliasArn"]
    names = [case.name, *(f"{case.name}-{number}" for number in range(1, case.starts))]
    started = [
        sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(case.document)) for name in names
    ]
    ended = [_ended(cloud, case, one["executionArn"]) for one in started]
    return next((one for one in ended if one.outcome != case.ends), ended[0])


def _ended(cloud: Cloud, case: Case, execution_arn: str) -> Ended:
    sfn, deadline = cloud.client("stepfunctions"), time.monotonic() + RETURN_SECONDS
    while (found := sfn.describe_execution(executionArn=execution_arn))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            return Ended(case.name, "STILL_RUNNING", f"had not ended after {RETURN_SECONDS} s")
        time.sleep(LOOK_SECONDS)
    if found["status"] != "SUCCEEDED":
        return Ended(case.name, found.get("error", found["status"]), cause_summary(found.get("cause", "")))
    output = json.loads(found["output"])
    return Ended(case.name, output["outcome"], output["why"])


@contextmanager
def _people(cloud: Cloud, outputs: Mapping[str, Any], cases: Sequence[Case]) -> Iterator[list[dict[str, Any]]]:
    """While inside, answer what is asked about returns as the cases say; gives what was answered to them."""
    left = {f"{OF_A_RETURN}{case.name}": list(case.says) for case in cases}
    stop, said = threading.Event(), list[dict[str, Any]]()

    def answer() -> None:
        while not stop.wait(LOOK_SECONDS):
            for row in scan(cloud, outputs["tables"]["decisions"]["name"]):
                mine = left.get(row["orderId"], [])
                while mine and (row["status"] == "OPEN" or (row["question"] == "INSPECTION" and mine[0] != "SETTLED")):
                    said.append(_decide(cloud, outputs, row["orderId"], mine[0]))
                    if "came too late" in said[-1].get("message", ""):
                        break  # who asked has broken off, and asks anew
                    mine.pop(0)
                    row["status"] = "DECIDED"

    people = threading.Thread(target=answer, daemon=True)
    people.start()
    try:
        yield said
    finally:
        stop.set()
        people.join()


def _decide(cloud: Cloud, outputs: Mapping[str, Any], key: str, verdict: str) -> dict[str, Any]:
    """What the function answers; where it fails it is asked again, as people do."""
    about = {"return": {"returnId": key.removeprefix(OF_A_RETURN)}}
    event = json.dumps({**about, "verdict": verdict, "by": "ada", "why": "all is well"}).encode()
    deadline = time.monotonic() + DECIDING_SECONDS
    while True:
        answer = cloud.client("lambda").invoke(FunctionName=outputs["functions"]["decide"]["aliasArn"], Payload=event)
        if "FunctionError" not in answer or time.monotonic() > deadline:
            return json.loads(answer["Payload"].read())


def _agreeing(cloud: Cloud, outputs: Mapping[str, Any]) -> Books:
    """The books once they agree: the view follows the ledger a moment later. After the deadline, as they are."""
    deadline = time.monotonic() + AGREE_SECONDS
    while True:
        books = read_books(cloud, outputs["tables"])
        if all(one.ok for one in reconcile(books, STOCK)) or time.monotonic() > deadline:
            return books
        time.sleep(LOOK_SECONDS)


def _refunds(books: Books, rows: Mapping[str, Mapping[str, Any]]) -> Comparison:
    """What the provider has given back, against what returns were refunded by it."""
    by_provider = {key: int(row.get("refundedCents", 0)) for key, row in books.payments.items()}
    by_return: dict[str, int] = {}
    for row in rows.values():
        if "REFUNDED" in row["changes"]:
            key = f"pay_{row['orderId']}"
            by_return[key] = by_return.get(key, 0) + int(row["cents"])
    return Comparison(
        "refunds in part, in cents",
        ("given back by the provider", sum(by_provider.values())),
        ("returns that were refunded by it", sum(by_return.values())),
        tuple(sorted(key for key, cents in by_provider.items() if cents != by_return.get(key, 0))),
    )


def _pieces(books: Books, rows: Mapping[str, Mapping[str, Any]]) -> Comparison:
    """What orders say was put back into the stock, against what the returns' rows say of it."""
    by_order = {key: sum(map(int, row.get("restocked", {}).values())) for key, row in books.orders.items()}
    by_return: dict[str, int] = {}
    for row in rows.values():
        if row["status"] == "RESTOCKED":
            by_return[row["orderId"]] = by_return.get(row["orderId"], 0) + sum(map(int, row["lines"].values()))
    return Comparison(
        "pieces put back",
        ("by the orders' rows", sum(by_order.values())),
        ("by the returns'", sum(by_return.values())),
        tuple(sorted(key for key, count in by_order.items() if count != by_return.get(key, 0))),
    )


def _told(ended: Sequence[Ended], mailbox: Mailbox) -> Comparison:
    """What customers were told of how returns ended, once each, against how they did."""
    letters = [letter for of_order in mailbox.read().values() for letter in of_order if "returnId" in letter]
    ends = {one.case: [one.outcome] for one in ended if one.outcome in RETURN_OUTCOMES}
    told = {name: [one["outcome"] for one in letters if one["returnId"] == name] for name in ends}
    told = {name: [one for one in outcomes if one != "RETURN_LABELED"] for name, outcomes in told.items()}
    return Comparison(
        "letters",
        ("told how a return ended", sum(map(len, told.values()))),
        ("returns that ended", len(ends)),
        tuple(name for name in ends if told[name] != ends[name]),
    )


def _unlike(cases: Sequence[Case], ended: Sequence[Ended]) -> Iterator[str]:
    """Where a return did not end as its case says."""
    for case, end in zip(cases, ended, strict=True):
        if case.ends and (end.outcome != case.ends or case.why not in end.why):
            yield f"{case.name} ended {end.outcome} ({end.why}), and not {case.ends} ({case.why})"
    rivals = sorted(end.outcome for end in ended if end.case.startswith("rival-"))
    if rivals and rivals != ["RETURN_REFUNDED", "RETURN_REJECTED"]:
        yield f"of two returns of the same pieces both ended {', '.join(rivals)}, and not one of them refused"


def _unheard(cases: Sequence[Case], said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Where a second decision was taken for one."""
    for case in cases:
        answers = [one for one in said if one.get("orderId") == f"{OF_A_RETURN}{case.name}"]
        if case.name == "decided-twice" and [one.get("decided") for one in answers] != [True, False]:
            yield f"of two decisions about {case.name} not just the first stands: {answers}"
