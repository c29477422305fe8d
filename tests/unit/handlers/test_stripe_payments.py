"""The adapter for Stripe, given the answers that Stripe's documentation shows and localstripe cannot give."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from handlers.shared import stripe_wire
from handlers.shared.errors import TechnicalError
from handlers.shared.payments import CardError, Payment
from handlers.shared.stripe_payments import StripePayments
from tests.hangs import HANG_SECONDS

KEY = "sk_test_51HighlyConfidential"
CHARGE = {"id": "ch_1", "object": "charge", "refunded": False, "amount_refunded": 0, "refunds": {"data": []}}
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "requires_confirmation",
    "amount": 1895,
    "amount_received": 0,
    "metadata": {"orderId": "order-1", "stack": "dev"},
    "latest_charge": None,
    "last_payment_error": None,
    "cancellation_reason": None,
}
Answer = tuple[int, Any]


def intent(status: str, *, charge: Mapping[str, Any] | None = None, **more: Any) -> Answer:
    """https://docs.stripe.com/api/payment_intents/object"""
    received = 1895 if status == "succeeded" else 0
    more["latest_charge"] = {**CHARGE, **charge} if charge is not None else CHARGE if received else None
    return 200, {**INTENT, "status": status, "amount_received": received, **more}


def error(status: int, kind: str, message: str = "Something is wrong.", **more: Any) -> Answer:
    """https://docs.stripe.com/api/errors"""
    return status, {"error": {"type": kind, "message": message, **more}}


UNEXPECTED = error(400, "invalid_request_error", code="payment_intent_unexpected_state")


class Stripe(stripe.HTTPClient):
    """Gives its answers in turn, the last one again and again, and keeps what it was asked."""

    name = "canned"

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[str] = []
        self.keys: list[str] = []
        self.sent: list[dict[str, list[str]]] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        self.asked.append(f"{method} {urlsplit(url).path.removeprefix('/v1/')}")
        self.keys.append((headers or {}).get("Idempotency-Key", ""))
        self.sent.append(parse_qs(post_data or urlsplit(url).query))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return body if isinstance(body, str) else json.dumps(body), status, {"request-id": "req_1"}

    @property
    def provider(self) -> StripePayments:
        return StripePayments(stripe.StripeClient(KEY, http_client=self, max_network_retries=1), "dev")

    def open(self) -> str:
        return self.provider.open(order_id="order-1", amount_cents=1895, payment_method_id="pm_card_visa")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_a_payment_is_opened_to_be_captured_later_under_a_key_of_its_order() -> None:
    server = Stripe(intent("requires_confirmation"))
    assert [server.open(), server.open()] == ["pi_1", "pi_1"]
    assert server.asked == ["post payment_intents"] * 2
    assert server.keys == ["dev/order-1/open"] * 2
    assert server.sent[0] == {
        "amount": ["1895"],
        "currency": ["usd"],
        "capture_method": ["manual"],
        "payment_method": ["pm_card_visa"],
        "automatic_payment_methods[enabled]": ["true"],
        "automatic_payment_methods[allow_redirects]": ["never"],
        "metadata[orderId]": ["order-1"],
        "metadata[stack]": ["dev"],
    }


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds"),
        ({"code": "card_declined", "decline_code": "generic_decline"}, "generic_decline"),
        ({"code": "expired_card"}, "expired_card"),
        ({"code": "authentication_required", "decline_code": "authentication_required"}, "authentication_required"),
        # https://docs.stripe.com/declines/codes: the customer is told no more than that it was declined.
        ({"code": "card_declined", "decline_code": "stolen_card"}, "generic_decline"),
        ({"code": "card_declined", "decline_code": "fraudulent"}, "generic_decline"),
    ],
)
def test_a_decline_has_the_same_reason_when_it_happens_and_ever_after(failure: dict[str, str], reason: str) -> None:
    now = Stripe(intent("requires_confirmation"), error(402, "card_error", **failure))
    later = Stripe(intent("requires_payment_method", last_payment_error={"type": "card_error", **failure}))
    for server in (now, later):
        with pytest.raises(CardError, match=rf"^{reason}$"):
            server.provider.authorize("pi_1")
    assert later.asked == ["get payment_intents/pi_1"], "a declined payment is never confirmed again"


def refund(status: str, of: str = "return-1", id: str = "re_1") -> dict[str, Any]:
    """https://docs.stripe.com/api/refunds/object"""
    made = {"id": id, "object": "refund", "status": status, "amount": 649, "payment_intent": "pi_1"}
    return {**made, "metadata": {"part": of}}


def refunds(*made: dict[str, Any]) -> Answer:
    return 200, {"object": "list", "url": "/v1/refunds", "has_more": False, "data": list(made)}


def test_a_part_is_refunded_under_a_key_of_its_return_and_found_again_when_stripe_has_forgotten_that_key() -> None:
    first = Stripe(refunds(refund("succeeded", of="return-0")), (200, refund("pending")))
    first.provider.give_back_part("pi_1", 649, "return-1")
    assert first.asked == ["get refunds", "post refunds"]
    assert first.keys[1] == "pi_1/part/return-1/0"
    assert first.sent[1] == {"payment_intent": ["pi_1"], "amount": ["649"], "metadata[part]": ["return-1"]}
    later = Stripe(refunds(refund("succeeded")))
    later.provider.give_back_part("pi_1", 649, "return-1")
    assert later.asked == ["get refunds"], "the customer has it already"


def test_a_part_whose_refund_failed_later_is_refunded_once_more_under_a_new_key() -> None:
    server = Stripe(refunds(refund("failed")), (200, refund("succeeded", id="re_2")))
    server.provider.give_back_part("pi_1", 649, "return-1")
    assert server.keys[1] == "pi_1/part/return-1/1"


@pytest.mark.parametrize("was_made", [True, False])
def test_a_part_that_stripe_may_have_refunded_as_it_failed_is_looked_for_before_a_new_key_is_tried(
    was_made: bool,
) -> None:
    fails = error(500, "api_error")
    found = refunds(refund("succeeded")) if was_made else refunds()
    server = Stripe(refunds(), fails, fails, found, (200, refund("succeeded")))
    server.provider.give_back_part("pi_1", 649, "return-1")
    posted = [key for asked, key in zip(server.asked, server.keys, strict=True) if asked == "post refunds"]
    assert posted[:2] == ["pi_1/part/return-1/0"] * 2, "Stripe's library asks once more by itself"
    assert len(posted) == (2 if was_made else 3)
    assert len(set(posted)) == (1 if was_made else 2)


def test_more_than_is_left_is_no_part_and_neither_is_a_refund_that_is_not_made() -> None:
    too_much = Stripe(refunds(), error(400, "invalid_request_error", "Refund amount is greater than unrefunded."))
    with pytest.raises(TechnicalError, match="greater than unrefunded"):
        too_much.provider.give_back_part("pi_1", 649, "return-1")
    acting = Stripe(refunds(), (200, refund("requires_action")))
    with pytest.raises(TechnicalError, match="re_1 of pi_1 is requires_action; refund it in another way"):
        acting.provider.give_back_part("pi_1", 649, "return-1")


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ({"code": "resource_missing", "param": "payment_method"}, "invalid_payment_method"),
        ({"code": "amount_too_small", "param": "amount"}, "amount_too_small"),
    ],
)
def test_what_the_customer_has_to_change_is_a_decline(refusal: dict[str, str], reason: str) -> None:
    with pytest.raises(CardError, match=rf"^{reason}$"):
        Stripe(error(400, "invalid_request_error", **refusal)).open()


@pytest.mark.parametrize(
    ("answer", "said", "tries"),
    [
        (error(400, "idempotency_error"), "with other terms before", 1),
        (error(400, "invalid_request_error", "No.", code="parameter_unknown"), "refuses .* 400 parameter_unknown", 1),
        (error(401, "invalid_request_error"), "secret that STRIPE_SECRET names", 1),
        (error(403, "invalid_request_error"), "secret that STRIPE_SECRET names", 1),
        (error(409, "idempotency_error", code="idempotency_key_in_use"), "409 idempotency_key_in_use", 2),
        (error(429, "invalid_request_error", code="lock_timeout"), "429 lock_timeout", 1),
        (error(429, "invalid_request_error", code="rate_limit"), "429 rate_limit", 1),
        ((200, "<html>Welcome to our hotel's wifi</html>"), "could not open", 1),
    ],
)
def test_what_may_pass_is_a_technical_error(answer: Answer, said: str, tries: int) -> None:
    server = Stripe(answer)
    with pytest.raises(TechnicalError, match=rf"{said}(.|\n)*") as failure:
        server.open()
    assert "order-1" in str(failure.value)
    assert server.keys == ["dev/order-1/open"] * tries, "each try has the same key"


def listed(*intents: Mapping[str, Any]) -> Answer:
    return 200, {"object": "list", "url": "/v1/payment_intents", "has_more": False, "data": list(intents)}


FAILURES = [error(500, "api_error"), (502, "<html>Bad gateway</html>"), error(503, "idempotency_error")]


@pytest.mark.parametrize("failure", FAILURES)
def test_after_a_failure_of_stripes_own_what_was_made_is_looked_for_before_a_new_key_is_tried(failure: Answer) -> None:
    others = [
        {**INTENT, "id": "pi_5", "metadata": {"orderId": "order-1", "stack": "staging"}},
        {**INTENT, "id": "pi_4", "metadata": {"orderId": "order-2", "stack": "dev"}},
        {**INTENT, "id": "pi_3", "amount": 1},
        {**INTENT, "id": "pi_2", "status": "canceled"},
        {**INTENT, "id": "pi_0", "status": "succeeded", "latest_charge": "ch_0"},
    ]
    # Stripe's library asks again, once, with the same key.
    server = Stripe(failure, failure, listed(*others), intent("requires_confirmation"))
    assert server.open() == "pi_1"
    assert server.asked == [*["post payment_intents"] * 2, "get payment_intents", "post payment_intents"]
    first, again, _, new = server.keys
    assert (first, again) == ("dev/order-1/open", "dev/order-1/open")
    assert new.startswith("dev/order-1/open/")
    assert server.sent[-1] == server.sent[0]
    found = Stripe(failure, failure, listed({**INTENT, "id": "pi_7"}, {**INTENT, "id": "pi_6"}))
    assert found.open() == "pi_6", "two that look at once take the same one"
    assert found.asked[2:] == ["get payment_intents"]


@pytest.mark.parametrize(("failure", "status"), [*zip(FAILURES, (500, 502, 503), strict=True)])
def test_stripe_failing_under_the_new_key_too_may_pass_and_no_key_is_new_twice(failure: Answer, status: int) -> None:
    keys: set[str] = set()
    for _ in range(2):
        server = Stripe(failure, failure, listed(), failure)
        with pytest.raises(TechnicalError, match=rf"could not open .* order-1: {status}(.|\n)*"):
            server.open()
        keys.add(server.keys[-1])
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [("authorize", "requires_confirmation", "requires_capture"), ("capture", "requires_capture", "succeeded")],
)
def test_a_move_that_stripe_made_though_it_failed_is_made(move: str, before: str, after: str) -> None:
    failure = error(500, "api_error")
    server = Stripe(intent(before), failure, failure, intent(after))
    getattr(server.provider, move)("pi_1")
    assert server.asked[-1] == "get payment_intents/pi_1"
    still = Stripe(intent(before), failure, failure, intent(before))
    with pytest.raises(TechnicalError, match="500"):
        getattr(still.provider, move)("pi_1")


@pytest.mark.parametrize("state", ["processing", "requires_confirmation"])
def test_a_charge_that_is_not_decided_yet_is_asked_for_again(state: str) -> None:
    server = Stripe(intent(state), UNEXPECTED, intent(state))
    with pytest.raises(TechnicalError, match="payment_intent_unexpected_state"):
        server.provider.authorize("pi_1")


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [("authorize", "requires_confirmation", "requires_capture"), ("capture", "requires_capture", "succeeded")],
)
def test_a_move_that_another_call_has_made_meanwhile_is_made(move: str, before: str, after: str) -> None:
    server = Stripe(intent(before), UNEXPECTED, intent(after))
    getattr(server.provider, move)("pi_1")
    assert len(server.asked) == 3


def test_a_move_whose_answer_was_lost_is_not_made_again() -> None:
    for move, state in (("authorize", "requires_capture"), ("capture", "succeeded"), ("give_back", "canceled")):
        server = Stripe(intent(state))
        getattr(server.provider, move)("pi_1")
        assert server.asked == ["get payment_intents/pi_1"]


@pytest.mark.parametrize(
    ("cancellation", "reason"),
    [("automatic", "authorization_expired"), ("expired", "authorization_expired"), ("abandoned", "canceled")],
)
def test_a_hold_that_has_expired_is_not_taken(cancellation: str, reason: str) -> None:
    server = Stripe(intent("canceled", cancellation_reason=cancellation))
    with pytest.raises(CardError, match=rf"^{reason}$"):
        server.provider.capture("pi_1")


def test_money_that_is_taken_while_it_should_be_given_back_is_refunded() -> None:
    server = Stripe(
        intent("requires_capture"),
        UNEXPECTED,
        intent("succeeded"),
        (200, {"id": "re_1", "object": "refund", "status": "pending"}),
    )
    server.provider.give_back("pi_1")
    look = "get payment_intents/pi_1"
    assert server.asked == [look, "post payment_intents/pi_1/cancel", look, "post refunds"]
    assert server.sent[-1] == {"payment_intent": ["pi_1"]}


def test_a_payment_that_can_be_neither_canceled_nor_refunded_is_a_technical_error() -> None:
    server = Stripe(intent("succeeded"), error(400, "invalid_request_error", code="charge_disputed"))
    server.answers *= 2
    with pytest.raises(TechnicalError, match="refund pi_1: 400 charge_disputed"):
        server.provider.give_back("pi_1")


def test_a_refund_that_failed_is_made_again_under_a_new_key() -> None:
    refunded = (200, {"id": "re_2", "object": "refund", "status": "succeeded"})
    once_failed = intent("succeeded", charge={"refunds": {"data": [{"id": "re_1", "status": "failed"}]}})
    for state, key in ((intent("succeeded"), "pi_1/refund/0"), (once_failed, "pi_1/refund/1")):
        server = Stripe(state, refunded)
        server.provider.give_back("pi_1")
        assert server.keys[-1] == key
    with pytest.raises(TechnicalError, match="refund re_3 of pi_1 is failed"):
        Stripe(once_failed, (200, {"id": "re_3", "object": "refund", "status": "failed"})).provider.give_back("pi_1")


def test_a_payment_that_was_refunded_in_part_has_the_rest() -> None:
    server = Stripe(intent("succeeded", charge={"amount_refunded": 500}))
    assert server.provider.payment("pi_1") == Payment("pi_1", "order-1", 1395, "CAPTURED")


def test_a_status_that_is_not_known_is_not_guessed_at() -> None:
    with pytest.raises(TechnicalError, match="requires_prayer"):
        Stripe(intent("requires_prayer")).provider.authorize("pi_1")


def test_payments_are_listed_page_by_page_without_those_of_others() -> None:
    def page(*ids: str, more: bool) -> Answer:
        data = [{**INTENT, "id": payment_id} for payment_id in ids]
        return 200, {"object": "list", "url": "/v1/payment_intents", "has_more": more, "data": data}

    first, last = page("pi_5", "pi_4", "pi_3", more=True), page("pi_2", "pi_1", more=False)
    first[1]["data"][1]["metadata"] = {"stack": "dev"}
    first[1]["data"][2]["metadata"] = {"orderId": "order-1", "stack": "staging"}
    last[1]["data"][0]["metadata"] = {}
    server = Stripe(first, last)
    since = datetime(2026, 3, 1, 12, tzinfo=UTC)
    found = list(server.provider.payments(since))
    assert [payment.payment_id for payment in found if isinstance(payment, Payment)] == ["pi_5", "pi_1"]
    assert len(found) == 2
    assert [sent.get("starting_after") for sent in server.sent] == [None, ["pi_3"]]
    assert {sent["created[gte]"][0] for sent in server.sent} == {"1772366400"}


@pytest.fixture
def silent_server() -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that takes connections (the system does, once it listens) and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", [listening]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stripe_wire, "ANSWER_SECONDS", 0.2)
    stripe_wire._wire.cache_clear()
    yield
    stripe_wire._wire.cache_clear()


@pytest.mark.usefixtures("hasty")
def test_a_server_that_does_not_answer_costs_one_timeout(silent_server: tuple[str, list[socket.socket]]) -> None:
    address, (listening,) = silent_server
    with pytest.raises(TechnicalError, match=r"no answer from Stripe .*ReadTimeoutError"):
        StripePayments(stripe_wire.connect(KEY, address), "dev").payment("pi_1")
    with listening.accept()[0], pytest.raises(TimeoutError):
        listening.accept()


def test_a_server_that_is_down_is_a_technical_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(TechnicalError, match=r"no answer from Stripe .*NewConnectionError"):
        StripePayments(stripe_wire.connect(KEY, address), "dev").payment("pi_1")


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    """A server of TLS with a certificate that it made itself, for whoever shakes hands first."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "server.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve() -> None:
            with contextlib.suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True) as caller:
                caller.settimeout(10)
                caller.recv(65_536)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://localhost:{listening.getsockname()[1]}"
    thread.join(timeout=HANG_SECONDS)


def test_nobody_with_a_certificate_of_their_own_passes_for_stripe(impostor: str) -> None:
    with pytest.raises(TechnicalError, match=r"no answer from Stripe .*SSLError"):
        StripePayments(stripe_wire.connect(KEY, impostor), "dev").payment("pi_1")


def test_two_hanging_calls_end_before_the_function_does() -> None:
    """A function has 20 s, and a charge asks Stripe three times."""
    assert 2 * (stripe_wire.CONNECT_SECONDS + stripe_wire.ANSWER_SECONDS) < 20


MASKED = f"Invalid API Key provided: {KEY[:16]}****tial, see {KEY}"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: stripe_wire.connect(KEY.replace("Con", "\nCon")),
        lambda: stripe_wire.connect(f"{KEY}\n"),
        lambda: stripe_wire.connect(json.dumps({"key": KEY})),
        lambda: Stripe(error(401, "invalid_request_error", MASKED)).open(),
        lambda: Stripe(error(403, "invalid_request_error", MASKED)).open(),
        lambda: Stripe(error(400, "invalid_request_error", MASKED)).open(),
        lambda: Stripe((502, MASKED)).open(),
        lambda: StripePayments(stripe_wire.connect(KEY, "http://127.0.0.1:1"), "dev").payment("pi_1"),
    ],
    ids=["line break", "line break at the end", "not a key", "401", "403", "400", "502", "down"],
)
def test_no_failure_shows_the_key(
    attempt: Callable[[], None], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stripe's library logs every answer; a function's log level can be set to take that in."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(TechnicalError) as failure:
        attempt()
    said = "".join(traceback.format_exception(failure.value)) + repr(failure.value)
    assert KEY[8:16] not in said + caplog.text + "".join(capsys.readouterr())
