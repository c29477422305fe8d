"""What goes wrong, in two kinds: what the business expects and the workflow catches by name, and everything else."""

from __future__ import annotations

import json
from typing import Any

REASON_CHARACTERS = 4_000
"""How much of a reason is kept: it travels in the execution's state and stands in the order's row."""


class BusinessError(Exception):
    """The answer to the order is no. The class name is the ASL error name; the message, shortened, is the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(shortened(reason))


class ValidationError(BusinessError):
    """The order cannot be accepted; the reason names every field that is wrong."""


class PaymentDeclined(BusinessError):  # noqa: N818 the error's name in the workflow
    """The payment provider declined; the reason is the provider's."""


class OutOfStock(BusinessError):  # noqa: N818 the error's name in the workflow
    """The stock does not hold what was ordered; the reason names the skus."""


class ShipmentRefused(BusinessError):  # noqa: N818 the error's name in the workflow
    """The carrier does not take the parcel; the reason is the carrier's."""


class ParcelDelivered(BusinessError):  # noqa: N818 the error's name in the workflow
    """The parcel cannot be canceled: the customer has it, so the order goes on."""


class ParcelArrived(BusinessError):  # noqa: N818 the error's name in the workflow
    """There is nothing to wait for: the carrier has said already how it ended."""


class FileRefused(BusinessError):  # noqa: N818 the error's name in the workflow
    """Nothing of a file can be taken in; the reason says what it should be."""


class ApplicationRefused(BusinessError):  # noqa: N818 the error's name in the workflow
    """The application cannot be examined; the reason names every field that is wrong, and never what it holds."""


class AccountExists(BusinessError):  # noqa: N818 the error's name in the workflow
    """Somebody has an account with this e-mail address already, or this applicant's was closed."""


class ReturnRejected(BusinessError):  # noqa: N818 the error's name in the workflow
    """The order does not take the return; the reason says why, as of goods that were never delivered."""


class ParcelSent(BusinessError):  # noqa: N818 the error's name in the workflow
    """The label cannot be canceled: the customer has sent the parcel, so the return goes on."""


class TechnicalError(Exception):
    """No answer to the order yet: the workflow tries again, and at last hands the order to a person."""


class RowsBusy(TechnicalError):  # noqa: N818 the error's name in the workflow
    """Others keep changing the same rows: the workflow tries again for longer than after other technical errors."""


def shortened(reason: str) -> str:
    """`reason`, or as much of its beginning as is kept."""
    return reason if len(reason) <= REASON_CHARACTERS else f"{reason[: REASON_CHARACTERS - 1]}…"


def reason_of(failure: Any) -> str:
    """The reason in the {"Error", "Cause"} of a catcher: a function's error message, or else the error's name."""
    if not isinstance(failure, dict):
        return ""
    try:
        return shortened(json.loads(failure["Cause"])["errorMessage"])
    except (KeyError, TypeError, ValueError):
        return shortened(str(failure.get("Error", "")))
