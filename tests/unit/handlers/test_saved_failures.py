"""Stripe failing on its own side, and saying so for a day under the same key: nobody is charged twice, and every order
goes on. https://docs.stripe.com/error-low-level#server-errors

localstripe answers for Stripe, and fails and saves its failures as localstripe_server.py has it from there.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from handlers.shared.errors import TechnicalError
from handlers.shared.stripe_payments import StripePayments, UncertainError, status_of
from handlers.shared.stripe_wire import connect

stacks = count()
ACTS = pytest.mark.parametrize("acts", [False, True], ids=["and has not acted", "and has acted all the same"])


@dataclass
class Books:
    """What localstripe has of one stack, and a way to break it."""

    address: str
    provider: StripePayments

    def fail(self, path: str, *, acts: bool = False, times: int = 1) -> None:
        """Let that many POSTs to a path that ends so end with a 500, and no others."""
        body = json.dumps([{"path": path, "acts": acts}] * times).encode()
        urllib.request.urlopen(f"{self.address}/break", body, 10).close()

    def intents(self) -> list[Mapping[str, Any]]:
        with_charges = {"limit": 100, "expand": ["data.latest_charge.refunds"]}
        every = (one.to_dict() for one in self.provider._intents.list(with_charges).data)  # type: ignore[arg-type]
        return [one for one in every if one["metadata"].get("stack") == self.provider._stack]

    def holding(self) -> list[str]:
        """The payments that hold money or have taken it."""
        return [one["id"] for one in self.intents() if status_of(one) in ("AUTHORIZED", "CAPTURED")]


@pytest.fixture
def books(shop: Any, localstripe: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    provider = StripePayments(connect("sk_test_localstripe", localstripe), f"saved-{next(stacks)}")
    monkeypatch.setattr("handlers.shared.collaborators.payments.SandboxPayments", lambda *_: provider)
    shop.wire.untouched = False  # no state is kept for other tests: it has this provider's payment in it
    books = Books(localstripe, provider)
    yield books
    books.fail("", times=0)


def call_until_it_works(shop: Any, step: str, state: Any, attempts: int = 3) -> Any:
    """As the workflow does, whose retries are few."""
    for _ in range(attempts - 1):
        try:
            return shop.call(step, state)
        except TechnicalError:
            shop.clock.advance(30)
    return shop.call(step, state)


@ACTS
@pytest.mark.parametrize("path", ["/payment_intents", "/confirm"])
def test_an_order_is_charged_once_though_stripe_fails(
    shop: Any, order: dict[str, Any], books: Books, path: str, acts: bool
) -> None:
    state = shop.validated(order)
    books.fail(path, acts=acts)
    charged = call_until_it_works(shop, "charge_payment", state)
    assert books.holding() == [charged["paymentId"]] == [shop.row()["paymentId"]]
    assert shop.balances() == {"customer": -1895, "authorized": 1895}
    assert len(books.intents()) == 1, "what was made is found, and not made again"


@ACTS
def test_money_is_taken_once_though_stripe_fails(shop: Any, order: dict[str, Any], books: Books, acts: bool) -> None:
    state = shop.shipped(order)
    books.fail("/capture", acts=acts)
    call_until_it_works(shop, "capture_payment", state)
    (intent,) = books.intents()
    assert (status_of(intent), intent["amount_received"]) == ("CAPTURED", 1895)


@ACTS
@pytest.mark.parametrize(
    ("stage", "path", "status"), [("charged", "/cancel", "CANCELED"), ("captured", "/refunds", "REFUNDED")]
)
def test_money_is_given_back_once_though_stripe_fails(
    shop: Any, order: dict[str, Any], books: Books, stage: str, path: str, status: str, acts: bool
) -> None:
    state = getattr(shop, stage)(order)
    books.fail(path, acts=acts)
    call_until_it_works(shop, "refund_payment", state)
    (intent,) = books.intents()
    assert (status_of(intent), shop.balances()) == (status, {})
    if status == "REFUNDED":
        refunds = intent["latest_charge"]["refunds"]["data"]
        assert [refund["amount"] for refund in refunds] == [1895]


@pytest.mark.parametrize(
    ("stage", "step", "path"),
    [
        ("validated", "charge_payment", "/payment_intents"),
        ("validated", "charge_payment", "/confirm"),
        ("shipped", "capture_payment", "/capture"),
        ("captured", "refund_payment", "/refunds"),
    ],
)
def test_a_failure_that_stripe_has_saved_is_over_when_stripe_works_again(
    shop: Any, order: dict[str, Any], books: Books, stage: str, step: str, path: str
) -> None:
    state = getattr(shop, stage)(order)
    books.fail(path, times=4)
    failed = 0
    for _ in range(6):
        try:
            shop.call(step, state)
            break
        except UncertainError:
            failed += 1
    else:
        pytest.fail("the failure is repeated though Stripe works again")
    assert failed, "Stripe did not fail for long enough to be seen"
    assert len(books.intents()) == 1


@ACTS
@pytest.mark.parametrize("write", range(1, 3), ids=["id noted", "charge recorded"])
def test_a_call_that_breaks_off_after_a_failure_is_made_good_by_the_next(
    shop: Any, order: dict[str, Any], books: Books, write: int, acts: bool
) -> None:
    state = shop.validated(order)
    books.fail("/payment_intents", acts=acts)
    shop.break_off(write, "charge_payment", state)
    charged = shop.call("charge_payment", state)
    assert books.holding() == [charged["paymentId"]]
    assert shop.balances() == {"customer": -1895, "authorized": 1895}
    shop.call("refund_payment", state)
    assert books.holding() == []


def test_a_call_that_breaks_off_before_the_id_is_noted_leaves_nothing_that_holds_money(
    shop: Any, order: dict[str, Any], books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = shop.validated(order)
    books.fail("/payment_intents")
    noted = "handlers.shared.ledger.Ledger.record"
    with monkeypatch.context() as broken:
        broken.setattr(noted, lambda *_, **__: (_ for _ in ()).throw(ConnectionError("the function is gone")))
        with pytest.raises(ConnectionError):
            shop.call("charge_payment", state)
    assert books.holding() == []
    charged = shop.call("charge_payment", state)
    assert books.holding() == [charged["paymentId"]] == [one["id"] for one in books.intents()]


def test_of_two_calls_that_both_open_a_payment_both_charge_the_one_that_the_ledger_has(
    shop: Any, order: dict[str, Any], books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe fails in both. The first has looked and found nothing when the second opens a payment and charges it."""
    state, look, answers = shop.validated(order), StripePayments._opened, list[Any]()

    def overtaken(provider: StripePayments, *asked: Any) -> str | None:
        found = look(provider, *asked)
        monkeypatch.setattr(StripePayments, "_opened", look)
        answers.append(shop.call("charge_payment", state))
        return found

    monkeypatch.setattr(StripePayments, "_opened", overtaken)
    books.fail("/payment_intents")
    answers.append(shop.call("charge_payment", state))
    assert answers[0] == answers[1]
    assert books.holding() == [answers[0]["paymentId"]]
    assert sorted(status_of(one) for one in books.intents()) == ["AUTHORIZED", "OPEN"]
    assert shop.balances() == {"customer": -1895, "authorized": 1895}
    shop.call("refund_payment", state)
    assert books.holding() == [], "the payment that was opened in vain never holds anything"
