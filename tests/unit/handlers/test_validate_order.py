"""validate_order: nothing that a client says is trusted, and the first answer stands."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.shared.catalogue import Catalogue
from handlers.shared.errors import TechnicalError, ValidationError
from handlers.shared.orders import problems

MISSING = object()


def test_the_amount_is_the_catalogues_and_not_the_callers_claim(shop: Any, order: dict[str, Any]) -> None:
    quote = shop.call("validate_order", {**order, "amountCents": 1})
    assert quote == {
        "amountCents": 1895,
        "currency": "usd",
        "lines": [
            {"sku": "1029743", "quantity": 2, "priceCents": 649},
            {"sku": "995242", "quantity": 3, "priceCents": 199},
        ],
    }
    row = shop.row()
    assert (row["status"], row["version"], row["amountCents"], row["chargedCents"]) == ("VALIDATED", 1, 1895, 0)


def test_a_repeat_gets_the_first_quote_though_prices_have_changed(shop: Any, order: dict[str, Any]) -> None:
    first = shop.call("validate_order", order)
    shop.dynamodb.put_item(TableName="PRODUCTS_TABLE", Item={"sku": "1029743", "priceCents": 1})
    assert shop.call("validate_order", order) == first


BAD = [
    ("orderId", MISSING),
    ("orderId", "order 1"),
    ("orderId", "o" * 81),
    ("orderId", "order-1\n"),
    ("orderId", 7),
    ("customerId", ""),
    ("customerId", None),
    ("items", MISSING),
    ("items", []),
    ("items", {"sku": "1029743"}),
    ("items", [{"sku": f"s{n}", "quantity": 1} for n in range(91)]),
    ("items[0]", ["1029743"]),
    ("items[0].sku", "1029743 "),
    ("items[1].sku", "1029743"),
    ("items[0].quantity", 0),
    ("items[0].quantity", -1),
    ("items[0].quantity", 1001),
    ("items[0].quantity", True),
    ("items[0].quantity", 1.0),
    ("items[0].quantity", "2"),
    ("items[0].quantity", MISSING),
    ("items[0].colour", "red"),
    ("paymentMethodId", "pm card"),
    ("paymentMethodId", MISSING),
    ("shipTo", "98101"),
    ("shipTo", MISSING),
    ("shipTo.name", ""),
    ("shipTo.name", " . "),
    ("shipTo.name", "a" * 101),
    ("shipTo.name", "Ada 🚀"),
    ("shipTo.name", "Ada\u0000"),
    ("shipTo.postcode", "98101_"),
    ("shipTo.postcode", " "),
    ("shipTo.postcode", "1234567890123"),
    ("shipTo.postcode", 98101),
    ("shipTo.street", "Main St"),
    ("amountCents", 0),
    ("amountCents", True),
    ("amountCents", 12.5),
    ("amountCents", "1299"),
    ("qty", 2),
    ("quote", {"amountCents": 1}),
]


def changed(value: Any, path: list[str], new: Any) -> Any:
    """A copy of `value` with `new` at `path`."""
    if not path:
        return new
    if isinstance(value, list):
        n = int(path[0])
        return [changed(inner, path[1:], new) if i == n else inner for i, inner in enumerate(value)]
    rest = {k: v for k, v in value.items() if k != path[0]}
    return rest if new is MISSING and len(path) == 1 else {**rest, path[0]: changed(value.get(path[0]), path[1:], new)}


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: repr(value)[:30] if value is not MISSING else "-")
def test_each_bad_field_is_named(order: dict[str, Any], field: str, value: Any) -> None:
    bad = changed(order, field.replace("[", ".").replace("]", "").split("."), value)
    assert [problem.split(":")[0] for problem in problems(bad)] == [field]


@pytest.mark.parametrize(("field", "rows"), [("customerId", ["REJECTED"]), ("orderId", [])])
def test_a_bad_order_is_recorded_where_it_has_a_usable_id(
    shop: Any, order: dict[str, Any], field: str, rows: list[str]
) -> None:
    with pytest.raises(ValidationError, match=f"^{field}: "):
        shop.call("validate_order", {**order, field: "no good!"})
    assert [row["status"] for row in shop.rows("ORDERS_TABLE")] == rows


@pytest.mark.parametrize("name", ["Ada O'Neil-Smith, Jr. 2", "李小龍", "हिन्दी नाम", "Zoe\u0301"])
def test_names_of_every_script_are_accepted(order: dict[str, Any], name: str) -> None:
    assert problems({**order, "shipTo": {"name": name, "postcode": "SW1A 1AA"}}) == []


@pytest.mark.parametrize("nonsense", [None, [], "order", 7, {}])
def test_what_is_no_order_is_refused_and_leaves_nothing(shop: Any, nonsense: Any) -> None:
    with pytest.raises(ValidationError, match="order"):
        shop.call("validate_order", nonsense)
    assert shop.rows("ORDERS_TABLE") == []


def test_all_problems_are_told_and_recorded(shop: Any, order: dict[str, Any]) -> None:
    items = [{"sku": "unknown-1", "quantity": 0}, {"sku": "unknown-2", "quantity": 1}]
    bad = {**order, "items": items, "customerId": "", "qty": 1}
    with pytest.raises(ValidationError) as refusal:
        shop.call("validate_order", bad)
    for field in ("customerId", "qty", "items[0].sku", "items[0].quantity", "items[1].sku"):
        assert f"{field}: " in str(refusal.value)
    row = shop.row()
    assert row["reason"] == str(refusal.value)
    assert {"customerId", "status", "updatedAt", "version", "amountCents", "chargedCents", "timeline"} <= row.keys()


def test_a_rejection_stands_when_it_is_repeated(shop: Any, order: dict[str, Any]) -> None:
    bad = {**order, "items": [{"sku": "late", "quantity": 1}]}
    reasons = []
    for _ in range(2):
        with pytest.raises(ValidationError) as refusal:
            shop.call("validate_order", bad)
        reasons.append(str(refusal.value))
        shop.dynamodb.put_item(TableName="PRODUCTS_TABLE", Item={"sku": "late", "priceCents": 100})
    assert reasons[0] == reasons[1]


@pytest.mark.parametrize("limit", ["1894", "1895"])
def test_the_limit_is_on_the_computed_amount(
    shop: Any, order: dict[str, Any], limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_LIMIT_CENTS", limit)
    if limit == "1895":
        assert shop.call("validate_order", order)["amountCents"] == 1895
    else:
        with pytest.raises(ValidationError, match=r"items: come to 1895 cents; an order may come to 1 to 1894"):
            shop.call("validate_order", order)


def test_an_order_of_nothing_but_free_products_is_refused(shop: Any, order: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="items: come to 0 cents"):
        shop.call("validate_order", {**order, "items": [{"sku": "free", "quantity": 1}]})


def test_a_different_order_under_the_same_id_does_not_touch_the_first(shop: Any, order: dict[str, Any]) -> None:
    shop.call("validate_order", order)
    before = shop.everything()
    for other in ({**order, "customerId": "someone-else"}, {**order, "items": []}, {**order, "qty": 1}):
        with pytest.raises(ValidationError, match="orderId"):
            shop.call("validate_order", other)
    assert shop.everything() == before


def test_a_reason_is_kept_short_whatever_is_sent(shop: Any, order: dict[str, Any]) -> None:
    many = {f"field-{n:05}": n for n in range(5_000)}
    with pytest.raises(ValidationError) as refusal:
        shop.call("validate_order", {**order, **many})
    assert len(str(refusal.value)) == 4_000


class Reluctant:
    """DynamoDB that answers for one key at a time, and no more than `answers` times."""

    def __init__(self, answers: int) -> None:
        self.answers = answers

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 boto3's name
        keys = RequestItems["products"]["Keys"]
        now, later = (keys[:1], keys[1:]) if self.answers > 0 else ([], keys)
        self.answers -= 1
        unprocessed = {"products": {"Keys": later}} if later else {}
        found = [{**key, "priceCents": 5} for key in now]
        return {"Responses": {"products": found}, "UnprocessedKeys": unprocessed}


@pytest.mark.usefixtures("shop")
def test_prices_that_dynamodb_puts_off_are_asked_for_again() -> None:
    client: Any = Reluctant(3)
    assert Catalogue(client, "products").prices(["a", "b", "c"]) == {"a": 5, "b": 5, "c": 5}
    stuck: Any = Reluctant(1)
    with pytest.raises(TechnicalError, match="2 of 3 rows"):
        Catalogue(stuck, "products").prices(["a", "b", "c"])
