"""Returns: one row for each, written together with the row of its order, so that several never exceed what there was.

What a return asks for is claimed on the order's row before anything else happens, and each write holds only as long as
that row is as it was read. So of two returns of the last piece one is refused, also at the same moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from handlers.shared import clock, entries, transactions
from handlers.shared.asked_returns import Asked
from handlers.shared.backoff import attempts
from handlers.shared.clock import Clock
from handlers.shared.errors import ReturnRejected, RowsBusy, TechnicalError
from handlers.shared.ledger import Ledger, OrderRow
from handlers.shared.quotes import Line, lines_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

MOST = 20
"""How many returns an order takes, refused ones counted: its row holds their ids, and a reader asks for all at once."""

PATIENCE_SECONDS = 6.0
"""How long one call tries to change rows that others change, too; below its function's timeout."""

AFTER: Mapping[str, tuple[str, ...]] = {
    "LABELED": ("OPENED",),
    "RECEIVED": ("LABELED",),
    "ACCEPTED": ("LABELED", "RECEIVED"),
    "REFUNDED": ("ACCEPTED",),
    "SETTLED": ("ACCEPTED",),
    "RESTOCKED": ("REFUNDED", "SETTLED"),
    "WRITTEN_OFF": ("REFUNDED", "SETTLED"),
    "REFUSED": ("RECEIVED",),
    "EXPIRED": ("LABELED",),
    "CANCELED": ("OPENED", "LABELED"),
}
"""The statuses in which a return takes each change. OPENED begins the row."""

FINAL = frozenset({"RESTOCKED", "WRITTEN_OFF", "REFUSED", "EXPIRED", "CANCELED"})
STATUSES = frozenset({"OPENED", *AFTER})
PAID_BACK = frozenset({"REFUNDED", "SETTLED"})
LET_GO = frozenset({"REFUSED", "EXPIRED", "CANCELED"})
"""How a return ends whose pieces the customer keeps, and may ask to return once more."""

Goods: TypeAlias = Literal["RESTOCKED", "WRITTEN_OFF"]
"""What becomes of the goods of a return that is accepted."""


class ReturnConflict(TechnicalError):  # noqa: N818 the error's name in the workflow
    """What a step wants to record does not fit where the return stands."""


@dataclass(frozen=True)
class ReturnRow:
    """What the books know of a return; `cents` is what the customer gets back for it, `goods` what becomes of them."""

    return_id: str
    order_id: str
    customer_id: str | None
    status: str
    changes: frozenset[str]
    lines: Mapping[str, int]
    cents: int
    digest: str
    updated_at: str
    label_id: str | None = None
    label_until: str | None = None
    goods: str | None = None
    by: str = ""
    why: str = ""

    @property
    def is_paid_back(self) -> bool:
        """Whether the customer has the money for it."""
        return bool(self.changes & PAID_BACK)

    @property
    def is_let_go(self) -> bool:
        """Whether it has ended with the goods at the customer's, or on their way there."""
        return self.status in LET_GO

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> ReturnRow:
        """Read the item of a return.

        Raises:
            KeyError: naming what it lacks.
            ValueError: when it has a status that no return has.
        """
        if item["status"] not in STATUSES:
            raise ValueError(f"its status is {item['status']}, which no return has")
        return cls(
            return_id=item["returnId"],
            order_id=item["orderId"],
            customer_id=item.get("customerId"),
            status=item["status"],
            changes=frozenset(item["changes"]),
            lines={str(sku): int(count) for sku, count in item["lines"].items()},
            cents=int(item["cents"]),
            digest=item["digest"],
            updated_at=item["updatedAt"],
            label_id=item.get("labelId"),
            label_until=item.get("labelUntil"),
            goods=item.get("goods"),
            by=item.get("by", ""),
            why=item.get("why", ""),
        )


@dataclass(frozen=True)
class Beside:
    """What a change of a return writes beside its row: `fields` of the order's row, and `writes` of other tables."""

    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    writes: Sequence[TransactWriteItemTypeDef] = ()


class Returns:
    """The table of returns. Every change is one transaction, made once however often it is asked for."""

    def __init__(self, client: DynamoDBClient, table: str, ledger: Ledger, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._ledger = ledger
        self._clock = clock

    def read(self, return_id: str) -> ReturnRow | None:
        """The return as it stands now.

        Raises:
            KeyError, ValueError: as `ReturnRow.of`.
        """
        found = self._client.get_item(TableName=self._table, Key={"returnId": return_id}, ConsistentRead=True)
        return ReturnRow.of(found["Item"]) if "Item" in found else None

    def known(self, return_id: str) -> ReturnRow:
        """The return as it stands now.

        Raises:
            ReturnConflict: when there is none.
        """
        row = self.read(return_id)
        if row is None:
            raise ReturnConflict(f"no return {return_id} was opened; look for it in {self._table}")
        return row

    def ids(self) -> Iterator[tuple[str, Any]]:
        """The id of every return, and what its row has for its order's."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, ProjectionExpression="returnId, orderId"
        )
        return ((str(row["returnId"]), row.get("orderId")) for page in pages for row in page["Items"])

    def open(self, asked: Asked) -> ReturnRow:
        """Open a return, and claim on the order's row the pieces that it asks for; again: the one that stands.

        Raises:
            ReturnRejected: with everything that is in its way, when the order does not take it.
            RowsBusy: when others kept changing the order's row.
        """
        for _ in attempts(PATIENCE_SECONDS):
            row, order = self.read(asked.return_id), self._ledger.read(asked.order_id)
            if row and row.digest != asked.digest:
                raise ReturnRejected(f"return {asked.return_id} is another one already; give this one an id of its own")
            if row:
                return row
            claimed, cents = _claimed(asked, order)
            assert order is not None  # noqa: S101 _claimed raises without one
            put = self._opening(asked, order, cents)
            told = {"claimed": claimed, "returnIds": [*order.returned.ids, asked.return_id]}
            write = [put, self._ledger.beside(order, "RETURN_OPENED", **told)]
            if not transactions.transact(self._client, write, f"return {asked.return_id}"):
                return self.known(asked.return_id)
        raise RowsBusy(f"return {asked.return_id} is not opened: others keep changing its order; try again")

    def record(
        self,
        return_id: str,
        change: str,
        beside: Callable[[ReturnRow, OrderRow], Beside] = lambda row, order: Beside(),
        **fields: str,
    ) -> ReturnRow:
        """Record `change` with the `fields` that it sets, and what goes with it, unless it is recorded already.

        Returns the row after it.

        Raises:
            ReturnConflict: when the return does not take the change where it stands.
            RowsBusy: when others kept changing the order's row.
        """
        for _ in attempts(PATIENCE_SECONDS):
            row = self.known(return_id)
            if change in row.changes:
                return row
            if row.status not in AFTER[change]:
                raise ReturnConflict(f"return {return_id} is {row.status}, which does not go with {change}")
            order = self._ledger.read(row.order_id)
            if order is None:
                raise ReturnConflict(f"return {return_id} is of order {row.order_id}, which is not in the ledger")
            more = beside(row, order)
            writes = [
                self._changing(row, change, fields),
                self._ledger.beside(order, f"RETURN_{change}", **more.fields),
                *more.writes,
            ]
            if not transactions.transact(self._client, writes, f"{change} of return {return_id}"):
                return self.known(return_id)
        raise RowsBusy(f"{change} of return {return_id} is not written: others keep changing its order; try again")

    def paid_back(self, return_id: str, change: Literal["REFUNDED", "SETTLED"], **fields: str) -> ReturnRow:
        """Record that the customer has the money for a return, by the provider or by a person's hand."""

        def beside(row: ReturnRow, order: OrderRow) -> Beside:
            before = order.returned
            by_hand = row.cents if change == "SETTLED" else 0
            counted = {
                "refundedCents": before.refunded_cents + row.cents,
                "settledCents": before.settled_cents + by_hand,
                "returned": together(before.accepted, row.lines),
            }
            entry = entries.sent_back(row.cents)
            return Beside(counted, self._ledger.entering(order.order_id, entries.of_return(return_id), entry))

        return self.record(return_id, change, beside, **fields)

    def let_go(self, return_id: str, change: str, **fields: str) -> ReturnRow:
        """End a return with `change`, so that its pieces can be returned once more."""

        def beside(row: ReturnRow, order: OrderRow) -> Beside:
            return Beside({"claimed": without(order.returned.claimed, row.lines)})

        return self.record(return_id, change, beside, **fields)

    def _opening(self, asked: Asked, order: OrderRow, cents: int) -> TransactWriteItemTypeDef:
        at = clock.written(self._clock())
        row = {
            "returnId": asked.return_id,
            "orderId": asked.order_id,
            "customerId": order.customer_id,
            "lines": dict(asked.lines),
            "cents": cents,
            "digest": asked.digest,
            "status": "OPENED",
            "changes": {"OPENED"},
            "openedAt": at,
            "updatedAt": at,
        }
        return {"Put": {"TableName": self._table, "Item": row, "ConditionExpression": "attribute_not_exists(returnId)"}}

    def _changing(self, row: ReturnRow, change: str, fields: Mapping[str, str]) -> TransactWriteItemTypeDef:
        sets = {"status": change, "updatedAt": clock.written(self._clock()), **fields}
        return {
            "Update": {
                "TableName": self._table,
                "Key": {"returnId": row.return_id},
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in sets) + " ADD changes :changes",
                "ConditionExpression": "#status = :seen AND NOT contains(changes, :change)",
                "ExpressionAttributeNames": {f"#{name}": name for name in sets},
                "ExpressionAttributeValues": {
                    **{f":{name}": value for name, value in sets.items()},
                    ":changes": {change},
                    ":change": change,
                    ":seen": row.status,
                },
            }
        }


def together(pieces: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """The pieces of both."""
    return dict(Counter(pieces) + Counter(more))


def without(pieces: Mapping[str, int], fewer: Mapping[str, int]) -> dict[str, int]:
    """The pieces that are left, of those products of which any are."""
    return dict(Counter(pieces) - Counter(fewer))


def _claimed(asked: Asked, order: OrderRow | None) -> tuple[dict[str, int], int]:
    """What is claimed of an order with this return, and what the return comes to, in cents.

    Raises:
        ReturnRejected: with everything that is in its way.
    """
    if order is None:
        raise ReturnRejected(f"orderId: there is no order {asked.order_id}")
    if order.status != "DELIVERED":
        raise ReturnRejected(f"order {asked.order_id} has not been delivered: it is {order.status}")
    if len(order.returned.ids) >= MOST:
        raise ReturnRejected(f"order {asked.order_id} has had {MOST} returns, and takes no more")
    delivered = {line.sku: line for line in lines_of(order.quote)}
    problems = list(_too_many(asked, order, delivered))
    if problems:
        raise ReturnRejected("; ".join(problems))
    cents = sum(count * delivered[sku].price_cents for sku, count in asked.lines.items())
    return together(order.returned.claimed, asked.lines), cents


def _too_many(asked: Asked, order: OrderRow, delivered: Mapping[str, Line]) -> Iterator[str]:
    for sku, count in asked.lines.items():
        if sku not in delivered:
            yield f"{sku} is not in order {asked.order_id}"
        elif count > (left := delivered[sku].quantity - order.returned.claimed.get(sku, 0)):
            yield f"{count} {sku} are to be returned, and of {delivered[sku].quantity} delivered {left} can be"
