"""Webhooks that come in through a function URL: signed, fresh, of a bearable size, and each acted upon once.

Signatures are those of https://www.standardwebhooks.com: the headers webhook-id, webhook-timestamp, webhook-signature.
The request: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.shared.clock import Clock
from handlers.shared.errors import TechnicalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BODY_BYTES = 16_384
"""No event of a carrier comes near it."""

KEPT = timedelta(days=1)
"""How long an event's id is kept: far longer than its signature is taken for fresh, which is five minutes."""


class RefusedError(Exception):
    """The request is not taken: `status` is the HTTP status, the message what the sender may know of the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def body_of(event: Mapping[str, Any], most: int = BODY_BYTES) -> str:
    """The request's body, which may have `most` bytes.

    Raises:
        RefusedError: when it is too long, or no text.
    """
    raw = event.get("body") or ""
    # Base64 makes four characters of three bytes.
    if len(raw) > most * 4 // 3 + 4:
        raise RefusedError(413, f"the body may have {most} bytes")
    try:
        body = base64.b64decode(raw, validate=True) if event.get("isBase64Encoded") else raw.encode()
        text = body.decode()
    except (binascii.Error, UnicodeError):
        raise RefusedError(400, "the body is no UTF-8 text") from None
    if len(body) > most:
        raise RefusedError(413, f"the body may have {most} bytes")
    return text


def verified(event: Mapping[str, Any], secret: str) -> tuple[str, dict[str, Any]]:
    """The id and the document of a request that was signed with `secret` less than five minutes ago.

    Raises:
        RefusedError: for every other request.
        TechnicalError: when `secret` is none to sign with; nothing of it is told.
    """
    from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

    body = body_of(event)
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    try:
        webhook = Webhook(secret)
    except (EmptyWebhookSecretError, ValueError):
        raise TechnicalError("the webhook's secret is not whsec_ and a key in base64; store the carrier's") from None
    try:
        webhook.verify(body, headers, json_parse=False)
    # A header that cannot be taken apart is no signature either.
    except (WebhookVerificationError, ValueError):
        raise RefusedError(401, "the signature is missing, wrong or too old") from None
    return headers["webhook-id"], document_of(body)


def document_of(body: str) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        RefusedError: when there is none, or one that no table could hold.
    """
    try:
        document = json.loads(body)
        # Half of a surrogate pair is JSON, and no text.
        json.dumps(document, ensure_ascii=False).encode()
    # Thousands of brackets are valid JSON, and no event either.
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RefusedError(400, "the body is no JSON object")
    return document


def response(status: int, **document: Any) -> dict[str, Any]:
    """The answer that a function URL makes an HTTP response of."""
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(document)}


class SeenEvents:
    """The table of events that have been acted upon; an event's id means something beside its sender's name only."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def has(self, sender: str, event_id: str) -> bool:
        """Whether the event has been acted upon."""
        key = {"id": _key(sender, event_id)}
        return "Item" in self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)

    def add(self, sender: str, event_id: str) -> None:
        """Note that the event has been acted upon: only then, so that one that broke off is taken up again."""
        expires = int((self._clock() + KEPT).timestamp())
        self._client.put_item(TableName=self._table, Item={"id": _key(sender, event_id), "expiration": expires})


def _key(sender: str, event_id: str) -> str:
    """A key that no other event has, however long the ids are: cut ones could be the same."""
    return f"{sender}#{hashlib.sha256(event_id.encode()).hexdigest()}"
