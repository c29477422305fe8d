"""What the functions expect of a carrier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from handlers.shared.unread import Unread

Status: TypeAlias = Literal["CREATED", "IN_TRANSIT", "DELIVERED", "FAILED"]

ARRIVED = frozenset({"DELIVERED", "FAILED"})
"""Statuses that nothing follows."""

Goods: TypeAlias = Literal["HERE", "COMING_BACK", "LOST"]
"""Where the goods of a canceled parcel are: they never left, are on their way back, or nobody knows."""


class ParcelRefusedError(Exception):
    """The carrier does not take the parcel; the message is its reason."""


class AlreadyDeliveredError(Exception):
    """The parcel cannot be canceled: the customer has it."""


@dataclass(frozen=True)
class Shipment:
    """A parcel on its way; `due_at` is when it should arrive, ISO 8601."""

    shipment_id: str
    status: Status
    due_at: str

    def as_json(self) -> dict[str, Any]:
        return {"shipmentId": self.shipment_id, "status": self.status, "dueAt": self.due_at}


class AlreadySentError(Exception):
    """The label cannot be canceled: the carrier has the parcel."""


@dataclass(frozen=True)
class Parcel:
    """A shipment as the carrier's books have it: for which order, or for which return of it, and whether it was
    canceled."""

    shipment: Shipment
    order_id: str
    is_canceled: bool
    return_id: str = ""


class Carrier(Protocol):
    """Takes parcels to customers."""

    def due_at(self, postcode: str) -> str:
        """When a parcel that is booked now should arrive, ISO 8601; nothing is booked.

        Raises:
            ParcelRefusedError: when the carrier does not go there.
        """
        ...

    def book(self, order_id: str, ship_to: Mapping[str, str]) -> Shipment:
        """Book one parcel per order, however often it is called; always as it was booked, CREATED.

        Raises:
            ParcelRefusedError: when the carrier does not go there, or the order's parcel was canceled.
        """
        ...

    def track(self, shipment_id: str) -> Shipment:
        """The parcel as it is now.

        Raises:
            NotThereError: when the carrier does not know it.
        """
        ...

    def parcel(self, shipment_id: str) -> Parcel:
        """The parcel as it is now, with what the carrier's books have of it beside.

        Raises:
            NotThereError: when the carrier does not know it.
        """
        ...

    def parcels(self, since: datetime) -> Iterator[Parcel | Unread]:
        """Every parcel that was not booked before `since`, those that cannot be made out included."""
        ...

    def label(self, return_id: str, order_id: str) -> Shipment:
        """A label by which the customer sends goods of the order back, one for each return, however often it is called:
        CREATED until the carrier has the parcel, DELIVERED once we have it.

        Raises:
            ParcelRefusedError: when the carrier does not come there, or the label was canceled.
        """
        ...

    def cancel_label(self, return_id: str) -> None:
        """Void the label of a return, made or not; nothing can be sent by it afterwards.

        Raises:
            AlreadySentError: when the carrier has the parcel.
        """
        ...

    def cancel(self, order_id: str) -> Goods:
        """Stop the order's parcel, booked or not, and say where the goods are; none can be booked for it afterwards.

        Raises:
            AlreadyDeliveredError: when it is too late.
        """
        ...
