"""Reading and checking orders: what is found, where, and that nothing a file may hold ends in a traceback."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from orderflow import Order, Problem, Rejected, canonical_json, check_order, read_orders

GOOD: dict[str, Any] = {
    "orderId": "order-1001",
    "customerId": "household-2375",
    "items": [{"sku": "1029743", "quantity": 2}],
    "paymentMethodId": "pm_card_visa",
    "shipTo": {"name": "Ada Lovelace", "postcode": "98101"},
}


def item(sku: str = "1", **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": 1, **fields}


def ship(**fields: Any) -> dict[str, Any]:
    return {"shipTo": {**GOOD["shipTo"], **fields}}


def line(**changes: Any) -> str:
    return json.dumps({**GOOD, **changes})


def rejected(data: bytes | str) -> list[Rejected]:
    return [result for result in read_orders(data) if isinstance(result, Rejected)]


def only_problem(data: bytes | str) -> tuple[int, Problem]:
    (result,) = rejected(data)
    (problem,) = result.problems
    return result.line, problem


def test_one_object_over_many_lines_is_one_order() -> None:
    (order,) = read_orders(json.dumps({**GOOD, "amountCents": 1299}, indent=4))
    assert isinstance(order, Order)
    assert (order.order_id, order.line, order.document["amountCents"]) == ("order-1001", 1, 1299)


def test_an_object_over_many_lines_may_have_a_whole_object_on_one_of_them() -> None:
    text = json.dumps(GOOD).replace('[{"sku"', '[\n{"sku"').replace("2}]", "2}\n]")
    assert [type(result) for result in read_orders(text)] == [Order]


def test_one_object_a_line_is_an_order_each() -> None:
    data = f"\ufeff{line(orderId='a')}\r\n\r\n  \n{line(orderId='b')}".encode()
    assert [(o.order_id, o.line) for o in read_orders(data)] == [("a", 1), ("b", 4)]


def test_canonical_orders_do_not_depend_on_how_they_were_written() -> None:
    (one,) = read_orders(json.dumps({**GOOD, **ship(name="Łucja")}, indent=2))
    two = check_order(dict(reversed({**GOOD, **ship(name="Łucja")}.items())))
    assert isinstance(one, Order)
    assert isinstance(two, Order)
    assert one.canonical == two.canonical
    assert one.canonical.startswith('{"customerId":"household-2375","items":[{"quantity":2,')
    assert "Łucja" in one.canonical


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"orderId": ""}, "orderId", "empty or blank"),
        ({"orderId": "a b"}, "orderId", '"a b"'),
        ({"orderId": "order-1\n"}, "orderId", '"order-1"'),
        ({"orderId": "x" * 81}, "orderId", "xxx…"),
        ({"orderId": "order/1"}, "orderId", "order/1"),
        ({"orderId": "zamówienie"}, "orderId", "zamówienie"),
        ({"orderId": "٣"}, "orderId", "٣"),
        ({"orderId": 7}, "orderId", "7"),
        ({"orderId": "\x1b[31m"}, "orderId", "\\x1b[31m"),
        ({"orderId": "\ud800"}, "orderId", "\\ud800"),
        ({"customerId": None}, "customerId", "null"),
        ({"paymentMethodId": {"a": 1}}, "paymentMethodId", "an object"),
        ({"items": []}, "items", "a list of 0"),
        ({"items": [item(str(n)) for n in range(91)]}, "items", "a list of 91"),
        ({"items": item()}, "items", "an object"),
        ({"items": [item(), "1"]}, "items[1]", '"1"'),
        ({"items": [item(quantity=0)]}, "items[0].quantity", "0"),
        ({"items": [item(quantity=-1)]}, "items[0].quantity", "-1"),
        ({"items": [item(quantity=1001)]}, "items[0].quantity", "1001"),
        ({"items": [item(quantity=True)]}, "items[0].quantity", "true"),
        ({"items": [item(quantity=1.0)]}, "items[0].quantity", "1.0"),
        ({"items": [item(quantity="1")]}, "items[0].quantity", '"1"'),
        ({"items": [item(quantity=float("nan"))]}, "items[0].quantity", "NaN"),
        ({"items": [item(quantity=10**400)]}, "items[0].quantity", "more than 18 digits"),
        ({"items": [item("1"), item("2"), item("1"), item("1")]}, "items[2].sku", '"1" again'),
        ({"items": [{"quantity": 1}]}, "items[0].sku", "nothing"),
        ({"amountCents": 0}, "amountCents", "0"),
        ({"amountCents": 1_000_001}, "amountCents", "1000001"),
        ({"amountCents": float("inf")}, "amountCents", "Infinity"),
        ({"amountCents": None}, "amountCents", "null"),
        ({"shipTo": "98101"}, "shipTo", "98101"),
        ({"shipTo": {"postcode": "1"}}, "shipTo.name", "nothing"),
        (ship(name="Ada 😀"), "shipTo.name", "Ada 😀"),
        (ship(name="1\ufe0f"), "shipTo.name", "1"),
        (ship(name="..."), "shipTo.name", "..."),
        (ship(name="x" * 101), "shipTo.name", "xxx…"),
        (ship(postcode="981-01-12345678"), "shipTo.postcode", "981-01-12345678"),
        (ship(postcode=" "), "shipTo.postcode", "empty or blank"),
        (ship(country="US"), "shipTo.country", "an unknown field"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_found(changes: dict[str, Any], field: str, found: str) -> None:
    at, problem = only_problem(f"{line(orderId='fine')}\n{line(**changes)}")
    assert at == 2
    assert problem.field == field
    assert found in problem.found
    assert problem.fix


@pytest.mark.parametrize("name", ["Łucja O'Neill-Kowalska, Jr.", "Зоя", "李小龙", "अमित", "Amelie\u0301", "3M"])
def test_names_may_be_in_any_script(name: str) -> None:
    assert isinstance(check_order({**GOOD, **ship(name=name)}), Order)


def test_the_limits_themselves_are_fine() -> None:
    items = [item(f"{n:080}", quantity=1000) for n in range(90)]
    order = {**GOOD, "orderId": "o" * 80, "items": items, "amountCents": 1_000_000, **ship(name="x" * 100)}
    assert isinstance(check_order(order), Order)


def test_the_limit_of_an_amount_is_the_stacks() -> None:
    assert isinstance(check_order({**GOOD, "amountCents": 500}, limit_cents=499), Rejected)
    assert isinstance(check_order({**GOOD, "amountCents": 2_000_000}, limit_cents=2_000_000), Order)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("orderID", "orderId"), ("customer_id", "customerId"), ("item", "items"), ("shipto", "shipTo")],
)
def test_a_misspelt_field_is_missing_and_the_right_name_is_offered(written: str, meant: str) -> None:
    document = {written if name == meant else name: value for name, value in GOOD.items()}
    result = check_order(document)
    assert isinstance(result, Rejected)
    assert {(p.field, p.found) for p in result.problems} == {(meant, "nothing"), (written, "an unknown field")}
    assert f"did you mean {meant}?" in {p.fix for p in result.problems}


def test_all_problems_of_an_order_are_reported_and_its_id() -> None:
    bad = {**GOOD, "items": [item(quantity=0), item(quantity=0)], "amountCents": -5, "qty": 1, **ship(postcode="")}
    (result,) = rejected(json.dumps(bad))
    assert result.order_id == "order-1001"
    assert [p.field for p in result.problems] == [
        "items[0].quantity",
        "items[1].quantity",
        "items[1].sku",
        "shipTo.postcode",
        "amountCents",
        "qty",
    ]


def test_a_field_written_twice_is_a_problem_wherever_it_is() -> None:
    text = line().replace('"orderId"', '"customerId": "x", "orderId"', 1).replace('"sku"', '"sku": "0", "sku"')
    (result,) = rejected(text)
    assert {p.field for p in result.problems} == {"customerId", "items[0].sku"}
    assert all("more than once" in p.found for p in result.problems)


def test_an_order_over_256_kib_is_told_its_size() -> None:
    overhead = len(canonical_json({**GOOD, "note": ""}))
    fits = {**GOOD, "note": "ż" * ((262_144 - overhead) // 2) + "x" * (overhead % 2)}
    assert len(canonical_json(fits).encode()) == 262_144
    assert [p.field for p in rejected(json.dumps(fits, indent=8))[0].problems] == ["note"]
    (result,) = rejected(json.dumps({**fits, "note": fits["note"] + "x"}))
    assert [p.field for p in result.problems] == ["note", "order"]
    assert result.problems[1].found == "262,145 bytes"
    assert "262,144" in result.problems[1].fix


def test_an_id_means_one_order_in_a_file() -> None:
    results = read_orders("\n".join([line(), line(customerId="other"), line(), line(orderId="next")]))
    assert [type(result) for result in results] == [Order, Rejected, Order, Order]
    second = results[1]
    assert isinstance(second, Rejected)
    assert (second.line, second.problems[0].field) == (2, "orderId")
    assert "on line 1" in second.problems[0].found


@pytest.mark.parametrize(
    ("data", "at", "says"),
    [
        (b"", 1, "nothing"),
        (b"\xef\xbb\xbf \r\n\n", 1, "nothing"),
        (b"7", 1, "7"),
        (b'"text"', 1, "text"),
        (b"null", 1, "null"),
        (b'[{"orderId": "a"}]', 1, "a list of 1"),
        (b"{", 1, "at line 1, column 2"),
        (b'\n\n{"orderId":\n  oops\n}', 4, "at line 4, column 3"),
        (b'{"orderId": "\xff"}', 1, "not UTF-8 on line 1"),
        (b'{\n"orderId":\n"\xe9"}', 3, "not UTF-8 on line 3"),
        ('{"orderId": "x"}'.encode("utf-16"), 1, "not UTF-8"),
        (b"[" * 100_000, 1, "nested too deeply"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 1, "nested too deeply"),
        (b'{"amountCents": ' + b"9" * 5000 + b"}", 1, "digits"),
        (b'{"a": "\x01"}', 1, "control character"),
    ],
)
def test_what_is_no_order_says_where_and_why(data: bytes, at: int, says: str) -> None:
    where, problem = only_problem(data)
    assert (where, problem.field) == (at, "order")
    assert says in problem.found


def test_a_broken_line_does_not_hold_up_the_others() -> None:
    data = b"\n".join([line(orderId="a").encode(), b'{"orderId": }', b"\xff", b"gibberish", line(orderId="b").encode()])
    results = read_orders(data)
    assert [(result.line, result.order_id) for result in results] == [
        (1, "a"),
        (2, None),
        (3, None),
        (4, None),
        (5, "b"),
    ]
    second = results[1]
    assert isinstance(second, Rejected)
    assert "line 2, column 13" in second.problems[0].found


def test_several_objects_over_several_lines_are_told_apart_from_a_broken_one() -> None:
    _, problem = only_problem(f"{json.dumps(GOOD, indent=2)}\n{json.dumps(GOOD, indent=2)}")
    assert "one line of its own" in problem.fix


def test_whatever_comes_in_comes_back_as_orders_or_rejections() -> None:
    chance = random.Random(1029743)
    alphabet = [
        *'{}[]",:\\/-+.eE0123456789 \n\r\ttfnuU',
        '"orderId"',
        "null",
        "NaN",
        "1e999",
        "\ud800",
        "\x00",
        "é",
        "😀",
    ]
    for _ in range(1500):
        noise = "".join(chance.choices(alphabet, k=chance.randrange(60)))
        check(noise)
        check(chance.randbytes(chance.randrange(80)))
        check(damaged(chance, json.dumps(grown(chance), indent=chance.choice([None, 1]))))


def check(data: bytes | str) -> None:
    results = read_orders(data)
    assert results
    for result in results:
        if isinstance(result, Order):
            assert json.loads(result.canonical) == result.document
        else:
            assert result.problems
            assert all(p.field and p.found and p.fix for p in result.problems)
            assert all(text.isprintable() for p in result.problems for text in (p.field, p.found, p.fix))


def grown(chance: random.Random) -> Any:
    """An order with a few of its values replaced by anything that JSON can say."""
    order = json.loads(json.dumps(GOOD))
    for target in chance.choices([order["shipTo"], order["items"][0], order], k=chance.randrange(4)):
        target[chance.choice([*target, "extra", "", "\x00\ud800"])] = value(chance, 3)
    return order


def value(chance: random.Random, depth: int) -> Any:
    simple = [
        None,
        True,
        0,
        -1,
        1,
        10**30,
        1.5,
        float("nan"),
        float("-inf"),
        "",
        " ",
        "a",
        "\x1b[0m",
        "\udfff",
        "😀" * 50,
    ]
    if depth == 0 or chance.random() < 0.6:
        return chance.choice(simple)
    return chance.choice(
        [
            [value(chance, depth - 1) for _ in range(chance.randrange(4))],
            {str(chance.choice(simple)): value(chance, depth - 1) for _ in range(chance.randrange(4))},
        ]
    )


def damaged(chance: random.Random, text: str) -> str:
    if chance.random() < 0.5:
        return text
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(["", "}", ",", '"', "\n", "\x00"]) + text[at + chance.randrange(3) :]
