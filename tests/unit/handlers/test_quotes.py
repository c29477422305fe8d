"""Quotes by the workflow's definition, whose tasks call the handlers in this process: they say what an order comes to,
and change nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from asl.testing.runs import Run
from asl.testing.workflow import Workflow
from tests.unit.workflows.shipped import quoted
from workflows.quote import PARTS

Node = dict[str, Any]


@pytest.fixture
def basket() -> Node:
    """Of the same goods as `order`: 2 * 649 + 3 * 199 cents."""
    items = [{"sku": "1029743", "quantity": 2}, {"sku": "995242", "quantity": 3}]
    return {"items": items, "shipTo": {"postcode": "98101"}}


@pytest.fixture
def ask(shop: Any) -> Callable[..., Run]:
    """Asks for a quote; parts may be mocked instead of called. Whatever comes of it, nothing may have changed."""

    def ask(basket: object, **mocks: Node) -> Run:
        workflow = Workflow.of(quoted(), type="EXPRESS").at(shop.clock()).with_clock(shop.clock.set)
        for name in PARTS:
            handler = importlib.import_module(f"handlers.quote_{name}").handler
            workflow = workflow.mock(f"Ask{name.capitalize()}", **mocks.get(name, {"handler": handler}))
        before, writes = shop.everything(), shop.wire.writes
        run = workflow.run(basket)
        assert shop.everything() == before
        assert shop.wire.writes == writes, "not even one that changes nothing"
        return run

    return ask


def test_a_quote_says_what_the_order_of_the_same_basket_is_charged(
    shop: Any, order: Node, basket: Node, ask: Callable[..., Run]
) -> None:
    charged = shop.charged(order)
    quote = ask(basket).output
    assert quote["price"] == {key: charged["quote"][key] for key in ("amountCents", "currency", "lines")}
    assert [int(row["amountCents"]) for row in shop.rows("PAYMENTS_TABLE")] == [quote["price"]["amountCents"]] == [1895]


def test_it_says_what_is_in_stock_and_when_a_parcel_would_arrive(
    shop: Any, order: Node, basket: Node, ask: Callable[..., Run]
) -> None:
    shipment = shop.shipped(order)["fulfillment"]["shipment"]
    quote = ask(basket).output
    assert quote["stock"] == {"enough": True, "short": []}
    assert quote["delivery"] == {"possible": True, "dueAt": shipment["dueAt"]}
    assert quote["missing"] == []


@pytest.mark.parametrize(("quantity", "short"), [(5, []), (6, ["1029743"])])
def test_the_stock_is_enough_to_the_last_piece(
    quantity: int, short: list[str], basket: Node, ask: Callable[..., Run]
) -> None:
    basket["items"][0]["quantity"] = quantity
    assert ask(basket).output["stock"] == {"enough": not short, "short": short}


def test_where_the_carrier_does_not_go_the_quote_says_so(basket: Node, ask: Callable[..., Run]) -> None:
    quote = ask({**basket, "shipTo": {"postcode": "00000"}}).output
    assert quote["delivery"] == {"possible": False, "why": "no delivery to postcode 00000"}
    assert quote["price"]["amountCents"] == 1895
    assert quote["missing"] == []


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"never": True}, "late"),
        ({"error": "Sandbox.Timedout"}, "late"),
        ({"error": "TechnicalError"}, "failed"),
        ({"error": "Lambda.TooManyRequestsException"}, "failed"),
    ],
)
def test_whatever_happens_to_a_part_the_others_are_told_and_it_is_said_to_be_missing(
    part: str, fault: Node, why: str, basket: Node, ask: Callable[..., Run]
) -> None:
    quote = ask(basket, **{part: fault}).output
    assert quote["missing"] == [{"part": part, "why": why}]
    assert {*quote} - {"missing", "quotedAt"} == {*PARTS} - {part}


def test_a_table_that_puts_questions_off_for_too_long_is_a_part_that_failed(
    basket: Node, ask: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(handler: Any) -> Any:
        handler.result = {"Responses": {}, "UnprocessedKeys": handler.body["RequestItems"]}
        return handler

    monkeypatch.setattr(DynamoHandler, "batch_get_item", nothing)
    run = ask(basket)
    assert run.output["missing"] == [{"part": "price", "why": "failed"}, {"part": "stock", "why": "failed"}]


BAD: dict[str, tuple[Any, str]] = {
    "a list": ([], "basket: must be an object with items and shipTo"),
    "nothing": ({}, "items: is missing; it must be a list of 1 to 90 lines; shipTo: is missing; it must be an object"),
    "no line": ({"items": []}, "items: must be a list of 1 to 90 lines"),
    "91 lines": ({"items": [{"sku": f"a{n}", "quantity": 1} for n in range(91)]}, "items: must be a list of 1 to 90"),
    "a line that is none": ({"items": ["tea"]}, "items[0]: must be an object with sku and quantity"),
    "a fraction": ({"items": [{"sku": "1029743", "quantity": 1.5}]}, "items[0].quantity: must be a whole number from"),
    "true": ({"items": [{"sku": "1029743", "quantity": True}]}, "items[0].quantity: must be a whole number from 1"),
    "a price": ({"items": [{"sku": "1029743", "quantity": 1, "priceCents": 1}]}, "items[0].priceCents: is no field of"),
    "a whole order": ({"orderId": "order-1"}, "orderId: is no field of a basket; known here are items, shipTo"),
    "a name": (
        {"shipTo": {"name": "Ada", "postcode": "1"}},
        "shipTo.name: is no field of a basket; known here are post",
    ),
    "no postcode": ({"shipTo": {"postcode": " "}}, "shipTo.postcode: must be 1 to 12 characters of A-Z, a-z, 0-9"),
    "an unknown product": (
        {"items": [{"sku": "1029743", "quantity": 1}, {"sku": "gold", "quantity": 1}]},
        'items[1].sku: the catalogue has no "gold"; take another, or leave it out',
    ),
    "what costs nothing": (
        {"items": [{"sku": "free", "quantity": 1}]},
        "items: come to 0 cents; an order may come to 1",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_basket_is_refused_with_what_where_and_how_to_mend_it(
    name: str, basket: Node, ask: Callable[..., Run]
) -> None:
    wrong, said = BAD[name]
    changed = wrong if name in ("a list", "nothing") else {**basket, **wrong}
    run = ask(changed)
    assert run.ended_in("Refused")
    assert run.output["refused"].startswith(said)


def test_each_part_refuses_the_same_in_the_same_words(shop: Any) -> None:
    """The first one's words are told, whichever that is."""
    said: set[str] = set()
    for name in PARTS:
        with pytest.raises(Exception, match="items") as refused:
            shop.invoke(f"quote_{name}", {"basket": {"shipTo": {}}, "executionId": "e-1"})
        said.add(f"{type(refused.value).__name__}: {refused.value}")
    assert len(said) == 1, said
