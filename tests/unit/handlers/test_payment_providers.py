"""What every payment provider promises, asked of the sandbox and of the adapter for Stripe.

Stripe itself is not there; localstripe answers for it. What it cannot say, test_stripe_payments.py has from Stripe's
documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.shared.errors import TechnicalError
from handlers.shared.payments import CardError, Payment, PaymentProvider
from handlers.shared.sandbox_payments import SandboxPayments
from handlers.shared.stripe_payments import ForeignPaymentError, StripePayments
from handlers.shared.stripe_wire import connect

KEY = "sk_test_localstripe"


@dataclass
class Till:
    """A provider, its test cards, the time by its clock, and an order per test so that tests share nothing."""

    provider: PaymentProvider
    declined_card: str
    decline_reason: str
    order_id: str
    now: datetime

    def open(self, card: str = "pm_card_visa", *, cents: int = 1895, order_id: str = "") -> str:
        return self.provider.open(order_id=order_id or self.order_id, amount_cents=cents, payment_method_id=card)

    def authorized(self) -> str:
        payment_id = self.open()
        self.provider.authorize(payment_id)
        return payment_id

    def captured(self) -> str:
        payment_id = self.authorized()
        self.provider.capture(payment_id)
        return payment_id

    def declined(self) -> str:
        payment_id = self.open(self.declined_card)
        with pytest.raises(CardError):
            self.provider.authorize(payment_id)
        return payment_id

    def status(self, payment_id: str) -> str:
        return self.provider.payment(payment_id).status


@pytest.fixture(params=["sandbox", "stripe"])
def till(request: pytest.FixtureRequest) -> Till:
    order_id = f"order-{abs(hash(request.node.name))}"
    if request.param == "sandbox":
        shop = request.getfixturevalue("shop")
        sandbox = SandboxPayments(shop.dynamodb, "PAYMENTS_TABLE", shop.clock)
        return Till(sandbox, "pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds", order_id, shop.clock())
    stripe = StripePayments(connect(KEY, request.getfixturevalue("localstripe")), "orderflow-dev")
    # Stripe gives a decline code beside `card_declined`; localstripe does not, and has this one card for declines.
    return Till(stripe, "pm_card_chargeCustomerFail", "card_declined", order_id, datetime.now(UTC))


def test_an_order_has_one_payment_which_holds_nothing_at_first(till: Till) -> None:
    payment_id = till.open()
    assert [till.open() for _ in range(3)] == [payment_id] * 3
    assert till.open(order_id=f"{till.order_id}-2") != payment_id
    assert till.provider.payment(payment_id) == Payment(payment_id, till.order_id, 1895, "OPEN")


@pytest.mark.parametrize("terms", [{"cents": 1896}, {"card": "pm_card_chargeDeclined"}])
def test_an_order_is_not_opened_with_other_terms(till: Till, terms: dict[str, Any]) -> None:
    payment_id = till.open()
    with pytest.raises(TechnicalError, match="other terms"):
        till.open(**terms)
    assert till.provider.payment(payment_id).amount_cents == 1895


def test_money_is_held_then_taken_and_a_repeat_does_nothing_more(till: Till) -> None:
    payment_id = till.open()
    for _ in range(2):
        till.provider.authorize(payment_id)
        assert till.provider.payment(payment_id) == Payment(payment_id, till.order_id, 1895, "AUTHORIZED")
    for _ in range(2):
        till.provider.capture(payment_id)
        assert till.provider.payment(payment_id) == Payment(payment_id, till.order_id, 1895, "CAPTURED")
    till.provider.authorize(payment_id)
    assert till.status(payment_id) == "CAPTURED"


def test_a_declined_card_stays_declined(till: Till) -> None:
    payment_id = till.open(till.declined_card)
    for _ in range(3):
        with pytest.raises(CardError, match=f"^{till.decline_reason}$"):
            till.provider.authorize(payment_id)
        assert till.status(payment_id) == "DECLINED"


@pytest.mark.parametrize("state", [Till.open, Till.declined])
def test_what_is_not_held_is_not_taken(till: Till, state: Callable[[Till], str]) -> None:
    payment_id = state(till)
    with pytest.raises(CardError):
        till.provider.capture(payment_id)
    assert till.status(payment_id) in ("OPEN", "DECLINED")


def test_parts_are_given_back_once_each_and_never_more_than_was_taken(till: Till) -> None:
    payment_id = till.captured()
    for _ in range(2):
        till.provider.give_back_part(payment_id, 649, "return-1")
        assert till.provider.payment(payment_id) == Payment(payment_id, till.order_id, 1246, "CAPTURED")
    with pytest.raises(TechnicalError):
        till.provider.give_back_part(payment_id, 1247, "return-2")
    for _ in range(2):
        till.provider.give_back_part(payment_id, 1246, "return-3")
        assert till.status(payment_id) == "REFUNDED"
    with pytest.raises(TechnicalError):
        till.provider.give_back_part(payment_id, 1, "return-4")


@pytest.mark.parametrize("state", [Till.open, Till.declined])
def test_no_part_is_given_back_of_what_was_never_taken(till: Till, state: Callable[[Till], str]) -> None:
    with pytest.raises(TechnicalError):
        till.provider.give_back_part(state(till), 1, "return-1")


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        (Till.open, {"CANCELED"}),
        (Till.declined, {"DECLINED", "CANCELED"}),
        (Till.authorized, {"CANCELED"}),
        (Till.captured, {"REFUNDED"}),
    ],
)
def test_what_is_given_back_never_holds_money_again(till: Till, state: Callable[[Till], str], ends: set[str]) -> None:
    payment_id = state(till)
    for _ in range(2):
        till.provider.give_back(payment_id)
        assert till.status(payment_id) in ends
    for move in (till.provider.authorize, till.provider.capture):
        with pytest.raises(CardError):
            move(payment_id)
    assert till.status(payment_id) in ends


@pytest.mark.parametrize("move", ["authorize", "capture", "give_back", "payment"])
def test_an_unknown_payment_is_a_technical_error(till: Till, move: str) -> None:
    with pytest.raises(TechnicalError, match="pi_unknown"):
        getattr(till.provider, move)("pi_unknown")


def test_payments_are_listed_from_a_moment_on(till: Till) -> None:
    opened = [till.open(order_id=f"{till.order_id}-{n}") for n in range(12)]
    till.provider.authorize(opened[0])
    found = till.provider.payments(till.now - timedelta(minutes=5))
    listed = {payment.payment_id: payment for payment in found if isinstance(payment, Payment)}
    assert set(opened) <= set(listed)
    assert listed[opened[0]] == Payment(opened[0], f"{till.order_id}-0", 1895, "AUTHORIZED")
    assert list(till.provider.payments(till.now + timedelta(minutes=5))) == []


def test_a_card_that_wants_its_owner_to_act_is_declined(localstripe: str) -> None:
    client = connect(KEY, localstripe)
    card = {"number": "4000002500003155", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    method = client.v1.payment_methods.create({"type": "card", "card": card})  # type: ignore[typeddict-item]
    provider = StripePayments(client, "orderflow-dev")
    payment_id = provider.open(order_id="order-3ds", amount_cents=1895, payment_method_id=method.id)
    for _ in range(2):
        with pytest.raises(CardError, match=r"^authentication_required$"):
            provider.authorize(payment_id)
        assert provider.payment(payment_id).status == "DECLINED"
    provider.give_back(payment_id)
    assert provider.payment(payment_id).status == "CANCELED"


def test_stacks_that_share_an_account_leave_each_others_payments_alone(localstripe: str) -> None:
    dev, staging = (StripePayments(connect(KEY, localstripe), stack) for stack in ("dev", "staging"))
    order = {"order_id": "order-shared", "amount_cents": 1895, "payment_method_id": "pm_card_visa"}
    payment_id = dev.open(**order)
    assert staging.open(**order) != payment_id, "the same order id is another order in another stack"
    for move in (staging.authorize, staging.capture, staging.give_back, staging.payment):
        with pytest.raises(ForeignPaymentError, match="for no order of staging"):
            move(payment_id)
    assert dev.payment(payment_id).status == "OPEN"
    listed = list(staging.payments(datetime.now(UTC) - timedelta(minutes=5)))
    assert payment_id not in {payment.payment_id for payment in listed if isinstance(payment, Payment)}


def test_a_wrong_key_is_said_with_its_place_and_not_shown(localstripe: str) -> None:
    """localstripe takes every key that begins with sk_, and none that begins with rk_."""
    provider = StripePayments(connect("rk_test_notgood", localstripe), "orderflow-dev")
    with pytest.raises(TechnicalError, match="secret that STRIPE_SECRET names") as refused:
        provider.open(order_id="order-1", amount_cents=1895, payment_method_id="pm_card_visa")
    assert "notgood" not in str(refused.value)
