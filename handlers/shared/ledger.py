"""The ledger: one row per order that says what has happened to it, each change recorded once and in its turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.shared import entries, transactions
from handlers.shared.clock import Clock, written
from handlers.shared.entries import Entry
from handlers.shared.errors import TechnicalError, reason_of
from handlers.shared.orders import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

UNDONE = ("REFUNDED", "SETTLED")
"""What an order was when it ended undelivered and nothing is owed: refunded, or settled by a person's hand."""

FAILURES = (
    *("PAYMENT_UNCERTAIN", "OUT_OF_STOCK", "SHIPMENT_REFUSED", "FULFILLMENT_FAILED"),
    *("PAYMENT_NOT_CAPTURED", "SHIPPING_FAILED", "PARCEL_OVERDUE"),
)
"""Why a charged order was not delivered: its last status, once it is undone."""

AFTER: Mapping[str, tuple[str, ...]] = {
    "PAYMENT_OPENED": ("VALIDATED",),
    "CHARGED": ("VALIDATED",),
    "DECLINED": ("VALIDATED",),
    "NOT_APPROVED": ("VALIDATED",),
    "RESERVED": ("CHARGED", "SHIPPED"),
    "SHIPPED": ("CHARGED",),
    "CAPTURED": ("SHIPPED",),
    "DELIVERED": ("CAPTURED",),
    "UNDOING": ("VALIDATED", "DECLINED", "CHARGED", "SHIPPED", "CAPTURED"),
    "RESUMED": ("UNDOING",),
    "SHIPMENT_CANCELED": ("UNDOING",),
    "RELEASED": ("UNDOING",),
    "REFUNDED": ("UNDOING",),
    "SETTLED": ("UNDOING", "SHIPPED", "CAPTURED"),
    **dict.fromkeys(FAILURES, UNDONE),
}
"""The statuses in which an order takes each change. VALIDATED and REJECTED open the row; a leaf is final.

UNDOING is a fence: once it stands, nothing of the way forward can be recorded any more, however late it comes. A
declined order is undone where the workflow has not heard that it was: its charge is uncertain then.
"""

FINAL = frozenset({"REJECTED", "DECLINED", "NOT_APPROVED", "DELIVERED", *FAILURES})

OPEN = frozenset({"VALIDATED"} | {status for after in AFTER.values() for status in after}) - FINAL
"""The statuses of orders that are under way."""

STATUSES = OPEN | FINAL
"""All that an order can have."""

OPEN_INDEX = "open"
"""The index of the orders that are under way: by `openStatus`, which a row has only while its status is one of OPEN.

A row without it is not in the index: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
The orders of one status are one partition of it, which takes a thousand writes a second:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

SILENT = frozenset({"PAYMENT_OPENED", "RESERVED", "SHIPMENT_CANCELED", "RELEASED"})
"""Changes that leave the status alone, since they come beside others in no certain order."""


class LedgerConflict(TechnicalError):  # noqa: N818 the error's name in the workflow
    """What a step wants to record does not fit what the ledger says of the order."""


@dataclass(frozen=True)
class Returned:
    """What an order's row says of its returns; amounts in cents, pieces by sku.

    `claimed` are the pieces of returns that are under way or were accepted: they cannot be returned once more.
    `accepted` are those of them whose money the customer has again, `restocked` those that are in the stock again.
    Of `refunded_cents` a person gave back `settled_cents` by other means than the provider's.
    """

    ids: tuple[str, ...] = ()
    claimed: Mapping[str, int] = field(default_factory=dict[str, int])
    accepted: Mapping[str, int] = field(default_factory=dict[str, int])
    restocked: Mapping[str, int] = field(default_factory=dict[str, int])
    refunded_cents: int = 0
    settled_cents: int = 0

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Returned:
        return cls(
            ids=tuple(item.get("returnIds", ())),
            claimed=_pieces(item.get("claimed")),
            accepted=_pieces(item.get("returned")),
            restocked=_pieces(item.get("restocked")),
            refunded_cents=int(item.get("refundedCents", 0)),
            settled_cents=int(item.get("settledCents", 0)),
        )


NOTHING_RETURNED = Returned()


@dataclass(frozen=True)
class OrderRow:
    """What the ledger knows of an order; amounts in cents."""

    order_id: str
    status: str
    events: frozenset[str]
    digest: str
    quote: str | None
    amount_cents: int
    charged_cents: int
    payment_id: str | None
    shipment_id: str | None
    goods: str | None
    reason: str
    updated_at: str
    outcome: str | None = None
    customer_id: str | None = None
    version: int = 0
    returned: Returned = NOTHING_RETURNED

    @property
    def held_cents(self) -> int:
        """What the customer has paid and not got back."""
        return 0 if self.events & set(UNDONE) else self.charged_cents - self.returned.refunded_cents

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> OrderRow:
        return cls(
            order_id=item["orderId"],
            status=item["status"],
            events=frozenset(item["events"]),
            digest=item["digest"],
            quote=item.get("quote"),
            amount_cents=int(item["amountCents"]),
            charged_cents=int(item["chargedCents"]),
            payment_id=item.get("paymentId"),
            shipment_id=item.get("shipmentId"),
            goods=item.get("goods"),
            reason=item.get("reason", ""),
            updated_at=item["updatedAt"],
            outcome=item.get("outcome"),
            customer_id=item.get("customerId"),
            version=int(item["version"]),
            returned=Returned.of(item),
        )


@dataclass(frozen=True)
class Standing:
    """Where an order stands that is under way, and since when."""

    order_id: str
    status: str
    amount_cents: int
    updated_at: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Standing:
        return cls(item["orderId"], item["openStatus"], int(item["amountCents"]), item["updatedAt"])


class Ledger:
    """The tables of orders and of entries. Every change is one conditional write; making it again changes nothing."""

    def __init__(self, client: DynamoDBClient, orders_table: str, entries_table: str, clock: Clock) -> None:
        self._client = client
        self._table = orders_table
        self._entries = entries_table
        self._clock = clock

    def read(self, order_id: str) -> OrderRow | None:
        """The order's row as it is now."""
        item = self.item(order_id)
        return None if item is None else OrderRow.of(item)

    def item(self, order_id: str) -> dict[str, Any] | None:
        """The order's row as it is now, with all that stands in it."""
        found = self._client.get_item(TableName=self._table, Key={"orderId": order_id}, ConsistentRead=True)
        return found.get("Item")

    def changes(self) -> Iterator[tuple[str, Any, Any]]:
        """The id of every order, and what its row has for the time of its last change and for its returns' ids."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, ProjectionExpression="orderId, updatedAt, returnIds"
        )
        rows = (row for page in pages for row in page["Items"])
        return ((str(row["orderId"]), row.get("updatedAt"), row.get("returnIds", ())) for row in rows)

    def entry_ids(self, since: datetime) -> Iterator[tuple[str, str]]:
        """The id of every entry that was not made before `since`, and the one of its order, as far as it names one."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._entries,
            ProjectionExpression="entryId, orderId",
            # An entry without a time is compared with nothing, and so is not before it either.
            FilterExpression="NOT #at < :since",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":since": written(since)},
        )
        for page in pages:
            for row in page["Items"]:
                entry_id = str(row["entryId"])
                yield entry_id, str(row.get("orderId", entry_id.rpartition("#")[0]))

    def entries(
        self, order_id: str, returns: Collection[str] = (), strays: Collection[str] = ()
    ) -> list[dict[str, Any]]:
        """The entries of an order with these `returns`, in no certain order; `strays` are the ids of entries that none
        of its changes makes.

        Raises:
            TechnicalError: when DynamoDB puts part of the question off.
        """
        changes = (*entries.CHANGES, *map(entries.of_return, returns))
        ids = {*(f"{order_id}#{change}" for change in changes), *strays}
        keys = [{"entryId": id} for id in sorted(ids)]
        answer = self._client.batch_get_item(RequestItems={self._entries: {"Keys": keys, "ConsistentRead": True}})
        if answer["UnprocessedKeys"]:
            raise TechnicalError(f"the entries of order {order_id} were not all read; try again")
        return answer["Responses"].get(self._entries, [])

    def under_way(self) -> Iterator[Standing]:
        """Where every order stands that is under way, of each status the one first that stands there for longest.

        A change of the last moments may not be seen: an index follows its table.
        """
        for status in sorted(OPEN):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=OPEN_INDEX,
                KeyConditionExpression="openStatus = :status",
                ExpressionAttributeValues={":status": status},
            )
            yield from (Standing.of(row) for page in pages for row in page["Items"])

    def expect(self, order_id: str, *changes: str) -> OrderRow:
        """The row of an order that has had one of `changes` or can take it now: what to ask before acting outside.

        Raises:
            LedgerConflict: when it can have none of them, or has no row.
        """
        row = self.read(order_id)
        if row is None or not any(change in row.events or row.status in AFTER[change] for change in changes):
            raise _conflict(order_id, " or ".join(changes), row)
        return row

    def recorded(self, order_id: str, change: str) -> OrderRow:
        """The row of an order that has had `change`.

        Raises:
            LedgerConflict: when it has not, or has no row.
        """
        row = self.read(order_id)
        if row is None or change not in row.events:
            raise _conflict(order_id, change, row)
        return row

    def open(self, order_id: str, change: str, fields: Mapping[str, Any]) -> OrderRow:
        """Begin the order's row with `change` and `fields`. The row that stands is returned: this or an earlier one."""
        at = written(self._clock())
        row = {
            **fields,
            "status": change,
            "version": 1,
            "chargedCents": 0,
            "events": {change},
            "timeline": [{"event": change, "at": at}],
            "updatedAt": at,
            **({"openStatus": change} if change in OPEN else {}),
        }
        try:
            written_row = self._client.update_item(
                TableName=self._table,
                Key={"orderId": order_id},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in row),
                ConditionExpression="attribute_not_exists(orderId)",
                ExpressionAttributeNames={f"#{name}": name for name in row},
                ExpressionAttributeValues={f":{name}": value for name, value in row.items()},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            first = self.read(order_id)
            if first is None:
                raise TechnicalError(f"order {order_id} was in the ledger and is gone; try again") from None
            return first
        return OrderRow.of(written_row["Attributes"])

    def record(self, order_id: str, change: str, **fields: str | int) -> OrderRow:
        """Record `change` with the `fields` that it sets, unless it is recorded already.

        Returns the row after it.

        Raises:
            LedgerConflict: when the order's status does not take the change, or it has no row.
            RowsBusy: when transactions hold the row for too long.
        """
        update = self._change(order_id, change, **fields)
        made = transactions.change(self._client, update, f"{change} of order {order_id}")
        return self.recorded(order_id, change) if made is None else OrderRow.of(made)

    def post(self, order_id: str, change: str, entry: Entry, **fields: str | int) -> None:
        """Record `change` as `record` does, and its `entry` with it: both or none.

        Raises:
            LedgerConflict: when the order's status does not take the change, or it has no row.
            RowsBusy: when another transaction holds the row for too long.
        """
        if not entry:
            self.record(order_id, change, **fields)
        elif transactions.transact(
            self._client, self.recording(order_id, change, entry, **fields), f"{change} of order {order_id}"
        ):
            self.recorded(order_id, change)

    def begin_undoing(self, order: Order) -> OrderRow:
        """Fence the order off, and note what becomes of it and why, for whoever has to take it up again.

        Raises:
            LedgerConflict: when the order cannot be undone.
        """
        noted = {"outcome": order.get("undoing", {}).get("outcome"), "reason": reason_of(order.get("failure"))}
        return self.record(order["orderId"], "UNDOING", **{name: value for name, value in noted.items() if value})

    def recording(
        self, order_id: str, change: str, entry: Entry = (), **fields: str | int
    ) -> list[TransactWriteItemTypeDef]:
        """The writes of a change and its entry, to be part of a transaction; the first is the order's row."""
        return [{"Update": self._change(order_id, change, **fields)}, *self.entering(order_id, change, entry)]

    def entering(self, order_id: str, change: str, entry: Entry) -> list[TransactWriteItemTypeDef]:
        """The write of the entry of a change, once; none where no money moves."""
        if not entry:
            return []
        row = entries.item(order_id, change, entry, written(self._clock()))
        once = "attribute_not_exists(entryId)"
        return [{"Put": {"TableName": self._entries, "Item": row, "ConditionExpression": once}}]

    def beside(self, row: OrderRow, event: str, **fields: object) -> TransactWriteItemTypeDef:
        """The write of what happens to an order beside its own changes, such as a return: `fields` are set and the
        status stays, unless the order has changed since `row` was read."""
        at = written(self._clock())
        sets = {"updatedAt": at, **fields}
        return {
            "Update": {
                "TableName": self._table,
                "Key": {"orderId": row.order_id},
                "UpdateExpression": (
                    "SET version = version + :one, timeline = list_append(timeline, :entry), "
                    + ", ".join(f"#{name} = :{name}" for name in sets)
                ),
                "ConditionExpression": "version = :seen",
                "ExpressionAttributeNames": {f"#{name}": name for name in sets},
                "ExpressionAttributeValues": {
                    ":one": 1,
                    ":seen": row.version,
                    ":entry": [{"event": event, "at": at}],
                    **{f":{name}": value for name, value in sets.items()},
                },
            }
        }

    def _change(self, order_id: str, change: str, **fields: str | int) -> UpdateTypeDef:
        at = written(self._clock())
        sets = {"updatedAt": at, **({} if change in SILENT else {"status": change}), **fields}
        status = sets.get("status")
        if status in OPEN:
            sets["openStatus"] = status
        closes = " REMOVE openStatus" if status in FINAL else ""
        statuses = {f":after{n}": status for n, status in enumerate(AFTER[change])}
        return {
            "TableName": self._table,
            "Key": {"orderId": order_id},
            "UpdateExpression": (
                "SET version = version + :one, timeline = list_append(timeline, :entry), "
                + ", ".join(f"#{name} = :{name}" for name in sets)
                + closes
                + " ADD events :changes"
            ),
            "ConditionExpression": f"NOT contains(events, :change) AND #status IN ({', '.join(statuses)})",
            "ExpressionAttributeNames": {"#status": "status", **{f"#{name}": name for name in sets}},
            "ExpressionAttributeValues": {
                ":one": 1,
                ":entry": [{"event": change, "at": at}],
                ":change": change,
                ":changes": {change},
                **{f":{name}": value for name, value in sets.items()},
                **statuses,
            },
        }


def _pieces(found: Any) -> dict[str, int]:
    return {str(sku): int(count) for sku, count in (found or {}).items()}


def _conflict(order_id: str, change: str, row: OrderRow | None) -> LedgerConflict:
    stands = f"is {row.status}" if row else "is not in the ledger"
    return LedgerConflict(f"order {order_id} {stands}, which does not go with {change}; compare its row and its steps")
