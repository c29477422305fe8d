"""The label of a return: made at the carrier, then noted beside the return with its end."""

from __future__ import annotations

from datetime import timedelta

from handlers.shared.carriers import Carrier
from handlers.shared.clock import Clock, written
from handlers.shared.returns import ReturnConflict, ReturnRow, Returns


def labeled(return_id: str, seconds: int, returns: Returns, carrier: Carrier, now: Clock) -> ReturnRow:
    """The return with its label, by which parcels can be sent for so many `seconds`; made once.

    Raises:
        ParcelRefusedError: when the carrier makes none.
        ReturnConflict: before any label is made, when the return takes none.
    """
    row = returns.known(return_id)
    if row.status == "CANCELED" or (row.status != "OPENED" and not row.label_id):
        raise ReturnConflict(f"return {return_id} is {row.status}, and gets no label")
    if row.label_id:
        return row
    label = carrier.label(return_id, row.order_id)
    until = written(now() + timedelta(seconds=seconds))
    return returns.record(return_id, "LABELED", labelId=label.shipment_id, labelUntil=until)
