"""What the functions expect of a carrier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

Status: TypeAlias = Literal["CREATED", "IN_TRANSIT", "DELIVERED", "FAILED"]


class ParcelRefusedError(Exception):
    """The carrier does not take the parcel; the message is its reason."""


@dataclass(frozen=True)
class Shipment:
    """A parcel on its way; `due_at` is when it should arrive, ISO 8601."""

    shipment_id: str
    status: Status
    due_at: str

    def as_json(self) -> dict[str, Any]:
        return {"shipmentId": self.shipment_id, "status": self.status, "dueAt": self.due_at}


class Carrier(Protocol):
    """Takes parcels to customers."""

    def book(self, order_id: str, ship_to: Mapping[str, str]) -> Shipment:
        """Book one parcel per order, however often it is called; always as it was booked, CREATED.

        Raises:
            ParcelRefusedError: when the carrier does not go there.
        """
        ...

    def track(self, shipment_id: str) -> Shipment:
        """The parcel as it is now.

        Raises:
            TechnicalError: when the carrier does not know it.
        """
        ...
