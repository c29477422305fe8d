"""Stripe's webhook: who may speak, and what is made of what is said."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from handlers import payment_webhook
from handlers.shared import runtime, stripe_payments
from handlers.shared.clock import written
from handlers.shared.errors import TechnicalError
from handlers.shared.payments import Payment
from handlers.shared.reconciliation.difference import PATIENCE
from handlers.shared.stripe_payments import ForeignPaymentError
from tests.unit.handlers.books_of import SHIPPED, item

SIGNING_SECRET = "whsec_HighlyConfidential"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.canceled",
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount": 99_999_999, "status": "succeeded"}},
}
CONTEXT: Any = SimpleNamespace(
    function_name="payment-webhook", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="a-request"
)


class Provider:
    """Has one payment, or raises."""

    def __init__(self) -> None:
        self.status: Any = "CANCELED"
        self.failure: Exception | None = None
        self.asked: list[str] = []

    def payment(self, payment_id: str) -> Payment:
        self.asked.append(payment_id)
        if self.failure:
            raise self.failure
        return Payment(payment_id, "order-1001", 1895, self.status)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(stripe_payments, "from_environment", lambda: provider)
    return provider


@pytest.fixture
def charged(shop: Any) -> dict[str, Any]:
    """The row of an order that was charged long ago."""
    order = item(*SHIPPED, orderId="order-1001", paymentId="pi_1", updatedAt=written(shop.clock() - 2 * PATIENCE))
    shop.put("ORDERS_TABLE", [order])
    return order


@pytest.fixture
def post(shop: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Send a request to the function's URL: gives the status and the message of the answer."""
    manager = runtime.client("secretsmanager")
    name = f"webhook-{time.monotonic_ns()}"
    manager.create_secret(Name=name, SecretString=f"{SIGNING_SECRET}\n")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", name)

    def send(body: str = json.dumps(EVENT), *, signature: str | None = "", **more: Any) -> tuple[int, str]:
        if signature == "":
            signature = signed(body)
        headers = {"content-type": "application/json", **({} if signature is None else {"stripe-signature": signature})}
        answer = payment_webhook.handler({"version": "2.0", "headers": headers, "body": body, **more}, CONTEXT)
        return answer["statusCode"], json.loads(answer["body"])["message"]

    return send


def signed(body: str, *, secret: str = SIGNING_SECRET, age: int = 0) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)


def found(shop: Any) -> list[str]:
    return [issue["issueId"] for issue in shop.rows("ISSUES_TABLE")]


BODY = json.dumps(EVENT)
UNSIGNED = (400, "the signature is missing, wrong or too old")


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(None, id="none"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param("t=1,v1=", id="empty"),
        pytest.param("t=,v1=abc", id="no time"),
        pytest.param("v1=abc", id="no time at all"),
        pytest.param("t=1", id="no signature"),
        pytest.param(f"t={'9' * 5_000},v1=abc", id="long time"),
        pytest.param("t=1772366400,v1=ünglücklich", id="not ASCII"),
        pytest.param(signed(BODY, secret="whsec_OfSomebodyElse"), id="wrong secret"),
        pytest.param(signed(BODY + " "), id="other body"),
        pytest.param(signed(BODY, age=301), id="too old"),
        pytest.param(signed(BODY).replace("v1=", "v0="), id="other scheme"),
    ],
)
@pytest.mark.usefixtures("charged")
def test_nobody_but_stripe_is_heard(post: Any, shop: Any, provider: Provider, signature: str | None) -> None:
    assert post(BODY, signature=signature) == UNSIGNED
    assert (provider.asked, found(shop), shop.rows("SEEN_EVENTS_TABLE")) == ([], [], [])


@pytest.mark.parametrize(
    "body", ["{}", json.dumps({**EVENT, "object": "v2.core.event"}), json.dumps({**EVENT, "id": 5})]
)
def test_what_is_no_event_is_refused(post: Any, provider: Provider, body: str) -> None:
    assert post(body) == (400, "the body is no event of Stripe's")
    assert provider.asked == []


NO_OBJECTS = ["", "{", "[]", '"evt_1"', json.dumps({**EVENT, "id": "evt_\ud800"}), "[" * 30_000, '{"a":' * 10_000]


@pytest.mark.parametrize("body", NO_OBJECTS, ids=range(len(NO_OBJECTS)))
def test_what_is_no_object_is_refused_however_deep_it_is_nested(post: Any, provider: Provider, body: str) -> None:
    assert post(body) == (400, "the body is no JSON object")
    assert provider.asked == []


@pytest.mark.usefixtures("charged")
def test_a_signature_from_the_future_could_be_replayed_until_then(post: Any, provider: Provider) -> None:
    """stripe 16.1 refuses old ones only."""
    assert post(BODY, signature=signed(BODY, age=-400)) == (400, "the signature is from the future")
    assert provider.asked == []
    assert post(BODY, signature=signed(BODY, age=-200)) == (200, "compared")


@pytest.mark.usefixtures("charged", "provider")
def test_long_ids_that_begin_alike_are_two_events(post: Any) -> None:
    first, second = (json.dumps({**EVENT, "id": f"evt_{'x' * 3_000}{end}"}) for end in "ab")
    assert [post(first), post(second), post(first)] == [(200, "compared"), (200, "compared"), (200, "seen before")]


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"object": []},
        {"object": {"object": "customer", "id": "cus_1"}},
        {"object": {"object": "charge", "payment_intent": None}},
    ],
)
def test_an_event_about_something_else_changes_nothing(post: Any, shop: Any, provider: Provider, data: Any) -> None:
    assert post(json.dumps({**EVENT, "data": data})) == (200, "not about a payment")
    assert (provider.asked, shop.rows("SEEN_EVENTS_TABLE")) == ([], [])


@pytest.mark.parametrize("as_base64", [False, True])
def test_a_body_of_64_kib_is_taken_and_no_more(post: Any, provider: Provider, as_base64: bool) -> None:
    def padded(size: int) -> dict[str, Any]:
        body = BODY + " " * (size - len(BODY))
        raw = base64.b64encode(body.encode()).decode() if as_base64 else body
        return {"body": raw, "isBase64Encoded": as_base64, "signature": signed(body)}

    assert post(**padded(65_536))[0] == 200
    provider.asked.clear()
    for size in (65_537, 1_000_000):
        assert post(**padded(size)) == (413, "the body may have 65536 bytes")
    assert provider.asked == []


def test_a_body_that_is_no_text_is_refused(post: Any) -> None:
    raw = base64.b64encode(b"\xff\xfe").decode()
    assert post(raw, isBase64Encoded=True) == (400, "the body is no UTF-8 text")
    assert post("%%%", isBase64Encoded=True) == (400, "the body is no UTF-8 text")


@pytest.mark.usefixtures("charged")
def test_what_stripe_says_now_counts_and_not_what_the_event_says(post: Any, shop: Any, provider: Provider) -> None:
    assert post() == (200, "compared")
    assert provider.asked == ["pi_1", "pi_1"], "to find the order, and between two looks at it"
    (issue,) = shop.rows("ISSUES_TABLE")
    assert issue["issueId"] == "order-1001#MONEY_GONE#pi_1"
    assert (issue["detected"], issue["provider"]) == ("webhook evt_1", "CANCELED, 1895 cents, pi_1")
    assert "99999999" not in str(issue)


@pytest.mark.parametrize("kind", ["charge", "refund", "dispute"])
@pytest.mark.usefixtures("charged")
def test_an_event_about_a_charge_or_refund_is_about_its_payment(
    post: Any, shop: Any, provider: Provider, kind: str
) -> None:
    provider.status = "REFUNDED"
    subject = {"object": kind, "id": "x_1", "payment_intent": "pi_1"}
    assert post(json.dumps({**EVENT, "type": f"{kind}.updated", "data": {"object": subject}})) == (200, "compared")
    assert found(shop) == ["order-1001#MONEY_GONE#pi_1"]


@pytest.mark.usefixtures("charged")
def test_an_event_that_agrees_leaves_no_issue(post: Any, shop: Any, provider: Provider) -> None:
    provider.status = "AUTHORIZED"
    assert post() == (200, "compared")
    assert found(shop) == []


def test_news_that_comes_before_the_record_is_no_issue(
    post: Any, shop: Any, provider: Provider, charged: dict[str, Any]
) -> None:
    provider.status = "CAPTURED"
    shop.put("ORDERS_TABLE", [{**charged, "updatedAt": written(shop.clock() - timedelta(seconds=5))}])
    assert post() == (200, "compared")
    assert found(shop) == []


@pytest.mark.usefixtures("charged")
def test_an_event_is_acted_upon_once(post: Any, shop: Any, provider: Provider) -> None:
    assert post() == (200, "compared")
    asked = len(provider.asked)
    assert post() == (200, "seen before")
    assert post(signature=signed(BODY, age=200)) == (200, "seen before")
    assert len(provider.asked) == asked
    assert len(shop.rows("SEEN_EVENTS_TABLE")) == 1


@pytest.mark.usefixtures("charged")
def test_an_event_that_broke_off_is_taken_up_again(
    post: Any, shop: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.failure = TechnicalError("no answer from Stripe")
    with pytest.raises(TechnicalError):
        post()
    assert shop.rows("SEEN_EVENTS_TABLE") == []
    provider.failure = None

    def crash(*_: Any) -> None:
        raise ConnectionError("the function is gone")

    with monkeypatch.context() as broken:
        broken.setattr("handlers.shared.webhooks.SeenEvents.add", crash)
        with pytest.raises(ConnectionError):
            post()
    assert found(shop) == ["order-1001#MONEY_GONE#pi_1"], "recorded, and the event not yet noted as seen"
    assert post() == (200, "compared")
    assert found(shop) == ["order-1001#MONEY_GONE#pi_1"]


def test_payments_of_other_stacks_are_none_of_its_business(post: Any, shop: Any, provider: Provider) -> None:
    provider.failure = ForeignPaymentError("payment pi_1 is for no order of dev")
    assert post() == (200, "not a payment of this stack")
    (line,) = shop.log()
    assert (line["level"], line["outcome"]) == ("INFO", "not a payment of this stack")


@pytest.mark.usefixtures("charged")
def test_the_log_says_what_happened_and_holds_no_secret(
    post: Any, shop: Any, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    post(signature=None)
    post()
    provider.failure = TechnicalError("no answer from Stripe")
    with pytest.raises(TechnicalError):
        post(json.dumps({**EVENT, "id": "evt_2"}))
    lines = shop.log()
    assert [line["message"] for line in lines] == ["refused", "issue", "done", "failed"]
    assert [line.get("orderId") for line in lines] == [None, "order-1001", "order-1001", None]
    assert "Confidential" not in json.dumps(lines) + "".join(capsys.readouterr())


def test_a_secret_that_cannot_be_read_fails_the_call(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "there-is-none")
    with pytest.raises(TechnicalError, match="there-is-none cannot be read: ResourceNotFoundException"):
        post()
