"""follow_shipment and carrier_webhook: no news is lost between two waits, and none is taken from a stranger."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from handlers.shared import runtime
from handlers.shared.errors import ParcelArrived, TechnicalError
from tests.unit.handlers.conftest import SECRET

SHIPMENT = "shp_order-1001"


def signed(body: str, event_id: str = "msg_1", *, age: float = 0, secret: str = SECRET) -> dict[str, Any]:
    """A request of the function's URL, signed `age` seconds ago."""
    # The library that verifies has a clock of its own.
    at = datetime.now(UTC) - timedelta(seconds=age)
    signature = Webhook(secret).sign(event_id, at, body)
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return {"version": "2.0", "headers": headers, "body": body, "isBase64Encoded": False}


def news(status: str, event_id: str = "msg_1", shipment_id: str = SHIPMENT) -> dict[str, Any]:
    return signed(json.dumps({"shipmentId": shipment_id, "status": status}), event_id)


def code(answer: dict[str, Any]) -> int:
    """The status of an answer that says in JSON what became of the request."""
    assert json.loads(answer["body"])["message"]
    return answer["statusCode"]


@pytest.fixture
def post(shop: Any) -> Any:
    """Hands a request to the handler as Lambda does, and gives the status of the response."""
    return lambda request: code(shop.invoke("carrier_webhook", request))


@pytest.fixture
def waits(shop: Any, order: dict[str, Any]) -> Any:
    """Lets the execution of a captured order wait for its parcel; gives the function that does so once more."""
    state = shop.captured(order)

    def wait(token: str = "token-1") -> dict[str, Any]:
        shop.executions.waiting = {token}
        return shop.call("follow_shipment", state, token=token)

    wait()
    return wait


@pytest.mark.parametrize("status", ["DELIVERED", "FAILED"])
def test_the_end_of_a_parcel_answers_the_execution_that_waits(shop: Any, waits: Any, post: Any, status: str) -> None:
    assert post(news(status)) == 200
    due = "2026-03-01T12:16:40.000Z"
    assert shop.executions.outputs == [("token-1", {"shipmentId": SHIPMENT, "status": status, "dueAt": due})]


def test_news_on_the_way_lets_the_execution_wait_on(shop: Any, waits: Any, post: Any) -> None:
    assert post(news("IN_TRANSIT")) == 200
    assert (shop.executions.heartbeats, shop.executions.outputs) == (["token-1"], [])
    assert shop.rows("SHIPMENTS_TABLE")[0]["status"] == "IN_TRANSIT"


def test_news_that_comes_before_anyone_waits_is_sent_again_and_found_by_whoever_waits_next(
    shop: Any, order: dict[str, Any], post: Any
) -> None:
    state = shop.captured(order)
    assert [post(news("DELIVERED")), post(news("DELIVERED"))] == [503, 503]
    with pytest.raises(ParcelArrived, match="DELIVERED"):
        shop.call("follow_shipment", state, token="token-1")
    assert shop.call("check_shipment", state)["status"] == "DELIVERED"


def test_news_on_the_way_that_nobody_waits_for_is_noted_and_not_sent_again(
    shop: Any, order: dict[str, Any], post: Any
) -> None:
    shop.captured(order)
    assert post(news("IN_TRANSIT")) == 200
    assert shop.rows("SHIPMENTS_TABLE")[0]["status"] == "IN_TRANSIT"


@pytest.mark.parametrize("ended", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_between_two_waits_the_news_is_sent_again(shop: Any, waits: Any, post: Any, ended: str) -> None:
    shop.executions.waiting.clear()
    shop.executions.ended_with = ended
    assert post(news("DELIVERED")) == 503
    with pytest.raises(ParcelArrived):
        waits("token-2")


def test_the_newest_wait_is_answered(shop: Any, waits: Any, post: Any) -> None:
    waits("token-2")
    assert post(news("DELIVERED")) == 200
    assert [token for token, _ in shop.executions.outputs] == ["token-2"]


def test_an_order_that_is_closed_needs_no_news(shop: Any, order: dict[str, Any], post: Any) -> None:
    state = shop.undone(shop.captured(order))
    assert post(news("FAILED")) == 503, "it is being undone still"
    shop.call("send_confirmation", state, outcome="SHIPPING_FAILED")
    assert post(news("FAILED")) == 200


def test_an_event_is_acted_upon_once(shop: Any, waits: Any, post: Any) -> None:
    assert [post(news("DELIVERED")), post(news("DELIVERED"))] == [200, 200]
    assert len(shop.executions.outputs) == 1
    before = shop.everything()
    assert post(news("IN_TRANSIT")) == 200, "the same id, so it is the same event"
    assert shop.everything() == before


@pytest.mark.parametrize("write", [1, 2], ids=["news noted", "event noted"])
def test_an_event_whose_call_broke_off_is_taken_up_again(shop: Any, waits: Any, post: Any, write: int) -> None:
    shop.wire.heal()
    shop.wire.lose = range(write, write + 1)
    with pytest.raises(ConnectionError):
        post(news("DELIVERED"))
    shop.wire.heal()
    assert post(news("DELIVERED")) == 200
    assert len(shop.executions.outputs) == 1


def test_what_has_arrived_does_not_set_out_again(shop: Any, waits: Any, post: Any) -> None:
    post(news("DELIVERED", "msg_1"))
    post(news("IN_TRANSIT", "msg_2"))
    post(news("FAILED", "msg_3"))
    assert shop.rows("SHIPMENTS_TABLE")[0]["status"] == "DELIVERED"


def test_an_event_is_remembered_for_longer_than_its_signature_is_taken_for_fresh(
    shop: Any, waits: Any, post: Any
) -> None:
    post(news("DELIVERED"))
    (row,) = shop.rows("SEEN_EVENTS_TABLE")
    assert int(row["expiration"]) - shop.clock().timestamp() > 2 * 300


def test_a_parcel_that_is_not_ours_is_not_found(shop: Any, waits: Any, post: Any) -> None:
    assert post(news("DELIVERED", shipment_id="shp_unknown")) == 404
    assert shop.rows("SEEN_EVENTS_TABLE") == []


UNUSABLE = [
    *({}, {"shipmentId": SHIPMENT}, {"status": "DELIVERED"}, {"shipmentId": SHIPMENT, "status": "delivered"}),
    *({"shipmentId": SHIPMENT, "status": ["DELIVERED"]}, {"shipmentId": 7, "status": "DELIVERED"}),
    *({"shipmentId": "", "status": "DELIVERED"}, {"shipmentId": "s" * 201, "status": "DELIVERED"}),
]


@pytest.mark.parametrize("document", UNUSABLE, ids=lambda document: str(document)[:60])
def test_news_that_says_nothing_usable_is_refused(shop: Any, waits: Any, post: Any, document: Any) -> None:
    before = shop.everything()
    assert post(signed(json.dumps(document))) == 400
    assert shop.everything() == before


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[1]", "null", "7", "[" * 16_000], ids=["empty", "text", "list", "null", "number", "deep"]
)
def test_a_body_that_is_no_json_object_is_refused(waits: Any, post: Any, body: str) -> None:
    assert post(signed(body)) == 400


def signature(request: dict[str, Any]) -> str:
    return request["headers"]["webhook-signature"]


def without(request: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**request, "headers": {name: value for name, value in request["headers"].items() if name not in names}}


def headed(request: dict[str, Any], **headers: str) -> dict[str, Any]:
    return {**request, "headers": {**request["headers"], **{f"webhook-{k}": v for k, v in headers.items()}}}


GOOD = json.dumps({"shipmentId": SHIPMENT, "status": "DELIVERED"})
OTHER_SECRET = "whsec_" + base64.b64encode(b"of somebody else").decode()
STRANGERS: dict[str, Any] = {
    "unsigned": lambda: without(signed(GOOD), "webhook-signature"),
    "without an id": lambda: without(signed(GOOD), "webhook-id"),
    "without a time": lambda: without(signed(GOOD), "webhook-timestamp"),
    "without headers": lambda: {"body": GOOD},
    "headers are null": lambda: {"headers": None, "body": GOOD},
    "signed by another": lambda: signed(GOOD, secret=OTHER_SECRET),
    "another body": lambda: {**signed(GOOD), "body": GOOD.replace("DELIVERED", "FAILED")},
    "another id": lambda: headed(signed(GOOD), id="msg_2"),
    "another time": lambda: headed(signed(GOOD, age=200), timestamp=str(int(datetime.now(UTC).timestamp()))),
    "too old": lambda: signed(GOOD, age=301),
    "from the future": lambda: signed(GOOD, age=-330),
    "time is no number": lambda: headed(signed(GOOD), timestamp="noon"),
    "time is not a number": lambda: headed(signed(GOOD), timestamp="nan"),
    "time is infinite": lambda: headed(signed(GOOD), timestamp="inf"),
    "signature is empty": lambda: headed(signed(GOOD), signature=""),
    "signature has no version": lambda: headed(signed(GOOD), signature="abc"),
    "signature has too many parts": lambda: headed(signed(GOOD), signature="v1,a,b"),
    "signature is no base64": lambda: headed(signed(GOOD), signature="v1,%%%"),
    "signature is no ASCII": lambda: headed(signed(GOOD), signature="v1,ü"),
    "signature of another version": lambda: headed(signed(GOOD), signature=signature(signed(GOOD)).replace("v1", "v2")),
}


@pytest.mark.parametrize("request_", STRANGERS.values(), ids=STRANGERS)
def test_a_request_that_is_not_the_carriers_is_refused_and_changes_nothing(
    shop: Any, waits: Any, post: Any, request_: Any
) -> None:
    before = shop.everything()
    assert post(request_()) == 401
    assert (shop.everything(), shop.executions.outputs) == (before, [])


def test_a_signature_is_fresh_for_five_minutes(waits: Any, post: Any) -> None:
    assert post(signed(GOOD, age=270)) == 200


def test_one_of_two_signatures_is_enough_while_the_secret_is_changed(waits: Any, post: Any) -> None:
    request = signed(GOOD)
    both = f"{signature(signed(GOOD, secret=OTHER_SECRET))} {signature(request)}"
    assert post(headed(request, signature=both)) == 200


def test_header_names_may_be_written_in_any_case(waits: Any, post: Any) -> None:
    request = signed(GOOD)
    assert post({**request, "headers": {name.title(): value for name, value in request["headers"].items()}}) == 200


def test_a_body_that_lambda_has_encoded_is_decoded(waits: Any, post: Any) -> None:
    encoded = base64.b64encode(GOOD.encode()).decode()
    assert post({**signed(GOOD), "body": encoded, "isBase64Encoded": True}) == 200


@pytest.mark.parametrize(
    ("body", "encoded"),
    [("%%%", True), (base64.b64encode(b"\xff\xfe").decode(), True), ("\ud800", False)],
    ids=["no base64", "no UTF-8", "half a character"],
)
def test_a_body_that_is_no_text_is_refused(waits: Any, post: Any, body: str, encoded: bool) -> None:
    assert post({**signed(GOOD), "body": body, "isBase64Encoded": encoded}) == 400


def test_long_ids_that_begin_alike_are_two_events(waits: Any, post: Any, shop: Any) -> None:
    assert [post(news("IN_TRANSIT", f"msg_{'x' * 3_000}{end}")) for end in "aab"] == [200, 200, 200]
    assert len(shop.rows("SEEN_EVENTS_TABLE")) == 2


@pytest.mark.parametrize("body", ['{"shipmentId": "shp_\\ud800", "status": "DELIVERED"}', '{"a":' * 2_500])
def test_what_no_table_could_hold_is_refused(waits: Any, post: Any, body: str) -> None:
    assert post(signed(body)) == 400


def test_a_signature_from_the_future_is_refused(waits: Any, post: Any) -> None:
    assert post(signed(GOOD, age=-400)) == 401


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(("length", "status"), [(16_384, 200), (16_385, 413), (100_000, 413)])
def test_a_body_has_a_bearable_size(waits: Any, post: Any, length: int, status: int, encoded: bool) -> None:
    body = GOOD + " " * (length - len(GOOD))
    request = signed(body)
    sent = base64.b64encode(body.encode()).decode() if encoded else body
    assert post({**request, "body": sent, "isBase64Encoded": encoded}) == status


def test_every_line_of_the_log_keeps_secrets_to_itself_and_names_the_order_once_it_is_known(
    shop: Any, waits: Any, post: Any
) -> None:
    request = news("DELIVERED")
    post(STRANGERS["signed by another"]())
    post(request)
    refused, done = shop.log()[-2:]
    assert (refused["message"], refused["status"], done["message"], done["orderId"]) == (
        *("refused", 401, "done", "order-1001"),
    )
    secrets = (SECRET, SECRET.removeprefix("whsec_"), "token-1", signature(request))
    assert not [secret for secret in secrets if secret in str(shop.log())]


@pytest.mark.parametrize("value", [None, "whsec_a", "whsec_"], ids=["gone", "garbled", "empty"])
def test_a_secret_that_cannot_be_used_is_our_fault_and_not_the_senders(
    shop: Any, waits: Any, post: Any, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the carrier would be told that its signatures are wrong, and nobody here would look for the reason."""
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:gone"
    if value is not None:
        secret = runtime.client("secretsmanager").create_secret(Name=value, SecretString=value)["ARN"]
    monkeypatch.setenv("CARRIER_SECRET", secret)
    with pytest.raises(TechnicalError, match="secret") as error:
        post(news("DELIVERED"))
    assert "whsec_a" not in str(error.value), "nothing of it is told"
