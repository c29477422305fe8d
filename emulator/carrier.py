"""The sandbox carrier's other half: it tells where its parcels are, by signed webhooks, as a real one does."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from standardwebhooks import Webhook

from emulator.cloud import Cloud
from emulator.reconcile import scan
from handlers.shared.carriers import ARRIVED, Status
from handlers.shared.clock import now
from handlers.shared.sandbox_carrier import status_of

LOOK_SECONDS = 0.25

Outputs: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = tuple[int, str]
"""Status and body."""


@dataclass(frozen=True)
class CarrierWebhooks:
    """Signs events and sends them to a stack's webhook."""

    cloud: Cloud
    url: str
    secret: str

    @classmethod
    def for_stack(cls, cloud: Cloud, outputs: Outputs) -> CarrierWebhooks:
        """Agree on a new secret with the stack, as its operator and the carrier would."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        webhook = outputs["webhooks"]["carrier"]
        cloud.client("secretsmanager").put_secret_value(SecretId=webhook["secretArn"], SecretString=secret)
        return cls(cloud, webhook["url"], secret)

    def send(self, shipment_id: str, status: Status, event_id: str | None = None, at: datetime | None = None) -> Answer:
        """Send one event; `event_id` is the one of an event that is sent again, `at` when it was signed."""
        body = json.dumps({"shipmentId": shipment_id, "status": status})
        return self.post(body, self.signed(body, event_id or f"msg_{uuid.uuid4().hex}", at or datetime.now(UTC)))

    def forge(self, shipment_id: str, status: Status, event_id: str) -> list[str]:
        """Send one event unsigned, signed by someone else, and signed long ago; what was taken of these."""
        body = json.dumps({"shipmentId": shipment_id, "status": status})
        stranger = CarrierWebhooks(self.cloud, self.url, "whsec_c29tZW9uZSBlbHNlJ3Mgc2VjcmV0")
        forged = {
            "unsigned": {},
            "signed by someone else": stranger.signed(body, event_id, datetime.now(UTC)),
            "signed long ago": self.signed(body, event_id, datetime.now(UTC) - timedelta(minutes=6)),
        }
        taken = [how for how, headers in forged.items() if self.post(body, headers)[0] < 400]
        return [f"{shipment_id} {status}, {how}" for how in taken]

    def signed(self, body: str, event_id: str, at: datetime) -> dict[str, str]:
        """The headers that sign `body`."""
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(event_id, at, body),
        }

    def post(self, body: str, headers: Mapping[str, str]) -> Answer:
        """Post any body under any headers."""
        return self.cloud.call_url(self.url, body.encode(), {**headers, "content-type": "application/json"})


@dataclass
class _Parcel:
    """What the carrier last told of a parcel, and the event that is to be sent again."""

    told: Status = "CREATED"
    event_id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")


@contextlib.contextmanager
def carrier(
    webhooks: CarrierWebhooks, outputs: Outputs, send: Callable[[str, Status, str], Answer] | None = None
) -> Iterator[None]:
    """While inside, tell each change of a parcel until the stack has taken it; `send` stands between, where given."""
    stop = threading.Event()
    deliver = send or webhooks.send
    parcels: dict[str, _Parcel] = {}

    def tell() -> None:
        table = outputs["tables"]["parcels"]["name"]
        while not stop.wait(LOOK_SECONDS):
            for row in scan(webhooks.cloud, table):
                parcel = parcels.setdefault(row["shipmentId"], _Parcel())
                status = status_of(row, now())
                if "goods" not in row and status != parcel.told and parcel.told not in ARRIVED:
                    code, _ = deliver(row["shipmentId"], status, f"{parcel.event_id}_{status}")
                    if code == 200:
                        parcel.told = status

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        stop.set()
        teller.join()
