"""Quotes through the HTTP API: real baskets, what is no basket, parts that fail, and orders of the same baskets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.baskets import Product, basket_market
from emulator.carrier import CarrierWebhooks, carrier
from emulator.cloud import REGION, Cloud
from emulator.demos.frame import COMMAND, Came, Ended
from emulator.flow import Cases
from emulator.reconcile import Comparison, Row, scan
from emulator.running import run_orders
from emulator.seed import seed
from handlers.shared.sandbox_carrier import REFUSED
from orderflow import Order, check_order

SHOWN = Cases("quote", "request")
BASKETS, ORDERED, LATE, FAILED = 200, 10, 8, 4
AT_ONCE = 4
IN_FLIGHT = 6
AGAIN = (503, 504)
"""A machine that has much else to do may be late with every part; callers ask again then."""
ALIAS, WHOLE, PARTS = "live", "all parts", ("price", "stock", "delivery")
GOLD = Product("gold", "Gold", 900_000, 10)
BASKET = {"items": [{"sku": "gold", "quantity": 1}], "shipTo": {"postcode": "98101"}}


def _changed(**changed: Any) -> str:
    return json.dumps({**BASKET, **changed})


MALFORMED: Mapping[str, tuple[str, str]] = {
    "no JSON": ('{"items": [', "Line 1, column 12: Expecting value"),
    "a list": ("[1, 2]", "basket: must be an object with items and shipTo"),
    "nothing": ("", "items: is missing; it must be a list"),
    "no items": (_changed(items=[]), "items: must be a list of 1 to 90 lines"),
    "half a product": (_changed(items=[{"sku": "gold", "quantity": 0.5}]), "items[0].quantity: must be a whole number"),
    "a product twice": (_changed(items=BASKET["items"] * 2), 'items[1].sku: "gold" stands in an earlier line too'),
    "no postcode": (_changed(shipTo={}), "shipTo.postcode: is missing"),
    "a person's name": (_changed(shipTo={"postcode": "1", "name": "Ada"}), "shipTo.name: is no field of a basket"),
    "an order": (_changed(orderId="o-1"), "orderId: is no field of a basket; known here are items, shipTo"),
    "line ends": (_changed(shipTo={"postcode": "\r\n"}), "shipTo.postcode: must be 1 to 12 characters"),
    "too dear": (_changed(items=[{"sku": "gold", "quantity": 2}]), "items: come to 1800000 cents"),
    "too large": (_changed(note="x" * 300_000), "and may have 262,144"),
}
"""Bodies that are no basket, and what the answer has to say of each."""


@dataclass(frozen=True)
class Case:
    """A request and what has to be answered: the status, of a quote its parts, of anything else what it says.

    A part may have come too late on a busy machine, if the answer says so; `lacks` are those that have to be missing,
    each with why.
    """

    name: str
    body: str
    outcome: str
    status: int
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    said: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Asked:
    """A case with its answer."""

    case: Case
    status: int
    answer: Any

    @property
    def missing(self) -> dict[str, str]:
        return {one["part"]: one["why"] for one in self.answer.get("missing", ())}

    @property
    def is_whole(self) -> bool:
        return self.status == 200 and not self.missing

    @property
    def outcome(self) -> str:
        if self.problem:
            return "NOT AS MEANT"
        return ", ".join(f"{part} {why}" for part, why in self.missing.items()) or self.case.outcome

    @property
    def problem(self) -> str | None:
        right = self._is_quote() if self.status == 200 else self.status == self.case.status and self._says()
        if right:
            return None
        return f"{self.case.name} is a case of {self.case.outcome}, and was answered {self.status}: {self.shown}"

    def _is_quote(self) -> bool:
        missing = self.missing
        late = {part for part, why in missing.items() if why == "late"}
        found = {part: self.answer[part] for part in PARTS if part in self.answer}
        right = all(_within(self.case.parts.get(part), told) for part, told in found.items())
        told_of_all = {*found, *missing} == {*PARTS} and not {*found} & {*missing}
        as_meant = self.case.lacks.items() <= missing.items() and {*missing} - late <= {*self.case.lacks}
        # What only the price would have refused is a quote where that is late.
        return right and told_of_all and as_meant and (self.case.status == 200 or "price" in late)

    def _says(self) -> bool:
        return self.case.said in self._words

    @property
    def _words(self) -> str:
        return next((str(self.answer[name]) for name in ("refused", "cause", "message") if name in self.answer), "")

    @property
    def shown(self) -> str:
        """The answer in a few words."""
        if self.status != 200:
            return self._words[:160]
        kept = {name: told for name, told in self.answer.items() if name != "quotedAt"}
        if "price" in kept:
            kept["price"] = f"{kept['price']['amountCents']} cents"
        return ", ".join(f"{name} {told}" for name, told in kept.items())[:160]


def _within(meant: Any, told: Any) -> bool:
    """Whether what is told has all that is meant, or is a part of which nothing is known."""
    return meant is None or meant.items() <= told.items()


def run(cloud: Cloud, outputs: dict[str, Any], baskets: int = BASKETS, ordered: int = ORDERED) -> Came:
    """Ask for quotes of `baskets` real baskets and of what is none, while all parts answer and while some do not; then
    order some of the baskets."""
    market = basket_market(baskets)
    products = [*market.products, GOLD]
    seed(cloud, outputs["tables"], products)
    shop = Shop({product.sku: product for product in products})
    before = _tables(cloud, outputs)
    cases = [*map(shop.quoted, market.orders), *(_malformed(name) for name in MALFORMED)]
    asked = _ask(cloud, outputs, cases)
    whole = {one.case.name for one in asked if one.is_whole and one.case.outcome == WHOLE}
    plain = [order for order in market.orders if order["orderId"] in whole]
    after = _tables(cloud, outputs)
    with ThreadPoolExecutor(1) as beside:
        ordering = beside.submit(_charged, cloud, outputs, [order for order in plain if _goes_well(order)][:ordered])
        asked += _with_parts_missing(cloud, outputs, shop, plain)
    charged = ordering.result()
    few = [f"only {len(charged)} of {ordered} baskets were quoted whole"] if len(charged) < ordered else []
    return Came(
        [Ended(one.case.name, one.outcome, one.shown) for one in asked],
        [_prices(asked, charged), _untouched(before, after)],
        [*(one.problem for one in asked if one.problem), *few],
    )


def answered(cloud: Cloud, outputs: dict[str, Any], products: Sequence[Product], cases: Sequence[Case]) -> Came:
    """Ask for quotes alone."""
    seed(cloud, outputs["tables"], products)
    before = _tables(cloud, outputs)
    asked = _ask(cloud, outputs, cases)
    return Came(
        [Ended(one.case.name, one.outcome, one.shown) for one in asked],
        [_untouched(before, _tables(cloud, outputs))],
        [one.problem for one in asked if one.problem],
    )


@dataclass(frozen=True)
class Shop:
    """What is known of the products, by sku: what quotes have to say follows from it."""

    products: Mapping[str, Product]

    def quoted(self, order: Mapping[str, Any]) -> Case:
        """The case of an order's basket while every part answers."""
        unknown = [line["sku"] for line in order["items"] if line["sku"] not in self.products]
        if unknown:
            return _case(order, "unknown product", 400, said=f'the catalogue has no "{unknown[0]}"')
        parts = self._parts(order)
        if not parts["stock"]["enough"]:
            return _case(order, "stock short", 200, parts)
        return _case(order, WHOLE if parts["delivery"]["possible"] else "carrier refuses", 200, parts)

    def without(self, order: Mapping[str, Any], lacks: Mapping[str, str]) -> Case:
        """The case of a basket of which nobody tells some parts, each with why."""
        outcome = ", ".join(f"{part} {why}" for part, why in lacks.items())
        return _case(order, outcome, 200, self._parts(order), lacks=lacks)

    def _parts(self, order: Mapping[str, Any]) -> dict[str, Any]:
        wanted = [(self.products[line["sku"]], line["quantity"]) for line in order["items"]]
        short = [product.sku for product, quantity in wanted if product.available < quantity]
        return {
            "price": {"amountCents": sum(product.price_cents * quantity for product, quantity in wanted)},
            "stock": {"enough": not short, "short": short},
            "delivery": {"possible": order["shipTo"]["postcode"] != REFUSED},
        }


def _case(order: Mapping[str, Any], outcome: str, status: int, *about: Any, **more: Any) -> Case:
    basket = {"items": order["items"], "shipTo": {"postcode": order["shipTo"]["postcode"]}}
    return Case(order["orderId"], json.dumps(basket), outcome, status, *about, **more)


def by_hand(cloud: Cloud, outputs: Mapping[str, Any]) -> AbstractContextManager[str]:
    body = json.dumps({"items": [{"sku": "tea-1", "quantity": 2}], "shipTo": {"postcode": "98101"}})
    signing = f"--aws-sigv4 aws:amz:{REGION}:execute-api --user test:test"
    return nullcontext(
        f"the API answers whoever signs, and the machine whoever may start it\n"
        f"  curl {signing} -H 'content-type: application/json' -d '{body}' {outputs['apis']['quotes']['url']}/quotes\n"
        f"  {COMMAND} start quote --sync --input '{body}'"
    )


def nothing(order: Mapping[str, Any]) -> Case:
    """The case of a basket while nobody tells of any part."""
    return _case(order, "nothing answered", 503, said="could be asked")


def _malformed(name: str) -> Case:
    body, said = MALFORMED[name]
    return Case(name, body, "malformed", 400, said=said)


def _ask(cloud: Cloud, outputs: Mapping[str, Any], cases: Sequence[Case]) -> list[Asked]:
    """What the API answers, some at a time."""
    url = f"{outputs['apis']['quotes']['url']}/quotes"

    def call(case: Case) -> tuple[int, str]:
        return cloud.call_url(url, case.body.encode(), signed(url, case.body))

    def ask(case: Case) -> Asked:
        status, body = call(case)
        if status in AGAIN and status != case.status:
            status, body = call(case)
        return Asked(case, status, json.loads(body))

    with ThreadPoolExecutor(AT_ONCE) as callers:
        return list(callers.map(ask, cases))


def signed(url: str, body: str) -> dict[str, str]:
    """The headers of a caller whom IAM lets in: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""
    request = AWSRequest("POST", url, {"content-type": "application/json"}, body)
    SigV4Auth(Credentials("test", "test"), "execute-api", REGION).add_auth(request)
    return dict(request.headers)


def _with_parts_missing(
    cloud: Cloud, outputs: Mapping[str, Any], shop: Shop, orders: Sequence[Mapping[str, Any]]
) -> Iterator[Asked]:
    """Baskets while the stock hangs, while it fails, and while nothing answers."""
    price, stock, delivery = (outputs["functions"][f"quote-{name}"]["name"] for name in ("price", "stock", "delivery"))
    with _hanging() as address, _live(cloud, stock, AWS_ENDPOINT_URL_DYNAMODB=address):
        yield from _ask(cloud, outputs, [shop.without(order, {"stock": "late"}) for order in orders[:LATE]])
    with _live(cloud, stock, STOCK_TABLE="gone"):
        yield from _ask(cloud, outputs, [shop.without(order, {"stock": "failed"}) for order in orders[:FAILED]])
        with _live(cloud, price, PRODUCTS_TABLE="gone"), _live(cloud, delivery, CARRIER_TRANSIT_SECONDS=""):
            yield from _ask(cloud, outputs, [nothing(order) for order in orders[:FAILED]])


@contextmanager
def _hanging() -> Iterator[str]:
    """The address of a server that takes every call and answers none."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(128)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def _live(cloud: Cloud, function: str, **environment: str) -> Iterator[None]:
    """While inside, a version of the function is live that has another environment."""
    client = cloud.client("lambda")
    before = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    version = client.get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"]
    client.update_function_configuration(FunctionName=function, Environment={"Variables": before | environment})
    other = client.publish_version(FunctionName=function)["Version"]
    client.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=other)
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function, Environment={"Variables": before})
        client.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=version)


def _goes_well(order: Mapping[str, Any]) -> bool:
    """Whether what is charged for it is kept."""
    return order["paymentMethodId"] == "pm_card_visa" and order["shipTo"]["postcode"] >= "10000"


def _charged(cloud: Cloud, outputs: dict[str, Any], orders: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What the payment provider has taken for each of `orders`, in cents, by its id."""
    checked = [one for one in map(check_order, orders) if isinstance(one, Order)]
    with carrier(CarrierWebhooks.for_stack(cloud, outputs), outputs):
        run_orders(
            cloud,
            outputs["machines"]["order-fulfillment"]["aliasArn"],
            checked,
            IN_FLIGHT,
            lambda _: None,
            first=IN_FLIGHT,
        )
    payments = scan(cloud, outputs["tables"]["payments"]["name"])
    taken = {row["orderId"]: int(row["amountCents"]) for row in payments if row["status"] == "CAPTURED"}
    return {order.order_id: taken.get(order.order_id, 0) for order in checked}


def _prices(asked: Sequence[Asked], charged: Mapping[str, int]) -> Comparison:
    whole = {one.case.name: one.answer["price"]["amountCents"] for one in asked if one.is_whole}
    quoted = {name: whole[name] for name in charged}
    return Comparison(
        f"{len(charged)} baskets, in cents",
        ("quoted", sum(quoted.values())),
        ("charged for the orders", sum(charged.values())),
        tuple(name for name, cents in charged.items() if quoted[name] != cents),
    )


Tables = Mapping[str, Sequence[Row]]


def _tables(cloud: Cloud, outputs: Mapping[str, Any]) -> Tables:
    """Every row of every table."""
    return {name: scan(cloud, table["name"]) for name, table in outputs["tables"].items()}


def _untouched(before: Tables, after: Tables) -> Comparison:
    counts = (sum(map(len, tables.values())) for tables in (before, after))
    return Comparison(
        "all tables, in rows",
        ("before the quotes", next(counts)),
        ("after them", next(counts)),
        tuple(name for name in before if _in_order(before[name]) != _in_order(after[name])),
    )


def _in_order(rows: Sequence[Row]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)
