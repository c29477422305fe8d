"""Whole returns through the workflow's definition: wherever a call breaks off, nobody is refunded twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import pytest

from asl.testing.runs import Run
from handlers.shared.returns import MOST
from handlers.shared.sandbox_carrier import LOST_COMING_BACK, NO_LABEL, NOT_SENT
from handlers.shared.sandbox_payments import REFUND_FAILS, SandboxPayments
from tests.unit.handlers.execution import executed
from workflows import Decisions, Delivery, ReturnFunctions, returns

ARN = "arn:aws:lambda:us-east-1:123456789012:function"
FUNCTIONS = ReturnFunctions(**{field.name: f"{ARN}:{field.name}:live" for field in fields(ReturnFunctions)})
POLL, DEADLINE = 600, 3_000
BOOK, PEN = "1029743", "995242"
"""Of which the order has 2 at 649 cents, and 3 at 199 cents."""


@pytest.fixture
def machine() -> Any:
    return returns(FUNCTIONS, Delivery(POLL, DEADLINE), Decisions(10_000, 900))


@pytest.fixture
def run(shop: Any, machine: Any) -> Callable[..., Run]:
    """Runs a return that a person inspects as `verdict` says, and of which `help` says what is stuck."""

    def run(document: Any, verdict: str | None = "RESTOCKED", help: str | None = "RETRIED") -> Run:
        def answered(said: str | None) -> Callable[[Any], object]:
            told = {"return": {"returnId": document["returnId"]}, "by": "ada", "why": "so it is"}
            return lambda _: shop.invoke("decide", {**told, "verdict": said, "executionId": "e"}) if said else None

        shop.executions.outputs.clear()  # tokens are those of virtual time, and come again
        return executed(shop, machine, document, {"AskInspector": answered(verdict), "AskForHelp": answered(help)})

    return run


def back(return_id: str = "return-1", pieces: Mapping[str, int] = MappingProxyType({BOOK: 1})) -> dict[str, Any]:
    return {
        "returnId": return_id,
        "orderId": "order-1001",
        "items": [{"sku": sku, "quantity": count} for sku, count in pieces.items()],
    }


def told(shop: Any, of: str = "return-1") -> list[str]:
    return [notice["outcome"] for notice in shop.notices() if notice.get("returnId") == of]


def provider_has(shop: Any) -> int:
    """What the provider has of the customers' money, in cents."""
    book = SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock)
    found = [book.payment(row["paymentId"]) for row in shop.rows("PAYMENTS_TABLE")]
    return sum(one.amount_cents for one in found if one.status == "CAPTURED")


def assert_paid(shop: Any, cents: int, why: object = "") -> None:
    """The provider, the double entry and the order's row say that the customer has paid so much and not got it back."""
    assert provider_has(shop) == cents, why
    assert shop.balances() == ({"cash": cents, "revenue": -cents} if cents else {}), why
    assert 1895 - shop.row().get("refundedCents", 0) == cents, why


def test_what_comes_back_is_inspected_refunded_in_part_and_in_the_stock_again(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    shop.delivered(order)
    stock = shop.stock()
    found = run(back(pieces={BOOK: 1, PEN: 2}))
    assert found.ended_in("ReturnRefunded")
    assert found.output == {
        "returnId": "return-1",
        "outcome": "RETURN_REFUNDED",
        "why": "so it is",
        "refundedCents": 1047,
    }
    assert_paid(shop, 848)
    assert shop.stock() == {**stock, BOOK: stock[BOOK] + 1, PEN: stock[PEN] + 2}
    row = shop.row()
    assert (row["status"], row["returned"], row["restocked"]) == ("DELIVERED", {BOOK: 1, PEN: 2}, {BOOK: 1, PEN: 2})
    assert told(shop) == ["RETURN_LABELED", "RETURN_REFUNDED"]
    assert shop.notices()[-1]["message"] == "You have 10.47 USD back for what you returned of your order order-1001."


def test_what_is_written_off_is_refunded_and_not_in_the_stock(shop: Any, order: dict[str, Any], run: Any) -> None:
    shop.delivered(order)
    stock = shop.stock()
    assert run(back(), "WRITTEN_OFF").ended_in("ReturnRefunded")
    assert_paid(shop, 1246)
    assert (shop.stock(), shop.row().get("restocked")) == (stock, None)
    assert shop.rows("RETURNS_TABLE")[0]["status"] == "WRITTEN_OFF"


def test_what_the_inspector_refuses_is_told_with_the_reason_and_can_be_returned_again(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    shop.delivered(order)
    assert run(back(), "REFUSED").ended_in("ReturnRefused")
    assert_paid(shop, 1895)
    assert told(shop) == ["RETURN_LABELED", "RETURN_REFUSED"]
    assert shop.notices()[-1]["message"].endswith("Reason: so it is")
    assert run(back("return-2")).ended_in("ReturnRefunded")
    assert_paid(shop, 1246)


def test_where_nobody_inspects_in_time_the_customer_is_refunded_and_the_goods_are_written_off(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    shop.delivered(order)
    stock = shop.stock()
    found = run(back(), None)
    assert found.ended_in("ReturnRefunded")
    assert found.output["why"] == "nobody has inspected it in time"
    assert_paid(shop, 1246)
    assert shop.stock() == stock
    late = {"return": {"returnId": "return-1"}, "verdict": "REFUSED", "by": "bob", "why": "torn", "executionId": "e"}
    assert "the question about return return-1 expired at" in shop.invoke("decide", late)["message"]


def test_an_inspector_who_decides_twice_is_told_that_the_first_decision_stands(
    shop: Any, order: dict[str, Any], machine: Any
) -> None:
    shop.delivered(order)
    said: list[dict[str, Any]] = []

    def twice(_: Any) -> None:
        for verdict in ("REFUSED", "RESTOCKED"):
            event = {"return": {"returnId": "return-1"}, "verdict": verdict, "by": "ada", "why": "torn"}
            said.append(shop.invoke("decide", {**event, "executionId": "e"}))

    assert executed(shop, machine, back(), {"AskInspector": twice}).ended_in("ReturnRefused")
    assert [one["decided"] for one in said] == [True, False]
    assert "return return-1 has been decided already, refused by ada" in said[1]["message"]
    assert_paid(shop, 1895)


def test_an_answer_to_another_question_is_none_to_the_inspectors(
    shop: Any, order: dict[str, Any], machine: Any
) -> None:
    shop.delivered(order)
    said: list[str] = []

    def approve(_: Any) -> None:
        event = {"return": {"returnId": "return-1"}, "verdict": "APPROVED", "by": "ada", "why": "fine"}
        said.append(shop.invoke("decide", {**event, "executionId": "e"})["message"])

    executed(shop, machine, back(), {"AskInspector": approve})
    assert said[0].startswith(
        "that is no answer for return return-1, which is to be restocked or written off or refused"
    )
    assert "Sent back of order order-1001, for 649 cents: 1 1029743." in said[0]


REJECTED: list[tuple[dict[str, Any], str]] = [
    ({"orderId": "order-9"}, "orderId: there is no order order-9"),
    ({"items": [{"sku": "free", "quantity": 1}]}, "free is not in order order-1001"),
    ({"items": [{"sku": BOOK, "quantity": 3}]}, f"3 {BOOK} are to be returned, and of 2 delivered 2 can be"),
    ({"items": []}, "items: must be a list of 1 to 90 lines"),
    ({"items": [{"sku": BOOK, "quantity": True}]}, "items[0].quantity: must be a whole number from 1 to 1000"),
    ({"items": [{"sku": BOOK}, 7]}, "items[0]: must be an object with sku and quantity"),
    ({"items": [{"sku": BOOK, "quantity": 1}] * 2}, "stands in an earlier line too"),
    ({"returnId": "a b"}, "returnId: must be 1 to 80 characters"),
    ({"note": "x"}, "note: is no field of a return"),
    ({"reason": 7}, "reason: must be a text"),
]


@pytest.mark.parametrize(("changes", "reason"), REJECTED)
def test_what_cannot_be_returned_is_not_taken_and_the_reason_told(
    shop: Any, order: dict[str, Any], run: Any, changes: dict[str, Any], reason: str
) -> None:
    shop.delivered(order)
    found = run({**back(), **changes})
    assert found.ended_in("ReturnNotTaken")
    assert reason in found.output["why"]
    assert reason in shop.notices()[-1]["message"]
    assert (shop.rows("RETURNS_TABLE"), shop.row().get("claimed")) == ([], None)


def test_a_return_of_what_was_never_delivered_is_not_taken(shop: Any, order: dict[str, Any], run: Any) -> None:
    shop.captured(order)
    found = run(back())
    assert found.ended_in("ReturnNotTaken")
    assert found.output["why"] == "order order-1001 has not been delivered: it is CAPTURED"


@pytest.mark.parametrize("document", ["a text", 7, [], None, {}])
def test_a_return_that_is_none_is_told_what_is_wrong_with_it(shop: Any, machine: Any, document: Any) -> None:
    found = executed(shop, machine, document, {})
    assert found.ended_in("ReturnNotTaken"), found.cause
    assert "return: must be an object" in found.output["why"] or "returnId: must be" in found.output["why"]


def test_a_label_that_nobody_uses_expires_and_the_pieces_can_be_returned_once_more(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    shop.delivered({**order, "shipTo": {**order["shipTo"], "postcode": NOT_SENT}})
    found = run(back(pieces={BOOK: 2}))
    assert found.ended_in("ReturnNotSent")
    assert found.took.total_seconds() < DEADLINE + 2 * POLL
    assert told(shop) == ["RETURN_LABELED", "RETURN_EXPIRED"]
    assert_paid(shop, 1895)
    assert shop.row()["claimed"] == {}
    assert next(row["goods"] for row in shop.rows("PARCELS_TABLE") if row.get("returnId")) == "HERE", (
        "the label is void"
    )


def test_what_the_carrier_loses_on_its_way_back_is_refunded(shop: Any, order: dict[str, Any], run: Any) -> None:
    shop.delivered({**order, "shipTo": {**order["shipTo"], "postcode": LOST_COMING_BACK}})
    found = run(back())
    assert found.ended_in("ReturnRefunded")
    assert found.output["why"] == "the parcel was lost on its way back to us"
    assert_paid(shop, 1246)


def test_where_no_label_can_be_made_the_customer_is_told_and_nothing_stays_claimed(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    shop.delivered({**order, "shipTo": {**order["shipTo"], "postcode": NO_LABEL}})
    found = run(back())
    assert found.ended_in("ReturnNotSent")
    assert found.output["why"] == f"no parcel is fetched from postcode {NO_LABEL}"
    assert (told(shop), shop.row()["claimed"]) == (["RETURN_CANCELED"], {})


@pytest.mark.parametrize(
    ("help", "end"), [("SETTLED", "ReturnRefunded"), ("RETRIED", "ReturnStuck"), (None, "ReturnStuck")]
)
def test_a_refund_that_the_provider_keeps_failing_goes_to_a_person(
    shop: Any, order: dict[str, Any], run: Any, help: str | None, end: str
) -> None:
    shop.delivered({**order, "paymentMethodId": REFUND_FAILS})
    found = run(back(), help=help)
    assert found.ended_in(end)
    assert provider_has(shop) == 1895
    if help == "SETTLED":
        row = shop.row()
        assert (row["refundedCents"], row["settledCents"]) == (649, 649)
        assert shop.balances() == {"cash": 1246, "revenue": -1246}
        assert told(shop)[-1] == "RETURN_REFUNDED"
    else:
        assert found.cause == "Nobody has settled return return-1, which cannot go on: TechnicalError"
        assert shop.row()["claimed"] == {BOOK: 1}, "what was sent back is not forgotten"


def test_several_returns_never_exceed_what_was_delivered_and_paid(shop: Any, order: dict[str, Any], run: Any) -> None:
    shop.delivered(order)
    ends = [run(back(f"return-{n}", {BOOK: 1, PEN: 1})).way[-1] for n in range(4)]
    assert ends == ["ReturnRefunded"] * 2 + ["ReturnNotTaken"] * 2
    assert run(back("return-4", {PEN: 1})).ended_in("ReturnRefunded")
    assert_paid(shop, 0)
    assert run(back("return-5", {PEN: 1})).ended_in("ReturnNotTaken")
    assert shop.row()["returned"] == {BOOK: 2, PEN: 3}


def test_an_order_takes_a_bounded_number_of_returns(shop: Any, order: dict[str, Any], run: Any) -> None:
    shop.delivered(order)
    for n in range(MOST):
        event = {"executionId": "e", "return": back(f"return-{n}"), "seconds": 1, "failure": {}}
        shop.invoke("open_return", event)
        shop.invoke("cancel_return", event)
    assert run(back("return-more")).output["why"] == "order order-1001 has had 20 returns, and takes no more"


def test_one_return_started_twice_is_one_and_another_under_its_id_is_refused(
    shop: Any, order: dict[str, Any], run: Any
) -> None:
    shop.delivered(order)
    for _ in range(2):
        assert run(back()).ended_in("ReturnRefunded")
    assert_paid(shop, 1246)
    assert told(shop) == ["RETURN_LABELED", "RETURN_REFUNDED"]
    found = run(back(pieces={PEN: 1}))
    assert found.output["why"] == "return return-1 is another one already; give this one an id of its own"
    assert_paid(shop, 1246)


@pytest.mark.parametrize("rival", [back("rival", {BOOK: 2}), back("rival", {BOOK: 1, PEN: 3})], ids=["same", "more"])
def test_of_two_returns_of_the_same_pieces_at_the_same_moment_one_is_refused(
    shop: Any, order: dict[str, Any], run: Any, rival: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival is opened between the look at the order's row and the write that goes by it."""
    from handlers.shared import transactions

    shop.delivered(order)
    transact = transactions.transact
    opened: list[Any] = []

    def late(*given: Any) -> Any:
        if not opened:
            opened.append(None)
            opened[0] = shop.invoke("open_return", {"executionId": "e", "return": rival})
        return transact(*given)

    monkeypatch.setattr(transactions, "transact", late)
    found = run(back(pieces={BOOK: 2}))
    assert opened[0]["returnId"] == "rival"
    assert found.ended_in("ReturnNotTaken")
    assert f"2 {BOOK} are to be returned, and of 2 delivered" in found.output["why"]
    assert shop.row()["claimed"] == {line["sku"]: line["quantity"] for line in rival["items"]}


def broken_off(shop: Any, run: Callable[..., Run], order: Any, verdict: str) -> Iterator[tuple[int, Run]]:
    """Return a book again and again; after its first write, then after its second, … the function is gone, and is not
    called again. Gives the write and the run, until nothing breaks off any more."""
    write = 1
    while True:
        shop.open()
        shop.delivered(order)
        shop.wire.heal()
        shop.wire.lose = range(write, write + 1)
        one = run(back(), verdict)
        if shop.wire.writes < write:
            return
        shop.wire.heal()
        yield write, one
        write += 1


@pytest.mark.parametrize(("verdict", "end", "left"), [("RESTOCKED", "Refunded", 1246), ("REFUSED", "Refused", 1895)])
def test_wherever_a_call_breaks_off_the_return_taken_up_again_ends_as_it_should(
    shop: Any, order: dict[str, Any], run: Any, verdict: str, end: str, left: int
) -> None:
    """A label that could not be told of is void: then the return has ended, and nothing is claimed."""
    ways = list[tuple[str, ...]]()
    for write, first in broken_off(shop, run, order, verdict):
        shop.forget_notices_under_way()
        again = run(back(), verdict)
        why = f"write {write}: {first.way} and then {again.way}"
        status = shop.rows("RETURNS_TABLE")[0]["status"]
        if status == "CANCELED":
            assert (again.way[-1], shop.row()["claimed"]) == ("ReturnNotSent", {}), why
            assert_paid(shop, 1895, why)
        else:
            assert again.ended_in(f"Return{end}"), why
            assert_paid(shop, left, why)
            assert shop.stock()[BOOK] == 3 + (status == "RESTOCKED"), why
            assert told(shop)[-1] == f"RETURN_{end.upper()}", why
        ways.append((first.way[-1], status))
    assert len(ways) > 10, ways
    assert {status for _, status in ways} >= {"CANCELED", verdict}, ways
