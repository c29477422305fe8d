"""Every file that people put there: which of its lines are orders, and what is said of the others."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.shared.errors import FileRefused
from handlers.shared.intake.lines import MAX_BYTES
from handlers.shared.intake.reading import ReadLine, read
from orderflow import Order, check_order
from tests.steps import steps
from tests.unit.handlers.intake_in_memory import json_lines, order

HEADER = "orderId,customerId,items,paymentMethodId,name,postcode"


def chunks(body: bytes, size: int = 7) -> Iterator[bytes]:
    yield from (body[at : at + size] for at in range(0, len(body), size))


def lines_of(body: bytes | str, name: str = "orders.csv") -> list[ReadLine]:
    return list(read(chunks(body.encode() if isinstance(body, str) else body), name).lines)


def said(body: bytes | str, name: str = "orders.csv") -> dict[int, str]:
    """By number: the order's id where a line is an order, and else why it is none."""
    return {line.number: line.why or str(line.order_id) for line in lines_of(body, name)}


def row(order_id: str, items: str = "tea:2", name: str = "Ada Lovelace", more: str = "") -> str:
    return f"{order_id},ada,{items},pm_card_visa,{name},98101{more}"


def csv(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join((header, *rows)) + end


def test_a_row_becomes_the_order_that_everyone_else_would_start() -> None:
    """Equal texts, so that Step Functions sees the same order from whomever as one."""
    (line,) = lines_of(csv(row("o-1", "tea:2 cup:1", more=",2100"), header=f"{HEADER},amountCents"))
    document = order("o-1", items=[{"sku": "tea", "quantity": 2}, {"sku": "cup", "quantity": 1}], amountCents=2100)
    checked = check_order(document)
    assert isinstance(checked, Order)
    assert line == ReadLine(2, "o-1", checked.canonical.encode())
    assert lines_of(json_lines(document), "o.jsonl") == [ReadLine(1, "o-1", checked.canonical.encode())]


GOOD_FILES = {
    "a byte order mark": b"\xef\xbb\xbf" + csv(row("o-1")).encode(),
    "Windows line ends": csv(row("o-1"), end="\r\n"),
    "no line end at the end": csv(row("o-1")).removesuffix("\n"),
    "blank lines": csv("", row("o-1"), "  "),
    "semicolons": csv(row("o-1")).replace(",", ";"),
    "tabs": csv(row("o-1")).replace(",", "\t"),
    "columns in another order": "name,postcode,orderId,customerId,paymentMethodId,items\nAda,98101,o-1,ada,pm,tea:1\n",
    "quoted cells": csv('"o-1","ada","tea:2","pm_card_visa","Lovelace, Ada","98101"'),
    "blanks around cells": csv("o-1 , ada , tea:2; cup:1 , pm_card_visa , Ada , 98101"),
    "JSON lines in a file that is called CSV": json_lines(order("o-1")),
    "JSON lines with a mark and Windows line ends": b"\xef\xbb\xbf" + json_lines(order("o-1")).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("body", GOOD_FILES.values(), ids=GOOD_FILES)
def test_a_good_file_is_read_however_it_was_saved(body: bytes | str) -> None:
    assert list(said(body).values()) == ["o-1"]


def test_a_quoted_line_end_is_part_of_its_cell_and_lines_keep_their_numbers() -> None:
    header = f"{HEADER},note"
    body = csv(row("o-1", more=',"left\r\nat the ""door""\n"'), row("o-2", more=","), header=header, end="\r\n")
    reading = read([body.encode()], "orders.csv")
    assert [(line.number, line.order_id, line.why) for line in reading.lines] == [(2, "o-1", ""), (5, "o-2", "")]
    assert reading.not_read == ("note",), "a column that no order has is told, not refused"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("o-2,ada,tea:2,pm_card_visa,Ada", "has 5 cells, and the header 6"),
        (row("o-2", name="Ada, Countess"), "put a text with ',' in it between quotation marks"),
        (row("o-2", name='"Ada'), "opens a quotation mark"),
        (row("o-2", name='"Ada"x'), "a quotation mark in a quoted text is written twice"),
        (row("o-2", items="tea"), "items[0].quantity: is missing"),
        (row("o-2", items="tea:none"), "items[0].quantity: must be a whole number"),
        (row("o-2", items=""), "items: must be a list of 1 to 90"),
        (row("o/2"), "orderId: must be"),
        (row("o-2", name="Ada 🎉"), "shipTo.name: must be"),
        (row("o-2", name="x" * MAX_BYTES), "262,1"),
        (row("o-1"), "is the order of line 2 again, which is started once"),
        (row("o-1", items="cup:1"), "line 2 has it with another content"),
    ],
)
def test_a_bad_row_is_told_with_its_number_and_stops_nothing(bad: str, why: str) -> None:
    found = said(csv(row("o-1"), bad, row("o-3")))
    assert why in found[3]
    assert {**found, 3: ""} == {2: "o-1", 3: "", 4: "o-3"}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b'{"orderId": "o-2",', "is no JSON"),
        (b"null", "order: must be an object"),
        (b'{"orderId": "o-2", "orderId": "o-3"}', "has the field orderId more than once"),
        (b"[" * 100_000, "nests lists or objects too deeply"),
        (b'{"amountCents": ' + b"9" * 5_000 + b"}", "a number of thousands of digits"),
        (json.dumps(order("o-2", note="x")).encode(), "note: is no field of an order"),
        (json.dumps(order("o-2")).replace("Ada", "Ad\xe4").encode("latin-1"), "is not UTF-8: byte 1"),
        (b'{"x": "' + b"x" * 1_048_576 + b'"}', "has 1,048,585 bytes; a line may have 262,144"),
        (b'{"x": "\\ud800"}', "customerId: is missing"),
        (b"\x00\x01", "is no JSON"),
    ],
)
def test_a_bad_json_line_is_told_with_its_number_and_stops_nothing(bad: bytes, why: str) -> None:
    body = json_lines(order("o-1")) + bad + b"\n" + json_lines(order("o-3"))
    found = said(body, "orders.jsonl")
    assert why in found[2]
    assert {**found, 2: ""} == {1: "o-1", 2: "", 3: "o-3"}


def test_a_line_in_another_encoding_is_refused_alone() -> None:
    latin = row("o-2", name="M\xfcller").encode("latin-1")
    found = said(b"\n".join([HEADER.encode(), row("o-1", name="M\xfcller").encode(), latin, row("o-3").encode()]))
    assert found == {2: "o-1", 3: "is not UTF-8: byte 29 is 0xfc; save the file as UTF-8", 4: "o-3"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the file is empty"),
        (b"\n \r\n", "the file is empty"),
        (b"\xff\xfeo\x00", "the file is UTF-16; save it as UTF-8"),
        (b"PK\x03\x04\x00\x00" + bytes(range(256)), "the file is neither CSV nor JSON lines"),
        (b"x" * 2_000_000, "the file is neither CSV nor JSON lines"),
        (b"Dear shop,\nplease send tea", "the header lacks orderId"),
        (
            f'[{{"name": "a", "b": {json.dumps(order("o-1"))}}}]'.encode(),
            "the file is a list of JSON: write each order on one line",
        ),
        (csv(row("o-1"), header=HEADER.replace("customerId", "customer_id")).encode(), "(it has customer_id)"),
        (csv(row("o-1"), header=f"{HEADER},name").encode(), "the header has name more than once"),
        (row("o-1").encode(), "the header lacks orderId, customerId"),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_in_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(FileRefused) as refused:
        lines_of(body)
    assert why in str(refused.value)


def test_a_file_whose_name_says_json_lines_is_read_as_such_whatever_its_first_line_is() -> None:
    assert list(said(b"oops\n" + json_lines(order("o-2")), "x.NDJSON").values())[1:] == ["o-2"]


def test_a_mark_that_never_closes_takes_no_other_line_with_it_however_many_there_are() -> None:
    """Each of these opens a quotation mark for whatever follows: a reader that looked ahead without bounds would look
    at half of the file again for each line."""

    def reads(marks: int) -> None:
        found = said(csv(*['x","'] * marks, row("o-1")))
        assert found[marks + 2] == "o-1"
        assert len(found) == marks + 1

    assert steps(lambda: reads(10_000)) < 12 * steps(lambda: reads(1_000))


def test_lines_that_make_no_row_together_are_looked_at_one_by_one() -> None:
    """Two stray marks, which close each other: what stands between them is no cell of a row."""
    found = said(csv('x,"', row("o-1"), '",y'))
    assert "has 3 cells over 3 lines, and the header 6" in found[2]
    assert found[3] == "o-1"
    assert 4 in found


def test_no_line_is_held_that_is_too_long_to_be_an_order() -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"x": "'
        yield from (b"x" * 65_536 for _ in range(1_000))
        yield b'"}\n' + json_lines(order("o-2"))

    tracemalloc.start()
    try:
        found: list[Any] = [(line.number, line.order_id) for line in read(endless(), "o.jsonl").lines]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == [(1, None), (2, "o-2")]
    assert peak < 8 * MAX_BYTES
